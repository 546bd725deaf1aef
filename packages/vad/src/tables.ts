/**
 * The windowed short-time Fourier transform at the entrance of the network: four windows of 256 samples, 128 apart, over 64 samples of context, the frame, and 64 samples that mirror
 * its end. In the models it is stored as a matrix; that this is the matrix of these formulas is checked when the weights are extracted.
 */

/** Samples of a window. */
export const WINDOW_SAMPLES = 256;
/** Samples from one window to the next. */
export const HOP = 128;
/** Windows in a frame. */
export const WINDOWS = 4;
/** Frequencies, from 0 to 8 kHz. */
export const BINS = 129;

/** The periodic Hann window. */
export function hannWindow(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: WINDOW_SAMPLES }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES));
}

/** cos and -sin of 2 pi k / 256, in pairs, for k of 0 to 127. */
export function twiddles(): Float32Array<ArrayBuffer> {
  const pairs = new Float32Array(WINDOW_SAMPLES);
  for (let k = 0; k < WINDOW_SAMPLES / 2; k++) {
    pairs[2 * k] = Math.cos((2 * Math.PI * k) / WINDOW_SAMPLES);
    pairs[2 * k + 1] = -Math.sin((2 * Math.PI * k) / WINDOW_SAMPLES);
  }
  return pairs;
}

/** The transform as a matrix: for each bin, 256 cosines and then 256 negative sines, under the window, in single precision as the models store it. */
export function fourierBasis(): Float32Array<ArrayBuffer> {
  const basis = new Float32Array(BINS * 2 * WINDOW_SAMPLES);
  for (let bin = 0; bin < BINS; bin++) {
    const row = bin * 2 * WINDOW_SAMPLES;
    for (let n = 0; n < WINDOW_SAMPLES; n++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW_SAMPLES);
      const angle = (2 * Math.PI * ((bin * n) % WINDOW_SAMPLES)) / WINDOW_SAMPLES;
      basis[row + n] = window * Math.cos(angle);
      basis[row + WINDOW_SAMPLES + n] = -window * Math.sin(angle);
    }
  }
  return basis;
}
