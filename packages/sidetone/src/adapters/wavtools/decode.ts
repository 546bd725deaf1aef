/** wavtools' `WavRecorder.decode`: audio of several kinds to samples at a wanted rate. Thread: the page. */
import { encodePcm16 } from "@sidetone/core/dsp";
import { packPcm16 } from "./packer.ts";

/** Decoded audio. */
export interface DecodedAudioType {
  /** The audio as a file: what was given, or a WAV of it. */
  blob: Blob;
  /** An object URL of it; it holds the file in memory until the app gives it to `URL.revokeObjectURL`. */
  url: string;
  /** Samples of the first channel, full scale 1. */
  values: Float32Array;
  /** All channels. */
  audioBuffer: AudioBuffer;
}

/** What can be decoded: a file, or samples. */
export type DecodableAudio = Blob | Float32Array | Int16Array | ArrayBuffer | number[];

/** Lowest rate of samples, in Hz. */
const LEAST_FROM_RATE = 3000;

/** Decodes `audioData` to `sampleRate` Hz. Samples are at `fromSampleRate` Hz; files know their rate, which -1 stands for. Rejects where that does not fit. */
export async function decode(audioData: DecodableAudio, sampleRate: number, fromSampleRate: number): Promise<DecodedAudioType> {
  const blob = toFile(audioData, fromSampleRate);
  // An offline context decodes like any other, at any rate, and there is nothing to close.
  const context = new OfflineAudioContext(1, 1, sampleRate);
  const audioBuffer = await context.decodeAudioData(await blob.arrayBuffer());
  return { blob, url: URL.createObjectURL(blob), values: audioBuffer.getChannelData(0), audioBuffer };
}

function toFile(audioData: DecodableAudio, fromSampleRate: number): Blob {
  if (audioData instanceof Blob || audioData instanceof ArrayBuffer) {
    const kind = audioData instanceof Blob ? "Blob" : "ArrayBuffer";
    if (fromSampleRate !== -1) throw new Error(`Can not specify "fromSampleRate" when reading from ${kind}`);
    return audioData instanceof Blob ? audioData : new Blob([audioData], { type: "audio/wav" });
  }
  const samples = toPcm16(audioData);
  if (fromSampleRate === -1) throw new Error('Must specify "fromSampleRate" when reading from Float32Array, Int16Array or Array');
  if (!(fromSampleRate >= LEAST_FROM_RATE)) throw new RangeError(`fromSampleRate is ${fromSampleRate}; allowed are ${LEAST_FROM_RATE} Hz and more.`);
  const file = packPcm16(samples, 1, fromSampleRate);
  URL.revokeObjectURL(file.url);
  return file.blob;
}

function toPcm16(audioData: Float32Array | Int16Array | number[]): Int16Array {
  if (audioData instanceof Int16Array) return audioData;
  if (!(audioData instanceof Float32Array) && !Array.isArray(audioData)) {
    throw new TypeError('"audioData" must be one of: Blob, Float32Array, Int16Array, ArrayBuffer, Array<number>');
  }
  const samples = new Int16Array(audioData.length);
  encodePcm16(Float32Array.from(audioData), samples);
  return samples;
}
