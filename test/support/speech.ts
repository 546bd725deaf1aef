/** The recordings, as samples at any rate, and as WAV files for the fake microphone. */
import { readFileSync, writeFileSync } from "node:fs";
import { downmixToMono, Resampler, readWav, writeWav } from "@sidetone/core/dsp";

/** A recording of `test/fixtures`, mono, at `rate` Hz. */
export function speech(name: "speech-a" | "speech-b", rate: number): Float32Array {
  const wav = readWav(readFileSync(new URL(`../fixtures/${name}.wav`, import.meta.url)));
  const mono = new Float32Array(wav.frames);
  downmixToMono(wav.samples, wav.channels, mono);
  return resample(mono, wav.rate, rate);
}

/** `samples` at another rate, the resampler's delay taken out. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const resampler = new Resampler(from, to, { profile: "linear-phase" });
  const output = new Float32Array(resampler.maxOutputFrames(samples.length) + resampler.tailFrames);
  let written = resampler.process(samples, output);
  const tail = new Float32Array(resampler.tailFrames);
  const delay = Math.round(resampler.delayFrames);
  const flushed = resampler.flush(tail);
  output.set(tail.subarray(0, flushed), written);
  written += flushed;
  return output.slice(delay, Math.min(written, delay + Math.ceil((samples.length * to) / from)));
}

/** The parts one after another; a number is that many ms of silence. */
export function sequence(rate: number, ...parts: (Float32Array | number)[]): Float32Array {
  const pieces = parts.map((part) => (typeof part === "number" ? new Float32Array(Math.round((part * rate) / 1000)) : part));
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Writes a mono 16-bit WAV file. */
export function writeSpeech(path: string, samples: Float32Array, rate: number): void {
  writeFileSync(path, writeWav({ rate, channels: 1, samples, encoding: "pcm16" }));
}
