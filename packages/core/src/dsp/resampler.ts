/**
 * Streaming sample-rate conversion between any two rates from 8000 to 192000 Hz, for one channel.
 *
 * Any thread, audio threads included: nothing is allocated after construction, but once by the first drift. The output does not depend on how the input is cut
 * into chunks, to the bit. After N input frames in all, ceil(N * outRate / inRate) output frames have been written, for ever: positions are integers. Input
 * that is not finite counts as 0. (Beyond 1e35, 700 dB above full scale, single precision overflows: outputs may not be finite then, nor the same for all chunks,
 * until the filter has forgotten.) Where WebAssembly with SIMD is to be had it computes (kernel-memory.ts), elsewhere plain JavaScript does the same.
 *
 * Construction takes a few tenths of a millisecond; the first on a thread, cold and with the kernels to load, 2 to 4. Construct before sound matters.
 */
import { checkInteger, checkRoom } from "./checks.ts";
import type { Kernel } from "./kernel.ts";
import { type Conversion, createAdjustableKernel, createKernel, kernelsFor, type ResamplerEngine } from "./kernel-choice.ts";
import type { KernelMemory } from "./kernel-memory.ts";
import { PROFILES, type ResamplerProfile } from "./profiles.ts";
import { Switch } from "./switch.ts";

/** Options of {@link Resampler}. */
export interface ResamplerOptions {
  /** Trade between delay, phase and aliasing. Default: "low-latency". */
  readonly profile?: ResamplerProfile;
  /**
   * What computes. Default: "auto", which takes "wasm" where WebAssembly with SIMD is to be had and "js" elsewhere; the others are for tests and comparisons. The
   * outputs differ by rounding only: below -100 dB of full scale for noise, and below -95 dB for full-scale tones at the input's Nyquist frequency.
   */
  readonly engine?: ResamplerEngine | "auto";
}

/** Lowest and highest rate, in Hz. */
const LEAST_RATE = 8000;
const MOST_RATE = 192000;
/** Largest deviation from the nominal ratio: 1000 ppm, several times what two sound cards drift apart. */
const MOST_DRIFT = 1e-3;
const ENGINES: readonly string[] = ["auto", "wasm", "js"];
const SILENCE = /* @__PURE__ */ new Float32Array(256);

/** Converts a stream of samples from one rate to another. */
export class Resampler {
  /** Rate of the input, in Hz. */
  readonly inRate: number;
  /** Nominal rate of the output, in Hz. */
  readonly outRate: number;
  readonly #profile: ResamplerProfile;
  readonly #mayFallBack: boolean;
  #memory: KernelMemory | null;
  readonly #nominalRatio: number;
  /** Largest ratio that may be set, and a little. */
  readonly #mostRatio: number;
  #ratio: number;
  #kernel: Kernel;
  /** The kernel that can drift, once there is one; the same as `#kernel` when the change-over is done. */
  #drifting: Kernel | undefined;
  #switch: Switch | undefined;

  /**
   * A resampler from `inRate` to `outRate`, integers from 8000 to 192000 Hz. Equal rates pass frames through until a drift is set.
   * @throws {RangeError} for other rates, {TypeError} for an unknown profile or engine, {Error} for the engine "wasm" where it is not to be had.
   */
  constructor(inRate: number, outRate: number, options: ResamplerOptions = {}) {
    checkInteger("inRate", inRate, LEAST_RATE, MOST_RATE, "Hz");
    checkInteger("outRate", outRate, LEAST_RATE, MOST_RATE, "Hz");
    const profile = options.profile ?? "low-latency";
    if (!PROFILES.includes(profile)) throw new TypeError(`profile is ${JSON.stringify(profile)}; allowed are ${PROFILES.join(", ")}.`);
    const engine = options.engine ?? "auto";
    if (!ENGINES.includes(engine)) throw new TypeError(`engine is ${JSON.stringify(engine)}; allowed are ${ENGINES.join(", ")}.`);
    this.inRate = inRate;
    this.outRate = outRate;
    this.#profile = profile;
    this.#nominalRatio = outRate / inRate;
    this.#mostRatio = this.#nominalRatio * (1 + 1.001 * MOST_DRIFT);
    this.#ratio = this.#nominalRatio;
    this.#mayFallBack = engine === "auto";
    this.#memory = kernelsFor(engine);
    this.#kernel = this.#create(createKernel);
    if (this.#kernel.adjustable) this.#drifting = this.#kernel;
  }

  /** What computes here. */
  get engine(): ResamplerEngine {
    return this.#memory ? "wasm" : "js";
  }

  /** Group delay at 1 kHz in output frames, maybe fractional: the output lags the input by this much. Changes only where a drift changes the method. */
  get delayFrames(): number {
    return this.#kernel.delayInputFrames * this.#nominalRatio;
  }

  /** Output frames that {@link flush} writes at most. */
  get tailFrames(): number {
    return this.maxOutputFrames(Math.max(this.#kernel.tailInputFrames, this.#drifting?.tailInputFrames ?? 0));
  }

  /** Output frames that `process` writes at most for `inputFrames` input frames, whatever came before and whatever ratio has been set. */
  maxOutputFrames(inputFrames: number): number {
    return Math.ceil(inputFrames * this.#mostRatio);
  }

  /**
   * Converts all of `input`.
   * @returns frames written to the start of `output`.
   * @throws {RangeError} when `output` is too short for them; nothing has changed then. {@link maxOutputFrames} is always enough.
   */
  process(input: Float32Array, output: Float32Array): number {
    const frames = input.length;
    if (output.length < frames * this.#mostRatio) this.#checkRoom("Resampler.process", frames, output);
    return this.#switch === undefined ? this.#kernel.process(input, 0, frames, output, 0) : this.#run(input, frames, output, 0);
  }

  /**
   * Ends the stream: writes what is still on its way, as if silence followed, and starts afresh as {@link reset} does.
   * @returns frames written to the start of `output`.
   * @throws {RangeError} when `output` is too short for them; nothing has changed then. {@link tailFrames} is always enough.
   */
  flush(output: Float32Array): number {
    const tail = Math.max(this.#kernel.tailInputFrames, this.#switch ? (this.#drifting?.tailInputFrames ?? 0) : 0);
    this.#checkRoom("Resampler.flush", tail, output);
    let written = 0;
    for (let done = 0; done < tail; done += SILENCE.length) {
      written += this.#run(SILENCE, Math.min(SILENCE.length, tail - done), output, written);
    }
    this.reset();
    return written;
  }

  /** Forgets all input: the next frame is the first of a new stream. The ratio stays. */
  reset(): void {
    if (this.#switch) this.#finishSwitch();
    this.#kernel.reset();
  }

  /**
   * Makes the output follow a clock that drifts: `outOverIn` output frames for each input frame from now on, within 1000 ppm of outRate / inRate. May be called
   * at any time and as often as wanted; the first deviation from the nominal ratio does what {@link prepareDrift} does, unless that has been called.
   * @throws {RangeError} when `outOverIn` is further off.
   */
  setRatio(outOverIn: number): void {
    if (!(Math.abs(outOverIn / this.#nominalRatio - 1) <= MOST_DRIFT * (1 + 1e-9))) {
      throw new RangeError(`outOverIn is ${String(outOverIn)}; allowed is ${this.#nominalRatio} within 1000 ppm.`);
    }
    this.#ratio = outOverIn;
    if (outOverIn !== this.#nominalRatio) this.prepareDrift();
    if (this.#switch === undefined) this.#drifting?.position.follow(outOverIn);
  }

  /**
   * Builds the interpolated filter that a drifting ratio needs (1 to 4 ms, 0.1 to 1.3 MB) and fades over to it within a few milliseconds of audio, during which
   * the nominal ratio still holds. To be called beforehand where the first `setRatio` would come on an audio thread that is already playing. No effect the
   * second time.
   */
  prepareDrift(): void {
    if (this.#drifting !== undefined) return;
    this.#drifting = this.#create(createAdjustableKernel);
    this.#switch = new Switch(this.#kernel, this.#drifting);
  }

  #checkRoom(what: string, frames: number, output: Float32Array): void {
    const most = this.maxOutputFrames(frames);
    if (output.length >= most) return;
    // The exact count takes a loop, so it is asked for only when the bound does not settle the matter.
    checkRoom(what, this.#switch ? most : this.#kernel.position.count(frames), output.length);
  }

  #run(input: Float32Array, frames: number, output: Float32Array, at: number): number {
    if (!this.#switch) return this.#kernel.process(input, 0, frames, output, at);
    const taken = Math.min(frames, this.#switch.remainingFrames);
    const written = this.#switch.process(input, taken, output, at);
    if (this.#switch.remainingFrames > 0) return written;
    this.#finishSwitch();
    return written + this.#kernel.process(input, taken, frames, output, at + written);
  }

  #finishSwitch(): void {
    this.#switch = undefined;
    if (this.#drifting === undefined) return;
    this.#drifting.position.follow(this.#ratio);
    this.#kernel = this.#drifting;
  }

  /** What `create` makes of the kernels at hand; in JavaScript when their memory cannot grow any more. */
  #create(create: (conversion: Conversion, memory: KernelMemory | null) => Kernel): Kernel {
    const conversion = { inRate: this.inRate, outRate: this.outRate, profile: this.#profile };
    try {
      return create(conversion, this.#memory);
    } catch (error) {
      if (!this.#mayFallBack || !this.#memory) throw error;
      this.#memory = null;
      return create(conversion, null);
    }
  }
}
