/**
 * PCM16 and G.711 in WebAssembly SIMD, in the same module as the resampler's kernels. The plain JavaScript in src/dsp (pcm16-loops.ts, g711-loops.ts) is the
 * reference: the same bytes for every input.
 *
 * Areas and constants are the caller's (src/dsp/wasm-codecs.ts): a loop takes 8 or 16 frames at a time, so it reads and writes up to 15 frames past the end. An
 * encoder may work in place. Constants are loaded, not written here as literals, since V8 puts a literal vector together anew in every turn of a loop.
 */

/** Constants of {@link encodePcm16}, f32: 32768, -32768, 32767, 1.5 * 2^23; then 1 / 32768 of {@link decodePcm16}. */

/** Four floats as 16-bit steps in the lower halves of the lanes: adding 1.5 * 2^23 leaves no bits for a fraction, so the sum is rounded (halves to even). */
function steps(x: v128, full: v128, least: v128, most: v128, unit: v128): v128 {
  const y = f32x4.mul(x, full);
  const number = v128.and(y, f32x4.eq(y, y));
  return f32x4.add(f32x4.pmin(f32x4.pmax(number, least), most), unit);
}

/** Floats to 16-bit samples: clipped, NaN to 0. */
export function encodePcm16(from: usize, to: usize, frames: i32, constants: usize): void {
  const full = v128.load32_splat(constants);
  const least = v128.load32_splat(constants, 4);
  const most = v128.load32_splat(constants, 8);
  const unit = v128.load32_splat(constants, 12);
  for (const end = to + ((<usize>frames) << 1); to < end; to += 16) {
    const a = steps(v128.load(from), full, least, most, unit);
    const b = steps(v128.load(from, 16), full, least, most, unit);
    v128.store(to, i16x8.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
    from += 32;
  }
}

/** 16-bit samples to floats. */
export function decodePcm16(from: usize, to: usize, frames: i32, constants: usize): void {
  const scale = v128.load32_splat(constants, 16);
  for (const end = from + ((<usize>frames) << 1); from < end; from += 16) {
    const x = v128.load(from);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x)), scale));
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x)), scale), 16);
    to += 32;
  }
}

/**
 * Eight samples as codes without sign and inversion. A code is a tiny float, three bits of exponent and four of mantissa, so the magnitude is made a float and
 * its bits are taken; `base` is the exponent of the first segment. A-law's first segment is linear: there the magnitude itself is larger than what was taken.
 */
function magnitudes(x: v128, bias: v128, linear: v128, most: v128, base: v128): v128 {
  const m = i16x8.min_s(i16x8.add(i16x8.shr_u(v128.xor(x, i16x8.shr_s(x, 15)), 2), bias), most);
  const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(m));
  const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(m));
  const bits = i16x8.shr_u(i16x8.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15), 3);
  return i16x8.max_s(i16x8.sub(bits, base), i16x8.min_s(i16x8.shr_u(m, 2), linear));
}

/**
 * 16-bit samples to G.711 codes (tables 1a to 2b). Of `law`, i16: the bias (33; A-law 0), the first code beyond the linear segment (0: there is none; A-law 16),
 * the largest magnitude, `base`; then u8: the bits of the sign, and those that are inverted.
 */
export function encodeLaw(from: usize, to: usize, frames: i32, law: usize): void {
  const bias = v128.load16_splat(law);
  const linear = v128.load16_splat(law, 2);
  const most = v128.load16_splat(law, 4);
  const base = v128.load16_splat(law, 6);
  const signBit = v128.load8_splat(law, 8);
  const inverted = v128.load8_splat(law, 9);
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

/**
 * G.711 codes to 16-bit samples: mantissa times power of two, both from tables of 16 bytes. Of `law`: at 16 the mantissa by the lower half of the code, at 32
 * what its upper half (sign and segment) adds to that, at 48 the power by the upper half; at 10 the bias that the mantissa carries, i16.
 */
export function decodeLaw(from: usize, to: usize, frames: i32, law: usize): void {
  const mantissas = v128.load(law, 16);
  const offsets = v128.load(law, 32);
  const powers = v128.load(law, 48);
  const bias = v128.load16_splat(law, 10);
  const half = v128.load8_splat(law, 12);
  const zero = i8x16.splat(0);
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
