/**
 * ITU-T G.711 companding, mu-law (PCMU) and A-law (PCMA), exact for all 65536 inputs and 256 codes of both laws.
 *
 * Any thread; no state, no allocation after the tables (21.5 kB) are built at load. The encoders take the magnitude of a negative sample as its one's complement, as the
 * standard's decision values ask for (G.711 tables 1 and 2; the two's complement that most JavaScript versions take puts 127 inputs one step off). Only the upper 14
 * (mu) or 12 (A) bits of a 16-bit sample decide its code, hence small tables indexed by them. Floats are scaled as in `pcm16.ts`.
 */
import { checkRoom } from "./checks.ts";
import { floatToPcm16 } from "./pcm16.ts";

const MULAW_CODES: Uint8Array = /* @__PURE__ */ buildMulawCodes();
const ALAW_CODES: Uint8Array = /* @__PURE__ */ buildAlawCodes();
const MULAW_LEVELS: Int16Array = /* @__PURE__ */ buildMulawLevels();
const ALAW_LEVELS: Int16Array = /* @__PURE__ */ buildAlawLevels();

/** Encodes all of `input` as mu-law codes. @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeMulaw(input: Int16Array, output: Uint8Array): number {
  checkRoom("encodeMulaw", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = MULAW_CODES[((input[i] as number) >> 2) & 0x3fff] as number;
  return input.length;
}

/** Encodes all of `input` as A-law codes. @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeAlaw(input: Int16Array, output: Uint8Array): number {
  checkRoom("encodeAlaw", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = ALAW_CODES[((input[i] as number) >> 4) & 0xfff] as number;
  return input.length;
}

/** Decodes mu-law codes to 16-bit samples (-32124 to 32124). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeMulaw(input: Uint8Array, output: Int16Array): number {
  checkRoom("decodeMulaw", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = MULAW_LEVELS[input[i] as number] as number;
  return input.length;
}

/** Decodes A-law codes to 16-bit samples (-32256 to 32256). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeAlaw(input: Uint8Array, output: Int16Array): number {
  checkRoom("decodeAlaw", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = ALAW_LEVELS[input[i] as number] as number;
  return input.length;
}

/** {@link encodeMulaw} for floats (-1 to 1, clipped beyond, NaN to 0). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeMulawFloat(input: Float32Array, output: Uint8Array): number {
  checkRoom("encodeMulawFloat", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = MULAW_CODES[(floatToPcm16(input[i] as number) >> 2) & 0x3fff] as number;
  return input.length;
}

/** {@link encodeAlaw} for floats (-1 to 1, clipped beyond, NaN to 0). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function encodeAlawFloat(input: Float32Array, output: Uint8Array): number {
  checkRoom("encodeAlawFloat", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = ALAW_CODES[(floatToPcm16(input[i] as number) >> 4) & 0xfff] as number;
  return input.length;
}

/** {@link decodeMulaw} to floats (-0.981 to 0.981). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeMulawFloat(input: Uint8Array, output: Float32Array): number {
  checkRoom("decodeMulawFloat", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = (MULAW_LEVELS[input[i] as number] as number) / 32768;
  return input.length;
}

/** {@link decodeAlaw} to floats (-0.985 to 0.985). @returns frames written. @throws {RangeError} when `output` is shorter than `input`. */
export function decodeAlawFloat(input: Uint8Array, output: Float32Array): number {
  checkRoom("decodeAlawFloat", input.length, output.length);
  for (let i = 0; i < input.length; i++) output[i] = (ALAW_LEVELS[input[i] as number] as number) / 32768;
  return input.length;
}

/** Codes by the upper 14 bits of a sample: G.711 table 2, the bias of 33 turning the segments into powers of two. */
function buildMulawCodes(): Uint8Array {
  const codes = new Uint8Array(0x4000);
  for (let index = 0; index < codes.length; index++) {
    const sample = (index << 18) >> 18;
    const biased = Math.min((sample ^ (sample >> 31)) + 33, 0x1fff);
    const segment = 26 - Math.clz32(biased);
    const magnitude = (segment << 4) | ((biased >> (segment + 1)) & 0xf);
    codes[index] = ~(magnitude | (sample < 0 ? 0x80 : 0));
  }
  return codes;
}

/** Codes by the upper 12 bits of a sample: G.711 table 1, every second bit inverted. */
function buildAlawCodes(): Uint8Array {
  const codes = new Uint8Array(0x1000);
  for (let index = 0; index < codes.length; index++) {
    const sample = (index << 20) >> 20;
    const level = sample ^ (sample >> 31);
    const segment = level < 16 ? 0 : 28 - Math.clz32(level);
    const step = segment < 2 ? level & 0xf : (level >> (segment - 1)) & 0xf;
    codes[index] = ((segment << 4) | step | (sample < 0 ? 0 : 0x80)) ^ 0x55;
  }
  return codes;
}

/** 16-bit levels of the 256 mu-law codes. */
function buildMulawLevels(): Int16Array {
  const levels = new Int16Array(256);
  for (let code = 0; code < 256; code++) {
    const bits = ~code & 0xff;
    const level = ((((bits & 0xf) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
    levels[code] = bits & 0x80 ? -level : level;
  }
  return levels;
}

/** 16-bit levels of the 256 A-law codes. */
function buildAlawLevels(): Int16Array {
  const levels = new Int16Array(256);
  for (let code = 0; code < 256; code++) {
    const bits = code ^ 0x55;
    const segment = (bits & 0x70) >> 4;
    const step = ((bits & 0xf) << 4) + 8;
    const level = segment === 0 ? step : (step + 0x100) << (segment - 1);
    levels[code] = bits & 0x80 ? level : -level;
  }
  return levels;
}
