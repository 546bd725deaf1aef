import { describe, expect, it } from "vitest";
import { findQuiet } from "./quiet.ts";

const RATE = 16_000;
const WINDOW = 160;

/** Speech-like loudness of 0.3, with quiet stretches at `[from, to)` of level `quiet`. */
function sound(frames: number, stretches: readonly (readonly [number, number])[], quiet = 0.001): Float32Array {
  return Float32Array.from({ length: frames }, (_, i) => Math.sin(i) * (stretches.some(([from, to]) => i >= from && i < to) ? quiet : 0.3));
}

describe("findQuiet", () => {
  it("finds the middle of a quiet stretch of 10 ms, to 2 ms", () => {
    const place = findQuiet(sound(3200, [[1000, 1000 + WINDOW + 40]]), 3200, RATE, "none");
    expect(place - WINDOW / 2).toBeGreaterThanOrEqual(1000);
    expect(place + WINDOW / 2).toBeLessThanOrEqual(1000 + WINDOW + 40);
  });

  it("gives the last of several", () => {
    const samples = sound(6400, [
      [1000, 1400],
      [4000, 4400],
    ]);
    const last = findQuiet(samples, 6400, RATE, "none");
    expect(last).toBeLessThanOrEqual(4400 - WINDOW / 2);
    expect(last).toBeGreaterThan(4400 - WINDOW / 2 - 32);
  });

  it("holds for quiet what is 15 dB below the rest, as in a noisy room", () => {
    const noisy = sound(6400, [[2000, 2400]], 0.03);
    expect(Math.abs(findQuiet(noisy, 6400, RATE, "none") - 2320)).toBeLessThanOrEqual(32);
    // 8 dB below is not quiet; it is still the quietest there is.
    const even = sound(6400, [[2000, 2400]], 0.12);
    expect(findQuiet(even, 6400, RATE, "none")).toBe(-1);
    const place = findQuiet(even, 6400, RATE, "quietest");
    expect(place).toBeGreaterThan(2000);
    expect(place).toBeLessThan(2400);
  });

  it("gives the quietest 10 ms where none is quiet, or none", () => {
    const swelling = Float32Array.from({ length: 3200 }, (_, i) => Math.sin(i) * (0.1 + Math.abs(i - 1200) / 3200));
    expect(Math.abs(findQuiet(swelling, 3200, RATE, "quietest") - 1200)).toBeLessThanOrEqual(64);
    expect(findQuiet(swelling, 3200, RATE, "none")).toBe(-1);
  });

  it("looks at the first `frames` only, and says so when these are not 10 ms", () => {
    const samples = sound(3200, [[2000, 2400]]);
    expect(findQuiet(samples, 1600, RATE, "quietest")).toBeLessThanOrEqual(1600 - WINDOW / 2);
    expect(findQuiet(samples, WINDOW - 1, RATE, "quietest")).toBe(-1);
    expect(findQuiet(samples, 0, RATE, "quietest")).toBe(-1);
    expect(findQuiet(samples, WINDOW, RATE, "quietest")).toBe(WINDOW / 2);
  });

  it("finds the last place of all in silence", () => {
    expect(findQuiet(new Float32Array(3200), 3200, RATE, "none")).toBe(3200 - WINDOW / 2);
  });
});
