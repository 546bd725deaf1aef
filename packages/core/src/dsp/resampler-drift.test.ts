import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Resampler, type ResamplerOptions } from "./resampler.ts";

const PAIRS = [
  [48000, 48000],
  [48000, 24000],
  [24000, 48000],
  [44100, 48000],
  [44101, 48000],
  [24000, 8000],
] as const;
const PROFILES = ["low-latency", "linear-phase", "strict"] as const;

function sine(rate: number, frequency: number, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, n) => 0.5 * Math.sin((2 * Math.PI * frequency * n) / rate));
}

/** Level of everything but a tone of `omega` radians per frame in `samples`, relative to the tone, in dB; by least squares. */
function residual(samples: Float32Array, omega: number): number {
  let [cc, cs, ss, yc, ys] = [0, 0, 0, 0, 0];
  samples.forEach((y, n) => {
    const c = Math.cos(omega * n);
    const s = Math.sin(omega * n);
    cc += c * c;
    cs += c * s;
    ss += s * s;
    yc += y * c;
    ys += y * s;
  });
  const determinant = cc * ss - cs * cs;
  const a = (yc * ss - ys * cs) / determinant;
  const b = (ys * cc - yc * cs) / determinant;
  const error = samples.reduce((sum, y, n) => sum + (y - a * Math.cos(omega * n) - b * Math.sin(omega * n)) ** 2, 0);
  return 10 * Math.log10((2 * error) / samples.length / (a * a + b * b));
}

describe.each(["wasm", "js"] as const)("engine %s", (engine) => {
  const create = (inRate: number, outRate: number, options: ResamplerOptions = {}) => new Resampler(inRate, outRate, { ...options, engine });
  describe("Resampler.setRatio", () => {
    it.each(PAIRS)("follows the ratio exactly in the long run (%i to %i Hz)", (inRate, outRate) => {
      for (const ppm of [1000, -1000, 37]) {
        const ratio = (outRate / inRate) * (1 + ppm * 1e-6);
        const resampler = create(inRate, outRate);
        resampler.setRatio(ratio);
        const quantum = new Float32Array(128);
        const output = new Float32Array(resampler.maxOutputFrames(128));
        for (let k = 0; k < 20; k++) resampler.process(quantum, output);
        let written = 0;
        for (let k = 0; k < 2000; k++) written += resampler.process(quantum, output);
        expect(Math.abs(written - 256000 * ratio)).toBeLessThanOrEqual(1);
      }
    });

    it("keeps the tone clean at the shifted ratio, in every profile", () => {
      for (const profile of PROFILES) {
        for (const [inRate, outRate] of PAIRS) {
          const resampler = create(inRate, outRate, { profile });
          const ratio = (outRate / inRate) * 1.0003;
          resampler.setRatio(ratio);
          const input = sine(inRate, 997, inRate / 4);
          const output = new Float32Array(resampler.maxOutputFrames(input.length));
          const written = resampler.process(input, output);
          const settled = output.subarray(written - Math.floor(outRate / 8), written);
          expect(residual(settled, (2 * Math.PI * 997) / inRate / ratio)).toBeLessThan(-104);
        }
      }
    });

    it.each(PAIRS)("changes over and changes ratio without a click (%i to %i Hz)", (inRate, outRate) => {
      const nominal = outRate / inRate;
      const frequency = 400;
      const input = sine(inRate, frequency, 16000);
      const resampler = create(inRate, outRate);
      const output = new Float32Array(resampler.maxOutputFrames(input.length));
      let written = 0;
      for (let from = 0; from < input.length; from += 160) {
        if (from === 4000) resampler.setRatio(nominal * 1.0005);
        if (from > 6000 && from % 320 === 0) resampler.setRatio(nominal * (1 + ((from * 7919) % 2000) * 1e-6 - 1e-3));
        written += resampler.process(input.subarray(from, from + 160), output.subarray(written));
      }
      const settled = output.subarray(Math.ceil(resampler.delayFrames) + 300, written);
      // The third difference of a pure tone is tiny, that of a step is as large as the step: a click stands out.
      const omega = (2 * Math.PI * frequency) / outRate;
      const most = 0.5 * omega ** 3;
      let worst = 0;
      for (let n = 3; n < settled.length; n++) {
        const [a, b, c, d] = settled.subarray(n - 3, n + 1) as unknown as [number, number, number, number];
        worst = Math.max(worst, Math.abs(d - 3 * c + 3 * b - a));
      }
      expect(worst).toBeGreaterThan(0.9 * most);
      expect(worst - most).toBeLessThan(2e-4);
    });

    it("does not depend on chunks", () => {
      fc.assert(
        fc.property(fc.constantFrom(...PAIRS), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }), ([inRate, outRate], sizes) => {
          const input = Float32Array.from({ length: 3000 }, (_, n) => Math.sin(n * n));
          const changes = [0, 500, 700, 2000];
          const through = (chunks: number[]): Float32Array => {
            const resampler = create(inRate, outRate);
            const output = new Float32Array(resampler.maxOutputFrames(input.length));
            let written = 0;
            for (let from = 0, k = 0; from < input.length; ) {
              if (changes.includes(from)) resampler.setRatio((outRate / inRate) * (1 + from * 1e-7));
              const corner = changes.find((change) => change > from) ?? input.length;
              const to = Math.min(corner, input.length, from + (chunks[k++ % chunks.length] as number));
              written += resampler.process(input.subarray(from, to), output.subarray(written));
              from = to;
            }
            return output.slice(0, written);
          };
          expect(through(sizes)).toEqual(through([3000]));
        }),
        { numRuns: 60 },
      );
    });

    it("changes nothing when the ratio is the nominal one", () => {
      const plain = create(48000, 24000);
      const told = create(48000, 24000);
      told.setRatio(0.5);
      const input = sine(48000, 1000, 1000);
      const [a, b] = [new Float32Array(501), new Float32Array(501)];
      plain.process(input, a);
      told.process(input, b);
      expect(b).toEqual(a);
      expect(told.delayFrames).toBe(plain.delayFrames);
    });

    it("can be prepared for before the drift is known", () => {
      const resampler = create(48000, 48000);
      resampler.prepareDrift();
      resampler.prepareDrift();
      const output = new Float32Array(resampler.maxOutputFrames(4800));
      expect(resampler.process(sine(48000, 1000, 4800), output)).toBe(4800);
      expect(resampler.delayFrames).toBeGreaterThan(1);
      resampler.setRatio(1.001);
      expect(Math.abs(resampler.process(sine(48000, 1000, 4800), output) - 4804.8)).toBeLessThan(1);
      resampler.setRatio(1);
      expect(Math.abs(resampler.process(sine(48000, 1000, 4800), output) - 4800)).toBeLessThanOrEqual(1);
    });

    it("keeps the ratio through reset and flush, and flushes in the middle of a change-over", () => {
      for (const settle of [0, 50, 5000]) {
        const resampler = create(24000, 48000);
        const input = sine(24000, 500, 6000);
        const output = new Float32Array(resampler.maxOutputFrames(6000));
        resampler.process(input.subarray(0, 1000), output);
        resampler.setRatio(2.002);
        resampler.process(input.subarray(0, settle), output);
        const tail = new Float32Array(resampler.tailFrames);
        expect(resampler.flush(tail)).toBeGreaterThan(0);
        expect(tail.every(Number.isFinite)).toBe(true);
        expect(resampler.process(input, output)).toBe(Math.ceil(6000 * 2.002));
        resampler.reset();
        expect(resampler.process(input, output)).toBe(Math.ceil(6000 * 2.002));
      }
    });

    it("refuses ratios further off than 1000 ppm", () => {
      const resampler = create(48000, 24000);
      for (const ratio of [0.5 * 1.0011, 0.5 * 0.9989, Number.NaN, 0, -0.5, Number.POSITIVE_INFINITY]) {
        expect(() => resampler.setRatio(ratio)).toThrow(new RangeError(`outOverIn is ${ratio}; allowed is 0.5 within 1000 ppm.`));
      }
      resampler.setRatio(0.5 * 1.001);
      resampler.setRatio(0.5 * 0.999);
    });
  });
});
