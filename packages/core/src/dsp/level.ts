/**
 * Loudness of recent audio: RMS and peak over a sliding window, and decibels relative to full scale.
 *
 * Any thread; no allocation after construction. The window moves in steps of an eighth of its length and its sums are made anew for each step, so no rounding
 * error gathers however long it runs. Full scale is a sample of 1.0: a full-scale square wave is 0 dBFS RMS, a full-scale sine is -3.01 dBFS RMS and 0 dBFS
 * peak (the convention of EBU Tech 3341 and ITU-T P.56; AES17 would call the sine 0 dBFS).
 */
import { checkAttached, checkInteger } from "./checks.ts";

/** Steps in a window. */
const BLOCKS = 8;

/** RMS and peak of the latest frames. */
export class Level {
  /** Frames that `rms` and `peak` look back on, once as many have been pushed: this many, or up to an eighth fewer. */
  readonly windowFrames: number;
  readonly #blockFrames: number;
  readonly #sums = new Float64Array(BLOCKS);
  readonly #peaks = new Float64Array(BLOCKS);
  #block = 0;
  /** Frames in the current block, and in the other blocks of the window. */
  #inBlock = 0;
  #inOthers = 0;

  /** A meter that looks back on `windowFrames` frames (8 to 2^24), rounded up to a multiple of 8. @throws {RangeError} when out of range. */
  constructor(windowFrames: number) {
    checkInteger("windowFrames", windowFrames, BLOCKS, 2 ** 24, "frames");
    this.#blockFrames = Math.ceil(windowFrames / BLOCKS);
    this.windowFrames = this.#blockFrames * BLOCKS;
  }

  /** Takes all of `samples`; a sample that is not finite counts as 0. @throws {TypeError} when `samples` is detached. */
  push(samples: Float32Array): void {
    checkAttached("Level.push", "input", samples);
    for (let from = 0; from < samples.length; ) {
      if (this.#inBlock === this.#blockFrames) this.#nextBlock();
      const to = Math.min(samples.length, from + this.#blockFrames - this.#inBlock);
      this.#accumulate(samples, from, to);
      this.#inBlock += to - from;
      from = to;
    }
  }

  /** Root mean square of the window, 0 for silence or before the first frame. */
  get rms(): number {
    let sum = 0;
    for (let i = 0; i < BLOCKS; i++) sum += this.#sums[i] as number;
    const frames = this.#inBlock + this.#inOthers;
    return frames === 0 ? 0 : Math.sqrt(sum / frames);
  }

  /** Largest magnitude in the window, 0 for silence or before the first frame. */
  get peak(): number {
    let peak = 0;
    for (let i = 0; i < BLOCKS; i++) peak = Math.max(peak, this.#peaks[i] as number);
    return peak;
  }

  /** Forgets everything pushed. */
  reset(): void {
    this.#sums.fill(0);
    this.#peaks.fill(0);
    this.#block = 0;
    this.#inBlock = 0;
    this.#inOthers = 0;
  }

  #accumulate(samples: Float32Array, from: number, to: number): void {
    let sum = this.#sums[this.#block] as number;
    let peak = this.#peaks[this.#block] as number;
    for (let i = from; i < to; i++) {
      const sample = samples[i] as number;
      const magnitude = sample < 0 ? -sample : sample;
      if (!(magnitude < Number.POSITIVE_INFINITY)) continue;
      sum += sample * sample;
      if (magnitude > peak) peak = magnitude;
    }
    this.#sums[this.#block] = sum;
    this.#peaks[this.#block] = peak;
  }

  #nextBlock(): void {
    this.#block = (this.#block + 1) % BLOCKS;
    this.#sums[this.#block] = 0;
    this.#peaks[this.#block] = 0;
    this.#inOthers = Math.min(this.#inOthers + this.#blockFrames, (BLOCKS - 1) * this.#blockFrames);
    this.#inBlock = 0;
  }
}

/** `amplitude` (RMS or peak, 1 is full scale) in dBFS; -Infinity for 0. A full-scale sine has an RMS of -3.01 dBFS. */
export function toDbfs(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

/** The amplitude of `dbfs` decibels relative to full scale; 0 for -Infinity. */
export function fromDbfs(dbfs: number): number {
  return 10 ** (dbfs / 20);
}
