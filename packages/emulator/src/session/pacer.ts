/**
 * Runs a reply in time. A script is a generator that yields when it wants to go on, as an offset from the start; offsets are never relative to the step before, so
 * lateness does not add up, and what is overdue runs at once, in order.
 */
import type { EmulatorClock } from "../clock.ts";

/** Does something, then yields the time at which it wants to go on, in ms from the start. */
export type Script = Generator<number, void, void>;

/** Plays one script. */
export class Pacer {
  readonly #clock: EmulatorClock;
  readonly #script: Script;
  readonly #startMs: number;
  readonly #at: (offsetMs: number) => number;
  #cancelTimer: (() => void) | null = null;
  #cancelled = false;

  /** Time runs from here; nothing happens before `start`. `at` says when an offset is to come, where that is not its own time; it must not run backwards. */
  constructor(clock: EmulatorClock, script: Script, at: (offsetMs: number) => number = (offsetMs) => offsetMs) {
    this.#clock = clock;
    this.#script = script;
    this.#at = at;
    this.#startMs = clock.nowMs();
  }

  /** Runs the script as far as it is due, and the rest when it is. */
  start(): void {
    while (!this.#cancelled) {
      const step = this.#script.next();
      if (step.done) return;
      const waitMs = this.#at(step.value) - (this.#clock.nowMs() - this.#startMs);
      if (waitMs > 0 && !this.#cancelled) {
        this.#cancelTimer = this.#clock.after(waitMs, () => this.start());
        return;
      }
    }
  }

  /** The script does not go on; may be called from within it, which then runs to its next yield. */
  cancel(): void {
    this.#cancelled = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
