/**
 * Conversion by 2:1 and 1:2 with a symmetric half-band filter: every second tap but the middle one is zero and the rest come in equal pairs, so that an output
 * costs a quarter of the multiplications of a general filter of the same length.
 *
 * Any thread, no allocation after construction. Every output is one sum over the same taps in the same order, hence the same bits for every chunking. The
 * taps are a minimax design (packages/core/filters/design.py): -101 dB from 1.1 times the lower Nyquist frequency on.
 */
import { HALF_BAND_TAPS } from "./generated/filters.ts";
import { BLOCK_FRAMES, History } from "./history.ts";
import { type Kernel, Position } from "./kernel.ts";

/** Pairs of taps; their distances from the middle are 1, 3, 5, ... frames of the higher rate. */
export const HALF_BAND_PAIRS = 32;
/** Unit of the integers in the generated module. */
const UNIT = 2 ** -24;
/** Frames of the higher rate from the newest tap to the middle one, which is the delay. */
const MIDDLE = 2 * HALF_BAND_PAIRS - 1;

/** Delay of both directions, in input frames. */
export const HALF_BAND_FIR_DELAY = { down: MIDDLE, up: MIDDLE / 2 } as const;
/** Input frames of silence after which nothing is left, of both directions. */
export const HALF_BAND_FIR_TAIL = { down: 2 * MIDDLE, up: MIDDLE } as const;

/** The tap of each pair, the innermost first; twice their sum is 0.5, and so is the middle tap. */
export function halfBandTaps(): Float64Array {
  return Float64Array.from(HALF_BAND_TAPS, (integer) => integer * UNIT);
}

/** Halves the rate, all frequencies delayed alike. */
export class HalfBandFirDown implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position = new Position(1, 2);
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames = HALF_BAND_FIR_DELAY.down;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames = HALF_BAND_FIR_TAIL.down;
  readonly #taps = halfBandTaps();
  readonly #history = new History(HALF_BAND_FIR_TAIL.down + 1);

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    const { position } = this;
    const { samples } = this.#history;
    let wait = position.wait | 0;
    let o = at;
    for (let i = from; i < to; ) {
      const end = Math.min(to, i + BLOCK_FRAMES);
      const middle = this.#history.append(input, i, end) + MIDDLE;
      const frames = end - i;
      for (; wait < frames; wait += 2) {
        output[o++] = 0.5 * (samples[middle + wait] as number) + pairSum(this.#taps, samples, middle + wait - 1, middle + wait + 1, 2);
      }
      wait -= frames;
      i = end;
    }
    position.wait = wait;
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.position.reset();
    this.#history.reset();
  }
}

/** Doubles the rate, all frequencies delayed alike. */
export class HalfBandFirUp implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position = new Position(2, 1);
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames = HALF_BAND_FIR_DELAY.up;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames = HALF_BAND_FIR_TAIL.up;
  readonly #taps = halfBandTaps();
  readonly #history = new History(HALF_BAND_FIR_TAIL.up + 1);

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    const { samples } = this.#history;
    let o = at;
    for (let i = from; i < to; ) {
      const end = Math.min(to, i + BLOCK_FRAMES);
      // The frame before the middle one of the even outputs; the odd outputs are the frame after it as it is.
      const before = this.#history.append(input, i, end) + HALF_BAND_PAIRS - 1;
      for (let n = 0; n < end - i; n++) {
        output[o++] = 2 * pairSum(this.#taps, samples, before + n, before + n + 1, 1);
        output[o++] = samples[before + n + 1] as number;
      }
      i = end;
    }
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.#history.reset();
  }
}

/** Sum over all pairs: the innermost stand at `low` and `high`, the others `stride` further out each. In two interleaved partial sums. */
function pairSum(taps: Float64Array, samples: Float64Array, low: number, high: number, stride: number): number {
  let a = 0;
  let b = 0;
  for (let k = 0; k < HALF_BAND_PAIRS; k += 2) {
    a += (taps[k] as number) * ((samples[low] as number) + (samples[high] as number));
    b += (taps[k + 1] as number) * ((samples[low - stride] as number) + (samples[high + stride] as number));
    low -= 2 * stride;
    high += 2 * stride;
  }
  return a + b;
}
