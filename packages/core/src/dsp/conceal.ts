/**
 * Fills holes in speech: goes on with the pitch periods heard last, fades them to silence within 60 ms, and cross-fades back into what arrives.
 *
 * Any thread; no allocation after construction. After the idea of ITU-T G.711 Appendix I (1999), in own code: one period is repeated for 15 ms, two for the next 15, three
 * from then on, full for 10 ms and then down by a fifth every 10. The appendix delays all output by 3.75 ms, to smooth the seam before a hole; here nothing is delayed,
 * and the step at the seam dies away after it. A frame depends on what was played and on its place in the hole only, so that the size of chunks changes no bit.
 */
import { checkAttached, checkInteger } from "./checks.ts";
import { LONGEST_PERIOD_MS, thin, thinningFactor, toFrames } from "./pitch.ts";

/** Shortest period repeated: 200 Hz; higher voices repeat two or three of theirs (G.711 Appendix I: 40 samples at 8 kHz). */
const SHORTEST_PERIOD_MS = 5;
/** Most periods that take turns. */
const MOST_PERIODS = 3;
/** Recent frames that are compared with earlier ones to find the period (Appendix I: 160 samples). */
const TEMPLATE_MS = 20;
/** Time until the second period takes part, and from then until the third: the longest period once (Appendix I has 10 ms, which measures 0.2 dB farther from what was lost). */
const STAGE_MS = 15;
/** Time until the fade begins (Appendix I). */
const FULL_MS = 10;
/** Time until silence (Appendix I). */
const AUDIBLE_MS = 60;
/**
 * The cross-fade back grows by this for every 10 ms lost, up to 10 ms. Appendix I begins to count with the second 10 ms; but there what arrives is in phase with what was lost,
 * while audio that was only late goes on where it stopped, and a quarter period is short for two voices out of step.
 */
const RETURN_GROWTH_MS = 4;
const LONGEST_RETURN_MS = 10;
/** Rate in Hz at which the period is refined: the frames of higher ones are taken by steps. */
const REFINED_RATE = 24000;

/** Conceals holes of unknown length in a stream of mono frames. */
export class Concealer {
  /** Frames per second, in Hz. */
  readonly rate: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #template: number;
  readonly #stage: number;
  readonly #full: number;
  readonly #audible: number;
  readonly #factor: number;
  /** What was played, newest last, up to `#end`; the last `#kept` are looked back on. */
  readonly #history: Float32Array;
  readonly #kept: number;
  #end: number;
  /** How much of that was played since the start or the last reset. */
  #heard = 0;
  /** What had been played when the hole began. */
  readonly #frozen: Float32Array;
  readonly #thinned: Float64Array;
  /** What {@link #frame} and {@link #repeat} give: a fraction that is returned is boxed, unless the engine takes the call in. */
  readonly #values = new Float64Array(2);
  #period = 0;
  /** A quarter of the period: the length of every cross-fade between periods. */
  #quarter = 0;
  #step = 0;
  #peak = 0;
  /** Frames given of this hole, and of the cross-fade out of it. */
  #lost = 0;
  #returned = 0;
  #returnFrames = 0;

  /** A concealer for mono frames at `rate`, an integer from 8000 to 192000 Hz. @throws {RangeError} when it is another. */
  constructor(rate: number) {
    this.#factor = thinningFactor(rate);
    this.rate = rate;
    this.#shortest = toFrames(SHORTEST_PERIOD_MS, rate);
    this.#longest = toFrames(LONGEST_PERIOD_MS, rate);
    this.#template = toFrames(TEMPLATE_MS, rate);
    this.#stage = toFrames(STAGE_MS, rate);
    this.#full = toFrames(FULL_MS, rate);
    this.#audible = toFrames(AUDIBLE_MS, rate);
    this.#kept = MOST_PERIODS * this.#longest + (this.#longest >> 2) + 1;
    this.#history = new Float32Array(3 * this.#kept);
    this.#end = this.#kept;
    this.#frozen = new Float32Array(this.#kept);
    this.#thinned = new Float64Array(Math.ceil(this.#kept / this.#factor));
  }

  /** Frames concealed of the hole under way, 0 when there is none. */
  get lostFrames(): number {
    return this.#returnFrames === 0 ? this.#lost : 0;
  }

  /** Whether the hole under way has lasted 60 ms: what {@link conceal} gives from now on is silence. */
  get silent(): boolean {
    return this.lostFrames >= this.#audible;
  }

  /** Frames of audio that the cross-fade out of the last hole still takes; 0 when audio passes unchanged. */
  get resumingFrames(): number {
    return this.#returnFrames - this.#returned;
  }

  /**
   * Takes note of `frames` frames of `samples` from `start` on (default: all of them), which arrived and are played next. The first ones after a hole are changed in
   * place: cross-faded with the concealment, over a quarter of a period and 4 ms for every 10 ms lost, 10 ms at most. All others stay as they are. A frame that is not
   * finite counts as 0. @returns frames changed. @throws {RangeError} when `samples` has no such frames. @throws {TypeError} when it is detached.
   */
  resume(samples: Float32Array, start = 0, frames = samples.length - start): number {
    checkFrames("Concealer.resume", samples, start, frames);
    if (this.#lost > 0 && this.#returnFrames === 0 && frames > 0) this.#startReturn();
    const count = Math.min(frames, this.#returnFrames - this.#returned);
    for (let i = start; i < start + count; i++) {
      const share = (this.#returned + 0.5) / this.#returnFrames;
      this.#frame(this.#lost + this.#returned++);
      const concealed = this.#values[0] as number;
      const sample = samples[i] as number;
      samples[i] = concealed + ((sample - sample === 0 ? sample : 0) - concealed) * share;
    }
    if (count > 0 && this.#returned === this.#returnFrames) this.#endHole();
    this.#remember(samples, start, frames);
    return count;
  }

  /**
   * Fills `frames` frames of `output` from `start` on (default: all of it) with what goes on from the frames before; the first call after {@link resume} begins a hole.
   * @returns frames that are not yet faded to silence. @throws {RangeError} when `output` has no such frames. @throws {TypeError} when it is detached.
   */
  conceal(output: Float32Array, start = 0, frames = output.length - start): number {
    checkFrames("Concealer.conceal", output, start, frames);
    if (frames === 0) return 0;
    if (this.#lost === 0 || this.#returnFrames > 0) this.#startHole();
    const audible = Math.max(0, Math.min(frames, this.#audible - this.#lost));
    for (let i = start; i < start + audible; i++) {
      this.#frame(this.#lost++);
      output[i] = this.#values[0] as number;
    }
    output.fill(0, start + audible, start + frames);
    // Once as much silence has been played as is remembered, more of it changes nothing.
    this.#remember(output, start, audible + Math.min(frames - audible, this.#kept));
    this.#lost += frames - audible;
    return audible;
  }

  /** Forgets what was played, and the hole under way. */
  reset(): void {
    this.#history.fill(0);
    this.#heard = 0;
    this.#endHole();
  }

  /** Frame `n` of the concealment, to `#values[0]`: what the stage of its time repeats, the stage before faded out over a quarter period, the seam's step too. */
  #frame(n: number): void {
    const values = this.#values;
    values[0] = 0;
    if (n >= this.#audible) return;
    const stage = Math.min(MOST_PERIODS, 1 + Math.floor(n / this.#stage));
    const into = n - (stage - 1) * this.#stage;
    this.#repeat(stage, n, 0);
    let value = values[0] as number;
    if (into < this.#quarter) {
      if (stage > 1) this.#repeat(stage - 1, n, 1);
      const before = stage === 1 ? value + this.#step : (values[1] as number);
      value = before + ((value - before) * (into + 0.5)) / this.#quarter;
    }
    if (n >= this.#full) value *= (this.#audible - n) / (this.#audible - this.#full);
    values[0] = Math.min(this.#peak, Math.max(-this.#peak, value));
  }

  /** Frame `n` of the last `periods` periods, repeated in phase with one, to `#values[to]`; the end of their sequence is cross-faded into its beginning over a quarter period. */
  #repeat(periods: number, n: number, to: 0 | 1): void {
    const period = this.#period;
    const length = periods * period;
    // Each stage enters its sequence in the oldest period, at the phase reached.
    const entered = (periods - 1) * this.#stage;
    const place = ((entered % period) + n - entered) % length;
    const at = this.#kept - length + place;
    const value = this.#frozen[at] as number;
    const fading = place - (length - this.#quarter);
    this.#values[to] = fading < 0 ? value : value + (((this.#frozen[at - length] as number) - value) * (fading + 0.5)) / this.#quarter;
  }

  #startHole(): void {
    const frozen = this.#frozen;
    const from = this.#end - this.#kept;
    let peak = 0;
    for (let i = 0; i < this.#kept; i++) {
      const sample = this.#history[from + i] as number;
      frozen[i] = sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    this.#mirror();
    this.#endHole();
    this.#peak = peak;
    this.#period = this.#findPeriod();
    this.#quarter = this.#period >> 2;
    // What was played last, less what comes before the repetition begins: the wrap of the first stage has it at its end.
    this.#step = (frozen[this.#kept - 1] as number) - (frozen[this.#kept - 1 - this.#period] as number);
  }

  #startReturn(): void {
    const growth = toFrames(RETURN_GROWTH_MS, this.rate) * Math.ceil(this.#lost / this.#full);
    this.#returnFrames = Math.min(toFrames(LONGEST_RETURN_MS, this.rate), this.#quarter + growth);
    this.#returned = 0;
  }

  #endHole(): void {
    this.#lost = 0;
    this.#returned = 0;
    this.#returnFrames = 0;
  }

  /** Sound that has only just begun is continued backwards as its own reflection: a period that reached back into the silence before it would have its edge in it. */
  #mirror(): void {
    const heard = this.#heard;
    const first = this.#kept - heard;
    if (heard === 0) return;
    for (let i = 0; i < first; i++) {
      const place = i % (2 * heard);
      this.#frozen[first - 1 - i] = this.#frozen[first + (place < heard ? place : 2 * heard - 1 - place)] as number;
    }
  }

  /** The lag, 5 to 15 ms, at which the last 20 ms correlate best with what was before them. */
  #findPeriod(): number {
    const factor = this.#factor;
    const thinned = this.#thinned;
    const count = thin(this.#frozen, this.#kept % factor, this.#kept - (this.#kept % factor), factor, thinned);
    const template = Math.floor(this.#template / factor);
    const coarse = bestLag(thinned, count, template, 1, Math.ceil(this.#shortest / factor), Math.floor(this.#longest / factor)) * factor;
    const stride = Math.max(1, Math.floor(this.rate / REFINED_RATE));
    const least = Math.max(this.#shortest, coarse - factor);
    return bestLag(this.#frozen, this.#kept, this.#template, stride, least, Math.min(this.#longest, coarse + factor));
  }

  /** Sample by sample, since engines box a fraction that is handed to a function. */
  #remember(samples: Float32Array, start: number, frames: number): void {
    const history = this.#history;
    for (let i = start; i < start + frames; i++) {
      if (this.#end === history.length) {
        history.copyWithin(0, this.#end - this.#kept, this.#end);
        this.#end = this.#kept;
      }
      const sample = samples[i] as number;
      history[this.#end++] = sample - sample === 0 ? sample : 0;
    }
    this.#heard = Math.min(this.#kept, this.#heard + frames);
  }
}

/** The lag from `least` to `most` at which every `stride`-th of the last `template` of `count` samples correlates best with the one so much earlier. */
function bestLag(samples: Float32Array | Float64Array, count: number, template: number, stride: number, least: number, most: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let found = most;
  for (let lag = least; lag <= most; lag++) {
    let product = 0;
    let power = 0;
    for (let i = count - template; i < count; i += stride) {
      const earlier = samples[i - lag] as number;
      product += (samples[i] as number) * earlier;
      power += earlier * earlier;
    }
    const score = power > 0 ? product / Math.sqrt(power) : 0;
    if (score <= best) continue;
    best = score;
    found = lag;
  }
  return found;
}

function checkFrames(what: string, samples: Float32Array, start: number, frames: number): void {
  checkAttached(what, "samples", samples);
  checkInteger("start", start, 0, samples.length, "frames");
  checkInteger("frames", frames, 0, samples.length - start, "frames");
}
