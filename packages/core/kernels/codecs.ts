/**
 * PCM16 and G.711 in WebAssembly SIMD, as in resampler.ts: AssemblyScript, built by `node scripts/build.mjs kernels`, here into src/dsp/generated/codec-kernels.ts. The plain
 * JavaScript in src/dsp (pcm16-loops.ts, g711-loops.ts) is the reference: the same bytes for every input.
 *
 * Calls never overlap, so the areas for input and output exist once. A loop takes 8 or 16 frames at a time: it reads and writes up to 15 frames past the end. Constants are
 * loaded before a loop and are no literals in it, since V8 puts a literal vector together anew in every turn.
 */

/** Frames that one call takes at most. */
export const MOST_FRAMES: i32 = 16384;
/** The input of a call: f32, i16 or codes. */
export const INPUT: usize = 4096;
/** Its output. */
export const OUTPUT: usize = INPUT + 65536 + 64;

/** Least and largest sample, what turns floats into them, what rounds them (see {@link steps}), and what turns them into floats. */
const PCM16: usize = memory.data<f32>([-32768, 32767, 32768, 12582912, 1.0 / 32768], 16);

/** Four floats as 16-bit steps in the lower halves of the lanes: next to 1.5 * 2^23 there is no room for a fraction, so adding it rounds, halves to even. */
function steps(x: v128, least: v128, most: v128, full: v128, unit: v128): v128 {
  const y = f32x4.mul(x, full);
  const number = v128.and(y, f32x4.eq(y, y));
  return f32x4.add(f32x4.pmin(f32x4.pmax(number, least), most), unit);
}

function toSteps(to: usize, frames: i32): void {
  const least = v128.load32_splat(PCM16);
  const most = v128.load32_splat(PCM16, 4);
  const full = v128.load32_splat(PCM16, 8);
  const unit = v128.load32_splat(PCM16, 12);
  let from = INPUT;
  for (const end = to + ((<usize>frames) << 1); to < end; to += 16) {
    const a = steps(v128.load(from), least, most, full, unit);
    const b = steps(v128.load(from, 16), least, most, full, unit);
    v128.store(to, i16x8.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
    from += 32;
  }
}

function toFloats(from: usize, to: usize, frames: i32): void {
  const scale = v128.load32_splat(PCM16, 16);
  for (const end = from + ((<usize>frames) << 1); from < end; from += 16) {
    const x = v128.load(from);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x)), scale));
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x)), scale), 16);
    to += 32;
  }
}

/** Floats to 16-bit samples: rounded, clipped, NaN to 0. */
export function encodePcm16(frames: i32): void {
  toSteps(OUTPUT, frames);
}

/** 16-bit samples to floats. */
export function decodePcm16(frames: i32): void {
  toFloats(INPUT, OUTPUT, frames);
}

// ---- G.711. What a law is made of, in bytes: 0 (i16) the bias of magnitudes; 2 (i16) the first code after a linear segment, or 0; 4 (i16) the bits that are ----
// ---- inverted; 16 the mantissa of a decoded sample by the lower half of a code; 32 what the upper half adds to it; 48 the power of two by the upper half ----

const MULAW: usize = memory.data<u8>(
  [
    33, 0, 0, 0, 255, 0, 132, 0, 0, 0, 0, 0, 0, 0, 0, 0, 120, 112, 104, 96, 88, 80, 72, 64, 56, 48, 40, 32, 24, 16, 8, 0, 132, 132, 132, 132, 132, 132, 132,
    132, 132, 132, 132, 132, 132, 132, 132, 132, 128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1,
  ],
  16,
);
const ALAW: usize = memory.data<u8>(
  [
    0, 0, 16, 0, 213, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 32, 56, 48, 8, 0, 24, 16, 104, 96, 120, 112, 72, 64, 88, 80, 132, 132, 132, 132, 132, 4, 132, 132,
    132, 132, 132, 132, 132, 4, 132, 132, 32, 16, 128, 64, 2, 2, 8, 4, 32, 16, 128, 64, 2, 2, 8, 4,
  ],
  16,
);
/** Largest magnitude; exponent of the first segment as a float's upper bits: magnitudes from 2^5 on; sign of a code; half a code. All i16. */
const LAW: usize = memory.data<i16>([8191, 2112, 128, 15], 16);

/**
 * Eight samples as codes without sign and inversion. A code is a tiny float, three bits of exponent and four of mantissa, so the magnitude (the one's complement of a negative
 * sample) is made a float and its bits are taken. A-law's first segment is linear: there the magnitude itself, the larger of the two, is the code.
 */
function magnitudes(x: v128, bias: v128, linear: v128, most: v128, base: v128): v128 {
  const m = i16x8.min_s(i16x8.add(i16x8.shr_u(v128.xor(x, i16x8.shr_s(x, 15)), 2), bias), most);
  const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(m));
  const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(m));
  const bits = i16x8.shr_u(i16x8.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15), 3);
  return i16x8.max_s(i16x8.sub(bits, base), i16x8.min_s(i16x8.shr_u(m, 2), linear));
}

function toCodes(from: usize, law: usize, frames: i32): void {
  const bias = v128.load16_splat(law);
  const linear = v128.load16_splat(law, 2);
  const inverted = v128.load8_splat(law, 4);
  const most = v128.load16_splat(LAW);
  const base = v128.load16_splat(LAW, 2);
  const signBit = v128.load8_splat(LAW, 4);
  let to = OUTPUT;
  for (const end = to + <usize>frames; to < end; to += 16) {
    const x = v128.load(from);
    const y = v128.load(from, 16);
    const code = i8x16.narrow_i16x8_s(magnitudes(x, bias, linear, most, base), magnitudes(y, bias, linear, most, base));
    const sign = v128.and(i8x16.narrow_i16x8_s(x, y), signBit);
    v128.store(to, v128.xor(v128.xor(code, sign), inverted));
    from += 32;
  }
}

/** `product` less the bias, negated where `negative` is -1. */
function signed(product: v128, bias: v128, negative: v128): v128 {
  return i16x8.sub(v128.xor(i16x8.sub(product, bias), negative), negative);
}

function toLevels(law: usize, frames: i32): void {
  const bias = v128.load16_splat(law, 6);
  const mantissas = v128.load(law, 16);
  const offsets = v128.load(law, 32);
  const powers = v128.load(law, 48);
  const half = v128.load8_splat(LAW, 6);
  const zero = i8x16.splat(0);
  let from = INPUT;
  let to = OUTPUT;
  for (const end = from + <usize>frames; from < end; from += 16) {
    const code = v128.load(from);
    const upper = v128.and(i16x8.shr_u(code, 4), half);
    const mantissa = i8x16.add(i8x16.swizzle(mantissas, v128.and(code, half)), i8x16.swizzle(offsets, upper));
    const power = i8x16.swizzle(powers, upper);
    // In both laws the highest bit of a code says that the sample is not negative.
    const negative = i8x16.ge_s(code, zero);
    v128.store(to, signed(i16x8.extmul_low_i8x16_u(mantissa, power), bias, i16x8.extend_low_i8x16_s(negative)));
    v128.store(to, signed(i16x8.extmul_high_i8x16_u(mantissa, power), bias, i16x8.extend_high_i8x16_s(negative)), 16);
    to += 32;
  }
}

function lawOf(alaw: i32): usize {
  return alaw !== 0 ? ALAW : MULAW;
}

/** 16-bit samples to codes (G.711 tables 1a to 2b); mu-law, or A-law where `alaw` is 1. */
export function encodeLaw(alaw: i32, frames: i32): void {
  toCodes(INPUT, lawOf(alaw), frames);
}

/** Codes to 16-bit samples. */
export function decodeLaw(alaw: i32, frames: i32): void {
  toLevels(lawOf(alaw), frames);
}

/** Floats to codes, by way of 16-bit samples in place of the floats. */
export function encodeLawFloats(alaw: i32, frames: i32): void {
  toSteps(INPUT, frames);
  toCodes(INPUT, lawOf(alaw), frames);
}

/** Codes to floats, which take the place of the codes. */
export function decodeLawFloats(alaw: i32, frames: i32): void {
  toLevels(lawOf(alaw), frames);
  toFloats(OUTPUT, INPUT, frames);
}
