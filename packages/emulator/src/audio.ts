/**
 * Audio as the emulator holds it: whole 16-bit samples at the rate they came in, mono. Nothing is converted until it must be, so that what was said in 24 kHz PCM16
 * comes back bit for bit.
 */
import { decodeAlaw, decodeMulaw, decodePcm16, encodeAlaw, encodeMulaw, encodePcm16, pcm16View, Resampler } from "@sidetone/core/dsp";
import { type AudioFormat, bytesPerFrame, formatRate } from "@sidetone/core/protocol";

/** A piece of mono audio. */
export interface AudioClip {
  /** 16-bit samples. */
  readonly samples: Int16Array;
  /** Samples per second, in Hz. */
  readonly rate: number;
}

/** Length of `clip` in milliseconds, not rounded. */
export function clipMs(clip: AudioClip): number {
  return (clip.samples.length * 1000) / clip.rate;
}

/** Length in milliseconds, not rounded, of `bytes` bytes in `format`. */
export function bytesToMs(bytes: number, format: AudioFormat): number {
  return (bytes * 1000) / (formatRate(format) * bytesPerFrame(format));
}

/** Wire bytes of `format` as samples at the format's own rate. A trailing half sample is ignored. */
export function decodeWire(bytes: Uint8Array, format: AudioFormat): Int16Array {
  const samples = new Int16Array(Math.floor(bytes.length / bytesPerFrame(format)));
  if (format.type === "audio/pcmu") decodeMulaw(bytes, samples);
  else if (format.type === "audio/pcma") decodeAlaw(bytes, samples);
  else samples.set(pcm16View(bytes));
  return samples;
}

/** Samples at the format's own rate as wire bytes. */
export function encodeWire(samples: Int16Array, format: AudioFormat): Uint8Array {
  const bytes = new Uint8Array(samples.length * bytesPerFrame(format));
  if (format.type === "audio/pcmu") encodeMulaw(samples, bytes);
  else if (format.type === "audio/pcma") encodeAlaw(samples, bytes);
  else pcm16View(bytes).set(samples);
  return bytes;
}

/** Samples as floats in -1..1. */
export function toFloat(samples: Int16Array): Float32Array {
  const out = new Float32Array(samples.length);
  decodePcm16(samples, out);
  return out;
}

/** `clip` at `rate` Hz, same start and same length in time; the clip itself when the rate is right already. */
export function convertClip(clip: AudioClip, rate: number): AudioClip {
  if (clip.rate === rate) return clip;
  const resampler = new Resampler(clip.rate, rate, { profile: "linear-phase" });
  const delay = Math.round(resampler.delayFrames);
  const frames = Math.round((clip.samples.length * rate) / clip.rate);
  const out = new Float32Array(resampler.maxOutputFrames(clip.samples.length) + resampler.tailFrames);
  let written = resampler.process(toFloat(clip.samples), out);
  written += resampler.flush(out.subarray(written));
  const samples = new Int16Array(frames);
  encodePcm16(out.subarray(delay, Math.min(written, delay + frames)), samples);
  return { samples, rate };
}

/** Several clips as one, at the first one's rate; null when there are none. */
export function joinClips(clips: readonly AudioClip[]): AudioClip | null {
  const first = clips[0];
  if (first === undefined || clips.length === 1) return first ?? null;
  const same = clips.map((clip) => convertClip(clip, first.rate).samples);
  const samples = new Int16Array(same.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of same) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, rate: first.rate };
}
