/** A radix-2 Fourier transform in place, with its tables kept, for the correlations and spectra of this room. */

/** Transforms of one size, a power of two from 2. */
export class Fft {
  readonly size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;

  constructor(size: number) {
    this.size = size;
    this.#cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.#reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) this.#reversed[i] = (this.#reversed[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
  }

  /** The transform of `real` + i `imaginary`, both `size` long, in their place. */
  forward(real: Float64Array, imaginary: Float64Array): void {
    const { size } = this;
    for (let i = 0; i < size; i++) {
      const j = this.#reversed[i];
      if (i >= j) continue;
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
    for (let half = 1, stride = size / 2; half < size; half *= 2, stride /= 2) {
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k;
          const b = a + half;
          const c = this.#cos[k * stride];
          const s = this.#sin[k * stride];
          const re = real[b] * c - imaginary[b] * s;
          const im = real[b] * s + imaginary[b] * c;
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
      }
    }
  }

  /** The inverse transform, in place; parts change roles and the sum is divided by the size. */
  inverse(real: Float64Array, imaginary: Float64Array): void {
    this.forward(imaginary, real);
    for (let i = 0; i < this.size; i++) {
      real[i] /= this.size;
      imaginary[i] /= this.size;
    }
  }
}

/** The least power of two that is at least `length`, and at least 2. */
export function powerOfTwo(length: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(length)));
}
