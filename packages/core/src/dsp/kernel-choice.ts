/**
 * Which kernel a resampler gets: by rates and profile, in WebAssembly or plain JavaScript. Any thread; a choice is made on construction and by the first drift.
 */
import { DriftingFir, ExactFir, exactTableSize, type FirDesign } from "./fir-kernel.ts";
import { HalfBandDown, HalfBandUp } from "./half-band.ts";
import { HalfBandFirDown, HalfBandFirUp } from "./half-band-fir.ts";
import type { Kernel } from "./kernel.ts";
import { type KernelMemory, loadKernels } from "./kernel-memory.ts";
import { PassThrough } from "./pass-through.ts";
import { lowPassOf, type ResamplerProfile } from "./profiles.ts";
import { wasmDriftingFir, wasmExactFir } from "./wasm-fir.ts";
import { wasmHalfBandDown, wasmHalfBandFirDown, wasmHalfBandFirUp, wasmHalfBandUp } from "./wasm-half-band.ts";

/** What computes: WebAssembly with SIMD, or plain JavaScript. Both filter alike; they differ by rounding, below -95 dB of full scale. */
export type ResamplerEngine = "wasm" | "js";

/** What a kernel is for. */
export interface Conversion {
  readonly inRate: number;
  readonly outRate: number;
  readonly profile: ResamplerProfile;
}

/** Largest table of exact taps (1 MB); ratios that need more are interpolated. */
const MOST_EXACT_TAPS = 2 ** 18;

/** The kernels in WebAssembly for `engine`, or null for those in JavaScript. @throws {Error} when "wasm" is asked for and not to be had. */
export function kernelsFor(engine: ResamplerEngine | "auto"): KernelMemory | null {
  if (engine === "js") return null;
  const memory = loadKernels();
  if (engine === "wasm" && !memory) throw new Error('engine is "wasm", but WebAssembly with SIMD is missing or forbidden here; "auto" takes "js" then.');
  return memory;
}

/** The kernel for the nominal ratio; from `memory`, or in JavaScript. */
export function createKernel(conversion: Conversion, memory: KernelMemory | null): Kernel {
  const { inRate, outRate, profile } = conversion;
  if (inRate === outRate) return new PassThrough();
  const down = inRate === 2 * outRate;
  if (down || outRate === 2 * inRate) {
    if (profile === "low-latency") return memory ? (down ? wasmHalfBandDown : wasmHalfBandUp)(memory, inRate) : new (down ? HalfBandDown : HalfBandUp)(inRate);
    if (profile === "linear-phase") return memory ? (down ? wasmHalfBandFirDown : wasmHalfBandFirUp)(memory) : new (down ? HalfBandFirDown : HalfBandFirUp)();
  }
  const design = designOf(conversion);
  if (exactTableSize(design) > MOST_EXACT_TAPS) return createAdjustableKernel(conversion, memory);
  return memory ? wasmExactFir(memory, design) : new ExactFir(design);
}

/** The kernel for any ratio near the nominal one, at the nominal one. */
export function createAdjustableKernel(conversion: Conversion, memory: KernelMemory | null): Kernel {
  const design = designOf(conversion);
  return memory ? wasmDriftingFir(memory, design) : new DriftingFir(design);
}

function designOf({ inRate, outRate, profile }: Conversion): FirDesign {
  const divisor = greatestCommonDivisor(inRate, outRate);
  const step = inRate / divisor;
  const units = outRate / divisor;
  return {
    inRate,
    step,
    units,
    frameStep: Math.min(inRate, outRate) / inRate,
    key: `${profile} ${step}/${units}`,
    filter: lowPassOf(profile),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
