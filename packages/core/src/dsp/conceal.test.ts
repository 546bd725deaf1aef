import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { speech } from "../../../../test/support/speech.ts";
import { Concealer } from "./conceal.ts";

const RATES = [8000, 11025, 16000, 24000, 44100, 48000, 192000];

function tone(frames: number, hz: number, rate: number, peak = 0.5): Float32Array {
  return Float32Array.from({ length: frames }, (_, n) => peak * Math.sin((2 * Math.PI * hz * n) / rate));
}

function peakOf(samples: Float32Array): number {
  return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** `source` with holes: as many frames as each entry says are played, then concealed, by turns. */
function played(rate: number, source: Float32Array, turns: readonly number[], chunk: (n: number) => number): Float32Array {
  const concealer = new Concealer(rate);
  const output = source.slice();
  let at = 0;
  let calls = 0;
  for (const [k, frames] of turns.entries()) {
    for (const end = Math.min(source.length, at + frames); at < end; ) {
      const count = Math.min(end - at, chunk(calls++));
      if (k % 2 === 0) concealer.resume(output, at, count);
      else concealer.conceal(output, at, count);
      at += count;
    }
  }
  return output.subarray(0, at);
}

describe("Concealer", () => {
  it("gives the same frames for any size of chunks", () => {
    const source = speech("speech-b", 16000);
    const turns = fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 2, maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(turns, sizes, fc.constantFrom(8000, 11025, 24000), (frames, chunks, rate) => {
        const whole = played(rate, source, frames, () => source.length);
        expect(played(rate, source, frames, (n) => (n % 11 === 10 ? 1 : (chunks[n % chunks.length] as number)))).toEqual(whole);
        expect(whole.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("never exceeds the loudest of what was played, for any samples, finite or not", () => {
    const any = fc.oneof(fc.float32Array({ minLength: 1, maxLength: 600 }), fc.float32Array({ minLength: 400, maxLength: 600, min: -1, max: 1, noNaN: true }));
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 700 }), any, (before, lost, after) => {
        const concealer = new Concealer(8000);
        const given = before.slice();
        expect(concealer.resume(before)).toBe(0);
        expect(before).toEqual(given);
        const hole = new Float32Array(lost).fill(Number.NaN);
        concealer.conceal(hole);
        const loudest = peakOf(before.map((x) => (Number.isFinite(x) ? x : 0)));
        expect(peakOf(hole)).toBeLessThanOrEqual(loudest);
        const back = after.slice();
        const changed = concealer.resume(back);
        expect(changed).toBeLessThanOrEqual(80);
        expect(back.subarray(0, changed).every(Number.isFinite)).toBe(true);
        expect(back.subarray(changed)).toEqual(after.subarray(changed));
      }),
    );
  });

  it.each(RATES)("goes on with a tone, full for 10 ms, silent from 60 ms on, at %i Hz", (rate) => {
    const ms = (n: number) => Math.round((n * rate) / 1000);
    for (const hz of [100, 125, 200, 400]) {
      const concealer = new Concealer(rate);
      const whole = tone(ms(220), hz, rate);
      const output = whole.slice();
      const from = ms(100);
      const silent = from + ms(60);
      const back = from + ms(80);
      concealer.resume(output, 0, from);
      expect([concealer.lostFrames, concealer.silent]).toEqual([0, false]);
      expect(concealer.conceal(output, from, ms(80))).toBe(ms(60));
      expect([concealer.lostFrames, concealer.silent]).toEqual([ms(80), true]);
      for (let n = from; n < silent; n++) {
        const gain = Math.min(1, (silent - n) / (ms(60) - ms(10)));
        // The period is whole frames, so its phase goes wrong by half a frame each time.
        expect(Math.abs((output[n] as number) - gain * (whole[n] as number))).toBeLessThan((8 * Math.PI * hz) / rate + 0.01);
      }
      expect(peakOf(output.subarray(silent, back))).toBe(0);
      expect(concealer.resume(output, back)).toBe(ms(10));
      expect(concealer.resumingFrames).toBe(0);
      expect(output.subarray(back + ms(10))).toEqual(whole.subarray(back + ms(10)));
    }
  });

  it("makes no step at its seams: into the hole, between stages, and back", () => {
    const rate = 24000;
    const source = speech("speech-a", rate);
    let steepest = 0;
    for (let i = 1; i < source.length; i++) steepest = Math.max(steepest, Math.abs((source[i] as number) - (source[i - 1] as number)));
    for (let start = 12000; start + 6000 < source.length; start += 3571) {
      const concealer = new Concealer(rate);
      const output = source.slice(start - 2400, start + 3600);
      concealer.resume(output, 0, 2400);
      concealer.conceal(output, 2400, 960);
      concealer.resume(output, 3360);
      for (let i = 2390; i < 3700; i++) expect(Math.abs((output[i] as number) - (output[i - 1] as number))).toBeLessThan(steepest);
    }
    // A saw whose last played frame lies anywhere: the first concealed one goes on from it.
    for (let end = 2400; end < 2600; end += 7) {
      const concealer = new Concealer(rate);
      const saw = Float32Array.from({ length: end }, (_, n) => Math.sin(n / 31) * 0.3 + n / 10000);
      concealer.resume(saw);
      const hole = new Float32Array(400);
      concealer.conceal(hole);
      expect(Math.abs((hole[0] as number) - (saw[end - 1] as number))).toBeLessThan(0.02);
    }
  });

  it("cross-fades back for a quarter period and 4 ms more for every 10 ms lost, 10 ms at most, in as many calls as it takes", () => {
    for (const [lostMs, expected] of [
      [1, 20 + 32],
      [10, 20 + 32],
      [15, 80],
      [500, 80],
    ] as const) {
      const concealer = new Concealer(8000);
      concealer.resume(tone(800, 100, 8000));
      concealer.conceal(new Float32Array(lostMs * 8));
      const ones = new Float32Array(100).fill(1);
      expect(concealer.resume(ones, 0, 0)).toBe(0);
      expect(concealer.resume(ones, 0, 30)).toBe(30);
      expect(concealer.resumingFrames).toBe(expected - 30);
      expect(concealer.resume(ones, 30)).toBe(expected - 30);
      expect(ones.subarray(expected).every((x) => x === 1)).toBe(true);
      expect(concealer.resume(ones)).toBe(0);
    }
  });

  it("begins a new hole from what was played, also during a cross-fade", () => {
    const concealer = new Concealer(8000);
    concealer.resume(tone(800, 100, 8000));
    concealer.conceal(new Float32Array(4000));
    const loud = new Float32Array(40).fill(1);
    concealer.resume(loud);
    const hole = new Float32Array(100);
    expect(concealer.conceal(hole)).toBe(100);
    expect([concealer.lostFrames, concealer.resumingFrames]).toEqual([100, 0]);
    expect(Math.abs((hole[0] as number) - (loud[39] as number))).toBeLessThan(0.1);
    expect(concealer.conceal(new Float32Array(0))).toBe(0);
  });

  it("gives silence after silence, before any sound, and after reset", () => {
    const concealer = new Concealer(48000);
    const hole = new Float32Array(5000).fill(1);
    concealer.conceal(hole);
    expect(peakOf(hole)).toBe(0);
    concealer.resume(tone(9000, 200, 48000));
    concealer.resume(new Float32Array(2400));
    concealer.conceal(hole.fill(1));
    expect(peakOf(hole)).toBe(0);
    concealer.resume(tone(9000, 200, 48000));
    concealer.reset();
    expect([concealer.lostFrames, concealer.resumingFrames]).toEqual([0, 0]);
    concealer.conceal(hole.fill(1));
    expect(peakOf(hole)).toBe(0);
  });

  it("refuses bad arguments before it writes or moves on", () => {
    for (const rate of [7999, 192001, 8000.5, Number.NaN]) expect(() => new Concealer(rate)).toThrow(`rate is ${rate}; allowed are integers from 8000`);
    const concealer = new Concealer(8000);
    const samples = new Float32Array(4).fill(7);
    const detached = new Float32Array(4);
    structuredClone(detached, { transfer: [detached.buffer] });
    for (const verb of ["resume", "conceal"] as const) {
      for (const [start, frames] of [
        [-1, 2],
        [5, 0],
        [2, 3],
        [0.5, 1],
        [0, Number.NaN],
      ] as const)
        expect(() => concealer[verb](samples, start, frames)).toThrow(/^(start|frames) is .*; allowed are integers from 0 to [24] frames\.$/);
      expect(() => concealer[verb](detached)).toThrow(`Concealer.${verb}: the samples is detached`);
    }
    expect([...samples, concealer.lostFrames]).toEqual([7, 7, 7, 7, 0]);
  });
});
