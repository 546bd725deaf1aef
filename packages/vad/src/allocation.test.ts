import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../test/support/heap-growth.ts";
import { createMemory } from "./network.ts";
import { SileroModel } from "./silero-model.ts";
import { SileroVad } from "./silero-vad.ts";

const bytes = readFileSync(new URL("../models/silero-v6.bin", import.meta.url));
const frame = Float32Array.from({ length: 512 }, (_, n) => 0.3 * Math.sin(n / 7));

describe("no allocation after warm-up", () => {
  it("of a frame", () => {
    const model = new SileroModel(bytes, { engine: "wasm" });
    const vads = [new SileroVad(model), new SileroVad(model)];
    let turn = 0;
    expect(growth(() => void (vads[turn++ & 1] as SileroVad).process(frame))).toBeLessThan(MOST_BYTES);
  }, 120_000);

  it("of a frame in plain JavaScript", () => {
    const { network } = new SileroModel(bytes, { engine: "js" });
    const memory = createMemory();
    // The result may be a boxed number; the smallest array would be more.
    expect(growthOfFew(() => void network.run(memory, frame))).toBeLessThan(40);
  }, 120_000);
});

/** Bytes per call over fewer calls than {@link growth} makes, since these take half a millisecond each: the least of some tries. */
function growthOfFew(call: () => void): number {
  for (let k = 0; k < 1500; k++) call();
  return Math.min(
    ...Array.from({ length: 4 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let k = 0; k < 500; k++) call();
      return (process.memoryUsage().heapUsed - before) / 500;
    }).map(Math.abs),
  );
}
