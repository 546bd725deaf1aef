import { describe, expect, it } from "vitest";
import { deltaSizes, PROFILES, profileFor } from "./profiles.ts";

describe("deltaSizes", () => {
  const newest = PROFILES["gpt-realtime-2.1"];

  // Lengths in ms and numbers of deltas of recorded responses.
  it.each([
    [750, 4],
    [1600, 6],
    [2000, 8],
    [3450, 13],
    [3800, 15],
    [4100, 16],
    [4900, 19],
    [6800, 27],
  ])("cuts %i ms into %i deltas", (totalMs, count) => {
    expect(deltaSizes(totalMs, newest)).toHaveLength(count);
  });

  it("cuts the recorded 1.6 s as recorded", () => {
    expect(deltaSizes(1600, newest)).toEqual([100, 150, 250, 250, 250, 600]);
  });

  it("cuts in equal pieces for the mini model", () => {
    expect(deltaSizes(1200, PROFILES["gpt-realtime-mini"])).toEqual([400, 400, 400]);
    expect(deltaSizes(1000, PROFILES["gpt-realtime-mini"])).toEqual([400, 400, 200]);
  });

  it("ends long audio with 500 to 700 ms, and adds up", () => {
    for (let totalMs = 1200; totalMs < 9000; totalMs += 50) {
      const sizes = deltaSizes(totalMs, newest);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(totalMs);
      expect(sizes.at(-1)).toBeGreaterThanOrEqual(500);
      expect(sizes.at(-1)).toBeLessThanOrEqual(700);
    }
  });

  it.each([0, 20, 100, 120, 333.3, 499.9, 500])("adds up to %d ms", (totalMs) => {
    const sizes = deltaSizes(totalMs, newest);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeCloseTo(totalMs, 6);
    expect(sizes.every((size) => size > 0)).toBe(true);
  });
});

describe("profileFor", () => {
  it("knows models by name, with a date too, and takes the newest for others", () => {
    expect(profileFor("gpt-realtime").silenceDurationMs).toBe(200);
    expect(profileFor("gpt-realtime-mini-2025-12-15").deltaBodyMs).toBe(400);
    expect(profileFor("something-else")).toEqual(PROFILES["gpt-realtime-2.1"]);
    expect(profileFor("toString")).toEqual(PROFILES["gpt-realtime-2.1"]);
  });

  it("lets overrides win", () => {
    expect(profileFor("gpt-realtime", { speedUp: 3 })).toMatchObject({ speedUp: 3, voice: "alloy" });
  });
});
