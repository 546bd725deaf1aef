/**
 * A plain radix-2 Fourier transform, for designing filters; audio never passes through it.
 *
 * Any thread; no state, in place. Decimation in time with a table of roots: a few milliseconds for the largest size in use (2^13).
 */

/**
 * The forward transform of `re + i im`, in place; unscaled, kernel exp(-2 pi i k n / N). For the inverse of a transform, swap the two arguments and divide by
 * N.
 * @throws {RangeError} unless both have the same length, a power of two.
 */
export function fft(re: Float64Array, im: Float64Array, roots: Roots = rootsOf(re.length)): void {
  const size = re.length;
  if (size === 0 || (size & (size - 1)) !== 0 || im.length !== size) {
    throw new RangeError(`fft: the parts have ${size} and ${im.length} elements; allowed is one power of two for both.`);
  }
  reverseBits(re, im);
  const { cos, sin } = roots;
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let k = 0; k < half; k++) {
      const wr = cos[k * stride] as number;
      const wi = sin[k * stride] as number;
      for (let even = k; even < size; even += 2 * half) {
        const odd = even + half;
        const xr = re[odd] as number;
        const xi = im[odd] as number;
        const tr = xr * wr - xi * wi;
        const ti = xr * wi + xi * wr;
        const er = re[even] as number;
        const ei = im[even] as number;
        re[odd] = er - tr;
        im[odd] = ei - ti;
        re[even] = er + tr;
        im[even] = ei + ti;
      }
    }
  }
}

/** Real and imaginary parts of exp(-2 pi i k / N), k < N / 2. */
export interface Roots {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** The roots for a transform of `size` points. */
export function rootsOf(size: number): Roots {
  const cos = new Float64Array(size / 2);
  const sin = new Float64Array(size / 2);
  for (let k = 0; k < size / 2; k++) cos[k] = Math.cos((2 * Math.PI * k) / size);
  // A sine is the cosine a quarter of a turn earlier; the smallest sizes have no quarter.
  for (let k = 0; k < size / 2; k++) sin[k] = size < 4 ? 0 : -(cos[Math.abs(k - size / 4)] as number);
  return { cos, sin };
}

function reverseBits(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const r = re[i] as number;
    const m = im[i] as number;
    re[i] = re[j] as number;
    im[i] = im[j] as number;
    re[j] = r;
    im[j] = m;
  }
}
