/**
 * Reads the measurement signal: where in it a recording begins. A slot's sweep is looked for by correlation, its number is read, and the place is then found to the sample by
 * correlation with that very slot.
 */
import { toFloat } from "../audio.ts";
import { SLOT_MS, SlotCode } from "./chirp-code.ts";

/** Where a recording belongs in the measurement signal. */
export interface ChirpPlace {
  /** Frame of the recording at which the first whole slot was found. */
  readonly atFrame: number;
  /** Position of the recording's frame 0 in the signal, in frames of the recording's rate; negative when the recording begins before the signal. */
  readonly offsetFrames: number;
  /** The same in ms, and finer than a frame: between two frames the peak of the correlation is interpolated. */
  readonly offsetMs: number;
  /** How alike the slot found and the signal are, 0 to 1: 1 when the recording is exact. */
  readonly match: number;
}

/** Least likeness of a slot to what it should be. */
const MIN_MATCH = 0.6;
/** Least likeness of a place to the bare sweep for a slot to be read there; tones lie over it, so it is never near 1. */
const MIN_SWEEP_MATCH = 0.3;
/** Frames around the sweep's peak that are tried. */
const SEARCH_FRAMES = 3;
/** Energy per frame below which there is nothing, of full scale. */
const SILENCE = 1e-8;

/**
 * Finds the first whole slot of the measurement signal in `samples` (16 bits, or floats of full scale 1; at any loudness) and so their place in it; null when there is none.
 * 100 ms always hold one.
 * @param rate in Hz, a multiple of 25 from 8000. @throws {RangeError} for another rate.
 */
export function locateChirp(samples: Int16Array | Float32Array, rate: number): ChirpPlace | null {
  return new ChirpReader(rate).find(samples instanceof Int16Array ? toFloat(samples) : samples, 0);
}

/** A stretch of a recording in which the signal runs on without a jump. */
export interface ChirpStretch {
  /** First frame of the recording that was found to belong to it, at a slot's begin. */
  readonly fromFrame: number;
  /** Frame after the last one that was found to belong to it, at a slot's end. */
  readonly toFrame: number;
  /** Position in the signal of `fromFrame`, in frames. */
  readonly offsetFrames: number;
}

/**
 * Follows the measurement signal through all of `samples`: one stretch for each part that plays on without a jump. A part that was left out, repeated or filled with something
 * else lies between two stretches; what is shorter than a slot (40 ms) at their edges is not told apart.
 * @param rate in Hz, a multiple of 25 from 8000. @throws {RangeError} for another rate.
 */
export function traceChirp(samples: Int16Array | Float32Array, rate: number): ChirpStretch[] {
  const floats = samples instanceof Int16Array ? toFloat(samples) : samples;
  const reader = new ChirpReader(rate);
  const stretches: ChirpStretch[] = [];
  for (let at = 0; ; ) {
    const found = reader.find(floats, at);
    if (found === null) return stretches;
    at = found.atFrame + reader.slotFrames;
    const last = stretches.at(-1);
    const goesOn = last !== undefined && last.toFrame === found.atFrame && last.offsetFrames - last.fromFrame === found.offsetFrames;
    if (goesOn) stretches[stretches.length - 1] = { ...last, toFrame: at };
    else stretches.push({ fromFrame: found.atFrame, toFrame: at, offsetFrames: found.offsetFrames + found.atFrame });
  }
}

class ChirpReader {
  readonly #rate: number;
  readonly #code: SlotCode;

  constructor(rate: number) {
    this.#rate = rate;
    this.#code = new SlotCode(rate);
  }

  get slotFrames(): number {
    return this.#code.frames;
  }

  /** The first slot at or after frame `from`. */
  find(samples: Float32Array, from: number): ChirpPlace | null {
    const { frames, sweep } = this.#code;
    const last = samples.length - frames;
    for (let at = from; at <= last; ) {
      // Among as many places as a slot has frames, exactly one is the begin of a slot.
      const place = this.#peak(samples, at, Math.min(last, at + frames - 1), sweep, MIN_SWEEP_MATCH);
      if (place !== null) {
        const found = this.#readAt(samples, place);
        if (found !== null && found.atFrame >= from) return found;
      }
      at += frames;
    }
    return null;
  }

  #readAt(samples: Float32Array, near: number): ChirpPlace | null {
    for (let step = 0; step <= 2 * SEARCH_FRAMES; step++) {
      // 0, -1, +1, -2, +2: the peak of the sweep alone may lie beside the place.
      const start = near + (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
      const number = start < 0 ? null : this.#code.read(samples, start);
      if (number === null) continue;
      const slot = this.#code.render(number);
      const first = Math.max(0, start - SEARCH_FRAMES);
      const exact = this.#peak(samples, first, Math.min(samples.length - slot.length, start + SEARCH_FRAMES), slot, MIN_MATCH);
      if (exact === null) continue;
      const signalFrame = (number * SLOT_MS * this.#rate) / 1000;
      const between = this.#between(samples, exact, slot);
      return {
        atFrame: exact,
        offsetFrames: signalFrame - exact,
        offsetMs: ((signalFrame - exact - between) * 1000) / this.#rate,
        match: likeness(samples, exact, slot),
      };
    }
    return null;
  }

  /** The place from `first` to `last` that is most like `pattern`, or null when none is as like it as `least`. */
  #peak(samples: Float32Array, first: number, last: number, pattern: Float64Array, least: number): number | null {
    let best = least;
    let place: number | null = null;
    for (let at = first; at <= last; at++) {
      const match = likeness(samples, at, pattern);
      if (match <= best) continue;
      best = match;
      place = at;
    }
    return place;
  }

  /** How far beyond the frame `at` the true peak lies, -0.5 to 0.5: the top of a parabola through three values. */
  #between(samples: Float32Array, at: number, pattern: Float64Array): number {
    if (at < 1 || at + 1 + pattern.length > samples.length) return 0;
    const [before, here, after] = [-1, 0, 1].map((step) => likeness(samples, at + step, pattern)) as [number, number, number];
    const bend = before - 2 * here + after;
    return bend >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend)));
  }
}

/** Correlation of `pattern` with what lies at `at`, both normalized: -1 to 1; 0 in silence. */
function likeness(samples: Float32Array, at: number, pattern: Float64Array): number {
  let [xx, xp, pp] = [0, 0, 0];
  for (let i = 0; i < pattern.length; i++) {
    const x = samples[at + i] as number;
    const p = pattern[i] as number;
    xx += x * x;
    xp += x * p;
    pp += p * p;
  }
  return xx < SILENCE * pattern.length ? 0 : xp / Math.sqrt(xx * pp);
}
