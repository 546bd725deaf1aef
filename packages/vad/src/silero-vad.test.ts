import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { speech } from "../../../test/support/speech.ts";
import { createMemory, SILERO_FRAME } from "./network.ts";
import { loadSileroModel } from "./node/index.ts";
import { SileroModel } from "./silero-model.ts";
import { SileroVad } from "./silero-vad.ts";
import type { Vad } from "./vad.ts";

const NAMES = ["v5", "v6"] as const;
const file = (name: string) => readFileSync(new URL(`../models/silero-${name}.bin`, import.meta.url));
const a = speech("speech-a", 16000);
const b = speech("speech-b", 16000);
/** Two seconds for plain JavaScript, which takes its time. */
const [shortA, shortB] = [a.subarray(0, 32000), b.subarray(0, 32000)];

function frames(samples: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(samples.length / SILERO_FRAME) }, (_, k) => samples.subarray(k * SILERO_FRAME, (k + 1) * SILERO_FRAME));
}

function probabilities(vad: Vad, samples: Float32Array): number[] {
  return frames(samples).map((frame) => vad.process(frame));
}

function furthest(one: readonly number[], other: readonly number[]): number {
  return one.reduce((most, value, k) => Math.max(most, Math.abs(value - (other[k] as number))), 0);
}

describe.each(NAMES)("SileroVad %s", (name) => {
  const model = loadSileroModel(name);
  const plain = new SileroModel(file(name), { engine: "js" });

  it("runs in WebAssembly here, and in plain JavaScript when asked", () => {
    expect([model.engine, plain.engine]).toEqual(["wasm", "js"]);
    expect([model.generation, plain.generation]).toEqual([Number(name[1]), Number(name[1])]);
  });

  it("hears speech, and none in silence", () => {
    const heard = probabilities(new SileroVad(model), b);
    expect(heard.filter((p) => p > 0.9).length).toBeGreaterThan(heard.length / 2);
    expect(Math.max(...probabilities(new SileroVad(model), new Float32Array(16000)))).toBeLessThan(0.1);
  });

  it("computes alike in WebAssembly and in plain JavaScript", () => {
    for (const samples of [shortA, shortB, shortA.map((x) => x * 30), shortB.map((x) => x * 0.003)]) {
      expect(furthest(probabilities(new SileroVad(model), samples), probabilities(new SileroVad(plain), samples))).toBeLessThan(1e-5);
    }
  });

  it.each([
    ["WebAssembly", model, b],
    ["plain JavaScript", plain, shortB],
  ])("gives the same again after reset, in %s", (_, own, samples) => {
    const vad = new SileroVad(own);
    const first = probabilities(vad, samples);
    expect(probabilities(vad, samples)).not.toEqual(first);
    vad.reset();
    expect(probabilities(vad, samples)).toEqual(first);
  });

  it.each([
    ["WebAssembly", model, a, b],
    ["plain JavaScript", plain, shortA, shortB],
  ])("keeps sessions apart that take turns, in %s", (_, own, samplesA, samplesB) => {
    const [alone, other] = [probabilities(new SileroVad(own), samplesA), probabilities(new SileroVad(own), samplesB)];
    const [one, two] = [new SileroVad(own), new SileroVad(own)];
    const mixed: [number[], number[]] = [[], []];
    const [framesA, framesB] = [frames(samplesA), frames(samplesB)];
    for (const [k, frame] of framesA.entries()) {
      mixed[0].push(one.process(frame));
      if (framesB[k]) mixed[1].push(two.process(framesB[k] as Float32Array));
    }
    expect(mixed).toEqual([alone, other]);
  });

  it("remembers in what it is given, which may be copied", () => {
    const memory = createMemory();
    const [head, tail] = [frames(b).slice(0, 30), frames(b).slice(30)];
    for (const frame of head) model.network.run(memory, frame);
    const copy = structuredClone(memory);
    const first = tail.map((frame) => model.network.run(memory, frame));
    expect(tail.map((frame) => model.network.run(copy, frame))).toEqual(first);
    expect(first).toEqual(probabilities(new SileroVad(model), b).slice(30));
  });

  it.each([
    ["WebAssembly", model],
    ["plain JavaScript", plain],
  ])("is not spoiled by what is no sound, in %s", (_, own) => {
    const broken = Float32Array.from(
      { length: SILERO_FRAME },
      (_, k) => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38, 1e-44][k % 6] as number,
    );
    const vad = new SileroVad(own);
    const during = [broken, broken].map((frame) => vad.process(frame));
    expect(during.every((p) => p >= 0 && p <= 1)).toBe(true);
    // A second of silence on, little is left of it.
    for (let k = 0; k < 31; k++) vad.process(new Float32Array(SILERO_FRAME));
    expect(Math.max(...probabilities(vad, new Float32Array(16000)))).toBeLessThan(0.1);
    expect(probabilities(vad, shortB).filter((p) => p > 0.9).length).toBeGreaterThan(25);
  });

  it("takes what is not finite for 0, in both engines alike", () => {
    const holes = shortB.map((x, k) => (k % 97 === 0 ? Number.NaN : x));
    const zeros = shortB.map((x, k) => (k % 97 === 0 ? 0 : x));
    for (const own of [model, plain]) expect(probabilities(new SileroVad(own), holes)).toEqual(probabilities(new SileroVad(own), zeros));
  });

  it("leaves the frame as it is", () => {
    const frame = b.slice(8000, 8000 + SILERO_FRAME);
    const before = frame.slice();
    new SileroVad(model).process(frame);
    new SileroVad(plain).process(frame);
    expect(frame).toEqual(before);
  });

  it.each([0, 511, 513, 1024])("refuses a frame of %i samples", (length) => {
    expect(() => new SileroVad(model).process(new Float32Array(length))).toThrow(
      new RangeError(`frame has ${length} samples; allowed are 512, 32 ms at 16 kHz.`),
    );
  });
});

describe("the bits", () => {
  // Written down where this was made; WebAssembly computes alike on every processor.
  it.each([
    ["v5", "e452d66e01318ca5"],
    ["v6", "92b891c7edc4d6b1"],
  ] as const)("of %s are the same everywhere", (name, expected) => {
    const values = Float32Array.from([...probabilities(new SileroVad(loadSileroModel(name)), a), ...probabilities(new SileroVad(loadSileroModel(name)), b)]);
    expect(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex").slice(0, 16)).toBe(expected);
  });
});

describe("a model", () => {
  it("is loaded once", () => {
    expect(loadSileroModel("v6")).toBe(loadSileroModel());
    expect(loadSileroModel("v5")).not.toBe(loadSileroModel("v6"));
  });

  it("has a name and options that are known", () => {
    expect(() => loadSileroModel("v4" as never)).toThrow(new TypeError('name is "v4"; allowed are v5 and v6.'));
    expect(() => new SileroModel(file("v6"), { engine: "gpu" as never })).toThrow(new TypeError('engine is "gpu"; allowed are "auto", "wasm" and "js".'));
    expect(() => new SileroModel(file("v6"), { engines: "js" } as never)).toThrow(
      new TypeError('options has an unknown property "engines"; allowed is engine.'),
    );
  });

  it("falls back to plain JavaScript where WebAssembly is forbidden, unless it was asked for", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", {
      Module: class {
        constructor() {
          throw new Error("Refused by the Content-Security-Policy");
        }
      },
    });
    try {
      const fresh = await import("./silero-model.ts");
      expect(new fresh.SileroModel(file("v6")).engine).toBe("js");
      expect(() => new fresh.SileroModel(file("v6"), { engine: "wasm" })).toThrow('engine is "wasm", but WebAssembly with SIMD is missing or forbidden here');
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
