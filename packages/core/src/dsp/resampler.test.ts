import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ResamplerProfile } from "./profiles.ts";
import { Resampler, type ResamplerOptions } from "./resampler.ts";

const PROFILES: ResamplerProfile[] = ["low-latency", "linear-phase", "strict"];
const RATES = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 44101, 48000, 96000, 192000];
const anyRate = fc.oneof(fc.constantFrom(...RATES), fc.integer({ min: 8000, max: 192000 }));
const anyProfile = fc.constantFrom(...PROFILES);

/** Reproducible noise in [-1, 1). */
function noise(frames: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** Runs `input` through in chunks, `sizes` taken in turn; `before(frame)` is called at each chunk boundary. */
function run(resampler: Resampler, input: Float32Array, sizes: number[], before?: (frame: number) => void): Float32Array {
  const output = new Float32Array(resampler.maxOutputFrames(input.length) + 1);
  let written = 0;
  for (let from = 0, k = 0; from < input.length; k++) {
    before?.(from);
    const to = Math.min(input.length, from + (sizes[k % sizes.length] as number));
    written += resampler.process(input.subarray(from, to), output.subarray(written));
    from = to;
  }
  return output.slice(0, written);
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

describe.each(["wasm", "js"] as const)("engine %s", (engine) => {
  const create = (inRate: number, outRate: number, options: ResamplerOptions = {}) => new Resampler(inRate, outRate, { ...options, engine });
  describe("Resampler, counts and chunks", () => {
    it("gives the same bits for every chunking, for any rates", () => {
      fc.assert(
        fc.property(
          anyRate,
          anyRate,
          anyProfile,
          fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 8 }),
          (inRate, outRate, profile, sizes) => {
            // Silence follows, through which the filters decay to nothing.
            const input = new Float32Array(8000);
            input.set(noise(3000));
            const whole = run(create(inRate, outRate, { profile }), input, [8000]);
            expect(run(create(inRate, outRate, { profile }), input, [128])).toEqual(whole);
            expect(run(create(inRate, outRate, { profile }), input, [...sizes, 1])).toEqual(whole);
            expect(rms(whole)).toBeGreaterThan(0.01);
          },
        ),
        { numRuns: 60 },
      );
    });

    it.each([
      [24000, 48000],
      [48000, 24000],
      [44100, 24000],
      [24000, 44100],
    ])("gives the same bits for every chunking when frames that are not finite fall into a decaying tail (%i to %i Hz)", (inRate, outRate) => {
      for (const profile of PROFILES) {
        const input = new Float32Array(12000);
        input.set(noise(200));
        for (let n = 301; n < input.length; n += 97) input[n] = n % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
        const whole = run(create(inRate, outRate, { profile }), input, [12000]);
        for (const sizes of [[128], [1], [5, 300, 1]]) expect(run(create(inRate, outRate, { profile }), input, sizes)).toEqual(whole);
      }
    });

    it("has written ceil(N * outRate / inRate) frames after every chunk, and never more than it announced", () => {
      fc.assert(
        fc.property(anyRate, anyRate, fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 20 }), (inRate, outRate, sizes) => {
          const resampler = create(inRate, outRate);
          let consumed = 0;
          let written = 0;
          for (const size of sizes) {
            const most = resampler.maxOutputFrames(size);
            const now = resampler.process(new Float32Array(size), new Float32Array(most));
            expect(now).toBeLessThanOrEqual(most);
            consumed += size;
            written += now;
            expect(written).toBe(Number((BigInt(consumed) * BigInt(outRate) + BigInt(inRate) - 1n) / BigInt(inRate)));
          }
        }),
        { numRuns: 100 },
      );
    });

    it.each([
      [44100, 24000],
      [48000, 44100],
      [8000, 11025],
      [48000, 24000],
      [44101, 8000],
    ])("does not drift from %i to %i Hz in a million frames of quanta", (inRate, outRate) => {
      const resampler = create(inRate, outRate);
      const quantum = new Float32Array(128);
      const output = new Float32Array(resampler.maxOutputFrames(128));
      let written = 0;
      const quanta = 8000;
      for (let k = 0; k < quanta; k++) written += resampler.process(quantum, output);
      expect(written).toBe(Math.ceil((quanta * 128 * outRate) / inRate));
    });

    it("accepts an output of exactly the frames it writes, touches nothing beyond, and refuses less without losing its place", () => {
      for (const [inRate, outRate] of [
        [44100, 48000],
        [48000, 24000],
        [24000, 48000],
        [44101, 48000],
        [48000, 48000],
      ] as const) {
        const resampler = create(inRate, outRate);
        const reference = create(inRate, outRate);
        const input = noise(1000);
        const expected = run(reference, input, [1000]);
        expect(() => resampler.process(input, new Float32Array(expected.length - 1))).toThrow(RangeError);
        const room = new Float32Array(expected.length + 2).fill(7);
        expect(resampler.process(input, room.subarray(1, expected.length + 1))).toBe(expected.length);
        expect(room.subarray(1, expected.length + 1)).toEqual(expected);
        expect([room[0], room[room.length - 1]]).toEqual([7, 7]);
      }
    });

    it("leaves its input alone", () => {
      const input = noise(500);
      run(create(48000, 16000), input, [500]);
      expect(input).toEqual(noise(500));
    });

    it("passes equal rates through without delay", () => {
      for (const profile of PROFILES) {
        const resampler = create(48000, 48000, { profile });
        expect(resampler.delayFrames).toBe(0);
        expect(run(resampler, noise(1000), [128])).toEqual(noise(1000));
        expect(resampler.flush(new Float32Array(0))).toBe(0);
      }
    });
  });

  describe("Resampler, bad and quiet input", () => {
    const KINDS = [
      [48000, 24000],
      [24000, 48000],
      [44100, 24000],
      [44101, 48000],
      [48000, 48000],
    ] as const;

    it.each(KINDS)("takes NaN and infinities as 0 (%i to %i Hz)", (inRate, outRate) => {
      const bad = noise(2000);
      const clean = noise(2000);
      for (const [place, value] of [
        [100, Number.NaN],
        [777, Number.POSITIVE_INFINITY],
        [778, Number.NEGATIVE_INFINITY],
      ] as const) {
        bad[place] = value;
        clean[place] = 0;
      }
      expect(run(create(inRate, outRate), bad, [128])).toEqual(run(create(inRate, outRate), clean, [128]));
    });

    it.each(KINDS)("survives the largest floats (%i to %i Hz)", (inRate, outRate) => {
      const resampler = create(inRate, outRate);
      run(resampler, new Float32Array(1000).fill(3e38), [128]);
      run(resampler, new Float32Array(20000), [128]);
      const quiet = run(resampler, new Float32Array(1000), [128]);
      expect(Math.max(...quiet.map(Math.abs))).toBeLessThan(1e-9);
    });

    it.each(KINDS)("falls exactly silent after sound (%i to %i Hz)", (inRate, outRate) => {
      const resampler = create(inRate, outRate);
      run(resampler, noise(5000), [128]);
      run(resampler, new Float32Array(40000), [128]);
      expect(run(resampler, new Float32Array(500), [128]).every((sample) => sample === 0)).toBe(true);
    });

    it("refuses rates and profiles it does not know, naming option, value and what is allowed", () => {
      for (const rate of [7999, 192001, 44100.5, Number.NaN, 0, -8000, Number.POSITIVE_INFINITY]) {
        expect(() => create(rate, 48000)).toThrow(new RangeError(`inRate is ${rate}; allowed are integers from 8000 to 192000 Hz.`));
        expect(() => create(48000, rate)).toThrow(new RangeError(`outRate is ${rate}; allowed are integers from 8000 to 192000 Hz.`));
      }
      expect(() => create(48000, 24000, { profile: "best" as never })).toThrow('profile is "best"; allowed are low-latency, linear-phase, strict.');
      expect(() => create(48000, 24000, { profile: "toString" as never })).toThrow(TypeError);
    });
  });

  describe("Resampler, flush and reset", () => {
    it("flushes what silence would have brought, then starts afresh", () => {
      fc.assert(
        fc.property(anyRate, anyRate, anyProfile, fc.integer({ min: 1, max: 1500 }), (inRate, outRate, profile, frames) => {
          const input = noise(frames);
          const resampler = create(inRate, outRate, { profile });
          const first = run(resampler, input, [128]);
          const tail = new Float32Array(resampler.tailFrames).fill(7);
          const flushed = resampler.flush(tail);
          expect(tail.subarray(flushed).every((sample) => sample === 7)).toBe(true);

          const reference = create(inRate, outRate, { profile });
          run(reference, input, [frames]);
          const silence = run(reference, new Float32Array(30000), [30000]);
          expect(tail.subarray(0, flushed)).toEqual(silence.subarray(0, flushed));
          const rest = silence.subarray(flushed);
          expect(rest.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(1e-5);
          expect(run(resampler, input, [100])).toEqual(first);
        }),
        { numRuns: 40 },
      );
    });

    it("keeps the whole of a stream: output less input differs by the delay only", () => {
      const resampler = create(16000, 24000, { profile: "linear-phase" });
      const input = new Float32Array(1600);
      input[1599] = 1;
      const output = run(resampler, input, [128]);
      const tail = new Float32Array(resampler.tailFrames);
      const whole = [...output, ...tail.subarray(0, resampler.flush(tail))];
      expect(whole.reduce((sum, sample) => sum + sample, 0)).toBeCloseTo(1.5, 4);
      const peakAt = whole.indexOf(Math.max(...whole));
      expect(Math.abs(peakAt - (1599 * 1.5 + resampler.delayFrames))).toBeLessThan(1);
    });

    it("starts afresh after reset", () => {
      for (const [inRate, outRate] of [
        [48000, 24000],
        [24000, 48000],
        [44100, 48000],
        [48000, 44101],
      ] as const) {
        const resampler = create(inRate, outRate);
        run(resampler, noise(333), [50]);
        resampler.reset();
        expect(run(resampler, noise(500), [128])).toEqual(run(create(inRate, outRate), noise(500), [128]));
      }
    });

    it("refuses a tail that is too short", () => {
      const resampler = create(44100, 24000);
      expect(() => resampler.flush(new Float32Array(3))).toThrow(RangeError);
    });
  });
});
