/**
 * Which moment of the original each moment of a stretched copy shows, found from the sound: no tool is asked what it did, and all are asked alike.
 *
 * The copy's mel spectrogram is laid along the original's by dynamic programming: one offset from where it is expected (a steady rate, say) for each 10 ms, near in sound and seldom
 * changing. Spectra and not waveforms, since phase vocoders keep no waveform. What a method does to the sound stays; that it was not steady is forgiven, to all alike, within 60 ms.
 */
import { HOP_MS, melSpectrogram, RANGE_DB } from "../../../test/support/spectral.ts";

/** Offsets are tried in steps of this, in ms. */
const STEP_MS = 0.5;
/** Farthest offset from what is expected, in ms. */
const REACH_MS = 60;
/** Most by which the offset changes from one moment to the next, in ms: a period of 15 ms inserted or removed takes two moments. */
const LEAP_MS = 12;
/**
 * What a change of 1 ms must gain, in dB averaged over bands and summed over moments: against wandering where nothing changes. Half of it gives every stretcher the same to 0.0006; five
 * times more takes up to 0.006 from all of them, and moves Sidetone's and SoundTouch's against each other by 0.0006 within 10 %.
 */
const CHANGE_COST = 0.02;

/** The original's spectra, close enough together for any offset; worth keeping, since many copies are compared with them. */
export class Grid {
  readonly samples: Float32Array;
  readonly rate: number;
  readonly spectra: readonly Float64Array[];
  /** Level that counts as silence, in dB. */
  readonly floor: number;

  constructor(samples: Float32Array, rate: number) {
    this.samples = samples;
    this.rate = rate;
    const step = (STEP_MS * rate) / 1000;
    const spectra = melSpectrogram(
      samples,
      rate,
      Array.from({ length: Math.ceil(samples.length / step) + 1 }, (_, k) => k * step),
    );
    const peak = Math.max(...spectra.map((bands) => Math.max(...bands)));
    this.floor = peak - RANGE_DB;
    this.spectra = spectra.map((bands) => bands.map((level) => Math.max(level, this.floor)));
  }
}

/** The original's sample that each sample of `copy` shows, which is `expected`, more or less. */
export function follow(grid: Grid, copy: Float32Array, expected: (sample: number) => number): (sample: number) => number {
  const { rate, spectra, floor } = grid;
  const hop = (HOP_MS * rate) / 1000;
  const step = (STEP_MS * rate) / 1000;
  const moments = Array.from({ length: Math.floor(copy.length / hop) }, (_, k) => k * hop);
  const heard = melSpectrogram(copy, rate, moments).map((bands) => bands.map((level) => Math.max(level, floor)));
  const reach = Math.round(REACH_MS / STEP_MS);
  const leap = Math.round(LEAP_MS / STEP_MS);
  const width = 2 * reach + 1;
  const perStep = CHANGE_COST * STEP_MS;
  const from = heard.map(() => new Int16Array(width));
  let costs = new Float64Array(width);
  const places = moments.map((moment) => Math.round(expected(moment) / step) - reach);
  const costAt = (t: number, k: number) => difference(heard[t], spectra[Math.min(spectra.length - 1, Math.max(0, k))]);
  // A copy begins where the original does; what a tool adds in front costs it nothing, though.
  for (const t of heard.keys()) {
    const next = new Float64Array(width);
    for (let d = 0; d < width; d++) {
      let best = costs[d];
      let origin = d;
      for (let e = Math.max(0, d - leap); t > 0 && e <= Math.min(width - 1, d + leap); e++) {
        const cost = costs[e] + perStep * Math.abs(d - e);
        if (cost < best) {
          best = cost;
          origin = e;
        }
      }
      from[t][d] = origin;
      next[d] = best + costAt(t, places[t] + d);
    }
    costs = next;
  }
  const offsets = new Float64Array(heard.length);
  let at = costs.indexOf(Math.min(...costs));
  for (let t = heard.length - 1; t >= 0; t--) {
    const place = places[t] + at;
    const [before, here, after] = [place - 1, place, place + 1].map((k) => costAt(t, k));
    // Near the right place the difference falls and rises alike: between two steps, its lowest point lies where two such slopes meet.
    const steepest = Math.max(before, after) - here;
    const between = steepest > 0 ? (before - after) / (2 * steepest) : 0;
    offsets[t] = (place + Math.min(0.5, Math.max(-0.5, between))) * step - expected(moments[t]);
    at = from[t][at];
  }
  return (sample) => {
    const t = Math.min(heard.length - 1, sample / hop);
    const before = Math.floor(t);
    const shift = offsets[before] + ((offsets[before + 1] ?? offsets[before]) - offsets[before]) * (t - before);
    return expected(sample) + shift;
  };
}

function difference(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let band = 0; band < a.length; band++) sum += Math.abs(a[band] - b[band]);
  return sum / a.length;
}
