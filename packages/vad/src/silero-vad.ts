/**
 * Silero's detector as a session has it: the model is shared, the memory is the session's own. Synchronous, any thread, no allocation after construction.
 */
import { createMemory, type Network, SILERO_FRAME, type SileroMemory } from "./network.ts";
import type { SileroModel } from "./silero-model.ts";
import type { Vad } from "./vad.ts";

/** A {@link Vad} by Silero's model. */
export class SileroVad implements Vad {
  readonly #network: Network;
  readonly #memory: SileroMemory = createMemory();

  /** A session of `model`, 1.3 kB. */
  constructor(model: SileroModel) {
    this.#network = model.network;
  }

  /**
   * The probability of speech in `frame`: 512 samples at 16 kHz, mono, -1..1, that follow those of the last call. Samples beyond 16 are limited to it, and those that are not finite
   * count as 0. @throws {RangeError} when the frame has another length.
   */
  process(frame: Float32Array): number {
    if (frame.length !== SILERO_FRAME) throw new RangeError(`frame has ${frame.length} samples; allowed are ${SILERO_FRAME}, 32 ms at 16 kHz.`);
    return this.#network.run(this.#memory, frame);
  }

  /** Forgets everything heard so far, as if new. */
  reset(): void {
    this.#memory.state.fill(0);
    this.#memory.context.fill(0);
  }
}
