/** Equal rates: frames go through as they are, but for those that are not finite. Any thread, no state, no allocation. */
import { finite, type Kernel, Position } from "./kernel.ts";

/** The kernel for equal rates. */
export class PassThrough implements Kernel {
  readonly position = new Position(1, 1);
  readonly delayInputFrames = 0;
  readonly tailInputFrames = 0;

  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    for (let i = from; i < to; i++) output[at + i - from] = finite(input[i] as number);
    return to - from;
  }

  reset(): void {}
}
