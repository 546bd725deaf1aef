/**
 * The sample encodings of WAV files: how each is named in a `fmt ` chunk, and how its bytes become floats and back.
 *
 * Any thread; no state. Integers are scaled by their full scale (2^7, 2^15, 2^23, 2^31), floats are taken as they are, rounded to 32 bits. Bytes are read one by one, so no offset is
 * unaligned.
 */
import { decodeAlawFloat, decodeMulawFloat, encodeAlawFloat, encodeMulawFloat } from "./g711.ts";
import { decodePcm16Bytes, encodePcm16Bytes } from "./pcm16.ts";

/** Encodings that {@link readWav} understands: linear PCM of 8 (unsigned), 16, 24 or 32 bits, IEEE floats of 32 or 64 bits, and G.711 in both laws. */
export type WavEncoding = "pcm8" | "pcm16" | "pcm24" | "pcm32" | "float32" | "float64" | "mulaw" | "alaw";

/** What the reader and writer must know about an encoding. */
export interface WavCoding {
  /** WAVE_FORMAT_PCM 1, IEEE_FLOAT 3, ALAW 6, MULAW 7 (RFC 2361 appendix A). */
  readonly tag: number;
  /** Bytes of one sample. */
  readonly bytes: number;
  /** Floats from `bytes` into `output`, as many as `output` holds. */
  decode(bytes: Uint8Array, output: Float32Array): void;
  /** Bytes of all of `samples` into `output`. */
  encode(samples: Float32Array, output: Uint8Array): void;
}

/** Every encoding by name. */
export const WAV_CODINGS: Readonly<Record<WavEncoding, WavCoding>> = {
  pcm8: { tag: 1, bytes: 1, decode: decodePcm8, encode: encodePcm8 },
  pcm16: { tag: 1, bytes: 2, decode: decodePcm16Bytes, encode: encodePcm16Bytes },
  pcm24: { tag: 1, bytes: 3, decode: decodePcm24, encode: encodePcm24 },
  pcm32: { tag: 1, bytes: 4, decode: decodePcm32, encode: encodePcm32 },
  float32: { tag: 3, bytes: 4, decode: decodeFloat32, encode: encodeFloat32 },
  float64: { tag: 3, bytes: 8, decode: decodeFloat64, encode: encodeFloat64 },
  mulaw: { tag: 7, bytes: 1, decode: decodeMulawFloat, encode: encodeMulawFloat },
  alaw: { tag: 6, bytes: 1, decode: decodeAlawFloat, encode: encodeAlawFloat },
};

/** The encoding with format tag `tag` and `bits` bits a sample, or undefined when it is not supported. */
export function findEncoding(tag: number, bits: number): WavEncoding | undefined {
  for (const name of Object.keys(WAV_CODINGS) as WavEncoding[]) {
    if (WAV_CODINGS[name].tag === tag && WAV_CODINGS[name].bytes * 8 === bits) return name;
  }
  return undefined;
}

/** PCM of up to 8 bits is unsigned, silence being 128. */
function decodePcm8(bytes: Uint8Array, output: Float32Array): void {
  for (let i = 0; i < output.length; i++) output[i] = ((bytes[i] as number) - 128) / 128;
}

function encodePcm8(samples: Float32Array, output: Uint8Array): void {
  for (let i = 0; i < samples.length; i++) output[i] = toInteger(samples[i] as number, 128) + 128;
}

function decodePcm24(bytes: Uint8Array, output: Float32Array): void {
  for (let i = 0, b = 0; i < output.length; i++, b += 3) {
    output[i] = (((bytes[b + 2] as number) << 24) | ((bytes[b + 1] as number) << 16) | ((bytes[b] as number) << 8)) / 2 ** 31;
  }
}

function encodePcm24(samples: Float32Array, output: Uint8Array): void {
  for (let i = 0, b = 0; i < samples.length; i++, b += 3) {
    const step = toInteger(samples[i] as number, 2 ** 23);
    output[b] = step;
    output[b + 1] = step >> 8;
    output[b + 2] = step >> 16;
  }
}

function decodePcm32(bytes: Uint8Array, output: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < output.length; i++) output[i] = view.getInt32(i * 4, true) / 2 ** 31;
}

function encodePcm32(samples: Float32Array, output: Uint8Array): void {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  for (let i = 0; i < samples.length; i++) view.setInt32(i * 4, toInteger(samples[i] as number, 2 ** 31), true);
}

function decodeFloat32(bytes: Uint8Array, output: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < output.length; i++) output[i] = view.getFloat32(i * 4, true);
}

function encodeFloat32(samples: Float32Array, output: Uint8Array): void {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  for (let i = 0; i < samples.length; i++) view.setFloat32(i * 4, samples[i] as number, true);
}

function decodeFloat64(bytes: Uint8Array, output: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < output.length; i++) output[i] = view.getFloat64(i * 8, true);
}

function encodeFloat64(samples: Float32Array, output: Uint8Array): void {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  for (let i = 0; i < samples.length; i++) view.setFloat64(i * 8, samples[i] as number, true);
}

/** `sample` in steps of 1/`scale`, rounded to nearest, clipped, NaN to 0. */
function toInteger(sample: number, scale: number): number {
  const step = Math.round(sample * scale);
  return Number.isNaN(step) ? 0 : Math.max(-scale, Math.min(scale - 1, step));
}
