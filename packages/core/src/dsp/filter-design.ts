/**
 * The low-pass filters behind the resampler, one prototype for each profile, whatever the rates.
 *
 * Any thread. A prototype is the filter's impulse response in time units of the lower of the two rates, sampled eight times per unit; `phase-table.ts`
 * interpolates the taps of a rate pair from it. So the one costly step, making a filter minimum-phase, is done once per profile and thread and does not grow
 * with awkward ratios such as 44100:48000. Design: Kaiser-windowed sinc (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5.3); minimum phase by the
 * folded cepstrum (same, 13.5.4) and the recursion from a cepstrum to its sequence (same, equation 13.62).
 */
import { fft, type Roots, rootsOf } from "./fft.ts";

/** Prototype samples per frame of the lower rate. */
export const OVERSAMPLING = 8;

/**
 * Steepness, in dB per octave, of the floor under a minimum-phase stop band. Its delay grows with the mean attenuation of the stop band weighted by 1/f^2
 * (Bode's relation between gain and phase), so attenuation nobody hears is given up for a third of a frame less delay; the slope keeps the sum of many images
 * small.
 */
const STOP_BAND_SLOPE = 6;
/** What a filter must do; frequencies in units of the lower Nyquist frequency. */
export interface FilterSpec {
  /** Middle of the transition band, where the gain is -6 dB. */
  readonly cutoff: number;
  /** Width of the transition band. */
  readonly transition: number;
  /** Attenuation beyond the transition band, in dB. */
  readonly attenuation: number;
  /** How far nulls and side lobes may reach down at the start of the stop band, in dB; see {@link STOP_BAND_SLOPE}. Minimum phase only. */
  readonly floor: number;
  /** Points of the transform that finds the minimum phase: the fewer the faster, and the more its cepstrum aliases, which raises the start of the stop band. */
  readonly transformSize: number;
  /** Symmetric, or with its energy as early as the same gains allow. */
  readonly phase: "linear" | "minimum";
}

/** The steps of a design that take long in an interpreter; WebAssembly does the same, to the bit, while JavaScript is still cold. */
export interface DesignSteps {
  /** See {@link fft}. */
  fft(re: Float64Array, im: Float64Array, roots: Roots): void;
  /** Computes `response` from its first value and its cepstrum. */
  fold(cepstrum: Float64Array, response: Float64Array): void;
}

const STEPS: DesignSteps = { fft, fold };

/**
 * Computes the prototype for `spec`: its impulse response from time 0 on, {@link OVERSAMPLING} samples per frame of the lower rate, with a gain of {@link
 * OVERSAMPLING} at 0 Hz.
 */
export function designPrototype(spec: FilterSpec, steps: DesignSteps = STEPS): Float64Array {
  const linear = kaiserLowPass(spec);
  return spec.phase === "linear" ? linear : toMinimumPhase(linear, spec, steps);
}

/** Group delay of `response` at `frequency` (in units of the lower rate, so 0.5 is its Nyquist frequency), in frames of the lower rate. */
export function groupDelay(response: Float64Array, frequency: number): number {
  const step = (2 * Math.PI * frequency) / OVERSAMPLING;
  let re = 0;
  let im = 0;
  let slopeRe = 0;
  let slopeIm = 0;
  for (let n = 0; n < response.length; n++) {
    const h = response[n] as number;
    const c = h * Math.cos(step * n);
    const s = h * Math.sin(step * n);
    re += c;
    im -= s;
    slopeRe += n * c;
    slopeIm -= n * s;
  }
  return (slopeRe * re + slopeIm * im) / (re * re + im * im) / OVERSAMPLING;
}

/** A windowed sinc with an odd number of taps. */
function kaiserLowPass({ cutoff, transition, attenuation }: FilterSpec): Float64Array {
  const beta = kaiserBeta(attenuation);
  const half = Math.ceil(((attenuation - 7.95) / 14.36 / (transition / 2)) * (OVERSAMPLING / 2));
  const response = new Float64Array(2 * half + 1);
  let sum = 0;
  for (let n = 0; n <= half; n++) {
    const distance = (half - n) / half;
    const h = sinc((cutoff * (half - n)) / OVERSAMPLING) * besselI0(beta * Math.sqrt(1 - distance * distance));
    response[n] = h;
    response[2 * half - n] = h;
    sum += n === half ? h : 2 * h;
  }
  for (let n = 0; n < response.length; n++) response[n] = ((response[n] as number) * OVERSAMPLING) / sum;
  return response;
}

/** The response of the same length and gains whose energy comes earliest. */
function toMinimumPhase(linear: Float64Array, { cutoff, transition, floor, transformSize: size }: FilterSpec, steps: DesignSteps): Float64Array {
  const roots = rootsOf(size);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  re.set(linear);
  steps.fft(re, im, roots);
  const stopBand = cutoff + transition / 2;
  for (let k = 0; k <= size / 2; k++) {
    const frequency = (k / size) * 2 * OVERSAMPLING;
    const octaves = Math.log2(Math.max(1, frequency / stopBand));
    const least = OVERSAMPLING * 10 ** (-(floor + STOP_BAND_SLOPE * octaves) / 20);
    re[k] = Math.log(Math.max(Math.hypot(re[k] as number, im[k] as number), least));
    re[(size - k) % size] = re[k] as number;
  }
  im.fill(0);
  steps.fft(im, re, roots);
  // Folding the anticausal half of the cepstrum onto the causal half makes the phase minimal; the series of its exponential is the response.
  const response = new Float64Array(linear.length);
  response[0] = Math.exp((re[0] as number) / size);
  steps.fold(re, response);
  return response;
}

/** The rest of the sequence that begins with response[0] and whose cepstrum is the folded first half of `cepstrum` over its length. */
function fold(cepstrum: Float64Array, response: Float64Array): void {
  for (let n = 1; n < response.length; n++) {
    let sum = 0;
    for (let k = 1; k <= n; k++) sum += k * (cepstrum[k] as number) * (response[n - k] as number);
    response[n] = (2 * sum) / (n * cepstrum.length);
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The parameter of the Kaiser window for a stop band of `attenuation` dB, above 50. */
export function kaiserBeta(attenuation: number): number {
  return 0.1102 * (attenuation - 8.7);
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
export function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
