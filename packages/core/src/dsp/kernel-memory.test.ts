import { describe, expect, it } from "vitest";
import { type KernelMemory, loadKernels } from "./kernel-memory.ts";

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

  it("stores what is shared once", () => {
    let made = 0;
    const fill = () => {
      made++;
      return Float32Array.of(1, 2, 3);
    };
    const first = memory.share("test", fill);
    expect(memory.share("test", fill)).toBe(first);
    expect(made).toBe(1);
    expect([...memory.floats.subarray(first.address / 4, first.address / 4 + 3)]).toEqual([1, 2, 3]);
  });
});
