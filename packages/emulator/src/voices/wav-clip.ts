/**
 * WAV files as clips: any encoding that core reads (PCM of 8 to 32 bits, floats, G.711), any rate, any number of channels, which are mixed to one. Read on first use and kept,
 * the newest ones, so that a conversation does not read a file twice.
 */
import { readFileSync } from "node:fs";
import { downmixToMono, encodePcm16, readWav } from "@sidetone/core/dsp";
import type { AudioClip } from "../audio.ts";

/** Samples that are kept, in total: about 20 minutes at 48 kHz. */
const MAX_KEPT_SAMPLES = 60_000_000;
/** Rates that can be played, in Hz: the limits of the resampler. */
const MIN_RATE = 4000;
const MAX_RATE = 384_000;

/** The sound in a WAV file, mono. @throws {Error} that names the file and what is wrong with it. */
export function readWavClip(path: string): AudioClip {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  return wavClip(bytes, path);
}

/** The sound in the bytes of a WAV file, mono; `name` is what messages call it. @throws {Error} that names the file and what is wrong with it. */
export function wavClip(bytes: Uint8Array, name: string): AudioClip {
  try {
    const { rate, channels, samples } = readWav(bytes);
    if (rate < MIN_RATE || rate > MAX_RATE) throw new Error(`Its rate is ${rate} Hz; allowed are ${MIN_RATE} to ${MAX_RATE}.`);
    const frames = downmixToMono(samples, channels, samples);
    const mono = new Int16Array(frames);
    encodePcm16(samples.subarray(0, frames), mono);
    return { samples: mono, rate };
  } catch (error) {
    throw new Error(`${name} cannot be played. ${(error as Error).message}`, { cause: error });
  }
}

/** Reads WAV files and keeps the newest ones. */
export class WavShelf {
  readonly #clips = new Map<string, AudioClip>();
  #samples = 0;

  /** The sound in a file. @throws {Error} that names the file and what is wrong with it. */
  clip(path: string): AudioClip {
    const clip = this.#clips.get(path) ?? readWavClip(path);
    if (this.#clips.delete(path)) this.#samples -= clip.samples.length;
    this.#clips.set(path, clip);
    this.#samples += clip.samples.length;
    for (const [oldest, { samples }] of this.#clips) {
      if (this.#samples <= MAX_KEPT_SAMPLES || oldest === path) break;
      this.#clips.delete(oldest);
      this.#samples -= samples.length;
    }
    return clip;
  }
}
