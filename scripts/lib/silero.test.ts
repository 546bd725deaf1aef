import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { onnxConstants } from "./onnx.mjs";
import { extractWeights, MODELS, weightsFileOf } from "./silero.mjs";

describe("the weights of the voice activity detector", () => {
  test.each(MODELS)("the committed $name is what the ONNX model gives", async (model) => {
    expect((await extractWeights(model)).equals(readFileSync(weightsFileOf(model))), "run `node scripts/build.mjs models` and commit the result").toBe(true);
  });

  test("come from the models that are meant, or not at all", async () => {
    const [v5, v6] = MODELS;
    await expect(extractWeights({ ...v6, file: v5.file })).rejects.toThrow(`silero_vad_v5.onnx is not the model that is meant: its SHA-256 is ${v5.sha256}`);
  });
});

describe("onnxConstants", () => {
  test("refuses what is no protocol buffer", () => {
    expect(() => onnxConstants(Uint8Array.of(0x0b, 1, 2, 3))).toThrow("Not a protocol buffer");
  });

  test("finds floats and integers, also in branches", () => {
    const field = (number: number, bytes: readonly number[]) => [(number << 3) | 2, bytes.length, ...bytes];
    const text = (value: string) => [...new TextEncoder().encode(value)];
    const constant = (name: string, tensor: readonly number[]) =>
      field(1, [...field(2, text(name)), ...field(4, text("Constant")), ...field(5, [...field(1, text("value")), ...field(5, tensor)])]);
    const float = [8, 1, 16, 1, ...field(9, [0, 0, 128, 63])];
    const integers = [...field(1, [2]), 16, 7, ...field(7, [128, 125, 5])];
    const branch = field(1, [...field(4, text("If")), ...field(5, [...field(1, text("then_branch")), ...field(6, constant("inner", integers))])]);
    const found = onnxConstants(Uint8Array.from(field(7, [...constant("outer", float), ...branch])));
    expect([...found]).toEqual([
      ["outer", { dims: [1], values: Float32Array.of(1) }],
      ["inner", { dims: [2], values: [16000, 5] }],
    ]);
  });
});
