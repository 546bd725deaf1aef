import { describe, expect, it } from "vitest";
import { type KernelMemory, loadKernels } from "./kernel-memory.ts";
import type { ResamplerProfile } from "./profiles.ts";
import { Resampler } from "./resampler.ts";

const GUARD_BYTES = 64;
const MARK = Math.fround(12345.678);
const memory = loadKernels() as KernelMemory;
const guards: { readonly address: number }[] = [];
const take = memory.take.bind(memory);

function guard(): void {
  const slice = take(GUARD_BYTES);
  memory.floats.fill(MARK, slice.address / 4, (slice.address + GUARD_BYTES) / 4);
  guards.push(slice);
}

// Right behind the areas that calls share, and around every slice that a resampler takes. This file has an instance of its own, so the first guard is the first slice.
guard();
memory.take = (bytes) => {
  guard();
  const slice = take(bytes);
  guard();
  return slice;
};

/** Whole groups of every size, and the longest rows of taps in both directions. */
const PAIRS = [
  ...Array.from({ length: 12 }, (_, k) => [16000 * (k + 1), 16000] as const),
  ...Array.from({ length: 12 }, (_, k) => [16000, 16000 * (k + 1)] as const),
  ...[5, 7, 8, 9, 10, 11].map((k) => [12 * 12000, k * 12000] as const),
  [192000, 8000],
  [8000, 192000],
  [191999, 8000],
  [8000, 191999],
  [44100, 24000],
] as const;

describe("kernels in WebAssembly write to nothing but their areas", () => {
  it.each(["low-latency", "linear-phase", "strict"] as const)("%s", (profile: ResamplerProfile) => {
    expect(guards[0]?.address).toBe(memory.code.HEAP.value);
    const input = Float32Array.from({ length: 5000 }, (_, n) => Math.sin(n * n));
    for (const [inRate, outRate] of PAIRS) {
      const resampler = new Resampler(inRate, outRate, { profile, engine: "wasm" });
      const output = new Float32Array(resampler.maxOutputFrames(input.length));
      for (const frames of [5000, 1, 1023, 1024, 1025, 7, 5000]) resampler.process(input.subarray(0, frames), output);
      resampler.prepareDrift();
      for (const frames of [1, 3000, 1, 4999]) resampler.process(input.subarray(0, frames), output);
      const broken = guards.filter(({ address }) => memory.floats.subarray(address / 4, (address + GUARD_BYTES) / 4).some((value) => value !== MARK));
      expect([inRate, outRate, broken]).toEqual([inRate, outRate, []]);
    }
  });
});
