/** What the clients say: recorded speech at the rate of the wire. */
import { readFileSync } from "node:fs";
import { encodePcm16, Resampler, readWav } from "@sidetone/core/dsp";

/** A sentence of real speech, 24 kHz, 16 bit. */
export function speechAt24k(): Int16Array {
  const { samples, rate } = readWav(readFileSync(new URL("../../test/fixtures/speech-b.wav", import.meta.url)));
  const resampler = new Resampler(rate, 24_000);
  const output = new Float32Array(resampler.maxOutputFrames(samples.length) + resampler.tailFrames);
  let frames = resampler.process(samples, output);
  frames += resampler.flush(output.subarray(frames));
  const speech = new Int16Array(frames);
  encodePcm16(output.subarray(0, frames), speech);
  return speech;
}
