import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HALF_BAND_PAIRS, halfBandTaps } from "./half-band-fir.ts";
import { buildPhaseTable } from "./phase-table.ts";
import { groupDelay, type LowPass, lowPassOf, OVERSAMPLING, PROFILES, type ResamplerProfile } from "./profiles.ts";
import { Recursion } from "./recursion.ts";

/** Value of the sum of h[n] z^-n at `frequency`, a fraction of half its rate. */
function magnitude(taps: ArrayLike<number>, frequency: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < taps.length; n++) {
    re += (taps[n] as number) * Math.cos(Math.PI * frequency * n);
    im -= (taps[n] as number) * Math.sin(Math.PI * frequency * n);
  }
  return Math.hypot(re, im);
}

/** Gain in dB at `frequency`, in units of the lower Nyquist frequency. */
function gain({ response, sections }: LowPass, frequency: number): number {
  let product = magnitude(response, frequency / OVERSAMPLING) / OVERSAMPLING;
  for (const [b1, b2, a1, a2] of sections) product *= magnitude([1, b1, b2], frequency) / magnitude([1, a1, a2], frequency);
  return 20 * Math.log10(product);
}

const STOP_BAND: Record<ResamplerProfile, number> = { "low-latency": 1.1, "linear-phase": 1.1, strict: 1 };

describe.each(PROFILES as readonly ResamplerProfile[])("the filter of %s", (profile) => {
  const filter = lowPassOf(profile);

  it("is flat to 0.93, with a gain of 1, and down by 100 dB from the stop band's edge on", () => {
    expect(Math.abs(gain(filter, 0))).toBeLessThan(0.03);
    for (let f = 0; f <= 0.93; f += 0.005) expect(Math.abs(gain(filter, f))).toBeLessThan(0.05);
    for (let f = STOP_BAND[profile]; f < OVERSAMPLING; f += 0.0017) expect(gain(filter, f)).toBeLessThan(-102);
  });

  it("lets next to nothing of low frequencies through a frame rate above", () => {
    for (const images of [2, 4, 6]) for (const f of [-0.05, 0.05]) expect(gain(filter, images + f)).toBeLessThan(-118);
  });

  it("has stable poles", () => {
    for (const [, , a1, a2] of filter.sections) {
      expect(Math.abs(a2)).toBeLessThan(0.96);
      expect(Math.abs(a1)).toBeLessThan(1 + a2);
    }
  });

  it("has its energy where its phase asks", () => {
    const { response } = filter;
    const delay = groupDelay(filter, 0.1);
    if (profile === "linear-phase") {
      expect(delay).toBeCloseTo((response.length - 1) / 2 / OVERSAMPLING, 9);
      for (let n = 0; n < response.length; n++) expect(response[n]).toBe(response[response.length - 1 - n]);
    } else {
      expect(delay).toBeGreaterThan(1);
      expect(delay).toBeLessThan(3.1);
    }
  });

  it("has gone when its tail is over", () => {
    const recursion = new Recursion(filter.sections);
    const impulse = new Float64Array(filter.tailFrames + 500);
    impulse[0] = 1;
    recursion.run(impulse, 0, impulse.length);
    let dc = 1;
    for (const [b1, b2, a1, a2] of filter.sections) dc *= (1 + b1 + b2) / (1 + a1 + a2);
    for (const rest of impulse.subarray(Math.max(1, filter.tailFrames))) expect(Math.abs(rest / dc)).toBeLessThan(1e-6);
  });
});

describe("the half-band taps", () => {
  it("make a flat filter with a gain of 1 that is down by 100 dB from 1.1 times the lower Nyquist frequency on", () => {
    const taps = halfBandTaps();
    expect(taps.length).toBe(HALF_BAND_PAIRS);
    const at = (f: number) => taps.reduce((sum, tap, k) => sum + 2 * tap * Math.cos((Math.PI / 2) * f * (2 * k + 1)), 0.5);
    for (let f = 0; f <= 0.9; f += 0.003) expect(Math.abs(at(f) - 1)).toBeLessThan(1e-5);
    for (let f = 1.1; f <= 2; f += 0.003) expect(Math.abs(at(f))).toBeLessThan(1e-5);
  });
});

describe("Recursion", () => {
  const { sections } = lowPassOf("strict");

  it("gives the same bits for every chunking", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 }), (sizes) => {
        const whole = Float64Array.from({ length: 500 }, (_, n) => Math.sin(n * n));
        const pieces = whole.slice();
        new Recursion(sections).run(whole, 0, 500);
        const recursion = new Recursion(sections);
        for (let from = 0, k = 0; from < 500; k++) {
          const to = Math.min(500, from + (sizes[k % sizes.length] as number));
          recursion.run(pieces, from, to);
          from = to;
        }
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it("forgets on reset, and what has overflowed", () => {
    const recursion = new Recursion(sections);
    recursion.run(Float64Array.of(1, Number.POSITIVE_INFINITY, 3), 0, 3);
    const after = Float64Array.of(1, 2, 3);
    recursion.run(after, 0, 3);
    recursion.reset();
    const fresh = Float64Array.of(1, 2, 3);
    recursion.run(fresh, 0, 3);
    expect(after).toEqual(fresh);
  });
});

describe("buildPhaseTable", () => {
  it("has the filter's gain at 0 Hz in every row, for any rates", () => {
    const rate = fc.integer({ min: 8000, max: 192000 });
    const { response } = lowPassOf("linear-phase");
    fc.assert(
      fc.property(rate, rate, (inRate, outRate) => {
        const phases = Math.min(outRate, 50);
        const frameStep = Math.min(inRate, outRate) / inRate;
        const { rows, taps } = buildPhaseTable(response, frameStep, phases, phases + 1);
        expect(taps % 4).toBe(0);
        for (let row = 0; row <= phases; row++) {
          const sum = rows.subarray(row * taps, (row + 1) * taps).reduce((total, tap) => total + tap, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(0.003);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lands on a sample of the prototype from just below without dividing by zero (96000 to 37360 Hz)", () => {
    const { rows } = buildPhaseTable(lowPassOf("low-latency").response, 37360 / 96000, 467, 467);
    expect(rows.every(Number.isFinite)).toBe(true);
  });
});
