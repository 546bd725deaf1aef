import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fade } from "./fade.ts";

function gains(fade: Fade, frames: number): number[] {
  const samples = new Float32Array(frames).fill(1);
  fade.apply(samples);
  return [...samples];
}

describe("Fade", () => {
  it("is a raised cosine of exactly its length, in and out", () => {
    for (const frames of [1, 2, 7, 480]) {
      const curve = Array.from({ length: frames }, (_, k) => Math.fround(0.5 - 0.5 * Math.cos((Math.PI * (k + 0.5)) / frames)));
      const fade = new Fade(frames, "silent");
      fade.fadeIn();
      expect(fade.remainingFrames).toBe(frames);
      expect(gains(fade, frames + 2)).toEqual([...curve, 1, 1]);
      expect(fade.done).toBe(true);
      fade.fadeOut();
      expect(fade.done).toBe(false);
      expect(gains(fade, frames + 2)).toEqual([...curve.reverse(), 0, 0]);
      expect([fade.done, fade.target, fade.gain]).toEqual([true, "silent", 0]);
    }
  });

  it("sums to 1 with its counterpart", () => {
    const [into, out] = [new Fade(100, "silent"), new Fade(100)];
    into.fadeIn();
    out.fadeOut();
    const [a, b] = [gains(into, 100), gains(out, 100)];
    for (const [k, gain] of a.entries()) expect(gain + (b[k] as number)).toBeCloseTo(1, 6);
  });

  it("goes on across calls of any size and turns round anywhere without a jump", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom("in", "out", "none")), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (frames, moves) => {
        const fade = new Fade(frames);
        const steepest = Math.PI / 2 / frames + 1e-6;
        let last = 1;
        for (const [size, move] of moves) {
          if (move === "in") fade.fadeIn();
          if (move === "out") fade.fadeOut();
          const before = fade.remainingFrames;
          const expected = fade.gain;
          const samples = new Float32Array(size).fill(1);
          expect(fade.apply(samples)).toBe(Math.min(size, before));
          expect(fade.remainingFrames).toBe(Math.max(0, before - size));
          expect(fade.done).toBe(before <= size);
          if (size > 0) expect(samples[0]).toBe(expected);
          for (const gain of samples) {
            expect(Math.abs(gain - last)).toBeLessThanOrEqual(frames === 1 ? 1 : steepest);
            last = gain;
          }
        }
      }),
    );
  });

  it("takes as long to come back as it had gone", () => {
    const fade = new Fade(100);
    fade.fadeOut();
    const there = gains(fade, 30);
    fade.fadeIn();
    expect(fade.remainingFrames).toBe(30);
    expect(gains(fade, 30)).toEqual(there.reverse());
    expect(fade.done).toBe(true);
  });

  it("leaves open sound alone to the bit and silences anything, even NaN", () => {
    const open = new Fade(10);
    const samples = Float32Array.of(0.1, -0.2, Number.NaN);
    expect(open.apply(samples)).toBe(0);
    expect(samples).toEqual(Float32Array.of(0.1, -0.2, Number.NaN));
    open.snap("silent");
    expect(open.apply(samples)).toBe(0);
    expect([...samples]).toEqual([0, 0, 0]);
    open.snap("open");
    expect([open.done, open.gain, open.target]).toEqual([true, 1, "open"]);
  });

  it("refuses lengths that make no fade", () => {
    for (const frames of [0, -5, 0.5, Number.NaN, 2 ** 21])
      expect(() => new Fade(frames)).toThrow(/^frames is .*; allowed are integers from 1 to 1048576 frames/);
  });
});
