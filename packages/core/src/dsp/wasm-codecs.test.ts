import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EVERY_CODE, EVERY_SAMPLE, G711_TABLES, sha256 } from "../../../../test/support/g711-tables.ts";
import { decodeByTable, decodeFloatsByTable, encodeByTable, encodeFloatsByTable, type Law } from "./g711-loops.ts";
import { decodeStepBytes, decodeSteps, encodeStepBytes, encodeSteps } from "./pcm16-loops.ts";
import { codecsFor, loadCodecs, type WasmCodecs } from "./wasm-codecs.ts";

const codecs = loadCodecs() as WasmCodecs;

/** Floats of any bit pattern, those between two steps and around full scale among them. */
function anyFloats(count: number, seed: number): Float32Array {
  const bits = new Uint32Array(count);
  const floats = new Float32Array(bits.buffer);
  for (let i = 0, state = seed; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const step = (state >>> 8) % 70_000;
    if (i % 4 === 0) bits[i] = Math.imul(state, 0x9e3779b1);
    else if (i % 4 === 1) floats[i] = (step - 35_000 + 0.5) / 32768;
    else if (i % 4 === 2) floats[i] = (step - 35_000) / 32768 + (state % 5) * 2 ** -24;
    else floats[i] = (state / 2 ** 32 - 0.5) / 2 ** (state % 20);
  }
  return floats;
}

describe.each(["mulaw", "alaw"] as const)("G.711 in WebAssembly and by tables, %s", (law) => {
  it.each([
    ["WebAssembly", codecs.encodeLaw.bind(codecs), codecs.decodeLaw.bind(codecs)],
    ["tables", encodeByTable, decodeByTable],
  ] as const)("is the ITU-T reference to the bit: %s", (_, encode, decode) => {
    const codes = new Uint8Array(65536);
    for (let at = 0; at < 65536; at += 16_384) encode(law, EVERY_SAMPLE.subarray(at, at + 16_384), codes.subarray(at, at + 16_384));
    expect(sha256(codes)).toBe(G711_TABLES[law].encode);
    const levels = new Int16Array(256);
    decode(law, EVERY_CODE, levels);
    expect(sha256(levels)).toBe(G711_TABLES[law].decode);
  });

  it("treats floats alike", () => {
    const levels = new Float32Array(256);
    const expected = new Float32Array(256);
    codecs.decodeLawFloats(law, EVERY_CODE, levels);
    decodeFloatsByTable(law, EVERY_CODE, expected);
    expect(levels).toEqual(expected);
    for (let seed = 1; seed < 20; seed++) {
      const floats = anyFloats(16_384, seed);
      const codes = new Uint8Array(floats.length);
      const reference = new Uint8Array(floats.length);
      codecs.encodeLawFloats(law, floats, codes);
      encodeFloatsByTable(law, floats, reference);
      expect(codes).toEqual(reference);
    }
  });
});

describe("PCM16 in WebAssembly and in JavaScript", () => {
  it("rounds, clips and takes NaN alike, for floats of any bits", () => {
    for (let seed = 1; seed < 40; seed++) {
      const floats = anyFloats(16_384, seed);
      const steps = new Int16Array(floats.length);
      const expected = new Int16Array(floats.length);
      codecs.encodePcm16(floats, steps);
      encodeSteps(floats, expected);
      expect(steps).toEqual(expected);
    }
  });

  it("decodes every sample alike", () => {
    for (let at = 0; at < 65536; at += 16_384) {
      const part = EVERY_SAMPLE.subarray(at, at + 16_384);
      const floats = new Float32Array(part.length);
      const expected = new Float32Array(part.length);
      codecs.decodePcm16(part, floats);
      decodeSteps(part, expected);
      expect(floats).toEqual(expected);
    }
  });
});

describe("WasmCodecs", () => {
  it("writes the output and nothing beside it, for any length and offset", () => {
    const floats = anyFloats(300, 7);
    const input = Int16Array.from(floats, (sample) => sample * 32768);
    const bytes = new Uint8Array(input.buffer);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(40), fc.constantFrom<Law>("mulaw", "alaw"), (frames, offset, law) => {
        const same = <T extends Uint8Array | Int16Array | Float32Array>(make: () => T, wasm: (output: T) => void, js: (output: T) => void, size = 1) => {
          const [got, wanted] = [make().fill(77), make().fill(77)];
          wasm(got.subarray(offset, offset + frames * size) as T);
          js(wanted.subarray(offset, offset + frames * size) as T);
          expect(got).toEqual(wanted);
        };
        const f = floats.subarray(offset, offset + frames);
        const s = input.subarray(offset, offset + frames);
        const b = bytes.subarray(offset, offset + frames);
        const pairs = bytes.subarray(offset, offset + frames * 2);
        const newBytes = () => new Uint8Array(600);
        const newSteps = () => new Int16Array(300);
        const newFloats = () => new Float32Array(300);
        same(
          newSteps,
          (o) => codecs.encodePcm16(f, o),
          (o) => encodeSteps(f, o),
        );
        same(
          newBytes,
          (o) => codecs.encodePcm16Bytes(f, o),
          (o) => encodeStepBytes(f, o),
          2,
        );
        same(
          newFloats,
          (o) => codecs.decodePcm16(s, o),
          (o) => decodeSteps(s, o),
        );
        same(
          newFloats,
          (o) => codecs.decodePcm16Bytes(pairs, o),
          (o) => decodeStepBytes(pairs, o),
        );
        same(
          newBytes,
          (o) => codecs.encodeLaw(law, s, o),
          (o) => encodeByTable(law, s, o),
        );
        same(
          newSteps,
          (o) => codecs.decodeLaw(law, b, o),
          (o) => decodeByTable(law, b, o),
        );
        same(
          newBytes,
          (o) => codecs.encodeLawFloats(law, f, o),
          (o) => encodeFloatsByTable(law, f, o),
        );
        same(
          newFloats,
          (o) => codecs.decodeLawFloats(law, b, o),
          (o) => decodeFloatsByTable(law, b, o),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("takes over where a call is long enough to be worth it, and short enough for its areas", () => {
    expect(codecsFor(128)).toBe(codecs);
    expect(codecsFor(16_384)).toBe(codecs);
    expect([codecsFor(8), codecsFor(16_385)]).toEqual([null, null]);
  });
});

describe("where WebAssembly is forbidden", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("PCM16 and G.711 give the same bytes", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    const { encodePcm16 } = await import("./pcm16.ts");
    const { encodeMulawFloat, decodeAlaw } = await import("./g711.ts");
    const { loadCodecs: load } = await import("./wasm-codecs.ts");
    expect(load()).toBeNull();
    const floats = anyFloats(480, 3);
    const [steps, expectedSteps] = [new Int16Array(480), new Int16Array(480)];
    encodePcm16(floats, steps);
    codecs.encodePcm16(floats, expectedSteps);
    expect(steps).toEqual(expectedSteps);
    const [codes, expectedCodes] = [new Uint8Array(480), new Uint8Array(480)];
    encodeMulawFloat(floats, codes);
    codecs.encodeLawFloats("mulaw", floats, expectedCodes);
    expect(codes).toEqual(expectedCodes);
    const levels = new Int16Array(256);
    decodeAlaw(EVERY_CODE, levels);
    expect(sha256(levels)).toBe(G711_TABLES.alaw.decode);
  });
});
