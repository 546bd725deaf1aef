/**
 * G.711 in plain JavaScript, by tables: the reference for the kernels in WebAssembly, and what runs where those are not to be had, and for a few samples.
 *
 * Any thread; no state, no allocation after the tables (21.5 kB) are built at load. The magnitude of a negative sample is its one's complement,
 * as the standard's decision values ask for (G.711 tables 1 and 2; the two's complement that most JavaScript versions take puts 127 inputs one step off). Only
 * the upper 14 (mu) or 12 (A) bits of a 16-bit sample decide its code, hence small tables indexed by them. Arguments have been checked.
 */
import { floatToPcm16, SCALE } from "./pcm16-loops.ts";

/** Which of the two companding laws. */
export type Law = "mulaw" | "alaw";

const MULAW_CODES: Uint8Array = /* @__PURE__ */ buildMulawCodes();
const ALAW_CODES: Uint8Array = /* @__PURE__ */ buildAlawCodes();
const MULAW_LEVELS: Int16Array = /* @__PURE__ */ buildMulawLevels();
const ALAW_LEVELS: Int16Array = /* @__PURE__ */ buildAlawLevels();

/** Encodes all of `input`. */
export function encodeByTable(law: Law, input: Int16Array, output: Uint8Array): void {
  if (law === "mulaw") for (let i = 0; i < input.length; i++) output[i] = MULAW_CODES[((input[i] as number) >> 2) & 0x3fff] as number;
  else for (let i = 0; i < input.length; i++) output[i] = ALAW_CODES[((input[i] as number) >> 4) & 0xfff] as number;
}

/** Decodes all of `input`. */
export function decodeByTable(law: Law, input: Uint8Array, output: Int16Array): void {
  const levels = law === "mulaw" ? MULAW_LEVELS : ALAW_LEVELS;
  for (let i = 0; i < input.length; i++) output[i] = levels[input[i] as number] as number;
}

/** Encodes all of `input`, floats scaled as in `pcm16-loops.ts`. */
export function encodeFloatsByTable(law: Law, input: Float32Array, output: Uint8Array): void {
  if (law === "mulaw") for (let i = 0; i < input.length; i++) output[i] = MULAW_CODES[(floatToPcm16(input[i] as number) >> 2) & 0x3fff] as number;
  else for (let i = 0; i < input.length; i++) output[i] = ALAW_CODES[(floatToPcm16(input[i] as number) >> 4) & 0xfff] as number;
}

/** Decodes all of `input` to floats. */
export function decodeFloatsByTable(law: Law, input: Uint8Array, output: Float32Array): void {
  const levels = law === "mulaw" ? MULAW_LEVELS : ALAW_LEVELS;
  for (let i = 0; i < input.length; i++) output[i] = (levels[input[i] as number] as number) / SCALE;
}

/** Codes by the upper 14 bits of a sample: G.711 table 2, the bias of 33 turning the segments into powers of two. */
function buildMulawCodes(): Uint8Array {
  const codes = new Uint8Array(0x4000);
  for (let magnitude = 0; magnitude < 128; magnitude++) {
    const segment = magnitude >> 4;
    const from = Math.max(0, ((16 + (magnitude & 0xf)) << (segment + 1)) - 33);
    const to = magnitude === 127 ? 0x2000 : ((17 + (magnitude & 0xf)) << (segment + 1)) - 33;
    codes.fill(~magnitude & 0xff, from, to);
    codes.fill(~magnitude & 0x7f, 0x4000 - to, 0x4000 - from);
  }
  return codes;
}

/** Codes by the upper 12 bits of a sample: G.711 table 1, every second bit inverted. */
function buildAlawCodes(): Uint8Array {
  const codes = new Uint8Array(0x1000);
  for (let magnitude = 0; magnitude < 128; magnitude++) {
    const shift = Math.max(0, (magnitude >> 4) - 1);
    const from = (magnitude < 16 ? magnitude : 16 + (magnitude & 0xf)) << shift;
    const to = from + (1 << shift);
    codes.fill((magnitude | 0x80) ^ 0x55, from, to);
    codes.fill(magnitude ^ 0x55, 0x1000 - to, 0x1000 - from);
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
