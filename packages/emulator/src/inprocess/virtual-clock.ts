/**
 * Time that runs as fast as the machine can: it jumps from one timer to the next. Timers run one at a time, by due time and then by the order in which they were set,
 * and between two of them everything that promises do is done, so that the same program takes the same steps every time. Time stands still unless somebody waits for
 * it here; any number may wait at once, and none of them moves it further than all of them want.
 */
import type { EmulatorClock } from "../clock.ts";
import { numberOption, requireKnown } from "../option-checks.ts";

/** Options of {@link virtualClock}. */
export interface VirtualClockOptions {
  /** What the calendar says at the start, in ms since 1970, 0 to 4102444800000. Default: 1767225600000, which is 2026-01-01 in UTC. */
  readonly startUnixMs?: number;
}

/** The defaults of a virtual clock. */
export const VIRTUAL_CLOCK_DEFAULTS = Object.freeze({
  startUnixMs: 1_767_225_600_000,
  /** Longest that `runUntil` goes on, in ms of virtual time. */
  limitMs: 600_000,
});

/** Time for tests: it moves only while `advance`, `runUntil` or `runAll` wait. */
export interface VirtualClock extends EmulatorClock {
  /** Timers that have neither run nor been cancelled. */
  readonly pending: number;
  /** Calendar time in ms since 1970. */
  unixMs(): number;
  /** Moves time on by `ms` milliseconds, 0 or more, and runs what falls due. */
  advance(ms: number): Promise<void>;
  /** Moves time on from timer to timer until `predicate` holds; it is asked after each. Rejects after `limitMs` (default: 600000), and when no timer is left. */
  runUntil(predicate: () => boolean, limitMs?: number): Promise<void>;
  /** Runs every timer, also those that others set, until none is left: with a session open, to the end of its time. Rejects after `limitMs` (default: a day). */
  runAll(limitMs?: number): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
  state: "waiting" | "cancelled" | "over";
}

interface Waiter {
  /** Time may not go beyond it while this one waits. */
  readonly untilMs: number;
  /** Whether it is satisfied before that. */
  readonly satisfied: () => boolean;
  /** What it means when the time has come, or nothing is left to run. */
  readonly atEnd: () => Error | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const DAY_MS = 86_400_000;
const MAX_UNIX_MS = 4_102_444_800_000;

/** Makes a clock at 0 ms. @throws {TypeError | RangeError} for a wrong option. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  requireKnown("options", options, ["startUnixMs"]);
  return new JumpingClock(numberOption("startUnixMs", options.startUnixMs ?? VIRTUAL_CLOCK_DEFAULTS.startUnixMs, 0, MAX_UNIX_MS));
}

/** Whether `clock` is one that {@link virtualClock} made. */
export function isVirtual(clock: EmulatorClock): clock is VirtualClock {
  return clock instanceof JumpingClock;
}

class JumpingClock implements VirtualClock {
  readonly #startUnixMs: number;
  /** A heap by due time, then by order. */
  readonly #heap: Timer[] = [];
  readonly #waiters = new Set<Waiter>();
  #nowMs = 0;
  #count = 0;
  #pending = 0;
  #driving = false;

  constructor(startUnixMs: number) {
    this.#startUnixMs = startUnixMs;
  }

  get pending(): number {
    return this.#pending;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.#startUnixMs + this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#count++, task, state: "waiting" };
    this.#pending++;
    this.#push(timer);
    return () => {
      if (timer.state !== "waiting") return;
      timer.state = "cancelled";
      this.#pending--;
    };
  }

  advance(ms: number): Promise<void> {
    numberOption("ms", ms, 0, Number.MAX_SAFE_INTEGER);
    return this.#wait(
      ms,
      () => false,
      () => null,
    );
  }

  runUntil(predicate: () => boolean, limitMs: number = VIRTUAL_CLOCK_DEFAULTS.limitMs): Promise<void> {
    numberOption("limitMs", limitMs, 0, Number.MAX_SAFE_INTEGER);
    const startMs = this.#nowMs;
    return this.#wait(limitMs, predicate, () => {
      if (this.pending === 0) return new Error(`What runUntil waits for cannot happen any more: no timer is left at ${this.#nowMs} ms.`);
      return new Error(`What runUntil waits for has not happened within ${limitMs} ms, from ${startMs} ms on.`);
    });
  }

  runAll(limitMs: number = DAY_MS): Promise<void> {
    numberOption("limitMs", limitMs, 0, Number.MAX_SAFE_INTEGER);
    return this.#wait(
      limitMs,
      () => this.pending === 0,
      () => (this.pending === 0 ? null : new Error(`Timers are left after ${limitMs} ms: something sets one again and again.`)),
    );
  }

  #wait(ms: number, satisfied: () => boolean, atEnd: () => Error | null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ untilMs: this.#nowMs + ms, satisfied, atEnd, resolve, reject });
      if (!this.#driving) void this.#drive();
    });
  }

  async #drive(): Promise<void> {
    this.#driving = true;
    await flush();
    while (this.#release()) {
      const endMs = Math.min(...[...this.#waiters].map(({ untilMs }) => untilMs));
      const timer = this.#next();
      if (timer === undefined || timer.dueMs > endMs) {
        // Those who wait for something and not for a time need not wait when nothing can happen.
        if (timer === undefined) for (const waiter of this.#waiters) if (waiter.atEnd() !== null) this.#settle(waiter);
        if (this.#waiters.size > 0) this.#nowMs = Math.max(this.#nowMs, endMs);
        for (const waiter of this.#waiters) if (waiter.untilMs <= this.#nowMs) this.#settle(waiter);
      } else {
        this.#pop();
        timer.state = "over";
        this.#pending--;
        this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
        timer.task();
      }
      await flush();
    }
    this.#driving = false;
  }

  /** Lets those go who have what they waited for; whether anybody is left. */
  #release(): boolean {
    for (const waiter of this.#waiters) {
      if (!waiter.satisfied()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    return this.#waiters.size > 0;
  }

  #settle(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    const error = waiter.satisfied() ? null : waiter.atEnd();
    if (error === null) waiter.resolve();
    else waiter.reject(error);
  }

  /** The next timer that was not cancelled, still in the heap. */
  #next(): Timer | undefined {
    while (this.#heap[0]?.state === "cancelled") this.#pop();
    return this.#heap[0];
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
      if (!before(heap[child] as Timer, last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Everything that promises have left to do; an immediate of Node comes after all of it. */
function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
