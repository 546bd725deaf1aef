import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromDbfs, Level, toDbfs } from "./level.ts";

function sine(frames: number, amplitude: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin((2 * Math.PI * n) / 48));
}

describe("Level", () => {
  it("reads -3.01 dBFS RMS and 0 dBFS peak for a full-scale sine", () => {
    const level = new Level(4800);
    level.push(sine(48000, 1));
    expect(toDbfs(level.rms)).toBeCloseTo(-3.0103, 3);
    expect(toDbfs(level.peak)).toBeCloseTo(0, 6);
  });

  it("reads 0 and -Infinity dBFS for silence and before the first frame", () => {
    const level = new Level(80);
    expect([level.rms, level.peak, toDbfs(level.rms)]).toEqual([0, 0, Number.NEGATIVE_INFINITY]);
    level.push(new Float32Array(500));
    expect([level.rms, level.peak]).toEqual([0, 0]);
  });

  it("equals the plain sums over the frames it says it covers, for any chunking", () => {
    const chunks = fc.array(fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 100 }), chunks, (window, parts) => {
        const level = new Level(window);
        for (const part of parts) level.push(part);
        const all = parts.flatMap((part) => [...part]);
        const block = level.windowFrames / 8;
        const complete = Math.max(0, Math.ceil(all.length / block) - 8) * block;
        const recent = all.slice(complete);
        expect(recent.length).toBeLessThanOrEqual(level.windowFrames);
        if (complete > 0) expect(recent.length).toBeGreaterThan(level.windowFrames - block);
        const meanSquare = recent.reduce((sum, x) => sum + x * x, 0) / Math.max(1, recent.length);
        expect(level.rms).toBeCloseTo(Math.sqrt(meanSquare), 9);
        expect(level.peak).toBe(recent.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0));
      }),
    );
  });

  it("forgets old sound exactly, and everything on reset", () => {
    const level = new Level(800);
    level.push(sine(10000, 1e6));
    level.push(new Float32Array(800));
    expect([level.rms, level.peak]).toEqual([0, 0]);
    level.push(sine(10, 1));
    level.reset();
    expect([level.rms, level.peak]).toEqual([0, 0]);
  });

  it("counts what is not finite as 0", () => {
    const level = new Level(8);
    level.push(Float32Array.of(Number.NaN, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
    expect(level.rms).toBeCloseTo(0.25, 9);
    expect(level.peak).toBe(0.5);
  });

  it("converts decibels both ways", () => {
    expect(toDbfs(0.5)).toBeCloseTo(-6.0206, 4);
    expect(fromDbfs(-6.0206)).toBeCloseTo(0.5, 5);
    expect(fromDbfs(Number.NEGATIVE_INFINITY)).toBe(0);
  });

  it("refuses windows out of range", () => {
    expect(() => new Level(7)).toThrow(new RangeError("windowFrames is 7; allowed are integers from 8 to 16777216 frames."));
  });
});
