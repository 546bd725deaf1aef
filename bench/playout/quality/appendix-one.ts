/**
 * Packet loss concealment as ITU-T G.711 Appendix I (1999) describes it, written anew from the description: what Sidetone's is measured against.
 *
 * Frames of 10 ms. All output comes 3.75 ms late, so that the seam in front of a loss can still be smoothed. A loss repeats the last pitch period for 10 ms, the last two for the
 * next 10, three from then on, every change and every seam overlapped by a quarter of a period; from 10 ms on it loses a fifth every 10 ms, and from 60 ms on it is silent. The first
 * good frame is overlapped for a quarter period and 4 ms more for each further 10 ms lost. The recommendation is for 8 kHz; at other rates its times are kept.
 */

const FRAME_MS = 10;
const SHORTEST_MS = 5;
const LONGEST_MS = 15;
const TEMPLATE_MS = 20;
/** A quarter of the longest period. */
const DELAY_MS = 3.75;
const GROWTH_MS = 4;
const FADE_PER_FRAME = 0.2;
const SILENT_AFTER = 6;
/** Least energy of a template: below it everything correlates alike. In the recommendation 250, for 16-bit samples. */
const LEAST_ENERGY = 250 / 32768 ** 2;
/** Rate at which the search for the period begins with every second lag and sample, in Hz. */
const COARSE_RATE = 4000;

/** A concealer by frames. */
export class AppendixOne {
  readonly frame: number;
  /** Frames by which the output is late. */
  readonly delay: number;
  readonly #rate: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #template: number;
  /** What was played, or will be within the delay; newest last. */
  readonly #history: Float32Array;
  /** The history as it was when the loss began; its end changes from stage to stage. */
  readonly #periods: Float32Array;
  /** The last quarter period before the loss, as it was. */
  #tail = new Float32Array(0);
  #lost = 0;
  #period = 0;
  #quarter = 0;
  /** Samples that are repeated, and the place among them. */
  #length = 0;
  #place = 0;

  constructor(rate: number) {
    const frames = (ms: number) => Math.round((ms * rate) / 1000);
    this.#rate = rate;
    this.frame = frames(FRAME_MS);
    this.delay = frames(DELAY_MS);
    this.#shortest = frames(SHORTEST_MS);
    this.#longest = frames(LONGEST_MS);
    this.#template = frames(TEMPLATE_MS);
    this.#history = new Float32Array(3 * this.#longest + this.delay);
    this.#periods = new Float32Array(this.#history.length);
  }

  /** A frame arrived: writes the next frame of output, which is `delay` late. */
  good(samples: Float32Array, output: Float32Array): void {
    const now = samples.slice();
    if (this.#lost > 0) {
      const length = Math.min(this.frame, this.#quarter + Math.round((GROWTH_MS * this.#rate * (this.#lost - 1)) / 1000));
      const gain = Math.max(0, 1 - (this.#lost - 1) * FADE_PER_FRAME);
      const more = this.#repeat(length);
      for (let i = 0; i < length; i++) {
        const share = (i + 1) / length;
        now[i] = more[i] * gain * (1 - share) + now[i] * share;
      }
    }
    this.#lost = 0;
    this.#remember(now, output);
  }

  /** A frame is lost: writes the next frame of output. */
  lost(output: Float32Array): void {
    let now: Float32Array;
    if (this.#lost === 0) {
      this.#begin();
      now = this.#repeat(this.frame);
    } else if (this.#lost <= 2) {
      const place = this.#place;
      const old = this.#repeat(this.#quarter);
      this.#place = place % this.#period;
      this.#lengthen();
      now = this.#repeat(this.frame);
      for (let i = 0; i < this.#quarter; i++) now[i] = old[i] + ((now[i] - old[i]) * (i + 1)) / this.#quarter;
    } else now = this.#repeat(this.frame);
    if (this.#lost >= SILENT_AFTER) now.fill(0);
    else if (this.#lost > 0) for (let i = 0; i < now.length; i++) now[i] *= Math.max(0, 1 - FADE_PER_FRAME * (this.#lost - 1 + i / this.frame));
    this.#lost++;
    this.#remember(now, output);
  }

  #begin(): void {
    this.#periods.set(this.#history);
    this.#period = this.#findPeriod();
    this.#quarter = this.#period >> 2;
    const end = this.#periods.length;
    this.#tail = this.#periods.slice(end - this.#quarter);
    this.#length = 0;
    this.#place = 0;
    this.#lengthen();
    // What has not been played yet goes over into the repetition.
    this.#history.set(this.#periods.subarray(end - this.#quarter), end - this.#quarter);
  }

  /** One period more takes part; the last quarter period becomes one that leads over to where the repetition starts. */
  #lengthen(): void {
    this.#length += this.#period;
    const end = this.#periods.length;
    const before = end - this.#length - this.#quarter;
    for (let i = 0; i < this.#quarter; i++) {
      const share = (i + 1) / this.#quarter;
      this.#periods[end - this.#quarter + i] = this.#tail[i] * (1 - share) + this.#periods[before + i] * share;
    }
  }

  #repeat(length: number): Float32Array {
    const start = this.#periods.length - this.#length;
    const result = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      result[i] = this.#periods[start + this.#place];
      this.#place = (this.#place + 1) % this.#length;
    }
    return result;
  }

  #remember(now: Float32Array, output: Float32Array): void {
    this.#history.copyWithin(0, now.length);
    this.#history.set(now, this.#history.length - now.length);
    const from = this.#history.length - now.length - this.delay;
    output.set(this.#history.subarray(from, from + now.length));
  }

  /** The lag at which the last 20 ms correlate best with what was before them: coarse, then fine around that. */
  #findPeriod(): number {
    const step = Math.max(1, Math.round(this.#rate / COARSE_RATE));
    const coarse = this.#bestLag(this.#shortest, this.#longest, step);
    return this.#bestLag(Math.max(this.#shortest, coarse - step + 1), Math.min(this.#longest, coarse + step - 1), 1);
  }

  #bestLag(least: number, most: number, step: number): number {
    const history = this.#history;
    const end = history.length;
    let best = Number.NEGATIVE_INFINITY;
    let found = most;
    for (let lag = most; lag >= least; lag -= step) {
      let product = 0;
      let energy = 0;
      for (let i = end - this.#template; i < end; i += step) {
        product += history[i] * history[i - lag];
        energy += history[i - lag] * history[i - lag];
      }
      const score = product / Math.sqrt(Math.max(energy, LEAST_ENERGY));
      if (score < best) continue;
      best = score;
      found = lag;
    }
    return found;
  }
}
