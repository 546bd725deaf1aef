import { describe, expect, it } from "vitest";
import { fadeStep, largestStep } from "../../../../test/support/playout.ts";
import { CutTail } from "./cut-tail.ts";

const FRAMES = 288;

function mixed(tail: CutTail, count: number, block = 37, level = 0): Float32Array {
  const output = new Float32Array(count).fill(level);
  for (let i = 0; i < count; i += block) tail.mix(output, i, Math.min(block, count - i));
  return output;
}

describe("CutTail", () => {
  it("adds nothing before there was a cut", () => {
    expect(mixed(new CutTail(FRAMES), 500)).toEqual(new Float32Array(500));
  });

  it("fades what would have come next from its gain to silence, in its frames exactly", () => {
    for (const gain of [1, 0.5, 0]) {
      const tail = new CutTail(FRAMES);
      tail.next.fill(1);
      tail.fade(gain, FRAMES);
      const output = mixed(tail, 600);
      expect(output[0]).toBeCloseTo(gain, 4);
      expect(output[FRAMES / 2]).toBeCloseTo(gain / 2, 2);
      expect(output[FRAMES - 1]).toBeLessThan(1e-4);
      expect(output.subarray(FRAMES)).toEqual(new Float32Array(600 - FRAMES));
      if (gain > 0) for (let i = 1; i < FRAMES; i++) expect(output[i]).toBeLessThan(output[i - 1]);
      expect(largestStep(output.subarray(1)) - gain).toBeLessThan(fadeStep(FRAMES));
    }
  });

  it("fades as much as there is", () => {
    const tail = new CutTail(FRAMES);
    tail.next.fill(1);
    tail.fade(1, 10);
    const output = mixed(tail, 600);
    expect(output[9]).toBeGreaterThan(0.9);
    expect(output.subarray(10)).toEqual(new Float32Array(590));
  });

  it("lies under what comes next", () => {
    const tail = new CutTail(FRAMES);
    tail.next.fill(0.5);
    tail.fade(1, FRAMES);
    const output = mixed(tail, 600, 64, 0.25);
    expect(output[0]).toBeCloseTo(0.75, 4);
    expect(output.subarray(FRAMES)).toEqual(new Float32Array(600 - FRAMES).fill(0.25));
  });

  it("adds a second cut to what is left of the first, without a step", () => {
    const tail = new CutTail(FRAMES);
    tail.next.fill(1);
    tail.fade(1, FRAMES);
    const before = mixed(tail, 100);
    // What follows a cut begins at silence: the second one takes over at 0.2.
    tail.next.fill(1);
    tail.fade(0.2, FRAMES);
    const after = mixed(tail, 600);
    expect(after[0] - 0.2).toBeCloseTo(before[99], 1);
    expect(after[FRAMES - 100 - 1]).toBeGreaterThan(0);
    expect(after.subarray(FRAMES)).toEqual(new Float32Array(600 - FRAMES));
    expect(largestStep(after.subarray(1)) - after[1]).toBeLessThan(2 * fadeStep(FRAMES));
  });

  it("does not depend on the size of the blocks", () => {
    const run = (block: number): Float32Array => {
      const tail = new CutTail(FRAMES);
      for (let i = 0; i < FRAMES; i++) tail.next[i] = Math.sin(i);
      tail.fade(0.7, FRAMES);
      return mixed(tail, 500, block);
    };
    for (const block of [1, 64, 288, 500]) expect(run(block)).toEqual(run(37));
  });
});
