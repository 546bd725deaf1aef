import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fft } from "./fft.ts";
import { designPrototype, groupDelay, OVERSAMPLING } from "./filter-design.ts";
import { buildPhaseTable } from "./phase-table.ts";
import { PROFILE_FILTERS, prototypeOf } from "./profiles.ts";

/** Gain in dB at `frequency`, in units of the lower Nyquist frequency. */
function gain(response: Float64Array, frequency: number): number {
  const step = (Math.PI * frequency) / OVERSAMPLING;
  let re = 0;
  let im = 0;
  response.forEach((h, n) => {
    re += h * Math.cos(step * n);
    im -= h * Math.sin(step * n);
  });
  return 20 * Math.log10(Math.hypot(re, im) / OVERSAMPLING);
}

describe("fft", () => {
  it("equals the sum that defines it", () => {
    const [re, im] = [Float64Array.from({ length: 16 }, (_, n) => Math.sin(n * n)), Float64Array.from({ length: 16 }, (_, n) => Math.cos(3 * n * n))];
    const [r, i] = [re.slice(), im.slice()];
    fft(r, i);
    for (let k = 0; k < 16; k++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let n = 0; n < 16; n++) {
        const [c, s] = [Math.cos((2 * Math.PI * k * n) / 16), -Math.sin((2 * Math.PI * k * n) / 16)];
        sumRe += (re[n] as number) * c - (im[n] as number) * s;
        sumIm += (re[n] as number) * s + (im[n] as number) * c;
      }
      expect(r[k]).toBeCloseTo(sumRe, 10);
      expect(i[k]).toBeCloseTo(sumIm, 10);
    }
  });

  it("refuses sizes other than a power of two", () => {
    for (const [a, b] of [
      [0, 0],
      [12, 12],
      [8, 16],
    ] as const) {
      expect(() => fft(new Float64Array(a), new Float64Array(b))).toThrow(RangeError);
    }
  });
});

describe.each(Object.entries(PROFILE_FILTERS))("the prototype of %s", (_, spec) => {
  const response = designPrototype(spec);

  it("is flat to 0.93 and down by 100 dB from the stop band's edge on", () => {
    for (let f = 0; f <= 0.93; f += 0.01) expect(Math.abs(gain(response, f))).toBeLessThan(0.1);
    for (let f = spec.cutoff + spec.transition / 2; f < OVERSAMPLING; f += 0.0037) expect(gain(response, f)).toBeLessThan(-100);
  });

  it("has its energy where its phase asks", () => {
    const delay = groupDelay(response, 0.1);
    const middle = (response.length - 1) / 2 / OVERSAMPLING;
    if (spec.phase === "linear") {
      expect(delay).toBeCloseTo(middle, 9);
      for (let n = 0; n < response.length; n++) expect(response[n]).toBeCloseTo(response[response.length - 1 - n] as number, 12);
    } else {
      expect(delay).toBeLessThan(3);
      expect(delay).toBeGreaterThan(1);
    }
  });
});

describe("buildPhaseTable", () => {
  it("has a gain of 1 at 0 Hz in every row, for any rates", () => {
    const rate = fc.integer({ min: 8000, max: 192000 });
    fc.assert(
      fc.property(rate, rate, (inRate, outRate) => {
        const phases = Math.min(outRate, 50);
        const frameStep = Math.min(inRate, outRate) / inRate;
        const { rows, taps } = buildPhaseTable(prototypeOf("low-latency"), frameStep, phases, phases + 1);
        expect(taps % 4).toBe(0);
        for (let row = 0; row <= phases; row++) {
          const sum = rows.subarray(row * taps, (row + 1) * taps).reduce((total, tap) => total + tap, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lands on a sample of the prototype from just below without dividing by zero (96000 to 37360 Hz)", () => {
    const { rows } = buildPhaseTable(prototypeOf("low-latency"), 37360 / 96000, 467, 467);
    expect(rows.every(Number.isFinite)).toBe(true);
  });
});
