import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { speech } from "../../../../test/support/speech.ts";
import { type PeriodSplice, PeriodStretcher } from "./stretch.ts";

const RATES = [8000, 11025, 16000, 24000, 44100, 48000, 192000];
type Verb = "insertPeriod" | "removePeriod";
const VERBS: readonly Verb[] = ["insertPeriod", "removePeriod"];

/** Deterministic noise of +-`peak`. */
function noise(frames: number, peak: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (peak * state) / 2 ** 31;
  });
}

function tone(frames: number, hz: number, rate: number, peak = 0.5): Float32Array {
  return Float32Array.from({ length: frames }, (_, n) => peak * Math.sin((2 * Math.PI * hz * n) / rate));
}

/** Largest magnitude. */
function peakOf(samples: Float32Array): number {
  return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Everything that holds for any window; returns the splice and what was written. */
function splice(stretcher: PeriodStretcher, verb: Verb, window: Float32Array, threshold: number): { found: PeriodSplice; written: Float32Array } | null {
  const given = window.slice();
  const room = Math.min(window.length, stretcher.windowFrames);
  const output = new Float32Array(room).fill(7);
  const answer = stretcher[verb](window, output, threshold);
  expect(window).toEqual(given);
  if (answer === null) {
    expect(output.every((x) => x === 7)).toBe(true);
    return null;
  }
  const found = { ...answer };
  const { periodFrames, fadeFrame, producedFrames, consumedFrames } = found;
  expect(producedFrames - consumedFrames).toBe(verb === "insertPeriod" ? periodFrames : -periodFrames);
  expect(producedFrames).toBe(fadeFrame + periodFrames);
  expect(consumedFrames).toBeGreaterThan(0);
  expect(Math.max(consumedFrames, producedFrames)).toBeLessThanOrEqual(room);
  expect(periodFrames).toBeGreaterThanOrEqual(Math.round(stretcher.rate * 0.0025));
  expect(periodFrames).toBeLessThanOrEqual(stretcher.maxPeriodFrames);
  expect(found.quiet || found.correlation >= threshold).toBe(true);
  const written = output.slice(0, producedFrames);
  expect(written.subarray(0, fadeFrame)).toEqual(window.subarray(0, fadeFrame));
  expect(output.subarray(producedFrames).every((x) => x === 7)).toBe(true);
  expect(written.every(Number.isFinite)).toBe(true);
  // Gains that sum to 1 make no peak; the ones for quiet noise, which sum to 1.42 at most, some.
  expect(peakOf(written)).toBeLessThanOrEqual((found.quiet ? 2 : 1.000001) * peakOf(window));
  const again = new Float32Array(room);
  expect({ ...stretcher[verb](window, again, threshold) }).toEqual(found);
  expect(again.subarray(0, producedFrames)).toEqual(written);
  return { found, written };
}

describe.each(VERBS)("PeriodStretcher.%s", (verb) => {
  it("counts frames exactly and leaves alone what it does not fade, whatever is in the window", () => {
    const parts = fc.record({
      rate: fc.constantFrom(...RATES.slice(0, 4)),
      hz: fc.double({ min: 50, max: 1000, noNaN: true }),
      peak: fc.constantFrom(0, 1e-5, 0.003, 0.3, 1, 1e30),
      noisePeak: fc.constantFrom(0, 0, 1e-4, 0.01, 0.3),
      offset: fc.constantFrom(0, 0, 0.2),
      ms: fc.double({ min: 5, max: 60, noNaN: true }),
      threshold: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    let spliced = 0;
    fc.assert(
      fc.property(parts, ({ rate, hz, peak, noisePeak, offset, ms, threshold }) => {
        const frames = Math.round((ms * rate) / 1000);
        const rough = noise(frames, noisePeak);
        const window = tone(frames, hz, rate, peak).map((x, i) => x + (rough[i] as number) + offset);
        if (splice(new PeriodStretcher(rate), verb, window, threshold)) spliced++;
      }),
    );
    expect(spliced).toBeGreaterThan(20);
  });

  it.each(RATES)("goes on with a tone's next period without a trace, at %i Hz", (rate) => {
    const stretcher = new PeriodStretcher(rate);
    for (const hz of [100, 173.2, 220, 390]) {
      const window = tone(stretcher.windowFrames, hz, rate);
      const result = splice(stretcher, verb, window, 0.9);
      const period = result?.found.periodFrames ?? 0;
      const periods = (period * hz) / rate;
      expect(Math.abs(periods - Math.round(periods)) * (rate / hz)).toBeLessThan(0.75);
      // The period is whole frames and the tone's is not: half a frame of phase is all that may be wrong.
      const wrong = Math.max(...Array.from(result?.written ?? [9], (x, n) => Math.abs(x - (window[n] as number))));
      expect(wrong).toBeLessThan(0.5 * 2 * Math.PI * (hz / rate) * 0.75 + 1e-6);
    }
  });

  it("keeps silence silent and a constant constant", () => {
    const stretcher = new PeriodStretcher(24000);
    for (const value of [0, 0.25, -1]) {
      const result = splice(stretcher, verb, new Float32Array(stretcher.windowFrames).fill(value), 0.9);
      expect(result?.found.quiet).toBe(true);
      expect(result?.found.periodFrames).toBe(stretcher.maxPeriodFrames);
      expect(result?.written.every((x) => Math.abs(x - value) < 1e-7)).toBe(true);
    }
  });

  it("refuses loud noise, and takes quiet noise without a dip in its level", () => {
    const stretcher = new PeriodStretcher(24000);
    let inside = 0;
    let outside = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const loud = noise(stretcher.windowFrames, 0.3, seed * 7919);
      expect(splice(stretcher, verb, loud, 0.65)).toBeNull();
      const quiet = loud.map((x) => x / 200);
      const result = splice(stretcher, verb, quiet, 0.9);
      expect(result?.found.quiet).toBe(true);
      const { fadeFrame = 0, periodFrames = 0 } = result?.found ?? {};
      const middle = result?.written.subarray(fadeFrame + (periodFrames >> 2), fadeFrame + 3 * (periodFrames >> 2)) ?? quiet;
      inside += middle.reduce((sum, x) => sum + x * x, 0) / middle.length;
      outside += quiet.reduce((sum, x) => sum + x * x, 0) / quiet.length;
    }
    expect(Math.abs(10 * Math.log10(inside / outside))).toBeLessThan(0.5);
  });

  it("does more the lower the threshold, in speech", () => {
    const stretcher = new PeriodStretcher(24000);
    const source = speech("speech-b", 24000);
    const found = [1, 0.9, 0.65, 0].map((threshold) => {
      let count = 0;
      for (let at = 0; at + stretcher.windowFrames < source.length; at += 1200)
        if (splice(stretcher, verb, source.subarray(at, at + stretcher.windowFrames), threshold)) count++;
      return count;
    });
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[1]).toBeGreaterThan(12);
    expect(found[2]).toBeGreaterThan(found[1] as number);
  });

  it("makes do with shorter windows, and finds nothing in too short ones", () => {
    const stretcher = new PeriodStretcher(16000);
    const window = tone(stretcher.windowFrames, 200, 16000);
    expect(splice(stretcher, verb, window.subarray(0, 240), 0.9)?.found.periodFrames).toBe(80);
    for (let frames = 0; frames < 80; frames++) expect(splice(stretcher, verb, window.subarray(0, frames), 0)).toBeNull();
  });

  it("answers null when a frame is not finite, and writes nothing", () => {
    const stretcher = new PeriodStretcher(8000);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const window = tone(stretcher.windowFrames, 200, 8000);
      window[300] = bad;
      expect(splice(stretcher, verb, window, 0)).toBeNull();
    }
  });

  it("refuses bad arguments before it writes", () => {
    const stretcher = new PeriodStretcher(8000);
    const window = tone(stretcher.windowFrames, 200, 8000);
    const output = new Float32Array(window.length).fill(7);
    const call = (w: Float32Array, o: Float32Array, threshold: number) => () => stretcher[verb](w, o, threshold);
    for (const threshold of [-0.1, 1.1, Number.NaN]) expect(call(window, output, threshold)).toThrow(`threshold is ${threshold}; allowed are 0 to 1.`);
    expect(call(window, output.subarray(1), 0.9)).toThrow(new RangeError(`PeriodStretcher.${verb}: the output holds 359 elements, 360 are needed.`));
    const detached = new Float32Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    expect(call(detached, output, 0.9)).toThrow(/the window is detached/);
    expect(call(window, detached, 0.9)).toThrow(/the output is detached/);
    expect(output.every((x) => x === 7)).toBe(true);
  });
});

describe("PeriodStretcher", () => {
  it("passes on the rest of a longer window by not consuming it", () => {
    const stretcher = new PeriodStretcher(8000);
    const window = tone(4 * stretcher.windowFrames, 200, 8000);
    const output = new Float32Array(stretcher.windowFrames);
    expect(stretcher.removePeriod(window, output, 0.9)?.consumedFrames).toBeLessThanOrEqual(stretcher.windowFrames);
  });

  it("takes what counts as quiet from its caller", () => {
    const window = noise(1080, 0.3);
    expect(
      splice(
        new PeriodStretcher(24000, { quietDbfs: -20 }),
        "insertPeriod",
        window.map((x) => x / 3),
        1,
      )?.found.quiet,
    ).toBe(true);
    expect(
      splice(
        new PeriodStretcher(24000, { quietDbfs: -120 }),
        "insertPeriod",
        window.map((x) => x / 3e3),
        1,
      ),
    ).toBeNull();
  });

  it("refuses rates and options out of range", () => {
    for (const rate of [7999, 192001, 24000.5, Number.NaN]) expect(() => new PeriodStretcher(rate)).toThrow(`rate is ${rate}; allowed are integers from 8000`);
    for (const quietDbfs of [-121, -19, Number.NaN])
      expect(() => new PeriodStretcher(8000, { quietDbfs })).toThrow(`quietDbfs is ${quietDbfs}; allowed are -120 to -20 dBFS.`);
  });
});
