/** wavtools' `WavPacker`: PCM16 to a WAV file in a Blob. Any thread that has Blob and URL. */
import { encodePcm16, WavWriter } from "@sidetone/core/dsp";

/** A WAV file and what is in it. */
export interface WavPackerAudioType {
  /** The file, `audio/wav` (wavtools says `audio/mpeg`). */
  blob: Blob;
  /** An object URL of it; it holds the file in memory until the app gives it to `URL.revokeObjectURL`. */
  url: string;
  /** Channels. */
  channelCount: number;
  /** Rate in Hz. */
  sampleRate: number;
  /** Length in seconds. */
  duration: number;
}

/** What {@link WavPacker.pack} takes. */
export interface WavPackerAudio {
  /** Bits of each sample: 16. */
  bitsPerSample: number;
  /** One array for each channel; only how many there are matters. */
  channels: Float32Array[];
  /** The samples as 16-bit steps, interleaved; little-endian when given as an ArrayBuffer. */
  data: Int16Array | ArrayBuffer;
}

/** Assembles WAV files. */
export class WavPacker {
  /** Floats (full scale 1, clipped beyond) as 16-bit samples, rounded to the nearest; wavtools truncates. */
  static floatTo16BitPCM(float32Array: Float32Array): ArrayBuffer {
    const samples = new Int16Array(float32Array.length);
    encodePcm16(float32Array, samples);
    return samples.buffer;
  }

  /** The bytes of one after the other, in a new ArrayBuffer. */
  static mergeBuffers(leftBuffer: ArrayBuffer, rightBuffer: ArrayBuffer): ArrayBuffer {
    const merged = new Uint8Array(leftBuffer.byteLength + rightBuffer.byteLength);
    merged.set(new Uint8Array(leftBuffer));
    merged.set(new Uint8Array(rightBuffer), leftBuffer.byteLength);
    return merged.buffer;
  }

  /** A WAV file of `audio` at `sampleRate` Hz. @throws {Error} for a missing field, {RangeError} for a rate, sample size or channel count that does not fit. */
  pack(sampleRate: number, audio: WavPackerAudio): WavPackerAudioType {
    for (const name of ["bitsPerSample", "channels", "data"] as const) if (!audio?.[name]) throw new Error(`Missing "${name}"`);
    const { bitsPerSample, channels, data } = audio;
    if (bitsPerSample !== 16) throw new RangeError(`bitsPerSample is ${bitsPerSample}; allowed is 16.`);
    return packPcm16(data instanceof ArrayBuffer ? new Int16Array(data) : data, channels.length, sampleRate);
  }
}

/** A WAV file of interleaved samples. @throws {RangeError} for a rate or a channel count that does not fit, and for an incomplete last frame. */
export function packPcm16(samples: Int16Array, channelCount: number, sampleRate: number): WavPackerAudioType {
  const frames = samples.length / channelCount;
  const { header } = new WavWriter({ rate: sampleRate, channels: channelCount, frames });
  const blob = new Blob([header, samples as Int16Array<ArrayBuffer>], { type: "audio/wav" });
  return { blob, url: URL.createObjectURL(blob), channelCount, sampleRate, duration: frames / sampleRate };
}
