/**
 * Where one signal sits in another, and how like it is there. All signals are mono floats at one rate; outside of an array there is silence.
 *
 * The search is the normalised cross-correlation at every offset, by Fourier transforms over overlapping blocks: its time grows with the length of the signal, and hardly
 * with that of the template.
 */
import { Fft, powerOfTwo } from "./fft.ts";
import { soundBounds } from "./levels.ts";

/** Where a template was found. */
export interface Match {
  /** Sample of the signal at which the template begins. Negative when it began before the signal. */
  readonly offset: number;
  /** The same between two samples, by a parabola through the best three scores: to about a tenth of a sample for sounds below a quarter of the rate. */
  readonly exactOffset: number;
  /** Normalised correlation there: 1 is the same sound at whatever loudness, -1 its inverse, around 0 another sound, 0 silence. */
  readonly score: number;
}

/** Where {@link correlate} looks. */
export interface CorrelateOptions {
  /** First offset that is tried, in samples, rounded down; may be negative. Default: 0. */
  readonly from?: number;
  /** Offset before which the search ends, in samples, rounded down. Default: the length of the signal. */
  readonly to?: number;
}

/** Shortest block, in samples. */
const SMALLEST_BLOCK = 8192;
/** A stretch of signal this much quieter than the loudest of its block is rounding, as far as a transform is concerned. */
const SILENT_RATIO = 1e-10;

/** Normalised correlation of `length` samples of `a` from `aStart` and `b` from `bStart`; 0 when either is silent there. */
export function similarity(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < length; i++) {
    const x = a[aStart + i] ?? 0;
    const y = b[bStart + i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** The offset at which `template` fits `signal` best, and how well: with a score of 0 where there is nothing to look at. @throws {RangeError} for an empty template, or a range that is none. */
export function correlate(template: Float32Array, signal: Float32Array, options: CorrelateOptions = {}): Match {
  const from = Math.floor(options.from ?? 0);
  const to = Math.floor(options.to ?? signal.length);
  if (template.length === 0) throw new RangeError("The template is empty; allowed is any length from 1 sample.");
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to))) throw new RangeError(`from is ${from} and to is ${to}; allowed are numbers of samples.`);
  if (to <= from) return { offset: from, exactOffset: from, score: 0 };
  const scores = scoresOf(template, signal, from, to);
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  const offset = from + best;
  // What the transform found, to full precision.
  return { offset, exactOffset: offset + peakBetween(scores, best), score: similarity(template, 0, signal, offset, template.length) };
}

/** The normalised correlation at every offset of [from, to). */
function scoresOf(template: Float32Array, signal: Float32Array, from: number, to: number): Float64Array {
  const scores = new Float64Array(to - from);
  const size = powerOfTwo(Math.max(SMALLEST_BLOCK, 2 * template.length));
  const fft = new Fft(size);
  const templateReal = new Float64Array(size);
  const templateImaginary = new Float64Array(size);
  templateReal.set(template);
  fft.forward(templateReal, templateImaginary);
  const norm = energyOf(template);
  const step = size - template.length + 1;
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let start = from; start < to; start += step) {
    for (let i = 0; i < size; i++) real[i] = signal[start + i] ?? 0;
    const energies = windowEnergies(real, template.length);
    imaginary.fill(0);
    fft.forward(real, imaginary);
    // Signal times the template's conjugate.
    for (let k = 0; k < size; k++) {
      const re = real[k] * templateReal[k] + imaginary[k] * templateImaginary[k];
      imaginary[k] = imaginary[k] * templateReal[k] - real[k] * templateImaginary[k];
      real[k] = re;
    }
    fft.inverse(real, imaginary);
    const loudest = energies.reduce((most, energy) => Math.max(most, energy), 0);
    for (let i = 0; i < step && start + i < to; i++) {
      scores[start + i - from] = norm === 0 || energies[i] <= loudest * SILENT_RATIO ? 0 : real[i] / Math.sqrt(norm * energies[i]);
    }
  }
  return scores;
}

function energyOf(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return energy;
}

/** Energy of `length` samples from each of the first places of a block. */
function windowEnergies(block: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(block.length + 1);
  for (let i = 0; i < block.length; i++) sums[i + 1] = sums[i] + block[i] * block[i];
  return Float64Array.from({ length: block.length - length + 1 }, (_, i) => sums[i + length] - sums[i]);
}

/** How far from `at` the top of a parabola through three values lies, -0.5 to 0.5. */
function peakBetween(values: Float64Array, at: number): number {
  if (at === 0 || at === values.length - 1) return 0;
  const [before, here, after] = [values[at - 1], values[at], values[at + 1]];
  const bend = before - 2 * here + after;
  return bend >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend)));
}

/** How one signal sits in another, piece by piece. */
export interface Comparison {
  /** Correlation over the whole of the reference at the first piece's offset. */
  readonly score: number;
  /** Sample of the recording at which the reference begins. */
  readonly offset: number;
  /** Largest change of the offset between pieces, in samples: 0 when nothing was lost or inserted. */
  readonly drift: number;
  /** Pieces that were loud enough to be located. */
  readonly pieces: number;
}

/** Pieces into which {@link compare} cuts the reference, and how far from its place each is looked for, in ms. */
const PIECE_MS = 250;
const REACH_MS = 60;
/** RMS below which a piece is not looked for. */
const QUIET = 0.02;

/**
 * Finds `reference` in `recording`, both at `rate` Hz: overall, and by pieces of 250 ms that are each located again within 60 ms, so that a sample that was lost or put
 * in shows as drift. Looks from sample `from` of the recording on.
 */
export function compare(reference: Float32Array, recording: Float32Array, rate: number, from = 0): Comparison {
  const { start, end } = soundBounds(reference, rate);
  const piece = Math.round((rate * PIECE_MS) / 1000);
  const reach = Math.round((rate * REACH_MS) / 1000);
  let first: number | null = null;
  let drift = 0;
  let pieces = 0;
  for (let at = start; at + piece <= end; at += piece) {
    const template = reference.subarray(at, at + piece);
    if (Math.sqrt(energyOf(template) / piece) < QUIET) continue;
    pieces++;
    if (first === null) {
      first = correlate(template, recording, { from }).offset - at;
      continue;
    }
    const expected = first + at;
    const found = correlate(template, recording, { from: expected - reach, to: expected + reach });
    drift = Math.max(drift, Math.abs(found.offset - expected));
  }
  const offset = first ?? 0;
  return { offset, drift, pieces, score: similarity(reference, 0, recording, offset, reference.length) };
}
