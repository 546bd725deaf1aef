/**
 * The taps of a polyphase filter: the prototype, interpolated at the times that a rate pair needs.
 *
 * Any thread; no state. The prototype is sampled eight times per frame of the lower rate, so its band ends below 0.07 of its own rate, where Lagrange
 * interpolation through eight points errs by less than -125 dB: far below the filter's own stop band, at a few multiplications per tap for any ratio.
 */
import { OVERSAMPLING } from "./profiles.ts";

/** Nodes of the interpolation; they lie at -3 to 4 around the wanted place. */
const NODES = 8;
/** Samples before time 0, and after the end, between which the interpolated response is small but not nothing: further out it is below -150 dB. */
const LEAD = 3;
/** Delay that a table adds to the prototype's own, in frames of the lower rate. */
export const LEAD_FRAMES = LEAD / OVERSAMPLING;

/** Where the response begins for {@link paddedForRows}, less the lead. */
export const ROW_SHIFT = NODES - LEAD;

/** `response` between zeros, so that interpolation never leaves it. */
export function paddedForRows(response: Float64Array): Float64Array {
  const padded = new Float64Array(response.length + 2 * NODES);
  padded.set(response, NODES);
  return padded;
}

/** Rows of taps for evenly spaced phases. */
export interface PhaseTable {
  /** Taps in each row, a multiple of 4. */
  readonly taps: number;
  /** Row after row; within a row, the tap of the oldest frame comes first. */
  readonly rows: Float32Array;
}

/** Taps in a row of a table for `response`: those that are not 0, rounded up for vectors. */
export function tapsFor(response: Float64Array, frameStep: number): number {
  return Math.ceil(leastTaps(response, frameStep) / 4) * 4;
}

/** Taps of a row that may differ from 0; the others are the oldest. */
export function leastTaps(response: Float64Array, frameStep: number): number {
  return Math.ceil((response.length + 2 * LEAD) / (frameStep * OVERSAMPLING));
}

/**
 * Taps for the phases 0, 1/`phases`, ... of an input frame, `rowCount` rows in all.
 * @param frameStep prototype time of one input frame in frames of the lower rate: lower rate / input rate, at most 1.
 */
export function buildPhaseTable(response: Float64Array, frameStep: number, phases: number, rowCount: number): PhaseTable {
  const step = frameStep * OVERSAMPLING;
  const taps = tapsFor(response, frameStep);
  const rows = new Float32Array(rowCount * taps);
  const padded = paddedForRows(response);
  for (let row = 0; row < rowCount; row++) {
    for (let tap = 0; tap < taps; tap++) {
      rows[(row + 1) * taps - 1 - tap] = interpolate(padded, (row / phases + tap) * step + ROW_SHIFT) * frameStep;
    }
  }
  return { taps, rows };
}

/**
 * `samples` at the fractional index `at`, in the barycentric form of Lagrange's polynomial (Berrut and Trefethen, 2004, equation 4.2), with the weights (-1)^j
 * C(7, j). Without a loop, since this runs ten thousand times in an interpreter that is still cold.
 */
function interpolate(samples: Float64Array, at: number): number {
  const first = Math.floor(at) - 3;
  if (first + NODES > samples.length) return 0;
  // From 3 up to, but never, 4: `first` is at least half of `at`, so nothing is rounded.
  const x = at - first;
  if (x === 3) return samples[first + 3] as number;
  const w0 = 1 / x;
  const w1 = -7 / (x - 1);
  const w2 = 21 / (x - 2);
  const w3 = -35 / (x - 3);
  const w4 = 35 / (x - 4);
  const w5 = -21 / (x - 5);
  const w6 = 7 / (x - 6);
  const w7 = -1 / (x - 7);
  const early =
    w0 * (samples[first] as number) + w1 * (samples[first + 1] as number) + w2 * (samples[first + 2] as number) + w3 * (samples[first + 3] as number);
  const late =
    w4 * (samples[first + 4] as number) + w5 * (samples[first + 5] as number) + w6 * (samples[first + 6] as number) + w7 * (samples[first + 7] as number);
  return (early + late) / (w0 + w1 + w2 + w3 + w4 + w5 + w6 + w7);
}
