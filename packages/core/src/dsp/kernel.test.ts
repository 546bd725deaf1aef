import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Position } from "./kernel.ts";

describe("Position", () => {
  it("foretells the outputs of any number of frames, whatever the ratio and wherever it stands", () => {
    const denominator = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2 ** 30, max: 2 ** 40 }));
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(denominator, fc.double({ min: 0.04, max: 24, noNaN: true }), fc.nat(30), fraction, fc.nat(5000), (units, ratio, wait, phase, frames) => {
        const position = new Position(units, Math.max(1, Math.round(units * ratio)));
        position.wait = wait;
        position.phase = Math.floor(phase * units);
        // One output after the other, in whole numbers of any size.
        const step = BigInt(position.stepFrames) * BigInt(units) + BigInt(position.stepUnits);
        const end = BigInt(frames) * BigInt(units);
        let outputs = 0;
        for (let at = BigInt(wait) * BigInt(units) + BigInt(position.phase); at < end; at += step) outputs++;
        expect(position.count(frames)).toBe(outputs);
      }),
      { numRuns: 500 },
    );
  });
});
