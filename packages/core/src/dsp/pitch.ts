/**
 * What time stretching and loss concealment share: the range of pitch periods, and a signal thinned to about 4 kHz in which periods are searched first.
 *
 * Any thread; pure functions over caller-owned arrays, no allocation. Searching at a quarter or less of the rate and then refining to the frame finds what a search at the
 * full rate finds, at a hundredth of the work (ITU-T G.711 Appendix I thins 2:1, to 4 kHz; NetEq searches at 4 kHz too).
 */
import { checkInteger } from "./checks.ts";

/** Longest pitch period in ms: 66 Hz (ITU-T G.711 Appendix I: 120 samples at 8 kHz). */
export const LONGEST_PERIOD_MS = 15;

/** Rate of the thinned signal in Hz, more or less: it is the rate divided by an integer. */
const THINNED_RATE = 4000;

/** Frames that make one of the thinned signal. @throws {RangeError} unless `rate` is an integer from 8000 to 192000 Hz. */
export function thinningFactor(rate: number): number {
  checkInteger("rate", rate, 8000, 192000, "Hz");
  return Math.round(rate / THINNED_RATE);
}

/** `ms` in whole frames, rounded. */
export function toFrames(ms: number, rate: number): number {
  return Math.round((ms * rate) / 1000);
}

/**
 * Writes every `factor`-th frame of `samples` from `start` on into `thinned`, each the sum of 2 `factor` frames (a filter with its first zero at the thinned
 * rate's Nyquist frequency). @returns frames written, of as many whole ones as `frames` frames give.
 */
export function thin(samples: Float32Array, start: number, frames: number, factor: number, thinned: Float64Array): number {
  const count = Math.max(0, Math.floor(frames / factor) - 1);
  let before = 0;
  let at = start;
  for (let k = -1; k < count; k++) {
    let sum = 0;
    for (const end = at + factor; at < end; at++) sum += samples[at] as number;
    if (k >= 0) thinned[k] = before + sum;
    before = sum;
  }
  return count;
}
