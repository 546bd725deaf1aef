/**
 * From samples to magnitudes: four windows of 256 samples, 128 apart, each window in a lane. So a transform is scalar code written in vectors, without a shuffle.
 */
import { MAGNITUDES, SAMPLES, SPECTRUM, TWIDDLES, WINDOW } from "./areas";

/** Samples beyond it are limited to it, so that sums stay finite: 24 dB over full scale. */
const MOST: f32 = 16;

/** Makes samples of the frame finite, and reflects its end to fill the last window. */
export function prepare(): void {
  const most = f32x4.splat(MOST);
  const least = f32x4.splat(-MOST);
  for (let at = SAMPLES + 256; at < SAMPLES + 2304; at += 16) {
    const x = v128.load(at);
    v128.store(at, f32x4.min(f32x4.max(v128.and(x, f32x4.eq(f32x4.sub(x, x), f32x4.splat(0))), least), most));
  }
  // Sample 576 + i is sample 574 - i.
  for (let i: usize = 0; i < 256; i += 16) {
    const x = v128.load(SAMPLES + 2284 - i);
    v128.store(SAMPLES + 2304 + i, i32x4.shuffle(x, x, 3, 2, 1, 0));
  }
}

/** Writes the windowed samples as 128 complex numbers (even samples real, odd ones imaginary) in bit-reversed order. */
function gather(): void {
  let reversed: usize = 0;
  for (let n: usize = 0; n < 1024; n += 16) {
    const a = v128.load(SAMPLES + n);
    const b = v128.load(SAMPLES + n, 512);
    const c = v128.load(SAMPLES + n, 1024);
    const d = v128.load(SAMPLES + n, 1536);
    const abLow = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cdLow = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
    const to = SPECTRUM + (reversed << 5);
    v128.store(to, f32x4.mul(i64x2.shuffle(abLow, cdLow, 0, 2), v128.load32_splat(WINDOW + n)));
    v128.store(to, f32x4.mul(i64x2.shuffle(abLow, cdLow, 1, 3), v128.load32_splat(WINDOW + n, 4)), 16);
    // The next number is odd, and its reverse 64 further.
    v128.store(to, f32x4.mul(i64x2.shuffle(abHigh, cdHigh, 0, 2), v128.load32_splat(WINDOW + n, 8)), 2048);
    v128.store(to, f32x4.mul(i64x2.shuffle(abHigh, cdHigh, 1, 3), v128.load32_splat(WINDOW + n, 12)), 2064);
    // Counts in twos with the bits in reverse: the carry runs downwards.
    let bit: usize = 32;
    while (reversed & bit) {
      reversed ^= bit;
      bit >>= 1;
    }
    reversed |= bit;
  }
}

/** Decimation in time, radix 2, in place. */
function transform(): void {
  for (let half: usize = 32; half < 4096; half <<= 1) {
    // `half` is in bytes of the spectrum; a step through the twiddles is 8 bytes at the last stage, whose factors are every second one of 256.
    const step = <usize>32768 / half;
    let twiddle = TWIDDLES;
    for (let j: usize = 0; j < half; j += 32) {
      const c = v128.load32_splat(twiddle);
      const s = v128.load32_splat(twiddle, 4);
      twiddle += step;
      for (let at = SPECTRUM + j; at < SPECTRUM + 4096; at += half << 1) {
        const other = at + half;
        const xr = v128.load(other);
        const xi = v128.load(other, 16);
        const tr = f32x4.sub(f32x4.mul(xr, c), f32x4.mul(xi, s));
        const ti = f32x4.add(f32x4.mul(xr, s), f32x4.mul(xi, c));
        const ar = v128.load(at);
        const ai = v128.load(at, 16);
        v128.store(at, f32x4.add(ar, tr));
        v128.store(at, f32x4.add(ai, ti), 16);
        v128.store(other, f32x4.sub(ar, tr));
        v128.store(other, f32x4.sub(ai, ti), 16);
      }
    }
  }
}

function magnitude(re: v128, im: v128): v128 {
  return f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
}

/** Tells the transforms of the real samples from those of the complex numbers that stood for them. */
function untangle(): void {
  const ar = v128.load(SPECTRUM);
  const ai = v128.load(SPECTRUM, 16);
  v128.store(MAGNITUDES, f32x4.abs(f32x4.add(ar, ai)));
  v128.store(MAGNITUDES, f32x4.abs(f32x4.sub(ar, ai)), 2048);
  v128.store(MAGNITUDES, magnitude(v128.load(SPECTRUM, 2048), v128.load(SPECTRUM, 2064)), 1024);
  const half = f32x4.splat(0.5);
  for (let k: usize = 1; k < 64; k++) {
    const a = SPECTRUM + (k << 5);
    const b = SPECTRUM + ((128 - k) << 5);
    const ar = v128.load(a);
    const ai = v128.load(a, 16);
    const br = v128.load(b);
    const bi = v128.load(b, 16);
    const er = f32x4.mul(f32x4.add(ar, br), half);
    const ei = f32x4.mul(f32x4.sub(ai, bi), half);
    const or = f32x4.mul(f32x4.add(ai, bi), half);
    const oi = f32x4.mul(f32x4.sub(br, ar), half);
    const c = v128.load32_splat(TWIDDLES + (k << 3));
    const s = v128.load32_splat(TWIDDLES + (k << 3), 4);
    const tr = f32x4.sub(f32x4.mul(or, c), f32x4.mul(oi, s));
    const ti = f32x4.add(f32x4.mul(or, s), f32x4.mul(oi, c));
    v128.store(MAGNITUDES + (k << 4), magnitude(f32x4.add(er, tr), f32x4.add(ei, ti)));
    v128.store(MAGNITUDES + ((128 - k) << 4), magnitude(f32x4.sub(er, tr), f32x4.sub(ei, ti)));
  }
}

/** Magnitudes of the prepared samples. */
export function spectrum(): void {
  gather();
  transform();
  untangle();
}
