/**
 * The memory of the kernel: tables and weights that the caller writes once, and areas that every call goes through. Nothing is kept between calls but those two: what a session
 * remembers is copied in before a call and out after it. Addresses are multiples of 16.
 */

/** cos(2 pi k / 256) and -sin of the same for k of 0 to 127, in pairs of f32; written by the caller. */
export const TWIDDLES: usize = 4096;
/** The window of the short-time transform, 256 f32; written by the caller. */
export const WINDOW: usize = TWIDDLES + 1024;
/** 64 samples before the frame, 512 of the frame, and 64 for its reflection, f32. */
export const SAMPLES: usize = WINDOW + 1024;
/** The transforms of four windows: 128 complex numbers, real parts and imaginary parts as vectors of four. */
export const SPECTRUM: usize = SAMPLES + 2560;
/** Magnitudes of 129 bins in vectors of the four windows. */
export const MAGNITUDES: usize = SPECTRUM + 4096;
/** Outputs of the first layer, 128 for each of four times; of the second, 64 for each of two; of the third, 64. */
export const FIRST: usize = MAGNITUDES + 2080;
export const SECOND: usize = FIRST + 2048;
export const THIRD: usize = SECOND + 512;
/** Outputs of the fourth layer, 128, which with the 128 hidden values behind them are the input of the recurrent layer. */
export const FOURTH: usize = THIRD + 256;
/** The memory of a session: 128 hidden values and 128 cells. */
export const STATE: usize = FOURTH + 512;
/** The four gates of the recurrent layer, 128 each: input, forget, candidate, output. */
export const GATES: usize = STATE + 1024;
/** The weights, as they lie in the file. */
export const WEIGHTS: usize = GATES + 2048;
