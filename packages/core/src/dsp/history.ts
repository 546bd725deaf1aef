/**
 * The input of a plain JavaScript FIR kernel as one piece of memory, so that a row of taps never wraps around.
 *
 * Any thread, no allocation after construction. Input frames that are not finite count as 0.
 */
import { finite } from "./kernel.ts";
import type { Recursion } from "./recursion.ts";

/** Input frames that may be appended at a time. */
export const BLOCK_FRAMES = 512;

/** The latest input frames in one piece: always at least the `taps - 1` before the newest. */
export class History {
  /** The memory; in double precision, since that is what the sums are in. */
  readonly samples: Float64Array;
  readonly #kept: number;
  readonly #recursion: Recursion | undefined;
  #end: number;

  /** Silence, for rows of `taps` frames; input goes through `recursion` first, if there is one. */
  constructor(taps: number, recursion?: Recursion) {
    this.#kept = taps - 1;
    this.#recursion = recursion;
    // Room for several blocks, so that moving what is kept is rare.
    this.samples = new Float64Array(this.#kept + Math.max(4 * BLOCK_FRAMES, taps));
    this.#end = this.#kept;
  }

  /** Appends frames `from` to `to` of `input`, at most a block. @returns where the row of taps that ends on the first of them begins. */
  append(input: Float32Array, from: number, to: number): number {
    const { samples } = this;
    const kept = this.#kept;
    if (this.#end + to - from > samples.length) {
      samples.copyWithin(0, this.#end - kept, this.#end);
      this.#end = kept;
    }
    const start = this.#end - kept;
    let o = this.#end;
    for (let i = from; i < to; i++) samples[o++] = finite(input[i] as number);
    this.#recursion?.run(samples, this.#end, o);
    this.#end = o;
    return start;
  }

  /** Forgets all input. */
  reset(): void {
    this.samples.fill(0);
    this.#recursion?.reset();
    this.#end = this.#kept;
  }
}
