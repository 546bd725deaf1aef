/**
 * Raised-cosine gain ramps for every edge of audible sound: a hard edge clicks, a ramp of a few milliseconds does not.
 *
 * Any thread; no allocation after construction. The gain of frame k of a fade in over N frames is (1 - cos(pi (k + 1/2) / N)) / 2, and that of a fade out is
 * the same backwards, so a fade in laid over a fade out sums to 1. The state is a place on the ramp and a direction: turning round keeps the place, hence never
 * jumps.
 */
import { checkAttached, checkInteger } from "./checks.ts";

/** Where a {@link Fade} stands before its first ramp: "open" passes sound, "silent" does not. */
export type FadeState = "open" | "silent";

/** A gain that moves between 0 and 1 in an exact number of frames. */
export class Fade {
  /** Frames from silence to full level or back. */
  readonly frames: number;
  readonly #gains: Float32Array;
  /** Frames into the ramp: 0 is silent, `frames` is open. */
  #place: number;
  #direction: 1 | -1;

  /** A fade of `frames` frames (1 to 2^20) that stands still at `state` until told to move. @throws {RangeError} when `frames` is out of range. */
  constructor(frames: number, state: FadeState = "open") {
    checkInteger("frames", frames, 1, 2 ** 20, "frames");
    this.frames = frames;
    this.#gains = Float32Array.from({ length: frames }, (_, k) => 0.5 - 0.5 * Math.cos((Math.PI * (k + 0.5)) / frames));
    this.#place = state === "open" ? frames : 0;
    this.#direction = state === "open" ? 1 : -1;
  }

  /** Whether no ramp is under way. */
  get done(): boolean {
    return this.#direction === 1 ? this.#place === this.frames : this.#place === 0;
  }

  /** Frames until `done`, 0 when it is. */
  get remainingFrames(): number {
    return this.#direction === 1 ? this.frames - this.#place : this.#place;
  }

  /** The state being moved to, or stood at when `done`. */
  get target(): FadeState {
    return this.#direction === 1 ? "open" : "silent";
  }

  /** The gain that the next frame would get, 0 to 1. */
  get gain(): number {
    if (this.done) return this.#direction === 1 ? 1 : 0;
    return this.#gains[this.#direction === 1 ? this.#place : this.#place - 1] as number;
  }

  /** Moves towards full level from the gain of this moment; no effect when open already. */
  fadeIn(): void {
    this.#direction = 1;
  }

  /** Moves towards silence from the gain of this moment; no effect when silent already. */
  fadeOut(): void {
    this.#direction = -1;
  }

  /** Jumps to `state`, for moments when nothing is audible. */
  snap(state: FadeState): void {
    this.#place = state === "open" ? this.frames : 0;
    this.#direction = state === "open" ? 1 : -1;
  }

  /**
   * Applies the gain in place to `frames` frames of `samples` from `start` on (default: all of them), and moves on by their number. Frames beyond the end of a
   * fade out become 0, even where they were NaN; frames beyond the end of a fade in are left alone.
   * @returns frames that belonged to the ramp, 0 to `frames`; after a fade out, the frames before this count were audible.
   * @throws {RangeError} when `samples` does not have these frames. @throws {TypeError} when it is detached.
   */
  apply(samples: Float32Array, start = 0, frames = samples.length - start): number {
    checkAttached("Fade.apply", "input", samples);
    checkInteger("start", start, 0, samples.length, "frames");
    checkInteger("frames", frames, 0, samples.length - start, "frames");
    const count = Math.min(frames, this.remainingFrames);
    const gains = this.#gains;
    let place = this.#place;
    const end = start + count;
    if (this.#direction === 1) {
      for (let i = start; i < end; i++) samples[i] = (samples[i] as number) * (gains[place++] as number);
    } else {
      for (let i = start; i < end; i++) samples[i] = (samples[i] as number) * (gains[--place] as number);
      if (count < frames) samples.fill(0, end, start + frames);
    }
    this.#place = place;
    return count;
  }
}
