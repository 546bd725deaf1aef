/** Time that a test moves by hand. */
import type { EmulatorClock } from "../src/clock.ts";

/** A clock that stands still until it is advanced; timers run inside `advance`, in order. */
export class ManualClock implements EmulatorClock {
  #nowMs = 0;
  #timers: { dueMs: number; task: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time on by `ms`; timers run at their times, `lateMs` late (default: 0). */
  advance(ms: number, lateMs = 0): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.dueMs + lateMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs + lateMs);
      next.task();
    }
    this.#nowMs = endMs;
  }
}
