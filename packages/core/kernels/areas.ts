/**
 * The memory that all calls of the resampler's kernels have in common, and what is done to vectors everywhere.
 *
 * Calls never overlap, so the areas for input, output and work exist once. Loops run over whole vectors, so they read and write up to 15 frames (times the outputs of
 * a group) past the end; every area has room for that, and for kept frames before its start. Who lives where from HEAP on is decided by the caller.
 */

/** Where {@link poly} and {@link drift} leave the time of the next output: frames to wait, and the phase, as two f64. */
export const PARAMS: usize = 1024;
/** Frames that one call takes and gives at most. */
export const BLOCK: i32 = 1024;
/** The input of a call, f32. */
export const INPUT: usize = PARAMS + 128;
/** The output of a call, f32, and 192 frames of slack. */
export const OUTPUT: usize = INPUT + 4096 + 128;
/** Half-band sums before they are interleaved, or streams before they are dealt out further, f32. */
export const SUMS: usize = OUTPUT + 4096 + 768;
/** The kept and the new frames of a single stream in a row, f32; the longest row is that from 192 to 8 kHz. */
export const WORK: usize = SUMS + 4096 + 256;
/** A copy of a state, for blocks that are not full. */
export const TRIAL: usize = WORK + 12288;
/** First byte that the caller hands out. */
export const HEAP: usize = TRIAL + 256;

/** The input in whole vectors; not finite and below 1e-25 (-500 dB, where products would soon be denormal and slow) become 0. */
export function clean(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  return v128.and(x, v128.and(f32x4.ge(magnitude, f32x4.splat(1e-25)), f32x4.le(magnitude, f32x4.splat(3.4028234663852886e38))));
}

/** Not finite becomes 0, since a recursion would never lose it. */
export function finite(x: v128): v128 {
  return v128.and(x, f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
}

/** Copies whole vectors. */
export function copy(from: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Copies whole frames. */
export function copyFrames(from: usize, to: usize, frames: i32): void {
  for (let i: usize = 0; i < (<usize>frames) << 2; i += 4) store<f32>(to + i, load<f32>(from + i));
}

/**
 * Blocks of a recursion after which what is too small to be heard becomes 0, before it is denormal and slow. Counted in the stream, not in calls, so that chunks
 * change nothing.
 */
export const SETTLE_BLOCKS: i32 = 16;
