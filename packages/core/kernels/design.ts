/**
 * The costly steps of filter design, since the first design comes on a thread whose JavaScript is still interpreted. The same operations in the same order as in
 * src/dsp/fft.ts, filter-design.ts and phase-table.ts, so the taps are the same to the bit. All arrays are f64 but for the rows.
 */

/** The Fourier transform in place; `cos` and `sin` hold the roots of the forward transform, size / 2 each. */
export function fft(re: usize, im: usize, cos: usize, sin: usize, size: i32): void {
  for (let i = 0, j = 0; i < size; i++) {
    if (i < j) {
      swap(re, i, j);
      swap(im, i, j);
    }
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
  }
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let k = 0; k < half; k++) {
      const wr = get(cos, k * stride);
      const wi = get(sin, k * stride);
      for (let even = k; even < size; even += 2 * half) {
        const odd = even + half;
        const xr = get(re, odd);
        const xi = get(im, odd);
        const tr = xr * wr - xi * wi;
        const ti = xr * wi + xi * wr;
        const er = get(re, even);
        const ei = get(im, even);
        put(re, odd, er - tr);
        put(im, odd, ei - ti);
        put(re, even, er + tr);
        put(im, even, ei + ti);
      }
    }
  }
}

/** The sequence whose cepstrum is the folded first half of `cepstrum` / `size`, from `response`[0] on. Overwrites the cepstrum. */
export function fold(cepstrum: usize, size: i32, response: usize, length: i32): void {
  for (let k = 1; k < length; k++) put(cepstrum, k, <f64>k * get(cepstrum, k));
  for (let n = 1; n < length; n++) {
    let sum: f64 = 0;
    let c = cepstrum + 8;
    for (let r = response + ((<usize>(n - 1)) << 3); r >= response; r -= 8) {
      sum += load<f64>(c) * load<f64>(r);
      c += 8;
    }
    put(response, n, (2 * sum) / (<f64>n * <f64>size));
  }
}

/** Rows of taps by interpolation between the `length` samples; see buildPhaseTable. */
export function phaseRows(samples: usize, length: i32, rows: usize, taps: i32, rowCount: i32, phases: i32, step: f64, shift: f64, scale: f64): void {
  for (let row = 0; row < rowCount; row++) {
    let to = rows + ((<usize>((row + 1) * taps)) << 2);
    for (let tap = 0; tap < taps; tap++) {
      to -= 4;
      store<f32>(to, <f32>(interpolate(samples, length, (<f64>row / <f64>phases + <f64>tap) * step + shift) * scale));
    }
  }
}

function interpolate(samples: usize, length: i32, at: f64): f64 {
  const first = <i32>at - 3;
  if (first + 8 > length) return 0;
  const x = at - <f64>first;
  if (x === 3) return get(samples, first + 3);
  const w0 = 1 / x;
  const w1 = -7 / (x - 1);
  const w2 = 21 / (x - 2);
  const w3 = -35 / (x - 3);
  const w4 = 35 / (x - 4);
  const w5 = -21 / (x - 5);
  const w6 = 7 / (x - 6);
  const w7 = -1 / (x - 7);
  const early = w0 * get(samples, first) + w1 * get(samples, first + 1) + w2 * get(samples, first + 2) + w3 * get(samples, first + 3);
  const late = w4 * get(samples, first + 4) + w5 * get(samples, first + 5) + w6 * get(samples, first + 6) + w7 * get(samples, first + 7);
  return (early + late) / (w0 + w1 + w2 + w3 + w4 + w5 + w6 + w7);
}

function get(array: usize, index: i32): f64 {
  return load<f64>(array + ((<usize>index) << 3));
}

function put(array: usize, index: i32, value: f64): void {
  store<f64>(array + ((<usize>index) << 3), value);
}

function swap(array: usize, a: i32, b: i32): void {
  const value = get(array, a);
  put(array, a, get(array, b));
  put(array, b, value);
}
