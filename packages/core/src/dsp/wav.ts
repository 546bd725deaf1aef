/** WAV files, whole and in pieces: readers, writers, and the way to mono. */
import { checkArrays, checkInteger } from "./checks.ts";

export { WavError } from "./wav-error.ts";
export type { WavFormat } from "./wav-format.ts";
export { readWav, type WavAudio, type WavHeader, WavReader } from "./wav-reader.ts";
export type { WavEncoding } from "./wav-samples.ts";
export { type WavContent, type WavEnding, type WavSettings, WavWriter, type WavWriterOptions, writeWav } from "./wav-writer.ts";

/**
 * Mixes interleaved `samples` of `channels` channels to mono at the start of `output`, each frame becoming the mean of its channels, so that nothing clips.
 * With one channel it copies. An incomplete last frame is left out. `output` may be `samples` itself.
 * @returns frames written, `floor(samples.length / channels)`.
 * @throws {RangeError} when `channels` is not 1 to 65535 or `output` is too short.
 */
export function downmixToMono(samples: Float32Array, channels: number, output: Float32Array): number {
  checkInteger("channels", channels, 1, 65535, "channels");
  const frames = Math.floor(samples.length / channels);
  checkArrays("downmixToMono", samples, frames, output);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    let sum = 0;
    for (const end = at + channels; at < end; at++) sum += samples[at] as number;
    output[frame] = sum / channels;
  }
  return frames;
}
