/** Silence where there should be none. */

/** A stretch of samples. */
export interface Stretch {
  /** First sample. */
  readonly start: number;
  /** Sample after the last. */
  readonly end: number;
}

/** A silence inside a sound. */
export interface Gap extends Stretch {
  /** Its length in ms. */
  readonly ms: number;
}

/** What counts as a gap. */
export interface GapOptions {
  /** Shortest silence that counts, in ms, above 0. Default: 1. */
  readonly minMs?: number;
  /** Samples of a magnitude below this are silent, 0 to 1. Default: 0.00003, which is less than one step of 16 bits: silence that a program put in, and no quiet room. */
  readonly threshold?: number;
}

/** The defaults of {@link findGaps}. */
export const GAP_DEFAULTS = Object.freeze({
  minMs: 1,
  /** Fraction of full scale. */
  threshold: 3e-5,
});

/** Every run of at least `minFrames` samples below `threshold` in [from, to) of `samples`. */
export function findSilences(samples: Float32Array, from: number, to: number, minFrames: number, threshold: number = GAP_DEFAULTS.threshold): Stretch[] {
  const found: Stretch[] = [];
  for (let i = from; i < to; i++) {
    if (Math.abs(samples[i]) >= threshold) continue;
    let end = i + 1;
    while (end < to && Math.abs(samples[end]) < threshold) end++;
    if (end - i >= minFrames) found.push({ start: i, end });
    i = end;
  }
  return found;
}

/** The silences between the first and the last sound of `samples` at `rate` Hz: what an underrun leaves. What is before and after is no gap. */
export function findGaps(samples: Float32Array, rate: number, options: GapOptions = {}): Gap[] {
  const { minMs = GAP_DEFAULTS.minMs, threshold = GAP_DEFAULTS.threshold } = options;
  if (!(minMs > 0)) throw new RangeError(`minMs is ${minMs}; allowed is more than 0.`);
  if (!(threshold > 0 && threshold <= 1)) throw new RangeError(`threshold is ${threshold}; allowed is more than 0, up to 1.`);
  const first = samples.findIndex((sample) => Math.abs(sample) >= threshold);
  const last = samples.findLastIndex((sample) => Math.abs(sample) >= threshold);
  if (first < 0) return [];
  const minFrames = Math.max(1, Math.ceil((minMs * rate) / 1000));
  return findSilences(samples, first, last, minFrames, threshold).map(({ start, end }) => ({ start, end, ms: ((end - start) * 1000) / rate }));
}
