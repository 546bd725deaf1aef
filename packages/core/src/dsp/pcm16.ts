/**
 * Float samples to 16-bit linear PCM and back.
 *
 * Any thread; no state, no allocation (but for {@link pcm16View}). One convention everywhere: decoding divides by 32768, encoding multiplies by 32768, rounds
 * to the nearest step and clips at 32767, so decode followed by encode gives back every 16-bit value. Truncating instead of rounding, as many clients do, costs
 * 2 to 3 dB of signal-to-noise ratio at full scale and leaves a dead zone two steps wide around silence. Byte forms are little-endian, as on the wire and in
 * WAV files.
 */
import { checkArrays, checkAttached, checkWholeSamples } from "./checks.ts";

/** The largest magnitude of a 16-bit sample, as a divisor: full scale is [-1, 1). */
const SCALE = 32768;

/** `sample` (nominally -1 to 1) as a 16-bit step: rounded to nearest (halves upwards), clipped, NaN to 0. Always an integer to the engine, so that nothing is boxed. */
export function floatToPcm16(sample: number): number {
  return Math.floor(Math.max(-SCALE, Math.min(SCALE - 1, sample * SCALE)) + 0.5) | 0;
}

/**
 * Encodes all of `input` (floats, -1 to 1, clipped beyond, NaN to 0) as 16-bit samples into the start of `output`.
 * @returns frames written, always `input.length`.
 * @throws {RangeError} when `output` is shorter than `input`. @throws {TypeError} when either is detached.
 */
export function encodePcm16(input: Float32Array, output: Int16Array): number {
  const frames = input.length;
  checkArrays("encodePcm16", input, frames, output);
  for (let i = 0; i < frames; i++) output[i] = floatToPcm16(input[i] as number);
  return frames;
}

/**
 * Decodes all of `input` into floats from -1 to 32767/32768 at the start of `output`.
 * @returns frames written, always `input.length`.
 * @throws {RangeError} when `output` is shorter than `input`. @throws {TypeError} when either is detached.
 */
export function decodePcm16(input: Int16Array, output: Float32Array): number {
  const frames = input.length;
  checkArrays("decodePcm16", input, frames, output);
  for (let i = 0; i < frames; i++) output[i] = (input[i] as number) / SCALE;
  return frames;
}

/**
 * {@link encodePcm16} into little-endian bytes, at any byte offset and on any host.
 * @returns bytes written, always `2 * input.length`.
 * @throws {RangeError} when `output` is shorter than that. @throws {TypeError} when either is detached.
 */
export function encodePcm16Bytes(input: Float32Array, output: Uint8Array): number {
  const bytes = input.length * 2;
  checkArrays("encodePcm16Bytes", input, bytes, output);
  for (let i = 0, o = 0; o < bytes; i++, o += 2) {
    const step = floatToPcm16(input[i] as number);
    output[o] = step;
    output[o + 1] = step >> 8;
  }
  return bytes;
}

/**
 * {@link decodePcm16} from little-endian bytes, at any byte offset and on any host.
 * @returns frames written, always `input.length / 2`.
 * @throws {RangeError} when `output` is shorter than that, and for an odd number of bytes. @throws {TypeError} when either is detached.
 */
export function decodePcm16Bytes(input: Uint8Array, output: Float32Array): number {
  const frames = input.length >> 1;
  checkArrays("decodePcm16Bytes", input, frames, output);
  checkWholeSamples("decodePcm16Bytes", input.length);
  for (let i = 0, o = 0; i < frames; i++, o += 2) {
    output[i] = ((((input[o + 1] as number) << 24) | ((input[o] as number) << 16)) >> 16) / SCALE;
  }
  return frames;
}

/**
 * `bytes` (little-endian) as 16-bit samples: a view of the same memory when the byte offset is even, a copy when it is odd. An odd last byte is left out.
 * Assumes a little-endian host, which every JavaScript engine in use is.
 * @throws {TypeError} when `bytes` is detached.
 */
export function pcm16View(bytes: Uint8Array): Int16Array {
  checkAttached("pcm16View", "input", bytes);
  const frames = bytes.length >> 1;
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, frames);
  return new Int16Array(bytes.slice(0, frames * 2).buffer);
}
