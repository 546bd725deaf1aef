/**
 * Conversion by 2:1 and 1:2 with a recursive half-band filter: eight multiplications per pair of frames for 106 dB, and the least delay of all.
 *
 * Any thread, no allocation after construction. An elliptic half-band filter is the mean of two all-pass chains in z^2, one for even and one for odd frames, so
 * each runs at the lower rate (Valenzuela and Constantinides, "Digital signal processing schemes for efficient interpolation and decimation", IEE Proc. G 130,
 * 1983). Frame by frame, hence the same bits for every chunking. Input frames that are not finite count as 0, since a recursion would never lose them.
 */
import { finite, type Kernel, Position } from "./kernel.ts";

/** Sections in all; every second one belongs to each chain. */
const SECTIONS = 8;
/** Width of the transition band in units of the higher rate: the stop band begins at 1.1 times the lower Nyquist frequency. */
const TRANSITION = 0.05;
/** Frames of the higher rate after which the response is below -120 dB. */
export const HALF_BAND_TAIL_FRAMES = 400;
/** Added to every input and taken off every output: it keeps the states out of denormal numbers, which are slow, and vanishes in the rounding of any signal. */
const BIAS = 1e-60;

/** Halves the rate. */
export class HalfBandDown implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position = new Position(1, 2);
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames: number;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames = HALF_BAND_TAIL_FRAMES;
  readonly #even = new AllPassChain(0);
  readonly #odd = new AllPassChain(1);
  /** The odd chain's output for the odd frame before the next even one. */
  #pending = 0;

  /** A kernel for an input rate of `inRate` Hz. */
  constructor(inRate: number) {
    this.delayInputFrames = halfBandDelay(inRate);
  }

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    let wait = this.position.wait | 0;
    let o = at;
    for (let i = from; i < to; i++) {
      const sample = finite(input[i] as number) + BIAS;
      if (wait === 0) {
        output[o++] = 0.5 * (this.#even.next(sample) + this.#pending) - BIAS;
        wait = 1;
      } else {
        this.#pending = this.#odd.next(sample);
        wait = 0;
      }
    }
    this.position.wait = wait;
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.position.reset();
    this.#even.reset();
    this.#odd.reset();
    this.#pending = 0;
  }
}

/** Doubles the rate. */
export class HalfBandUp implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position = new Position(2, 1);
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames: number;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames = HALF_BAND_TAIL_FRAMES / 2;
  readonly #even = new AllPassChain(0);
  readonly #odd = new AllPassChain(1);

  /** A kernel for an input rate of `inRate` Hz. */
  constructor(inRate: number) {
    this.delayInputFrames = halfBandDelay(2 * inRate) / 2;
  }

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    let o = at;
    for (let i = from; i < to; i++) {
      const sample = finite(input[i] as number) + BIAS;
      output[o++] = this.#even.next(sample) - BIAS;
      output[o++] = this.#odd.next(sample) - BIAS;
    }
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.#even.reset();
    this.#odd.reset();
  }
}

/** Four first-order all-pass sections in a row, at the lower rate: y[n] = c (x[n] - y[n-1]) + x[n-1]. */
class AllPassChain {
  readonly #c0: number;
  readonly #c1: number;
  readonly #c2: number;
  readonly #c3: number;
  /** Last input of the chain, and last outputs of the sections. */
  #s0 = 0;
  #s1 = 0;
  #s2 = 0;
  #s3 = 0;
  #s4 = 0;

  /** The chain for even (`parity` 0) or odd (1) frames of the higher rate. */
  constructor(parity: 0 | 1) {
    const coefficients = halfBandCoefficients();
    this.#c0 = coefficients[parity] as number;
    this.#c1 = coefficients[parity + 2] as number;
    this.#c2 = coefficients[parity + 4] as number;
    this.#c3 = coefficients[parity + 6] as number;
  }

  /** The next output. */
  next(x: number): number {
    const y1 = this.#c0 * (x - this.#s1) + this.#s0;
    const y2 = this.#c1 * (y1 - this.#s2) + this.#s1;
    const y3 = this.#c2 * (y2 - this.#s3) + this.#s2;
    const y4 = this.#c3 * (y3 - this.#s4) + this.#s3;
    this.#s0 = x;
    this.#s1 = y1;
    this.#s2 = y2;
    this.#s3 = y3;
    this.#s4 = y4;
    return y4;
  }

  /** Forgets all input. */
  reset(): void {
    this.#s0 = 0;
    this.#s1 = 0;
    this.#s2 = 0;
    this.#s3 = 0;
    this.#s4 = 0;
  }
}

/** All-pass coefficients of the elliptic half-band filter, by theta functions of its modulus (Valenzuela and Constantinides, 1983, section 3). */
export function halfBandCoefficients(): Float64Array {
  const k = Math.tan(((1 - 2 * TRANSITION) * Math.PI) / 4) ** 2;
  const root = (1 - k * k) ** 0.25;
  const e = (0.5 * (1 - root)) / (1 + root);
  const q = e * (1 + e ** 4 * (2 + e ** 4 * (15 + 150 * e ** 4)));
  const order = 2 * SECTIONS + 1;
  const coefficients = new Float64Array(SECTIONS);
  for (let section = 1; section <= SECTIONS; section++) {
    let numerator = 0;
    let denominator = 0.5;
    for (let i = 0; i < 12; i++) {
      const sign = i % 2 === 0 ? 1 : -1;
      numerator += sign * q ** (i * (i + 1)) * Math.sin(((2 * i + 1) * section * Math.PI) / order);
      if (i > 0) denominator += sign * q ** (i * i) * Math.cos((2 * i * section * Math.PI) / order);
    }
    const w = (numerator * q ** 0.25) / denominator;
    const x = Math.sqrt((1 - w * w * k) * (1 - (w * w) / k)) / (1 + w * w);
    coefficients[section - 1] = (1 - x) / (1 + x);
  }
  return coefficients;
}

/** Delay at 1 kHz in frames of the higher rate: the mean of both chains, the odd one being a frame later. */
export function halfBandDelay(higherRate: number): number {
  const cos = Math.cos((2 * 2 * Math.PI * 1000) / higherRate);
  let delay = 0.5;
  // The group delay of (c + z^-2) / (1 + c z^-2) is 2 (1 - c^2) / (1 + 2 c cos(2 w) + c^2); each section is in one chain of two.
  for (const c of halfBandCoefficients()) delay += (1 - c * c) / (1 + 2 * c * cos + c * c);
  return delay;
}
