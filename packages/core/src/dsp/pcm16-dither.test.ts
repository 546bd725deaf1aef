import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePcm16 } from "./pcm16.ts";
import { Dither } from "./pcm16-dither.ts";

const RATE = 24000;

/** Steps of `frames` frames of constant `level`, in steps. */
function ofConstant(level: number, frames: number, seed: number): Int16Array {
  const output = new Int16Array(frames);
  new Dither(seed).encodePcm16(new Float32Array(frames).fill(level / 32768), output);
  return output;
}

/** A 997 Hz sine of whole seconds, and its encoding, in steps. */
function tone(dbfs: number, seconds: number, encode: (input: Float32Array, output: Int16Array) => number): { ideal: Float64Array; coded: Int16Array } {
  const amplitude = 10 ** (dbfs / 20);
  const input = Float32Array.from({ length: seconds * RATE }, (_, n) => amplitude * Math.sin((2 * Math.PI * 997 * n) / RATE));
  const coded = new Int16Array(input.length);
  encode(input, coded);
  return { ideal: Float64Array.from(input, (sample) => sample * 32768), coded };
}

/** Amplitude of `hz` in `samples`, a whole number of periods long. */
function amplitudeAt(samples: Int16Array, hz: number): number {
  let re = 0;
  let im = 0;
  for (const [n, sample] of samples.entries()) {
    const angle = (2 * Math.PI * ((hz * n) % RATE)) / RATE;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

/** dB of the largest harmonic below 12 kHz, relative to the tone. */
function worstHarmonic(samples: Int16Array): number {
  const harmonics = Array.from({ length: 10 }, (_, k) => amplitudeAt(samples, 997 * (k + 2)));
  return 20 * Math.log10(Math.max(...harmonics) / amplitudeAt(samples, 997));
}

function snr({ ideal, coded }: { ideal: Float64Array; coded: Int16Array }): number {
  let signal = 0;
  let noise = 0;
  for (const [n, sample] of ideal.entries()) {
    signal += sample * sample;
    noise += ((coded[n] as number) - sample) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe("Dither", () => {
  it("leaves an error whose mean is 0 and whose power is a quarter of a step squared, wherever between two steps the signal stands", () => {
    const frames = 200_000;
    for (const level of [0, 0.1, 0.25, 0.5, 0.73, -0.5, -1234.4, 32000.9]) {
      const errors = Float64Array.from(ofConstant(level, frames, 99), (step) => step - level);
      const mean = errors.reduce((sum, error) => sum + error, 0) / frames;
      const power = errors.reduce((sum, error) => sum + error * error, 0) / frames;
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.25 / frames));
      expect(Math.abs(power - 0.25)).toBeLessThan(0.005);
      expect(errors.every((error) => Math.abs(error) < 1.5)).toBe(true);
    }
  });

  it("is white: no sample of the error tells anything of the next ones", () => {
    const frames = 200_000;
    const errors = Float64Array.from(ofConstant(0, frames, 7));
    for (let lag = 1; lag <= 40; lag++) {
      let sum = 0;
      for (let n = lag; n < frames; n++) sum += (errors[n] as number) * (errors[n - lag] as number);
      expect(Math.abs(sum / frames / 0.25)).toBeLessThan(5 / Math.sqrt(frames));
    }
  });

  it("has its noise 93.3 dB below a full-scale sine", () => {
    const dither = new Dither(3);
    expect(snr(tone(-0.1, 4, (input, output) => dither.encodePcm16(input, output)))).toBeCloseTo(93.2, 1);
  });

  it("leaves no harmonic of a tone at -90 dBFS, where rounding alone leaves one at -15 dB", () => {
    const dither = new Dither(5);
    const dithered = tone(-90, 16, (input, output) => dither.encodePcm16(input, output)).coded;
    // What is left is the noise's share of one bin 1/16 Hz wide.
    expect(worstHarmonic(dithered)).toBeLessThan(-38);
    expect(20 * Math.log10(amplitudeAt(dithered, 997) / 32768)).toBeCloseTo(-90, 1);
    expect(worstHarmonic(tone(-90, 1, encodePcm16).coded)).toBeGreaterThan(-16);
  });

  it("clips, makes NaN 0, and stays within one and a half steps elsewhere", () => {
    const input = Float32Array.of(1, 2, Number.POSITIVE_INFINITY, -1.1, Number.NEGATIVE_INFINITY, Number.NaN);
    const output = new Int16Array(6);
    for (let seed = 0; seed < 200; seed++) {
      new Dither(seed).encodePcm16(input, output);
      expect([output[1], output[2], output[3], output[4], output[5]]).toEqual([32767, 32767, -32768, -32768, 0]);
      expect(output[0]).toBeGreaterThanOrEqual(32766);
    }
  });

  it("gives the same noise for the same seed, whatever the chunks, and again after reset", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.array(fc.nat(40), { maxLength: 8 }), (seed, sizes) => {
        const input = Float32Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, n) => Math.sin(n) / 100);
        const whole = new Int16Array(input.length);
        const dither = new Dither(seed);
        dither.encodePcm16(input, whole);
        dither.reset();
        const parts = new Int16Array(input.length);
        let at = 0;
        for (const size of sizes) at += dither.encodePcm16(input.subarray(at, at + size), parts.subarray(at));
        expect(parts).toEqual(whole);
      }),
    );
    expect(ofConstant(0, 50, 1)).not.toEqual(ofConstant(0, 50, 2));
  });

  it("refuses seeds that are none", () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(() => new Dither(seed)).toThrow(/^seed is .*; allowed are integers from 0 to 4294967295 as a seed\.$/);
  });
});
