/** Samples as floats of full scale 1, as 16-bit steps, and at other rates: whole signals at a time, for tests that need no stream. */
import { decodePcm16, encodePcm16, Resampler } from "@sidetone/core/dsp";

/** Floats as 16-bit samples: clipped and rounded as the engine does it. */
export function toPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(samples.length);
  encodePcm16(samples, out);
  return out;
}

/** 16-bit samples as floats, -1 to 1. */
export function fromPcm16(samples: Int16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(samples.length);
  decodePcm16(samples, out);
  return out;
}

/** `samples` at another rate, both in Hz, aligned to the nearest sample: the resampler's delay is taken out. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const resampler = new Resampler(from, to, { profile: "linear-phase" });
  const output = new Float32Array(resampler.maxOutputFrames(samples.length) + resampler.tailFrames);
  const written = resampler.process(samples, output);
  const flushed = resampler.flush(output.subarray(written));
  const delay = Math.round(resampler.delayFrames);
  return output.slice(delay, Math.min(written + flushed, delay + Math.ceil((samples.length * to) / from)));
}
