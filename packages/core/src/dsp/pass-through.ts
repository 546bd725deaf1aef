/** Equal rates: frames go through as they are, but for those that are not finite. Any thread, no state, no allocation. */
import { finite, type Kernel, Position } from "./kernel.ts";

/** The kernel for equal rates. */
export class PassThrough implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position = new Position(1, 1);
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames = 0;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames = 0;

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    for (let i = from; i < to; i++) output[at + i - from] = finite(input[i] as number);
    return to - from;
  }

  /** See {@link Kernel.reset}; there is nothing to forget. */
  reset(): void {}
}
