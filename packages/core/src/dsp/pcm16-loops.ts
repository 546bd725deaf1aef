/**
 * Float samples to 16-bit linear PCM and back in plain JavaScript: the reference for the kernels in WebAssembly, and what runs where those are not to be had, and
 * for a few samples. Any thread; no state, no allocation. Arguments have been checked.
 */

/** The largest magnitude of a 16-bit sample, as a divisor: full scale is [-1, 1). */
export const SCALE = 32768;

/** Next to 1.5 * 2^52 there is no room for a fraction: adding and taking it off again rounds to the nearest integer, halves to the even one. */
const NO_FRACTION = 1.5 * 2 ** 52;

/**
 * `sample` (nominally -1 to 1) as a 16-bit step: rounded to nearest (halves to the even step, as IEEE 754 does), clipped, NaN to 0. Always an integer to the
 * engine, so that nothing is boxed.
 */
export function floatToPcm16(sample: number): number {
  return (Math.max(-SCALE, Math.min(SCALE - 1, sample * SCALE)) + NO_FRACTION - NO_FRACTION) | 0;
}

/** Encodes all of `input`. */
export function encodeSteps(input: Float32Array, output: Int16Array): void {
  for (let i = 0; i < input.length; i++) output[i] = floatToPcm16(input[i] as number);
}

/** Decodes all of `input`. */
export function decodeSteps(input: Int16Array, output: Float32Array): void {
  for (let i = 0; i < input.length; i++) output[i] = (input[i] as number) / SCALE;
}

/** Encodes all of `input` as little-endian bytes. */
export function encodeStepBytes(input: Float32Array, output: Uint8Array): void {
  for (let i = 0, o = 0; i < input.length; i++, o += 2) {
    const step = floatToPcm16(input[i] as number);
    output[o] = step;
    output[o + 1] = step >> 8;
  }
}

/** Decodes all of `input`, little-endian bytes of whole samples. */
export function decodeStepBytes(input: Uint8Array, output: Float32Array): void {
  for (let i = 0, o = 0; o < input.length; i++, o += 2) {
    output[i] = ((((input[o + 1] as number) << 24) | ((input[o] as number) << 16)) >> 16) / SCALE;
  }
}
