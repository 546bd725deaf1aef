/**
 * ITU-T G.711 companding, mu-law (PCMU) and A-law (PCMA), exact for all 65536 inputs and 256 codes of both laws.
 *
 * Any thread; no state, no allocation. Besides a RangeError for a short output, all throw a TypeError
 * for a detached array. Floats are scaled as in `pcm16.ts`. WebAssembly computes where it is to be had (wasm-codecs.ts), tables elsewhere (g711-loops.ts): the
 * same bytes.
 */
import { checkArrays } from "./checks.ts";
import { decodeByTable, decodeFloatsByTable, encodeByTable, encodeFloatsByTable, type Law } from "./g711-loops.ts";
import { codecsFor } from "./wasm-codecs.ts";

/** Encodes all of `input` as mu-law codes. @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeMulaw(input: Int16Array, output: Uint8Array): number {
  return encode("encodeMulaw", "mulaw", input, output);
}

/** Encodes all of `input` as A-law codes. @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeAlaw(input: Int16Array, output: Uint8Array): number {
  return encode("encodeAlaw", "alaw", input, output);
}

/** Decodes mu-law codes to 16-bit samples (-32124 to 32124). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeMulaw(input: Uint8Array, output: Int16Array): number {
  return decode("decodeMulaw", "mulaw", input, output);
}

/** Decodes A-law codes to 16-bit samples (-32256 to 32256). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeAlaw(input: Uint8Array, output: Int16Array): number {
  return decode("decodeAlaw", "alaw", input, output);
}

/** {@link encodeMulaw} for floats (-1 to 1, clipped beyond, NaN to 0). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeMulawFloat(input: Float32Array, output: Uint8Array): number {
  return encodeFloats("encodeMulawFloat", "mulaw", input, output);
}

/** {@link encodeAlaw} for floats (-1 to 1, clipped beyond, NaN to 0). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeAlawFloat(input: Float32Array, output: Uint8Array): number {
  return encodeFloats("encodeAlawFloat", "alaw", input, output);
}

/** {@link decodeMulaw} to floats (-0.981 to 0.981). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeMulawFloat(input: Uint8Array, output: Float32Array): number {
  return decodeFloats("decodeMulawFloat", "mulaw", input, output);
}

/** {@link decodeAlaw} to floats (-0.985 to 0.985). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeAlawFloat(input: Uint8Array, output: Float32Array): number {
  return decodeFloats("decodeAlawFloat", "alaw", input, output);
}

function encode(what: string, law: Law, input: Int16Array, output: Uint8Array): number {
  checkArrays(what, input, input.length, output);
  const codecs = codecsFor(input.length);
  if (codecs === null) encodeByTable(law, input, output);
  else codecs.encodeLaw(law, input, output);
  return input.length;
}

function decode(what: string, law: Law, input: Uint8Array, output: Int16Array): number {
  checkArrays(what, input, input.length, output);
  const codecs = codecsFor(input.length);
  if (codecs === null) decodeByTable(law, input, output);
  else codecs.decodeLaw(law, input, output);
  return input.length;
}

function encodeFloats(what: string, law: Law, input: Float32Array, output: Uint8Array): number {
  checkArrays(what, input, input.length, output);
  const codecs = codecsFor(input.length);
  if (codecs === null) encodeFloatsByTable(law, input, output);
  else codecs.encodeLawFloats(law, input, output);
  return input.length;
}

function decodeFloats(what: string, law: Law, input: Uint8Array, output: Float32Array): number {
  checkArrays(what, input, input.length, output);
  const codecs = codecsFor(input.length);
  if (codecs === null) decodeFloatsByTable(law, input, output);
  else codecs.decodeLawFloats(law, input, output);
  return input.length;
}
