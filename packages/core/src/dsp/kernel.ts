/**
 * What the resampler asks of a conversion method, and the bookkeeping that all methods share.
 *
 * Any thread, no allocation after construction. Output n stands for the time n * step in input frames and can be made as soon as the input frame at or before
 * that time is there; so N input frames have given ceil(N / step) outputs, for ever, whatever the chunks.
 */

/** A streaming rate conversion. Consumes every input frame it is given. */
export interface Kernel {
  /** Where the next output stands. */
  readonly position: Position;
  /** Group delay at 1 kHz, in input frames. */
  readonly delayInputFrames: number;
  /** Input frames of silence after which nothing of earlier input is left. */
  readonly tailInputFrames: number;
  /** Converts `input` from frame `from` up to `to` into `output` from `at` on. @returns frames written. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number;
  /** Forgets all input; the next output stands at the next input frame. */
  reset(): void;
  /** Whether the step of {@link position} may be set to any ratio near the nominal one. */
  readonly adjustable: boolean;
}

/** Exact time of the next output, as whole input frames and a fraction with a fixed denominator: additions only, so no rounding ever. */
export class Position {
  /** Input frames to skip before the one at or before the next output: 0 is the very next input frame. */
  wait = 0;
  /** Fraction of an input frame after that one, in units of 1 / `denominator`. */
  phase = 0;
  /** Units in an input frame; products with it stay below 2^53. */
  readonly denominator: number;
  /** Step from one output to the next: whole frames, and units. */
  stepFrames = 0;
  stepUnits = 0;

  /** A position with a resolution of 1 / `denominator` input frames, outputs `step` units apart. */
  constructor(denominator: number, step: number) {
    this.denominator = denominator;
    this.setStep(step);
  }

  /** Puts outputs `step` units apart from the next one on. */
  setStep(step: number): void {
    this.stepFrames = Math.floor(step / this.denominator);
    this.stepUnits = step - this.stepFrames * this.denominator;
  }

  /** Makes `outOverIn` outputs for each input frame from the next output on. */
  follow(outOverIn: number): void {
    this.setStep(Math.round(this.denominator / outOverIn));
  }

  /** Goes on by `frames` input frames, which gave `outputs` outputs; for coarse denominators, where the products are small. */
  advance(frames: number, outputs: number): void {
    const units = this.wait * this.denominator + this.phase + outputs * (this.stepFrames * this.denominator + this.stepUnits);
    this.wait = Math.floor(units / this.denominator);
    this.phase = units - this.wait * this.denominator;
    this.wait -= frames;
  }

  /** Outputs that the next `frames` input frames will give. */
  count(frames: number): number {
    const units = (frames - this.wait) * this.denominator - this.phase;
    if (units <= 0) return 0;
    // Below 2^51 a quotient is far enough from the next integer to be rounded to the right side of it.
    if (units < 2 ** 51) return Math.ceil(units / (this.stepFrames * this.denominator + this.stepUnits));
    return this.#countUp(frames);
  }

  #countUp(frames: number): number {
    let outputs = 0;
    let wait = this.wait;
    let phase = this.phase;
    while (wait < frames) {
      outputs++;
      wait += this.stepFrames;
      phase += this.stepUnits;
      if (phase >= this.denominator) {
        phase -= this.denominator;
        wait++;
      }
    }
    return outputs;
  }

  /** Stands where `other` stands, whose denominator must divide this one's. */
  align(other: Position): void {
    this.wait = other.wait;
    this.phase = other.phase * (this.denominator / other.denominator);
  }

  /** Stands at the next input frame. */
  reset(): void {
    this.wait = 0;
    this.phase = 0;
  }
}

/** `sample`, or 0 in place of NaN and the infinities, so that one bad frame cannot stay in a filter. */
export function finite(sample: number): number {
  return sample - sample === 0 ? sample : 0;
}
