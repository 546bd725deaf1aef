/**
 * Signals to send through an app: each is made whole, mono, as floats of full scale 1, the same every time. `ms` is a length in milliseconds, `rate` is in Hz.
 */

/** What every signal needs to be told. */
export interface SignalShape {
  /** Length in ms, 0 or more; rounded to whole samples. */
  readonly ms: number;
  /** Samples per second, in Hz, above 0. */
  readonly rate: number;
  /** Largest magnitude, 0 to 1. Default: 0.5. */
  readonly amplitude?: number;
}

/** A signal that is drawn by chance. */
export interface RandomSignal extends SignalShape {
  /** Any integer: the same seed makes the same signal. Default: 1. */
  readonly seed?: number;
}

/** The defaults of all signals. */
export const SIGNAL_DEFAULTS = Object.freeze({
  /** Fraction of full scale. */
  amplitude: 0.5,
  /** Any integer; a count of nothing. */
  seed: 1,
});

/** Silence. */
export function silence(ms: number, rate: number): Float32Array<ArrayBuffer> {
  return new Float32Array(frames({ ms, rate }));
}

/** A tone of `hz` Hz that begins at 0. */
export function sine({ hz, ...shape }: SignalShape & { readonly hz: number }): Float32Array<ArrayBuffer> {
  return made(shape, (i) => Math.sin((2 * Math.PI * hz * i) / shape.rate));
}

/**
 * A sweep from `fromHz` to `toHz`, each octave in the same time: nowhere like itself a moment before or after, so that correlation finds any part of it to the sample.
 * Faded over the first and last 5 ms.
 */
export function sweep({ fromHz, toHz, ...shape }: SignalShape & { readonly fromHz: number; readonly toHz: number }): Float32Array<ArrayBuffer> {
  if (!(fromHz > 0 && toHz > 0)) throw new RangeError(`fromHz is ${fromHz} and toHz is ${toHz}; allowed is more than 0.`);
  const length = frames(shape);
  const seconds = length / shape.rate;
  const octaves = Math.log2(toHz / fromHz);
  const fade = shape.rate * 0.005;
  return made(shape, (i) => {
    const cycles = octaves === 0 ? (fromHz * i) / shape.rate : ((fromHz * seconds) / (octaves * Math.LN2)) * (2 ** ((octaves * i) / length) - 1);
    return Math.sin(2 * Math.PI * cycles) * Math.min(1, i / fade, (length - 1 - i) / fade);
  });
}

/**
 * Noise. `white` is flat; `pink` falls by 3 dB per octave, as music and rooms do; `soft` has little above an eighth of the rate, so that every resampler passes it, and no
 * stretch of it is like another. No sample is above the amplitude; a longer noise begins with the shorter one of the same seed.
 */
export function noise({ color = "white", ...shape }: RandomSignal & { readonly color?: "white" | "pink" | "soft" }): Float32Array<ArrayBuffer> {
  if (!["white", "pink", "soft"].includes(color)) throw new TypeError(`color is ${JSON.stringify(color)}; allowed are "white", "pink" and "soft".`);
  const random = uniform(shape.seed);
  const filter = { white: (x: number) => x, pink: pinkFilter(), soft: softFilter() }[color];
  return made(shape, () => Math.max(-1, Math.min(1, filter(2 * random() - 1))));
}

/** A click, one sample long, every `everyMs` ms, the first at 0. */
export function clicks({ everyMs, ...shape }: SignalShape & { readonly everyMs: number }): Float32Array<ArrayBuffer> {
  const period = Math.round((everyMs * shape.rate) / 1000);
  if (!(period >= 1)) throw new RangeError(`everyMs is ${everyMs}; allowed is one sample or more.`);
  return made(shape, (i) => (i % period === 0 ? 1 : 0));
}

/** How {@link speechLike} speaks. */
export interface SpeechLikeOptions extends RandomSignal {
  /** Length of a burst of syllables, in ms. Default: 1200. */
  readonly burstMs?: number;
  /** Silence between two bursts, in ms. Default: 800. */
  readonly pauseMs?: number;
  /** Pitch in Hz, around which it moves. Default: 130. */
  readonly pitchHz?: number;
}

/** Lengths of a syllable and of the closure before the next, in ms. */
const SYLLABLE_MS = [110, 230] as const;
const CLOSURE_MS = [20, 60] as const;
/** Frequencies at which a voice resonates, in Hz, for five vowels; and how wide, in Hz. */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;
const WIDTH_HZ = 120;

/**
 * Bursts of voiced syllables with silence between: harmonics of a gliding pitch under the resonances of vowels. No words, but a detector of voice activity by energy, and
 * an ear, take it for somebody talking; the pauses are exactly silent.
 */
export function speechLike({ burstMs = 1200, pauseMs = 800, pitchHz = 130, ...shape }: SpeechLikeOptions): Float32Array<ArrayBuffer> {
  for (const [name, value] of Object.entries({ burstMs, pauseMs, pitchHz })) {
    if (!(value >= 0) || (name !== "pauseMs" && value === 0)) throw new RangeError(`${name} is ${value}; allowed is more than 0.`);
  }
  const { rate } = shape;
  const random = uniform(shape.seed);
  const out = new Float32Array(frames(shape));
  const between = ([least, most]: readonly [number, number]) => Math.round(((least + (most - least) * random()) * rate) / 1000);
  const burst = Math.round((burstMs * rate) / 1000);
  const pause = Math.round((pauseMs * rate) / 1000);
  for (let start = 0; start < out.length; start += burst + pause) {
    const end = Math.min(out.length, start + burst);
    for (let at = start; at < end; ) {
      const length = Math.min(between(SYLLABLE_MS), end - at);
      const vowel = VOWELS[Math.floor(random() * VOWELS.length)];
      syllable(out.subarray(at, at + length), rate, pitchHz * (0.85 + 0.3 * random()), vowel);
      at += length + between(CLOSURE_MS);
    }
  }
  return normalised(out, shape.amplitude);
}

/** One syllable: harmonics below 4 kHz, each as loud as the vowel makes it, under a smooth envelope, the pitch falling a little. */
function syllable(out: Float32Array, rate: number, pitchHz: number, vowel: readonly number[]): void {
  const top = Math.min(4000, rate * 0.45);
  for (let harmonic = 1; harmonic * pitchHz < top; harmonic++) {
    const hz = harmonic * pitchHz;
    const gain = vowel.reduce((sum, formant, i) => sum + 1 / ((i + 1) * (1 + ((hz - formant) / WIDTH_HZ) ** 2)), 0.02) / Math.sqrt(harmonic);
    let phase = 0;
    for (let i = 0; i < out.length; i++) {
      phase += (2 * Math.PI * hz * (1 - (0.12 * i) / out.length)) / rate;
      out[i] += gain * Math.sin(phase) * Math.sin((Math.PI * (i + 0.5)) / out.length) ** 0.6;
    }
  }
}

/** The parts one after another; a number is that many ms of silence. */
export function sequence(rate: number, ...parts: (Float32Array | number)[]): Float32Array<ArrayBuffer> {
  const pieces = parts.map((part) => (typeof part === "number" ? silence(part, rate) : part));
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function frames({ ms, rate, amplitude = SIGNAL_DEFAULTS.amplitude }: SignalShape): number {
  if (!(ms >= 0 && ms < 1e9)) throw new RangeError(`ms is ${ms}; allowed is 0 or more.`);
  if (!(rate > 0)) throw new RangeError(`rate is ${rate}; allowed is more than 0.`);
  if (!(amplitude >= 0 && amplitude <= 1)) throw new RangeError(`amplitude is ${amplitude}; allowed is 0 to 1.`);
  return Math.round((ms * rate) / 1000);
}

/** A signal from its samples, which are -1 to 1 and are scaled. */
function made(shape: SignalShape, sample: (i: number) => number): Float32Array<ArrayBuffer> {
  const gain = shape.amplitude ?? SIGNAL_DEFAULTS.amplitude;
  return Float32Array.from({ length: frames(shape) }, (_, i) => gain * sample(i));
}

function normalised(samples: Float32Array<ArrayBuffer>, amplitude: number = SIGNAL_DEFAULTS.amplitude): Float32Array<ArrayBuffer> {
  let most = 0;
  for (const sample of samples) most = Math.max(most, Math.abs(sample));
  if (most > 0) for (let i = 0; i < samples.length; i++) samples[i] *= amplitude / most;
  return samples;
}

/** Uniform numbers from 0 up to, not including, 1, by SplitMix32. */
function uniform(seed: number = SIGNAL_DEFAULTS.seed): () => number {
  if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}; allowed is any integer.`);
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Three poles at 0.4, 0.4 and 0.4. */
function softFilter(): (x: number) => number {
  let [a, b, c] = [0, 0, 0];
  return (x) => {
    a += 0.6 * (x - a);
    b += 0.6 * (a - b);
    c += 0.6 * (b - c);
    return c;
  };
}

/** Paul Kellet's economy filter: about -3 dB per octave over the hearing range at 44.1 kHz; scaled so that it hardly ever has to be clipped. */
function pinkFilter(): (x: number) => number {
  let [a, b, c] = [0, 0, 0];
  return (x) => {
    a = 0.99765 * a + 0.099046 * x;
    b = 0.963 * b + 0.2965164 * x;
    c = 0.57 * c + 1.0526913 * x;
    return 0.2 * (a + b + c + 0.1848 * x);
  };
}
