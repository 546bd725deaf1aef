import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type KernelMemory, loadKernels } from "./kernel-memory.ts";
import { buildPhaseTable } from "./phase-table.ts";
import { lowPassOf } from "./profiles.ts";
import { shareRows } from "./wasm-fir.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const memory = loadKernels() as KernelMemory;

describe("KernelMemory", () => {
  it("is one for all", () => {
    expect(loadKernels()).toBe(memory);
  });

  it("hands out aligned slices of zeros that do not overlap, and keeps them when it grows", () => {
    const slices = Array.from({ length: 300 }, (_, k) => ({ bytes: 1 + ((k * 7919) % 9000), slice: memory.take(1 + ((k * 7919) % 9000)), mark: k + 1 }));
    const before = memory.bytes;
    for (const { slice, bytes, mark } of slices) {
      expect(slice.address % 16).toBe(0);
      const part = memory.floats.subarray(slice.address / 4, slice.address / 4 + Math.ceil(bytes / 4));
      expect(part.every((value) => value === 0)).toBe(true);
      part.fill(mark);
    }
    memory.take(1_000_000);
    expect(memory.bytes).toBeGreaterThan(before);
    for (const { slice, bytes, mark } of slices) {
      expect(memory.floats.subarray(slice.address / 4, slice.address / 4 + Math.ceil(bytes / 4)).every((value) => value === mark)).toBe(true);
    }
  });

  it("hands out again what has been collected", async () => {
    const takeMany = () => void Array.from({ length: 200 }, () => memory.take(20_000));
    takeMany();
    const before = memory.bytes;
    for (let k = 0; k < 5; k++) {
      // What a collection has found is reported in a later task.
      for (let tries = 0; tries < 3; tries++) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      takeMany();
    }
    expect(memory.bytes - before).toBeLessThan(2 * 200 * 20_480);
  });

  it("stores what is shared once", () => {
    let made = 0;
    const fill = (address: number) => {
      made++;
      memory.floats[address / 4] = 5;
    };
    const first = memory.share("test", 12, fill);
    expect(memory.share("test", 12, fill)).toBe(first);
    expect(made).toBe(1);
    expect([...memory.floats.subarray(first.address / 4, first.address / 4 + 3)]).toEqual([5, 0, 0]);
    const values = memory.shareValues("values", Float32Array.of(1, 2, 3));
    expect([...memory.floats.subarray(values.address / 4, values.address / 4 + 3)]).toEqual([1, 2, 3]);
  });
});

describe("rows of taps in WebAssembly", () => {
  it.each([
    [44100, 24000],
    [24000, 44100],
    [48000, 8000],
    [96000, 37360],
  ])("are those of JavaScript for %i to %i Hz, to the bit", (inRate, outRate) => {
    const frameStep = Math.min(inRate, outRate) / inRate;
    const filter = lowPassOf("low-latency");
    const { rows } = buildPhaseTable(filter.response, frameStep, 100, 101);
    const design = { key: "", inRate, step: 1, units: 1, frameStep, filter };
    const { address } = shareRows(memory, `test ${inRate} ${outRate}`, design, 100, 101);
    expect(memory.floats.slice(address / 4, address / 4 + rows.length)).toEqual(rows);
  });
});
