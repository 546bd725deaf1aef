/** The recordings, as samples at any rate, and as WAV files for the fake microphone. */
import { readFileSync, writeFileSync } from "node:fs";
import { downmixToMono, readWav, writeWav } from "@sidetone/core/dsp";
import { resample } from "sidetone/testing";

export { resample, sequence } from "sidetone/testing";

/** A recording of `test/fixtures`, mono, at `rate` Hz. */
export function speech(name: "speech-a" | "speech-b", rate: number): Float32Array {
  const wav = readWav(readFileSync(new URL(`../fixtures/${name}.wav`, import.meta.url)));
  const mono = new Float32Array(wav.frames);
  downmixToMono(wav.samples, wav.channels, mono);
  return resample(mono, wav.rate, rate);
}

/** Writes a mono 16-bit WAV file. */
export function writeSpeech(path: string, samples: Float32Array, rate: number): void {
  writeFileSync(path, writeWav({ rate, channels: 1, samples, encoding: "pcm16" }));
}
