import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { KernelMemory } from "./kernel-memory.ts";
import type { ResamplerProfile } from "./profiles.ts";
import { Resampler } from "./resampler.ts";

const PROFILES: ResamplerProfile[] = ["low-latency", "linear-phase", "strict"];
const RATES = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000];
const anyRate = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...RATES) }, { weight: 1, arbitrary: fc.integer({ min: 8000, max: 192000 }) });

/** Largest difference between the engines for the noise below: rounding in single precision. Other noise comes to -102 dB. */
const MOST_DIFFERENCE = 10 ** (-105 / 20);

/** Reproducible noise in [-1, 1). */
function noise(frames: number): Float32Array {
  let state = 4711;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** Runs `input` through in chunks; `ratio` is set before chunk 2. The flushed tail comes last. */
function run(resampler: Resampler, input: Float32Array, sizes: number[], ratio?: number): Float32Array {
  const output = new Float32Array(resampler.maxOutputFrames(input.length) + 200_000);
  let written = 0;
  for (let from = 0, k = 0; from < input.length; k++) {
    if (k === 2 && ratio !== undefined) resampler.setRatio(ratio);
    const to = Math.min(input.length, from + (sizes[k % sizes.length] as number));
    written += resampler.process(input.subarray(from, to), output.subarray(written));
    from = to;
  }
  written += resampler.flush(output.subarray(written));
  return output.slice(0, written);
}

function difference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, sample, n) => Math.max(most, Math.abs(sample - (b[n] as number))), 0);
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("Resampler engines", () => {
  it("agree in count, delay and sound, for any rates, profile, drift and chunks", () => {
    fc.assert(
      fc.property(
        anyRate,
        anyRate,
        fc.constantFrom(...PROFILES),
        fc.option(fc.integer({ min: -1000, max: 1000 })),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
        (inRate, outRate, profile, ppm, sizes) => {
          const ratio = ppm === null ? undefined : (outRate / inRate) * (1 + ppm * 1e-6);
          const [wasm, js] = (["wasm", "js"] as const).map((engine) => new Resampler(inRate, outRate, { profile, engine }));
          expect([wasm?.engine, js?.engine]).toEqual(["wasm", "js"]);
          expect(wasm?.delayFrames).toBe(js?.delayFrames);
          const [a, b] = [wasm, js].map((resampler) => run(resampler as Resampler, noise(2500), sizes, ratio)) as [Float32Array, Float32Array];
          expect(a.length).toBe(b.length);
          expect(difference(a, b)).toBeLessThan(MOST_DIFFERENCE);
        },
      ),
      { numRuns: 80 },
    );
  });

  it.each([
    [48000, 24000],
    [24000, 48000],
    [44100, 24000],
    [24000, 8000],
  ] as const)("take bad input alike (%i to %i Hz)", (inRate, outRate) => {
    const bad = noise(1000);
    bad.set([Number.NaN, Number.POSITIVE_INFINITY, 1e-40, Number.NEGATIVE_INFINITY, -1e-30], 333);
    for (const profile of PROFILES) {
      const [a, b] = (["wasm", "js"] as const).map((engine) => run(new Resampler(inRate, outRate, { engine, profile }), bad, [128])) as [
        Float32Array,
        Float32Array,
      ];
      expect(a.every(Number.isFinite)).toBe(true);
      expect(difference(a, b)).toBeLessThan(MOST_DIFFERENCE);
    }
  });

  it("do not disturb each other: many at once, made while others run", () => {
    const input = noise(1280);
    const kinds = [
      [48000, 24000, "low-latency"],
      [44100, 24000, "strict"],
      [24000, 8000, "linear-phase"],
      [24000, 48000, "linear-phase"],
      [8000, 24000, "low-latency"],
      [48000, 44100, "low-latency"],
    ] as const;
    const alone = kinds.map(([inRate, outRate, profile]) => run(new Resampler(inRate, outRate, { profile, engine: "wasm" }), input, [128]));
    const made: { kind: number; resampler: Resampler; output: Float32Array; written: number; from: number }[] = [];
    for (let k = 0; k < 200; k++) {
      const kind = k % kinds.length;
      const [inRate, outRate, profile] = kinds[kind] as (typeof kinds)[number];
      made.push({ kind, resampler: new Resampler(inRate, outRate, { profile, engine: "wasm" }), output: new Float32Array(5000), written: 0, from: 0 });
      for (const one of made.slice(-20)) {
        if (one.from === input.length) continue;
        one.written += one.resampler.process(input.subarray(one.from, one.from + 128), one.output.subarray(one.written));
        one.from += 128;
      }
    }
    for (const { kind, output, written } of made) expect(output.subarray(0, written)).toEqual(alone[kind]?.subarray(0, written));
  });

  it("refuses an unknown one", () => {
    expect(() => new Resampler(48000, 24000, { engine: "native" as never })).toThrow(new TypeError('engine is "native"; allowed are auto, wasm, js.'));
  });
});

describe("without WebAssembly", () => {
  class Forbidden {
    constructor() {
      throw new EvalError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not allowed");
    }
  }

  it.each([
    ["missing", undefined],
    ["forbidden by a Content-Security-Policy", { Module: Forbidden, Instance: Forbidden }],
  ])("%s: auto computes in JavaScript, silently", async (_, replacement) => {
    vi.stubGlobal("WebAssembly", replacement);
    vi.resetModules();
    const fresh = await import("./resampler.ts");
    const resampler = new fresh.Resampler(48000, 24000);
    expect(resampler.engine).toBe("js");
    expect(run(resampler as Resampler, noise(500), [128])).toEqual(run(new Resampler(48000, 24000, { engine: "js" }), noise(500), [128]));
    expect(() => new fresh.Resampler(48000, 24000, { engine: "wasm" })).toThrow("missing or forbidden");
  });

  it("that cannot grow: auto goes on in JavaScript, for a new resampler and for a drift", async () => {
    const { Resampler: Fresh } = await import("./resampler.ts");
    const { loadKernels } = await import("./kernel-memory.ts");
    const memory = loadKernels();
    expect(memory).not.toBeNull();
    const early = new Fresh(48000, 24000);
    expect(early.engine).toBe("wasm");
    vi.spyOn(memory as KernelMemory, "take").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    });
    expect(new Fresh(44100, 24000).engine).toBe("js");
    expect(() => new Fresh(44100, 24000, { engine: "wasm" })).toThrow(RangeError);
    early.process(noise(128), new Float32Array(128));
    early.setRatio(0.5001);
    expect(early.engine).toBe("js");
    const output = new Float32Array(early.maxOutputFrames(4800));
    expect(Math.abs(early.process(noise(4800), output) - 2400)).toBeLessThan(3);
    expect(output.every(Number.isFinite)).toBe(true);
  });
});
