import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LAYERS, OUTPUT, readModelFile } from "./model-file.ts";
import { SileroModel } from "./silero-model.ts";

const bytes = new Uint8Array(readFileSync(new URL("../models/silero-v6.bin", import.meta.url)));

/** The file with some bytes replaced. */
function changed(at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

describe("a model file", () => {
  it("is read from a Uint8Array, a part of one, and an ArrayBuffer", () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const files = [bytes, shifted.subarray(3), bytes.slice().buffer].map((source) => readModelFile(source));
    for (const { generation, floats } of files) {
      expect(generation).toBe(6);
      expect(floats.length).toBe(OUTPUT + 132);
      expect(floats.every(Number.isFinite)).toBe(true);
    }
    expect(files[1]?.floats).toEqual(files[0]?.floats);
  });

  it("knows its generation", () => {
    expect(readModelFile(readFileSync(new URL("../models/silero-v5.bin", import.meta.url))).generation).toBe(5);
  });

  it("has layers that follow each other without a gap", () => {
    for (const [k, layer] of LAYERS.entries()) {
      expect(layer.outputs % layer.group).toBe(0);
      expect(LAYERS[k + 1]?.bias ?? OUTPUT).toBe(layer.weights + layer.outputs * layer.inputs);
    }
  });

  it.each([
    ["another file", changed(0, 0x52, 0x49, 0x46, 0x46), RangeError, 'bytes begin with "RIFFRO16"; a Silero model for Sidetone begins with "SILERO16".'],
    ["nothing", new Uint8Array(0), RangeError, 'bytes begin with ""'],
    ["half a file", bytes.slice(0, 1000), RangeError, "bytes are 1000; a whole model has 890416."],
    ["another layout", changed(8, 2), RangeError, "bytes are of layout 2"],
    ["another generation", changed(12, 4), RangeError, "bytes are of generation 4; this version of the package knows 5 and 6."],
    ["damage", changed(500_000, 1, 2, 3), RangeError, "bytes are damaged"],
    ["a string", "silero-v6.bin" as never, TypeError, "bytes is string; allowed is a Uint8Array or an ArrayBuffer."],
    ["null", null as never, TypeError, "bytes is null"],
  ])("is refused when it is %s", (_, source, kind, message) => {
    const make = () => new SileroModel(source as Uint8Array);
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});
