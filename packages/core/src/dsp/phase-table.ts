/**
 * The taps of a polyphase filter: the prototype, interpolated at the times that a rate pair needs.
 *
 * Any thread; no state. The prototype is sampled eight times per frame of the lower rate, so its band ends below 0.07 of its own rate, where Lagrange interpolation through
 * eight points errs by less than -125 dB: far below the filter's own stop band, at a few multiplications per tap for any ratio.
 */
import { OVERSAMPLING } from "./filter-design.ts";

/** Nodes of the interpolation, at -3 to 4 around the wanted place, and their barycentric weights (-1)^j C(7, j), up to a common factor. */
const NODES = 8;
const WEIGHTS = [1, -7, 21, -35, 35, -21, 7, -1];
/** Prototype samples before time 0 that are kept, since the response between samples -1 and 0 is small but not nothing. */
const LEAD = 1;

/** Rows of taps for evenly spaced phases. */
export interface PhaseTable {
  /** Taps in each row, a multiple of 4. */
  readonly taps: number;
  /** Row after row; within a row, the tap of the oldest frame comes first. */
  readonly rows: Float32Array;
  /** Delay that the table adds to the prototype's own, in frames of the lower rate. */
  readonly leadFrames: number;
}

/**
 * Taps for the phases 0, 1/`phases`, ... of an input frame, `rowCount` rows in all.
 * @param frameStep prototype time of one input frame in frames of the lower rate: lower rate / input rate, at most 1.
 */
export function buildPhaseTable(response: Float64Array, frameStep: number, phases: number, rowCount: number): PhaseTable {
  const step = frameStep * OVERSAMPLING;
  const taps = Math.ceil((response.length + LEAD + 1) / step / 4) * 4;
  const rows = new Float32Array(rowCount * taps);
  for (let row = 0; row < rowCount; row++) {
    for (let tap = 0; tap < taps; tap++) {
      rows[(row + 1) * taps - 1 - tap] = interpolate(response, (row / phases + tap) * step - LEAD) * frameStep;
    }
  }
  return { taps, rows, leadFrames: LEAD / OVERSAMPLING };
}

/** `response` at the fractional index `at`, in the barycentric form of Lagrange's polynomial (Berrut and Trefethen, 2004, equation 4.2). */
function interpolate(response: Float64Array, at: number): number {
  const first = Math.floor(at) - 3;
  const fraction = at - first;
  // On a node; also on the upper one, which a place just below 0 rounds to.
  if (Number.isInteger(fraction)) return response[first + fraction] ?? 0;
  let numerator = 0;
  let denominator = 0;
  for (let j = 0; j < NODES; j++) {
    const weight = (WEIGHTS[j] as number) / (fraction - j);
    denominator += weight;
    const index = first + j;
    if (index >= 0 && index < response.length) numerator += weight * (response[index] as number);
  }
  return numerator / denominator;
}
