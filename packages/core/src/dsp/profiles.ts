/**
 * The resampler's profiles and the filter that each means, whatever the rates. The designs are computed beforehand (packages/core/filters/design.py).
 *
 * Any thread; a filter is unpacked on first use and kept, 3 kB for each profile.
 */
import {
  LINEAR_PHASE_HALF,
  LOW_LATENCY_RESPONSE,
  LOW_LATENCY_SECTIONS,
  LOW_LATENCY_TAIL_FRAMES,
  STRICT_RESPONSE,
  STRICT_SECTIONS,
  STRICT_TAIL_FRAMES,
} from "./generated/filters.ts";

/**
 * How a {@link Resampler} filters; N is the Nyquist frequency of the lower rate, a period one frame of it.
 * - "low-latency": near minimum phase, 1.9 to 3.1 periods of delay; tones from 1.0 to 1.1 N fold onto 0.9 to 1.0 N, as in every browser.
 * - "linear-phase": the same pass and stop bands, all frequencies delayed alike by 28 to 32 periods.
 * - "strict": near minimum phase, 3.1 to 3.4 periods of delay, nothing folds; up to twice the work, up to four times between a rate and its double, where the
 *   others are half-band filters.
 */
export type ResamplerProfile = "low-latency" | "linear-phase" | "strict";

/** Samples of a response per frame of the lower rate. */
export const OVERSAMPLING = 8;

/** A section of a recursion: [b1, b2, a1, a2] of (1 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2). */
export type Section = readonly [b1: number, b2: number, a1: number, a2: number];

/** A low-pass filter in time units of the lower of two rates: a finite response for the taps, and a recursion at the lower rate. */
export interface LowPass {
  /** Impulse response from time 0 on, {@link OVERSAMPLING} samples per frame of the lower rate. With the recursion, the gain at 0 Hz is 1. */
  readonly response: Float64Array;
  /** What runs at the lower rate: on the output when the rate goes down, on the input when it goes up. May be empty. */
  readonly sections: readonly Section[];
  /** Frames of the lower rate after which the recursion's response is below -120 dB. */
  readonly tailFrames: number;
}

/** Responses are stored as differences of this order, in this unit. */
const ORDER = 7;
const UNIT = 2 ** -24;

const RECIPES: Readonly<Record<ResamplerProfile, () => LowPass>> = {
  "low-latency": () => scaled(undo(LOW_LATENCY_RESPONSE), LOW_LATENCY_SECTIONS, LOW_LATENCY_TAIL_FRAMES),
  "linear-phase": () => {
    const half = undo(LINEAR_PHASE_HALF);
    return scaled([...half, ...half.slice(0, -1).reverse()], [], 0);
  },
  strict: () => scaled(undo(STRICT_RESPONSE), STRICT_SECTIONS, STRICT_TAIL_FRAMES),
};

/** Names of the profiles. */
export const PROFILES: readonly string[] = /* @__PURE__ */ Object.keys(RECIPES);

const unpacked = new Map<ResamplerProfile, LowPass>();

/** The filter of `profile`; not to be written to. */
export function lowPassOf(profile: ResamplerProfile): LowPass {
  let filter = unpacked.get(profile);
  if (!filter) {
    filter = RECIPES[profile]();
    unpacked.set(profile, filter);
  }
  return filter;
}

/** What `differences` are the differences of. Whole numbers below 2^53 throughout. */
function undo(differences: readonly number[]): number[] {
  const sums = [...differences];
  for (let k = 0; k < ORDER; k++) for (let n = 1; n < sums.length; n++) sums[n] = (sums[n] as number) + (sums[n - 1] as number);
  return sums;
}

function scaled(integers: readonly number[], sections: readonly Section[], tailFrames: number): LowPass {
  // The response comes with a gain of 1 at 0 Hz; the recursion's own is taken off here.
  let gain = UNIT;
  for (const [b1, b2, a1, a2] of sections) gain *= (1 + a1 + a2) / (1 + b1 + b2);
  return { response: Float64Array.from(integers, (integer) => integer * gain), sections, tailFrames };
}

/** Group delay of `filter` at `frequency` (in units of the lower rate, so 0.5 is its Nyquist frequency), in frames of the lower rate. */
export function groupDelay({ response, sections }: LowPass, frequency: number): number {
  let delay = polynomialDelay(response, frequency / OVERSAMPLING) / OVERSAMPLING;
  for (const [b1, b2, a1, a2] of sections) delay += polynomialDelay([1, b1, b2], frequency) - polynomialDelay([1, a1, a2], frequency);
  return delay;
}

/** Group delay of the sum of h[n] z^-n at `frequency`, a fraction of its rate, in its own frames. */
function polynomialDelay(taps: ArrayLike<number>, frequency: number): number {
  const step = 2 * Math.PI * frequency;
  let re = 0;
  let im = 0;
  let slopeRe = 0;
  let slopeIm = 0;
  for (let n = 0; n < taps.length; n++) {
    const h = taps[n] as number;
    const c = h * Math.cos(step * n);
    const s = h * Math.sin(step * n);
    re += c;
    im -= s;
    slopeRe += n * c;
    slopeIm -= n * s;
  }
  return (slopeRe * re + slopeIm * im) / (re * re + im * im);
}
