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
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let mostA = 0;
    let mostB = 0;
    // Squares of single-precision samples are exact in double precision, so the largest square tells the largest magnitude. Four sums, since one would wait for itself.
    let i = from;
    for (const end = to - 3; i < end; i += 4) {
      const p = (samples[i] as number) * (samples[i] as number);
      const q = (samples[i + 1] as number) * (samples[i + 1] as number);
      const r = (samples[i + 2] as number) * (samples[i + 2] as number);
      const s = (samples[i + 3] as number) * (samples[i + 3] as number);
      a += p;
      b += q;
      c += r;
      d += s;
      if (p > mostA) mostA = p;
      if (q > mostB) mostB = q;
      if (r > mostA) mostA = r;
      if (s > mostB) mostB = s;
    }
    for (; i < to; i++) {
      const p = (samples[i] as number) * (samples[i] as number);
      a += p;
      if (p > mostA) mostA = p;
    }
    const sum = a + b + (c + d);
    if (sum < Number.POSITIVE_INFINITY) this.#add(sum, Math.max(mostA, mostB));
    else this.#accumulateFinite(samples, from, to);
  }

  /** As {@link #accumulate}, without what is not finite. */
  #accumulateFinite(samples: Float32Array, from: number, to: number): void {
    let sum = 0;
    let most = 0;
    for (let i = from; i < to; i++) {
      const square = (samples[i] as number) * (samples[i] as number);
      if (!(square < Number.POSITIVE_INFINITY)) continue;
      sum += square;
      if (square > most) most = square;
    }
    this.#add(sum, most);
  }

  #add(sum: number, mostSquare: number): void {
    const block = this.#block;
    this.#sums[block] = (this.#sums[block] as number) + sum;
    this.#peaks[block] = Math.max(this.#peaks[block] as number, Math.sqrt(mostSquare));
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
