/**
 * The beat of a media track: one frame every 20 ms. Frame n is due at the start plus n times 20 ms, never some time after the frame before, so that lateness does not add
 * up; what is overdue runs at once, in order.
 */
import type { EmulatorClock } from "../clock.ts";
import { FRAME_MS } from "./audio-codec.ts";

/** Lateness, in ms, after which the frames in between are left out: the machine slept. */
const MAX_LATE_MS = 2000;

/** What the clock drives. */
export interface FrameClockOptions {
  /** Plays one frame. */
  readonly onFrame: () => void;
  /** Called once each time the clock wakes, before the frames that are due. */
  readonly onWake?: () => void;
}

/** Beats from `start` until `stop`. */
export class FrameClock {
  readonly #clock: EmulatorClock;
  readonly #options: FrameClockOptions;
  #startMs = 0;
  #frames = 0;
  #cancelTimer: (() => void) | null = null;

  /** A clock that does not beat yet. */
  constructor(clock: EmulatorClock, options: FrameClockOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Beats now, and from now on. Does nothing when it beats already. */
  start(): void {
    if (this.#cancelTimer !== null) return;
    this.#startMs = this.#clock.nowMs();
    this.#frames = 0;
    this.#wake();
  }

  /** Beats no more. May be called from within a beat. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #wake(): void {
    const cancel = () => {};
    this.#cancelTimer = cancel;
    this.#options.onWake?.();
    const lateMs = this.#clock.nowMs() - this.#dueMs;
    if (lateMs > MAX_LATE_MS) this.#startMs += lateMs;
    while (this.#cancelTimer === cancel && this.#dueMs <= this.#clock.nowMs()) {
      this.#frames++;
      this.#options.onFrame();
    }
    if (this.#cancelTimer === cancel) this.#cancelTimer = this.#clock.after(this.#dueMs - this.#clock.nowMs(), () => this.#wake());
  }

  get #dueMs(): number {
    return this.#startMs + this.#frames * FRAME_MS;
  }
}
