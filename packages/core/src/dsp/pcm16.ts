/**
 * Float samples to 16-bit linear PCM and back.
 *
 * Any thread; no state, no allocation but for {@link pcm16View}. One convention everywhere: decoding
 * divides by 32768, encoding multiplies by 32768, rounds to the nearest step (halves to the even one) and clips at 32767, so decode followed by encode gives
 * back every 16-bit value. Truncating instead of rounding, as many clients do, costs 2 to 3 dB of signal-to-noise ratio at full scale and leaves a dead zone two
 * steps wide around silence. Byte forms are little-endian, as on the wire and in WAV files. WebAssembly computes where it is to be had (wasm-codecs.ts), plain
 * JavaScript elsewhere: the same bytes.
 */
import { checkArrays, checkAttached, checkWholeSamples } from "./checks.ts";
import { decodeStepBytes, decodeSteps, encodeStepBytes, encodeSteps, floatToPcm16 } from "./pcm16-loops.ts";
import { codecsFor } from "./wasm-codecs.ts";

/**
 * Encodes all of `input` (floats, -1 to 1, clipped beyond, NaN to 0) as 16-bit samples into the start of `output`.
 * @returns frames written, always `input.length`.
 * @throws {RangeError} when `output` is shorter than `input`. @throws {TypeError} when either is detached.
 */
export function encodePcm16(input: Float32Array, output: Int16Array): number {
  const frames = input.length;
  checkArrays("encodePcm16", input, frames, output);
  const codecs = codecsFor(frames);
  if (codecs === null) encodeSteps(input, output);
  else codecs.encodePcm16(input, output);
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
  const codecs = codecsFor(frames);
  if (codecs === null) decodeSteps(input, output);
  else codecs.decodePcm16(input, output);
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
  const codecs = codecsFor(input.length);
  if (codecs === null) encodeStepBytes(input, output);
  else codecs.encodePcm16Bytes(input, output);
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
  const codecs = codecsFor(frames);
  if (codecs === null) decodeStepBytes(input, output);
  else codecs.decodePcm16Bytes(input, output);
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

export { floatToPcm16 };
