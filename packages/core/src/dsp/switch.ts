/**
 * Changing the conversion method in mid-stream without a click: the new kernel first runs unheard until its filter is full, then is faded in over the old one
 * along a curve without corners.
 *
 * Any thread; allocates on construction only. Both kernels run at the same ratio from the same position, so they give the same number of frames. Counted in
 * input frames, so it does not depend on chunks.
 */
import type { Kernel } from "./kernel.ts";

/** Input frames over which the new kernel takes over. */
const FADE_FRAMES = 256;
/** Input frames handled at a time. */
const BLOCK_FRAMES = 64;

/** The way from one kernel to another. */
export class Switch {
  readonly #from: Kernel;
  readonly #to: Kernel;
  readonly #scratch: Float32Array;
  readonly #fadeOutputs: number;
  /** Input frames left until the fade ends, and output frames of the fade so far. */
  #remaining: number;
  #faded = 0;

  /** Prepares to go from `from` to `to`, which is fresh and has the same ratio; `to` takes over `from`'s position. */
  constructor(from: Kernel, to: Kernel) {
    to.position.align(from.position);
    this.#from = from;
    this.#to = to;
    this.#remaining = to.tailInputFrames + FADE_FRAMES;
    const outputsPerFrame = to.position.denominator / (to.position.stepFrames * to.position.denominator + to.position.stepUnits);
    this.#scratch = new Float32Array(Math.ceil(BLOCK_FRAMES * outputsPerFrame) + 1);
    this.#fadeOutputs = FADE_FRAMES * outputsPerFrame;
  }

  /** Input frames until the new kernel is heard alone. */
  get remainingFrames(): number {
    return this.#remaining;
  }

  /** Converts the first `frames` frames of `input`, at most {@link remainingFrames}, into `output` from `at` on. @returns frames written. */
  process(input: Float32Array, frames: number, output: Float32Array, at: number): number {
    let written = 0;
    for (let i = 0; i < frames; ) {
      // Blocks end where the fade begins, so that the fade's place depends on frames alone.
      const untilCorner = this.#remaining > FADE_FRAMES ? this.#remaining - FADE_FRAMES : this.#remaining;
      const end = Math.min(frames, i + Math.min(BLOCK_FRAMES, untilCorner));
      const count = this.#from.process(input, i, end, output, at + written);
      this.#to.process(input, i, end, this.#scratch, 0);
      if (this.#remaining <= FADE_FRAMES) this.#mix(output, at + written, count);
      this.#remaining -= end - i;
      written += count;
      i = end;
    }
    return written;
  }

  #mix(output: Float32Array, at: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const place = Math.min(1, (this.#faded++ + 0.5) / this.#fadeOutputs);
      const weight = place * place * (3 - 2 * place);
      const old = output[at + i] as number;
      output[at + i] = old + weight * ((this.#scratch[i] as number) - old);
    }
  }
}
