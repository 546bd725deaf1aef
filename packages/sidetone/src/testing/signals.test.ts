import { describe, expect, test } from "vitest";
import { clicks, correlate, findGaps, noise, peak, rms, sequence, silence, similarity, sine, speechLike, sweep } from "./index.ts";

const RATE = 24_000;

/** Frequency in Hz by zero crossings. */
function crossings(samples: Float32Array, rate: number): number {
  let count = 0;
  for (let i = 1; i < samples.length; i++) if (samples[i - 1] < 0 !== samples[i] < 0) count++;
  return (count * rate) / (2 * samples.length);
}

/** Level in dB of what lies around `hz`, by correlation with a sine and a cosine. */
function levelAt(samples: Float32Array, hz: number, rate: number): number {
  let [re, im] = [0, 0];
  samples.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * hz * i) / rate);
    im += sample * Math.sin((2 * Math.PI * hz * i) / rate);
  });
  return 10 * Math.log10((re * re + im * im) / samples.length ** 2);
}

/** Mean level over a third of an octave around `hz`, per Hz. */
function density(samples: Float32Array, hz: number, rate: number): number {
  const powers = Array.from({ length: 60 }, (_, i) => 10 ** (levelAt(samples, hz * (0.89 + (0.23 * i) / 60), rate) / 10));
  return 10 * Math.log10(powers.reduce((sum, power) => sum + power) / powers.length);
}

describe("a tone", () => {
  test("has its frequency, length and loudness, and begins at 0", () => {
    const tone = sine({ hz: 440, ms: 1000, rate: RATE, amplitude: 0.25 });
    expect(tone).toHaveLength(RATE);
    expect(tone[0]).toBe(0);
    expect(crossings(tone, RATE)).toBeCloseTo(440, -1);
    expect(peak(tone)).toBeCloseTo(0.25, 4);
    expect(rms(tone)).toBeCloseTo(0.25 / Math.SQRT2, 3);
  });
});

describe("a sweep", () => {
  test("goes from one frequency to the other, an octave in the same time", () => {
    const samples = sweep({ fromHz: 200, toHz: 3200, ms: 4000, rate: RATE });
    for (const [ms, hz] of [
      [0, 200],
      [1000, 400],
      [2000, 800],
      [3000, 1600],
    ]) {
      const from = (ms * RATE) / 1000;
      expect(crossings(samples.subarray(from, from + 480), RATE) / hz).toBeCloseTo(1, 0);
    }
    expect(Math.abs(samples[0])).toBeLessThan(0.01);
    expect(Math.abs(samples[samples.length - 1])).toBeLessThan(0.01);
  });

  test("any part of it is found to the sample", () => {
    const samples = sweep({ fromHz: 200, toHz: 3200, ms: 4000, rate: RATE });
    for (const at of [500, 30_000, 71_111]) {
      const found = correlate(samples.subarray(at, at + 4800), samples);
      expect(found.offset).toBe(at);
      expect(found.score).toBeCloseTo(1, 6);
    }
  });

  test("may stay where it is, or go down", () => {
    expect(crossings(sweep({ fromHz: 500, toHz: 500, ms: 1000, rate: RATE }), RATE)).toBeCloseTo(500, -1);
    expect(crossings(sweep({ fromHz: 2000, toHz: 500, ms: 1000, rate: RATE }).subarray(0, 2400), RATE)).toBeGreaterThan(1500);
  });
});

describe("noise", () => {
  const colors = ["white", "pink", "soft"] as const;

  test.each(colors)("%s: the same from the same seed, another from another, and longer is only longer", (color) => {
    const one = noise({ color, ms: 500, rate: RATE, seed: 3 });
    expect(noise({ color, ms: 500, rate: RATE, seed: 3 })).toEqual(one);
    expect(noise({ color, ms: 800, rate: RATE, seed: 3 }).subarray(0, one.length)).toEqual(one);
    expect(Math.abs(similarity(noise({ color, ms: 500, rate: RATE, seed: 4 }), 0, one, 0, one.length))).toBeLessThan(0.1);
    expect(peak(one)).toBeLessThanOrEqual(0.5);
    expect(findGaps(one, RATE)).toEqual([]);
  });

  test("has the slope of its color", () => {
    const slope = (color: (typeof colors)[number]) => {
      const samples = noise({ color, ms: 2000, rate: 44_100 });
      return (density(samples, 6400, 44_100) - density(samples, 200, 44_100)) / 5;
    };
    expect(Math.abs(slope("white"))).toBeLessThan(0.7);
    expect(slope("pink")).toBeGreaterThan(-3.7);
    expect(slope("pink")).toBeLessThan(-2.3);
    expect(slope("soft")).toBeLessThan(-1.5);
  });

  test("needs a color that there is, and a seed", () => {
    expect(() => noise({ color: "blue" as never, ms: 1, rate: RATE })).toThrow('color is "blue"; allowed are "white", "pink" and "soft".');
    expect(() => noise({ seed: 1.5, ms: 1, rate: RATE })).toThrow("seed is 1.5; allowed is any integer.");
  });
});

describe("clicks", () => {
  test("come at their distance, one sample each", () => {
    const samples = clicks({ everyMs: 100, ms: 350, rate: RATE, amplitude: 0.9 });
    expect([...samples.keys()].filter((i) => samples[i] !== 0)).toEqual([0, 2400, 4800, 7200]);
    expect(peak(samples)).toBeCloseTo(0.9, 6);
    expect(() => clicks({ everyMs: 0, ms: 10, rate: RATE })).toThrow("everyMs is 0; allowed is one sample or more.");
  });
});

describe("what sounds like speech", () => {
  const speech = speechLike({ ms: 6000, rate: RATE, seed: 2 });

  test("comes in bursts with exact silence between them", () => {
    const gaps = findGaps(speech, RATE, { minMs: 700 });
    expect(gaps).toHaveLength(2);
    for (const { ms } of gaps) expect(ms).toBeGreaterThanOrEqual(800);
    expect(peak(speech)).toBeCloseTo(0.5, 6);
    for (const start of [0, 2000, 4000]) expect(rms(speech.subarray((start * RATE) / 1000, ((start + 1200) * RATE) / 1000))).toBeGreaterThan(0.05);
  });

  test("has a pitch and, above 4 kHz, nothing", () => {
    const burst = speech.subarray(0, (1200 * RATE) / 1000);
    expect(density(burst, 600, RATE) - density(burst, 6000, RATE)).toBeGreaterThan(30);
  });

  test("is the same from the same seed, at any pace", () => {
    expect(speechLike({ ms: 6000, rate: RATE, seed: 2 })).toEqual(speech);
    expect(speechLike({ ms: 6000, rate: RATE, seed: 3 })).not.toEqual(speech);
    expect(findGaps(speechLike({ ms: 3000, rate: RATE, burstMs: 500, pauseMs: 500 }), RATE, { minMs: 450 })).toHaveLength(2);
    expect(() => speechLike({ ms: 1000, rate: RATE, burstMs: 0 })).toThrow("burstMs is 0; allowed is more than 0.");
  });
});

describe("every signal", () => {
  test("can be put in a row with silence", () => {
    const row = sequence(RATE, 100, sine({ hz: 100, ms: 50, rate: RATE }), 20, silence(30, RATE));
    expect(row).toHaveLength(RATE / 5);
    expect(rms(row.subarray(0, 2400))).toBe(0);
    expect(rms(row.subarray(2400, 3600))).toBeGreaterThan(0.3);
  });

  test("refuses a length, a rate or an amplitude that is none", () => {
    expect(() => sine({ hz: 1, ms: -1, rate: RATE })).toThrow("ms is -1; allowed is 0 or more.");
    expect(() => sine({ hz: 1, ms: 1, rate: 0 })).toThrow("rate is 0; allowed is more than 0.");
    expect(() => noise({ ms: 1, rate: RATE, amplitude: 2 })).toThrow("amplitude is 2; allowed is 0 to 1.");
    expect(() => sweep({ fromHz: 0, toHz: 1, ms: 1, rate: RATE })).toThrow("fromHz is 0 and toHz is 1; allowed is more than 0.");
  });
});
