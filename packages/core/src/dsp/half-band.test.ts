import { describe, expect, it } from "vitest";
import { HalfBandDown, HalfBandUp, halfBandCoefficients } from "./half-band.ts";

describe("half-band kernels", () => {
  it("have stable coefficients, alternating between the chains in rising order", () => {
    const coefficients = [...halfBandCoefficients()];
    expect(coefficients.length).toBe(8);
    expect(coefficients).toEqual([...coefficients].sort((a, b) => a - b));
    expect(coefficients.every((c) => c > 0 && c < 1)).toBe(true);
  });

  it.each([new HalfBandDown(48000), new HalfBandUp(24000)])("keep denormal numbers out of their states in silence (%o)", (kernel) => {
    const sound = Float32Array.from({ length: 1000 }, (_, n) => Math.sin(n * n));
    kernel.process(sound, 0, sound.length, new Float32Array(2000), 0);
    for (let k = 0; k < 20; k++) kernel.process(new Float32Array(1000), 0, 1000, new Float32Array(2000), 0);
    // In double precision the output shows what is left: the rounding of the bias, not the bias itself and not a decaying state.
    const precise = new Float64Array(2000);
    const written = kernel.process(new Float32Array(1000), 0, 1000, precise as unknown as Float32Array, 0);
    for (const sample of precise.subarray(0, written)) {
      const magnitude = Math.abs(sample);
      expect(magnitude < 1e-70 && (magnitude === 0 || magnitude > 1e-300)).toBe(true);
    }
  });

  it("give the mean of both chains: an impulse comes out with a sum of 1, or 2 when doubling", () => {
    const impulse = new Float32Array(500);
    impulse[0] = 1;
    const [down, up] = [new HalfBandDown(48000), new HalfBandUp(24000)];
    const sum = (kernel: HalfBandDown | HalfBandUp) => {
      const output = new Float32Array(1000);
      kernel.process(impulse, 0, impulse.length, output, 0);
      return output.reduce((total, sample) => total + sample, 0);
    };
    expect(sum(down)).toBeCloseTo(0.5, 6);
    expect(sum(up)).toBeCloseTo(2, 6);
  });
});
