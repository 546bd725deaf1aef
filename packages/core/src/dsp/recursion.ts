/**
 * The recursive part of a low-pass filter, frame by frame in double precision: what runs at the lower of two rates (profiles.ts).
 *
 * Any thread, no allocation after construction.
 */
import type { Section } from "./profiles.ts";

/** Added to every input: it keeps the states out of denormal numbers, which are slow, and vanishes in the rounding of any signal. */
const BIAS = 1e-60;
/** Numbers of a section: its coefficients, and what it keeps: the two latest frames before it, and after it. */
const STATE = 4;

/** Sections of order 2 in a row. */
export class Recursion {
  readonly #coefficients: Float64Array;
  readonly #state: Float64Array;

  /** The recursion of `sections`, at rest. */
  constructor(sections: readonly Section[]) {
    this.#coefficients = Float64Array.from(sections.flat());
    this.#state = new Float64Array(STATE * sections.length);
  }

  /** Replaces the inputs `samples[from]` to `samples[to - 1]` by the outputs. What is not finite is forgotten at the end. */
  run(samples: Float32Array | Float64Array, from: number, to: number): void {
    for (let k = 0; k < this.#state.length; k += STATE) this.#runSection(k, samples, from, to);
  }

  #runSection(k: number, samples: Float32Array | Float64Array, from: number, to: number): void {
    const c = this.#coefficients;
    const s = this.#state;
    const b1 = c[k] as number;
    const b2 = c[k + 1] as number;
    const a1 = c[k + 2] as number;
    const a2 = c[k + 3] as number;
    let x1 = s[k] as number;
    let x2 = s[k + 1] as number;
    let y1 = s[k + 2] as number;
    let y2 = s[k + 3] as number;
    for (let i = from; i < to; i++) {
      const x = (samples[i] as number) + BIAS;
      const y = x + b1 * x1 + b2 * x2 - a2 * y2 - a1 * y1;
      samples[i] = y;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
    }
    // An absurd input may have overflowed; nothing of it stays.
    const sound = y1 - y1 === 0 && y2 - y2 === 0;
    s[k] = sound ? x1 : 0;
    s[k + 1] = sound ? x2 : 0;
    s[k + 2] = sound ? y1 : 0;
    s[k + 3] = sound ? y2 : 0;
  }

  /** Forgets all input. */
  reset(): void {
    this.#state.fill(0);
  }
}
