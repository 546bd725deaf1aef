/** A clock that stands still until a test moves it. */
import type { Clock } from "@sidetone/core";

/** Time by hand: tasks run inside {@link advance}, in the order of their times. */
export class ManualClock implements Clock {
  #now = 0;
  #tasks: { readonly at: number; readonly task: () => void }[] = [];

  /** Tasks that have not run and were not cancelled. */
  get pending(): number {
    return this.#tasks.length;
  }

  nowMs(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((candidate) => candidate !== entry);
    };
  }

  /** Moves time on by `ms` and runs what falls due, also what that schedules in turn. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#tasks = this.#tasks.filter((candidate) => candidate !== due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
    }
    this.#now = end;
  }
}
