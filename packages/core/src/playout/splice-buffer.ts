/**
 * A stretch of upcoming frames with one pitch period more or less, on its way out; and what media each of them shows.
 *
 * Thread: wherever the JitterBuffer lives. The track moves along while the frames are taken, so that a cut in the middle finds it where the listener is. No allocation after
 * the constructor.
 */
import { PeriodStretcher } from "../dsp/stretch.ts";
import type { Slope } from "./playhead.ts";
import type { Track } from "./track.ts";

/** One splice at a time. */
export class SpliceBuffer {
  readonly #stretcher: PeriodStretcher;
  readonly #window: Float32Array;
  readonly #output: Float32Array;
  #inserting = false;
  #mediaStart = 0;
  #at = 0;
  #producedFrames = 0;
  #consumedFrames = 0;
  #fadeFrame = 0;

  /** For `rate` frames per second. */
  constructor(rate: number) {
    this.#stretcher = new PeriodStretcher(rate);
    this.#window = new Float32Array(this.#stretcher.windowFrames);
    this.#output = new Float32Array(this.#stretcher.windowFrames + this.#stretcher.maxPeriodFrames);
  }

  /** Frames still to be taken. */
  get remainingFrames(): number {
    return this.#producedFrames - this.#at;
  }

  /** Frames that follow with the same slope. */
  get runFrames(): number {
    return (this.#at < this.#fadeFrame ? this.#fadeFrame : this.#producedFrames) - this.#at;
  }

  /** Slope of the next frames. */
  get slope(): Slope {
    return this.#inserting && this.#at >= this.#fadeFrame ? 0 : 1;
  }

  /** Media frames of the track that the splice stands for and that have not been passed. */
  get mediaFrames(): number {
    return this.remainingFrames === 0 ? 0 : this.#consumedFrames - Math.min(this.#at, this.#inserting ? this.#fadeFrame : this.#producedFrames);
  }

  /** Makes a splice of the next frames of `track`, if the periods correlate by `threshold`. @returns frames inserted, or removed as a negative number; 0 when no place suits. */
  begin(track: Track, kind: "insert" | "remove", threshold: number): number {
    const frames = track.peek(this.#window, 0, this.#window.length);
    const splice =
      kind === "insert"
        ? this.#stretcher.insertPeriod(this.#window, this.#output, threshold, frames)
        : this.#stretcher.removePeriod(this.#window, this.#output, threshold, frames);
    if (splice === null) return 0;
    this.#inserting = kind === "insert";
    this.#mediaStart = track.position;
    this.#at = 0;
    this.#producedFrames = splice.producedFrames;
    this.#consumedFrames = splice.consumedFrames;
    this.#fadeFrame = splice.fadeFrame;
    return splice.producedFrames - splice.consumedFrames;
  }

  /** Takes up to `frames` frames, at most {@link runFrames}, to `output` from `start` on, and moves `track` along; returns how many. */
  take(track: Track, output: Float32Array, start: number, frames: number): number {
    const count = this.copy(output, start, Math.min(frames, this.runFrames));
    this.#at += count;
    const passed = this.#inserting ? Math.min(this.#at, this.#fadeFrame) : this.#at;
    track.seek(this.#mediaStart + (this.#at === this.#producedFrames ? this.#consumedFrames : passed));
    return count;
  }

  /** Copies up to `frames` of the remaining frames without taking them; returns how many. */
  copy(output: Float32Array, start: number, frames: number): number {
    const count = Math.min(frames, this.remainingFrames);
    for (let i = 0; i < count; i++) output[start + i] = this.#output[this.#at + i];
    return count;
  }

  /** Forgets the rest; the track goes on where it is. */
  clear(): void {
    this.#at = this.#producedFrames;
  }
}
