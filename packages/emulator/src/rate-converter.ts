/**
 * A stream of 16-bit samples from one rate to another. Time is kept: what comes out begins with what went in first, a little later, and no sample is lost or made up.
 */
import { encodePcm16, Resampler } from "@sidetone/core/dsp";
import { toFloat } from "./audio.ts";

/** Converts a stream piece by piece. */
export class RateConverter {
  readonly #resampler: Resampler | null;
  #skip: number;

  /** Rates in Hz; equal rates pass samples through. */
  constructor(inRate: number, outRate: number) {
    this.#resampler = inRate === outRate ? null : new Resampler(inRate, outRate);
    this.#skip = Math.round(this.#resampler?.delayFrames ?? 0);
  }

  /** The samples that `input` makes ready; `input` itself when the rates are equal. */
  process(input: Int16Array): Int16Array {
    if (this.#resampler === null) return input;
    const out = new Float32Array(this.#resampler.maxOutputFrames(input.length));
    return this.#ready(out, this.#resampler.process(toFloat(input), out));
  }

  #ready(out: Float32Array, frames: number): Int16Array {
    const from = Math.min(this.#skip, frames);
    this.#skip -= from;
    const samples = new Int16Array(frames - from);
    encodePcm16(out.subarray(from, frames), samples);
    return samples;
  }
}
