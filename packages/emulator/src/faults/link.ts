/**
 * One direction of a connection: what is handed in comes out later, in order unless it may overtake. Without delay, limit and stall everything passes at once and in
 * the same call, so a good network costs nothing.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { type Draw, sampler } from "./distribution.ts";
import type { LinkPlan } from "./plan.ts";

interface Entry {
  readonly dueMs: number;
  readonly deliver: () => void;
}

/** A queue that time empties. */
export class Link {
  readonly #clock: EmulatorClock;
  #delay: Draw | null = null;
  #bytesPerMs: number | null = null;
  #overtaking = false;
  #queue: Entry[] = [];
  #busyUntilMs = 0;
  #stalledUntilMs = 0;
  #lastDueMs = 0;
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #delivering = false;
  #dead = false;

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  /** What is under way. */
  get length(): number {
    return this.#queue.length;
  }

  /** Whether sizes matter, so that nobody else has to count bytes. */
  get counts(): boolean {
    return this.#bytesPerMs !== null;
  }

  /** Takes a plan for what comes from here on, and ends a stall. */
  configure(plan: LinkPlan, random: Random): void {
    this.#delay = plan.delayMs === undefined || plan.delayMs === 0 ? null : sampler(plan.delayMs, random);
    this.#bytesPerMs = plan.bytesPerSecond === undefined ? null : plan.bytesPerSecond / 1000;
    this.#overtaking = plan.order === "free";
    this.#stalledUntilMs = 0;
    this.#arm();
  }

  /** Hands in something of `bytes` bytes; `deliver` is called when it has arrived, maybe at once. */
  pass(bytes: number, deliver: () => void): void {
    if (this.#dead) return;
    const nowMs = this.#clock.nowMs();
    const dueMs = this.#arrivalMs(bytes, nowMs);
    if (dueMs <= nowMs && this.#queue.length === 0 && !this.#delivering && nowMs >= this.#stalledUntilMs) {
      deliver();
      return;
    }
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1] as Entry).dueMs > dueMs) at--;
    this.#queue.splice(at, 0, { dueMs, deliver });
    this.#arm();
  }

  /** Nothing comes out for `forMs` from now; what would have come then comes at the end, in order. A longer stall under way stays. */
  stall(forMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#clock.nowMs() + forMs);
  }

  /** What is under way is lost, and whatever is handed in later. */
  kill(): void {
    this.#dead = true;
    this.#queue = [];
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arrivalMs(bytes: number, nowMs: number): number {
    let atMs = nowMs;
    if (this.#bytesPerMs !== null) {
      this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + bytes / this.#bytesPerMs;
      atMs = this.#busyUntilMs;
    }
    if (this.#delay !== null) atMs += this.#delay();
    if (this.#overtaking) return atMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, atMs);
    return this.#lastDueMs;
  }

  #arm(): void {
    const head = this.#queue[0];
    if (head === undefined || this.#delivering) return;
    const atMs = Math.max(head.dueMs, this.#stalledUntilMs);
    if (this.#timer !== null) {
      if (this.#timer.atMs === atMs) return;
      this.#timer.cancel();
    }
    const cancel = this.#clock.after(atMs - this.#clock.nowMs(), () => this.#flush(atMs));
    this.#timer = { atMs, cancel };
  }

  /** Delivers what is due. Timers may run a fraction early; what they were set for counts as due. */
  #flush(atMs: number): void {
    this.#timer = null;
    this.#delivering = true;
    try {
      for (;;) {
        const nowMs = Math.max(atMs, this.#clock.nowMs());
        const head = this.#queue[0];
        if (head === undefined || head.dueMs > nowMs || nowMs < this.#stalledUntilMs) break;
        this.#queue.shift();
        head.deliver();
      }
    } finally {
      this.#delivering = false;
      this.#arm();
    }
  }
}
