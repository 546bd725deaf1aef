/**
 * The seam between a session and the arithmetic: what a session remembers between frames, and something that takes it one frame further. There are two of the latter, one in
 * WebAssembly and one in plain JavaScript; both are synchronous and keep nothing themselves, so one serves any number of sessions.
 */

/** Rate of the audio, in Hz. */
export const SILERO_RATE = 16000;
/** Samples of a frame: 32 ms. */
export const SILERO_FRAME = 512;
/** Samples before a frame that are looked at again with it. */
export const SILERO_CONTEXT = 64;
/** Hidden values of the recurrent layer, and cells behind them. */
export const HIDDEN = 128;

/** Loudest sample, 24 dB over full scale: what is beyond is limited to it, and what is not finite counts as 0, so that no input can spoil the memory for good. */
export const MOST = 16;

/** What a session remembers, 1.3 kB; all zero at the start. May be copied and sent to other threads. */
export interface SileroMemory {
  /** 128 hidden values and 128 cells of the recurrent layer. */
  readonly state: Float32Array;
  /** The last 64 samples of the frame before. */
  readonly context: Float32Array;
}

/** The memory of a session that has heard nothing yet. */
export function createMemory(): SileroMemory {
  return { state: new Float32Array(2 * HIDDEN), context: new Float32Array(SILERO_CONTEXT) };
}

/** The arithmetic. */
export interface Network {
  /** The probability, 0 to 1, that `frame` (512 samples) holds speech after what `memory` remembers; moves `memory` on. */
  run(memory: SileroMemory, frame: Float32Array): number;
}
