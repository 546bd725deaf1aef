/**
 * The measurement signal: slots of 40 ms, each a linear sweep (which correlation finds to the sample) under tones that spell the slot's number, so that any piece of 100 ms,
 * which holds at least one whole slot, tells where in the signal it comes from. Everything is a function of time alone and stays within 300 to 3400 Hz, so that the signal is
 * the same at every rate from 8000 Hz and survives G.711, resampling and speech codecs.
 */

/** Length of a slot, in ms. */
export const SLOT_MS = 40;

const DATA_BITS = 14;
const CHECK_BITS = 4;
const BITS = DATA_BITS + CHECK_BITS;
/** Most slots that can be told apart. */
export const MAX_SLOTS = 1 << DATA_BITS;

/** The sweep, in Hz from the slot's begin to its end. */
const SWEEP_FROM_HZ = 400;
const SWEEP_TO_HZ = 3300;
/** Each bit has two tones, one for 0 and one for 1, on a grid that is a multiple of one period per slot, so that tones do not disturb each other. */
const FIRST_TONE_HZ = 700;
const TONE_STEP_HZ = 75;
/** Amplitudes of full scale: of the sweep, and of each of the tones. */
const SWEEP_AMPLITUDE = 0.13;
const TONE_AMPLITUDE = 0.035;
/** Fade at both edges of a slot. */
const EDGE_MS = 2;

/** The slots of the signal at one rate. */
export class SlotCode {
  /** Frames of a slot. */
  readonly frames: number;
  /** What all slots have in common: the sweep, faded at its edges. */
  readonly sweep: Float64Array;
  /** Cosine and sine of each tone, as many as there are bits and values, frame by frame. */
  readonly #cosines: Float64Array[] = [];
  readonly #sines: Float64Array[] = [];
  readonly #edges: Float64Array;
  readonly #sweepEnergy: number;

  /** `rate` in Hz, a multiple of 25 from 8000. @throws {RangeError} for another rate. */
  constructor(rate: number) {
    if (!(rate >= 8000 && rate <= 384_000 && rate % 25 === 0)) throw new RangeError(`rate is ${rate}; allowed are multiples of 25 Hz from 8000 to 384000.`);
    this.frames = (rate * SLOT_MS) / 1000;
    const times = Float64Array.from({ length: this.frames }, (_, i) => i / rate);
    this.#edges = times.map(edgeAt);
    this.sweep = times.map((seconds) => edgeAt(seconds) * sweepAt(seconds));
    this.#sweepEnergy = this.sweep.reduce((sum, s) => sum + s * s, 0);
    for (let tone = 0; tone < 2 * BITS; tone++) {
      const hz = FIRST_TONE_HZ + TONE_STEP_HZ * tone;
      this.#cosines.push(times.map((seconds) => Math.cos(2 * Math.PI * hz * seconds)));
      this.#sines.push(times.map((seconds) => Math.sin(2 * Math.PI * hz * seconds)));
    }
  }

  /** Slot `number`, 0 to {@link MAX_SLOTS} - 1, in -1..1. */
  render(number: number): Float64Array {
    const out = this.sweep.slice();
    const code = codeOf(number);
    for (let bit = 0; bit < BITS; bit++) {
      const tone = 2 * bit + ((code >> bit) & 1);
      // Phases that grow with the square of the tone's number keep the peaks of the sum low (Schroeder, 1970).
      const phase = (Math.PI * bit * bit) / BITS;
      const [a, b] = [TONE_AMPLITUDE * Math.cos(phase), TONE_AMPLITUDE * Math.sin(phase)];
      const [sines, cosines] = [this.#sines[tone] as Float64Array, this.#cosines[tone] as Float64Array];
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (this.#edges[i] as number) * (a * (sines[i] as number) - b * (cosines[i] as number));
    }
    return out;
  }

  /** The number of the slot that begins at frame `start` of `samples`, or null when there is none: its check bits would be wrong. */
  read(samples: Float32Array, start: number): number | null {
    const slot = samples.subarray(start, start + this.frames);
    if (slot.length < this.frames) return null;
    let gain = 0;
    for (let i = 0; i < slot.length; i++) gain += (slot[i] as number) * (this.sweep[i] as number);
    gain /= this.#sweepEnergy;
    const tones = Float64Array.from(slot, (sample, i) => sample - gain * (this.sweep[i] as number));
    let code = 0;
    for (let bit = 0; bit < BITS; bit++) if (this.#energy(tones, 2 * bit + 1) > this.#energy(tones, 2 * bit)) code |= 1 << bit;
    const number = code & (MAX_SLOTS - 1);
    return codeOf(number) === code ? number : null;
  }

  /** Energy of `samples` in one tone, whatever its phase. */
  #energy(samples: Float64Array, tone: number): number {
    const [cosines, sines] = [this.#cosines[tone] as Float64Array, this.#sines[tone] as Float64Array];
    let [re, im] = [0, 0];
    for (let i = 0; i < samples.length; i++) {
      re += (samples[i] as number) * (cosines[i] as number);
      im += (samples[i] as number) * (sines[i] as number);
    }
    return re * re + im * im;
  }
}

/** The bits that are spelled for `number`: its own, and above them a CRC-4 (x^4 + x + 1, started with ones). */
function codeOf(number: number): number {
  let register = 0b1111;
  for (let bit = DATA_BITS - 1; bit >= 0; bit--) {
    const feedback = ((register >> 3) ^ (number >> bit)) & 1;
    register = ((register << 1) & 0b1111) ^ (feedback ? 0b0011 : 0);
  }
  return number | (register << DATA_BITS);
}

function sweepAt(seconds: number): number {
  const slope = ((SWEEP_TO_HZ - SWEEP_FROM_HZ) * 1000) / SLOT_MS;
  return SWEEP_AMPLITUDE * Math.sin(2 * Math.PI * (SWEEP_FROM_HZ * seconds + (slope * seconds * seconds) / 2));
}

function edgeAt(seconds: number): number {
  const nearMs = Math.min(seconds * 1000, SLOT_MS - seconds * 1000);
  return nearMs >= EDGE_MS ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * Math.max(0, nearMs)) / EDGE_MS);
}
