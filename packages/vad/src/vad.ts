/**
 * What a voice activity detector is: something that says, 32 ms at a time, how likely it is that a person speaks. What follows from that (turns, padding, silence) is not its business.
 */

/** A voice activity detector with memory. */
export interface Vad {
  /** The probability, 0 to 1, that `frame` (512 samples at 16 kHz, mono, -1..1) holds speech. Called with consecutive frames; does not keep `frame`. */
  process(frame: Float32Array): number;
  /** Forgets everything heard so far. */
  reset(): void;
}
