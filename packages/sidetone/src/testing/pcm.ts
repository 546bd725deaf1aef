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

/** Most silence put before a signal so that its delay comes out whole, in samples. */
const MAX_LEAD = 640;

/** `samples` at another rate, both in Hz, aligned: the resampler's delay is taken out, also the part of a sample that it may have. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const resampler = new Resampler(from, to, { profile: "linear-phase" });
  const { lead, delay } = wholeDelay(resampler.delayFrames, to / from);
  const input = new Float32Array(lead + samples.length);
  input.set(samples, lead);
  const output = new Float32Array(resampler.maxOutputFrames(input.length) + resampler.tailFrames);
  const written = resampler.process(input, output);
  const flushed = resampler.flush(output.subarray(written));
  return output.slice(delay, Math.min(written + flushed, delay + Math.ceil((samples.length * to) / from)));
}

/** How many samples of silence before the signal make the delay nearest to a whole number, and that number, in output samples. */
function wholeDelay(delayFrames: number, ratio: number): { lead: number; delay: number } {
  let best = { lead: 0, delay: Math.round(delayFrames) };
  let least = Number.POSITIVE_INFINITY;
  for (let lead = 0; lead <= MAX_LEAD && least > 1e-6; lead++) {
    const delay = delayFrames + lead * ratio;
    const off = Math.abs(delay - Math.round(delay));
    if (off < least - 1e-9) [best, least] = [{ lead, delay: Math.round(delay) }, off];
  }
  return best;
}
