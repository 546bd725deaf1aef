/**
 * The input clock of a session that streams: audio comes in pieces of any size, and goes on in frames of one length, never faster than real time. A session lives only
 * as long as it hears: without input no frame comes, and model time stands still.
 */
import type { EmulatorClock } from "../clock.ts";
import { SampleStore } from "../record/sample-store.ts";

/** How far frames may run after a gap to catch up with the clock, in ms: what the network's jitter needs, and no more. */
const CATCH_UP_MS = 400;

/** What a {@link FramePump} does. */
export interface FramePumpOptions {
  readonly clock: EmulatorClock;
  /** Samples per second of the input, in Hz. */
  readonly rate: number;
  /** Length of a frame, in ms. */
  readonly frameMs: number;
  /** Called with each frame, in order; the array is the callee's to keep. */
  readonly onFrame: (samples: Int16Array) => void;
  /** `onFrame` threw, as a detector of the user's own may: no further frames come. Frames run from timers, where nobody would catch. */
  readonly onFailure: (error: unknown) => void;
}

/** Cuts a stream into frames and paces them. */
export class FramePump {
  readonly #options: FramePumpOptions;
  readonly #frameSamples: number;
  readonly #store = new SampleStore();
  #position = 0;
  #dueMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;
  #closed = false;

  constructor(options: FramePumpOptions) {
    this.#options = options;
    this.#frameSamples = Math.round((options.rate * options.frameMs) / 1000);
  }

  /** Audio that waits, in ms, not rounded. */
  get backlogMs(): number {
    return ((this.#store.end - this.#position) * 1000) / this.#options.rate;
  }

  /** Takes samples; frames that are due run before this returns. */
  push(samples: Int16Array): void {
    if (this.#closed) return;
    this.#store.append(samples);
    if (this.#cancelTimer === null) this.#run();
  }

  /** Runs everything that waits at once, the last frame filled up with silence. */
  flush(): void {
    this.#stopTimer();
    while (!this.#closed && this.#store.end > this.#position) this.#frame();
  }

  /** Runs no more frames. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  #run(): void {
    const { clock, frameMs } = this.#options;
    this.#cancelTimer = null;
    while (!this.#closed && this.#store.end - this.#position >= this.#frameSamples) {
      const nowMs = clock.nowMs();
      if (this.#dueMs > nowMs) {
        this.#cancelTimer = clock.after(this.#dueMs - nowMs, () => this.#run());
        return;
      }
      this.#dueMs = Math.max(this.#dueMs, nowMs - CATCH_UP_MS) + frameMs;
      this.#frame();
    }
  }

  #frame(): void {
    const frame = new Int16Array(this.#frameSamples);
    frame.set(this.#store.slice(this.#position, this.#position + this.#frameSamples));
    this.#position = Math.min(this.#store.end, this.#position + this.#frameSamples);
    this.#store.dropBefore(this.#position);
    try {
      this.#options.onFrame(frame);
    } catch (error) {
      this.close();
      this.#options.onFailure(error);
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
