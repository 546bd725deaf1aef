/**
 * How finished an utterance sounds: what stands in for the semantic model behind `semantic_vad`, which understands the words. It does not; it listens for three things in which people
 * tell each other that they are through, all of them arithmetic on the samples, so that the same audio always ends in the same place:
 *
 * - **length**: after less than half a second of speech more is to come; after two seconds it may well be all;
 * - **level**: the last eighth of a second before the pause is quieter than the utterance was;
 * - **pitch**: it moves at the end, down as in a statement or up as in a question. It is held where somebody looks for a word.
 */
import { VAD_FRAME, VAD_FRAME_MS, VAD_RATE } from "./vad.ts";

/** Tuning of {@link UtteranceEnd}. */
export const UTTERANCE_END_DEFAULTS = Object.freeze({
  /** Speech so short sounds unfinished, and from the longer on finished, in ms. */
  shortMs: 500,
  longMs: 2000,
  /** Fall of level at the end that sounds finished, in dB. */
  fallDb: 9,
  /** Move of pitch at the end that sounds finished, in semitones (a count). */
  moveSemitones: 3,
  /** Frames of 32 ms that are the end. */
  endFrames: 4,
  /** A frame that is so far below the loudest of the utterance is no part of it, in dB. */
  audibleDb: 25,
});

/** What the three count, as parts of 1. */
const WEIGHTS = { length: 0.4, level: 0.3, pitch: 0.3 } as const;
/** Pitch is searched in two frames at a quarter of the rate, from 70 to 400 Hz. */
const THINNING = 4;
const THIN_RATE = VAD_RATE / THINNING;
const THIN_FRAME = VAD_FRAME / THINNING;
const SHORTEST_LAG = Math.floor(THIN_RATE / 400);
const LONGEST_LAG = Math.ceil(THIN_RATE / 70);
/** Likeness of a signal to itself one period later from which it has a pitch. */
const LEAST_LIKENESS = 0.6;
/** A shorter period is preferred to a longer one that is as much more alike. */
const SHORTER = 0.9;

/** Follows one utterance. */
export class UtteranceEnd {
  readonly #thin = new Float64Array(2 * THIN_FRAME);
  /** Levels in dB and pitches in semitones (NaN: none) of the newest audible frames, in turn. */
  readonly #levels = new Float64Array(UTTERANCE_END_DEFAULTS.endFrames);
  readonly #pitches = new Float64Array(UTTERANCE_END_DEFAULTS.endFrames);
  #frames = 0;
  #loudestDb = Number.NEGATIVE_INFINITY;
  #levelSum = 0;
  #pitchSum = 0;
  #pitched = 0;

  /** One frame of 512 samples at 16 kHz; what is not voiced only passes by. */
  hear(frame: Float32Array, voiced: boolean): void {
    this.#thin.copyWithin(0, THIN_FRAME);
    for (let i = 0; i < THIN_FRAME; i++) {
      let sum = 0;
      for (let k = 0; k < THINNING; k++) sum += frame[THINNING * i + k] as number;
      this.#thin[THIN_FRAME + i] = sum / THINNING;
    }
    if (!voiced) return;
    const levelDb = 10 * Math.log10(power(frame) + 1e-12);
    this.#loudestDb = Math.max(this.#loudestDb, levelDb);
    if (levelDb < this.#loudestDb - UTTERANCE_END_DEFAULTS.audibleDb) return;
    const pitch = pitchOf(this.#thin);
    const place = this.#frames++ % this.#levels.length;
    this.#levels[place] = levelDb;
    this.#pitches[place] = pitch;
    this.#levelSum += levelDb;
    if (Number.isNaN(pitch)) return;
    this.#pitchSum += pitch;
    this.#pitched++;
  }

  /** How finished it sounds: 0 not at all, 1 entirely. */
  get finished(): number {
    const { shortMs, longMs, fallDb, moveSemitones } = UTTERANCE_END_DEFAULTS;
    const count = Math.min(this.#frames, this.#levels.length);
    if (count === 0) return 0;
    let level = 0;
    let pitch = 0;
    let pitched = 0;
    for (let k = 0; k < count; k++) {
      level += (this.#levels[k] as number) / count;
      const own = this.#pitches[k] as number;
      if (Number.isNaN(own)) continue;
      pitch += own;
      pitched++;
    }
    const length = part((this.#frames * VAD_FRAME_MS - shortMs) / (longMs - shortMs));
    const fall = part((this.#levelSum / this.#frames - level) / fallDb);
    // An end without a pitch, a whisper or an s, says neither one nor the other.
    const move = pitched === 0 ? 0.5 : part(Math.abs(pitch / pitched - this.#pitchSum / this.#pitched) / moveSemitones);
    return WEIGHTS.length * length + WEIGHTS.level * fall + WEIGHTS.pitch * move;
  }

  /** The silence that ends the utterance, in ms from `leastMs` (finished) to `mostMs` (not at all). */
  silenceMs(leastMs: number, mostMs: number): number {
    const open = 1 - this.finished;
    return leastMs + (mostMs - leastMs) * open * open;
  }

  /** Forgets the utterance. */
  reset(): void {
    this.#thin.fill(0);
    this.#frames = 0;
    this.#loudestDb = Number.NEGATIVE_INFINITY;
    this.#levelSum = 0;
    this.#pitchSum = 0;
    this.#pitched = 0;
  }
}

function part(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function power(frame: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += (frame[i] as number) ** 2;
  return sum / frame.length;
}

/** Pitch of `samples` at {@link THIN_RATE} in semitones over 1 Hz, or NaN: the shortest period at which they are nearly as like themselves as at any. */
function pitchOf(samples: Float64Array): number {
  const span = samples.length - LONGEST_LAG - 1;
  const likeness = (lag: number) => {
    let product = 0;
    let here = 0;
    let there = 0;
    for (let i = 0; i < span; i++) {
      const a = samples[i] as number;
      const b = samples[i + lag] as number;
      product += a * b;
      here += a * a;
      there += b * b;
    }
    return here * there === 0 ? 0 : product / Math.sqrt(here * there);
  };
  const all = Array.from({ length: LONGEST_LAG + 2 }, (_, lag) => (lag < SHORTEST_LAG - 1 ? 0 : likeness(lag)));
  const at = (lag: number) => all[lag] as number;
  let best = 0;
  for (let lag = SHORTEST_LAG; lag <= LONGEST_LAG; lag++) best = Math.max(best, at(lag));
  if (best < LEAST_LIKENESS) return Number.NaN;
  for (let lag = SHORTEST_LAG; lag <= LONGEST_LAG; lag++) {
    if (at(lag) < SHORTER * best || at(lag) < at(lag - 1) || at(lag) < at(lag + 1)) continue;
    // The top of the parabola through three points.
    const curve = at(lag - 1) - 2 * at(lag) + at(lag + 1);
    const period = curve === 0 ? lag : lag + (0.5 * (at(lag - 1) - at(lag + 1))) / curve;
    return 12 * Math.log2(THIN_RATE / period);
  }
  return Number.NaN;
}
