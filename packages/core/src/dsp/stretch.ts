/**
 * Plays speech a little slower or faster: inserts or removes one pitch period where the signal repeats itself, or where it is quiet.
 *
 * Any thread; no allocation after construction; no state between calls, so that the same window always gets the same answer. Two neighbouring periods that are alike are
 * cross-faded over one period: from the first into the second to remove one, from the second back into the first to insert one. That is pitch-synchronous overlap-add
 * (Moulines and Charpentier, Speech Communication 9, 1990), done where it pays, as WebRTC's NetEq does under the names accelerate and preemptive expand. The pitch does
 * not change, and before the cross-fade every frame is passed on to the bit. Good for rates within 10 % of the original, 15 % at a pinch.
 */
import { checkAttached, checkInteger, checkRoom } from "./checks.ts";
import { LONGEST_PERIOD_MS, thin, thinningFactor, toFrames } from "./pitch.ts";

/**
 * What was done to a window. The output's frames up to `fadeFrame` are the window's; a period follows in which two places of the window sound together; then the window
 * goes on at `consumedFrames`. So a playhead counts the frames of an insertion from `fadeFrame` on as no media, and lets media jump by a period after a removal's last one.
 */
export interface PeriodSplice {
  /** Frames of the window that the output stands for: play on with this one. */
  consumedFrames: number;
  /** Frames written: `consumedFrames` and a period, or less a period. */
  producedFrames: number;
  /** Place of the cross-fade's first frame in the output; its last one is the last produced. */
  fadeFrame: number;
  /** Length of the period, inserted or removed, and of the cross-fade. */
  periodFrames: number;
  /** Normalised correlation of the two periods, -1 to 1; 0 where one is silent. */
  correlation: number;
  /** Whether the place was quiet, which allows any correlation. */
  quiet: boolean;
}

/** Options of {@link PeriodStretcher}. */
export interface PeriodStretcherOptions {
  /** RMS in dBFS up to which a place counts as quiet, -120 to -20. Default: -48, which is below speech and above the noise of most rooms. */
  readonly quietDbfs?: number;
}

/** Defaults of {@link PeriodStretcherOptions}. */
const DEFAULTS = /* @__PURE__ */ Object.freeze({
  /** dBFS. NetEq's value until it knows the noise is -41; a served voice has less of it. */
  quietDbfs: -48,
});
/** Shortest period: 400 Hz, NetEq's limit. */
const SHORTEST_PERIOD_MS = 2.5;
/** Likeness is measured over this much at least, since between two pulses of the glottis a formant repeats itself too. */
const LEAST_SPAN_MS = 5;
/** What is looked at of a window: three of the longest periods, so that these have a choice of places. */
const WINDOW_MS = 45;
/** How far the correlation below 2 kHz may be under the threshold for the full one to be worth computing. */
const COARSE_MARGIN = 0.15;

/** Inserts and removes single pitch periods in windows of upcoming frames. */
export class PeriodStretcher {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /** Frames that a window should have, 45 ms: from 30 ms on every period finds a place, in less only shorter ones, and frames beyond are not looked at. */
  readonly windowFrames: number;
  /** Frames of the longest period, 15 ms. */
  readonly maxPeriodFrames: number;
  readonly #minPeriodFrames: number;
  readonly #minSpanFrames: number;
  readonly #quietPower: number;
  readonly #factor: number;
  readonly #thinned: Float64Array;
  /** Running sums over the thinned window: of squares, and of products with itself one period later. */
  readonly #squares: Float64Array;
  readonly #products: Float64Array;
  readonly #splice: PeriodSplice = { consumedFrames: 0, producedFrames: 0, fadeFrame: 0, periodFrames: 0, correlation: 0, quiet: false };
  /** The window's mean, at 0: an array, since engines box a fraction that is a field. */
  readonly #mean = new Float64Array(1);
  /** Where the first of the two like periods begins, and their length; 0 when there are none. */
  #start = 0;
  #period = 0;

  /** A stretcher for mono frames at `rate`, an integer from 8000 to 192000 Hz. @throws {RangeError} when `rate` or an option is out of its range. */
  constructor(rate: number, options: PeriodStretcherOptions = {}) {
    this.#factor = thinningFactor(rate);
    const quietDbfs = options.quietDbfs ?? DEFAULTS.quietDbfs;
    if (!(quietDbfs >= -120 && quietDbfs <= -20)) throw new RangeError(`quietDbfs is ${String(quietDbfs)}; allowed are -120 to -20 dBFS.`);
    this.rate = rate;
    this.windowFrames = toFrames(WINDOW_MS, rate);
    this.maxPeriodFrames = toFrames(LONGEST_PERIOD_MS, rate);
    this.#minPeriodFrames = toFrames(SHORTEST_PERIOD_MS, rate);
    this.#minSpanFrames = toFrames(LEAST_SPAN_MS, rate);
    this.#quietPower = 10 ** (quietDbfs / 10);
    const thinnedFrames = Math.ceil(this.windowFrames / this.#factor) + 1;
    this.#thinned = new Float64Array(thinnedFrames);
    this.#squares = new Float64Array(thinnedFrames);
    this.#products = new Float64Array(thinnedFrames);
  }

  /**
   * Inserts one period into the upcoming frames `window`, if a place is quiet or its two periods correlate by `threshold` (0 to 1; 0.9 is not heard, 0.65 is for
   * when a gap would be heard more). Of `window` the first `frames` are looked at (default: all of them), `windowFrames` at most; no more are written into `output`, which may
   * not share memory with it.
   * @returns what was done, the same object every time; null, with `output` as it was, when no place suits or a frame is not finite.
   * @throws {RangeError} for another threshold, more frames than there are, or an output shorter than that. @throws {TypeError} when an array is detached. Then nothing is written.
   */
  insertPeriod(window: Float32Array, output: Float32Array, threshold: number, frames = window.length): Readonly<PeriodSplice> | null {
    if (!this.#find("PeriodStretcher.insertPeriod", window, output, threshold, frames)) return null;
    const second = this.#start + this.#period;
    return this.#crossFade(window, output, second, this.#start);
  }

  /** Removes one period; all else is as with {@link insertPeriod}. @throws {RangeError} and {TypeError} as there. */
  removePeriod(window: Float32Array, output: Float32Array, threshold: number, frames = window.length): Readonly<PeriodSplice> | null {
    if (!this.#find("PeriodStretcher.removePeriod", window, output, threshold, frames)) return null;
    return this.#crossFade(window, output, this.#start, this.#start + this.#period);
  }

  /** Passes frames on up to `from`, and fades from what is there into what is at `to`. */
  #crossFade(window: Float32Array, output: Float32Array, from: number, to: number): PeriodSplice {
    const splice = this.#splice;
    const period = this.#period;
    const mean = this.#mean[0] as number;
    // Of two that are alike the levels add up, so the gains sum to 1 and no peak grows. Of two that are not the powers do: without regard to that, noise would dip.
    const unlike = splice.quiet ? 1 - Math.max(0, splice.correlation) : 0;
    for (let i = 0; i < from; i++) output[i] = window[i] as number;
    for (let i = 0; i < period; i++) {
      const share = (i + 0.5) / period;
      const a = (window[from + i] as number) - mean;
      const b = (window[to + i] as number) - mean;
      output[from + i] = mean + (a + (b - a) * share) / Math.sqrt(1 - 2 * share * (1 - share) * unlike);
    }
    splice.fadeFrame = from;
    splice.periodFrames = period;
    splice.producedFrames = from + period;
    splice.consumedFrames = to + period;
    return splice;
  }

  /** Checks the arguments and looks for two like periods; fills in the correlation and whether they are quiet. */
  #find(what: string, window: Float32Array, output: Float32Array, threshold: number, given: number): boolean {
    checkAttached(what, "window", window);
    checkAttached(what, "output", output);
    checkInteger("frames", given, 0, window.length, "frames");
    const frames = Math.min(given, this.windowFrames);
    checkRoom(what, frames, output.length);
    if (!(threshold >= 0 && threshold <= 1)) throw new RangeError(`threshold is ${String(threshold)}; allowed are 0 to 1.`);
    let sum = 0;
    for (let i = 0; i < frames; i++) sum += window[i] as number;
    if (!Number.isFinite(sum)) return false;
    this.#mean[0] = sum / frames;
    this.#searchThinned(window, frames, threshold);
    if (this.#period === 0) return false;
    this.#refine(window, frames);
    return this.#period > 0 && this.#judge(window, threshold);
  }

  /** All periods at all places of the thinned window: keeps the best, if it is quiet or scores nearly `threshold`. The score is 1 less the share of what differs in what there is. */
  #searchThinned(window: Float32Array, frames: number, threshold: number): void {
    const factor = this.#factor;
    const thinned = this.#thinned;
    const squares = this.#squares;
    const products = this.#products;
    const count = thin(window, 0, frames, factor, thinned);
    const offset = (this.#mean[0] as number) * 2 * factor;
    for (let k = 0; k < count; k++) {
      const value = (thinned[k] as number) - offset;
      thinned[k] = value;
      squares[k + 1] = (squares[k] as number) + value * value;
    }
    const quietPower = this.#quietPower * (2 * factor) ** 2;
    const longest = Math.floor(this.maxPeriodFrames / factor);
    let best = threshold - COARSE_MARGIN;
    this.#period = 0;
    for (let period = Math.ceil(this.#minPeriodFrames / factor); period <= longest; period++) {
      const span = Math.max(period, Math.ceil(this.#minSpanFrames / factor));
      const last = count - period - span;
      if (last < 0) break;
      for (let k = 0; k + period < count; k++) products[k + 1] = (products[k] as number) + (thinned[k] as number) * (thinned[k + period] as number);
      for (let start = 0; start <= last; start++) {
        const second = start + period;
        const end = start + span;
        const power = ((squares[end] as number) - (squares[start] as number) + (squares[end + period] as number) - (squares[second] as number)) / 2;
        let score = power > 0 ? ((products[end] as number) - (products[start] as number)) / power : 1;
        // Quiet places before all others, and long periods there, for they get the same done with fewer cross-fades.
        if (power <= quietPower * span) score = 2 + score / 2 + period / longest;
        if (score <= best) continue;
        best = score;
        this.#start = start * factor;
        this.#period = period * factor;
      }
    }
  }

  /** The period to the frame, near the one found. */
  #refine(window: Float32Array, frames: number): void {
    const start = this.#start;
    const mean = this.#mean[0] as number;
    const from = Math.max(this.#minPeriodFrames, this.#period - this.#factor);
    const to = Math.min(this.maxPeriodFrames, this.#period + this.#factor);
    let best = Number.NEGATIVE_INFINITY;
    this.#period = 0;
    for (let period = from; period <= to; period++) {
      const end = start + Math.max(period, this.#minSpanFrames);
      if (end + period > frames) break;
      let product = 0;
      let power = 0;
      for (let i = start; i < end; i++) {
        const a = (window[i] as number) - mean;
        const b = (window[i + period] as number) - mean;
        product += a * b;
        power += a * a + b * b;
      }
      const score = power > 0 ? product / power : 0.5;
      if (score < best) continue;
      best = score;
      this.#period = period;
    }
  }

  /** Whether the two periods found may be cross-faded. */
  #judge(window: Float32Array, threshold: number): boolean {
    const mean = this.#mean[0] as number;
    const period = this.#period;
    let product = 0;
    let first = 0;
    let second = 0;
    for (let i = this.#start, end = i + period; i < end; i++) {
      const a = (window[i] as number) - mean;
      const b = (window[i + period] as number) - mean;
      product += a * b;
      first += a * a;
      second += b * b;
    }
    const splice = this.#splice;
    splice.quiet = first + second <= 2 * period * this.#quietPower;
    splice.correlation = first > 0 && second > 0 ? Math.min(1, Math.max(-1, product / Math.sqrt(first * second))) : 0;
    return splice.quiet || splice.correlation >= threshold;
  }
}
