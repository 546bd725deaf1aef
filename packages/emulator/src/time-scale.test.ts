import { describe, expect, it } from "vitest";
import { speech } from "../test/wire-client.ts";
import { timeScale } from "./time-scale.ts";

const rate = 24_000;
const tone = (hz: number, ms: number): Int16Array => Int16Array.from({ length: (rate * ms) / 1000 }, (_, i) => 9000 * Math.sin((2 * Math.PI * hz * i) / rate));

/** Upward zero crossings per second. */
function pitch(samples: Int16Array): number {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) if ((samples[i - 1] as number) < 0 && (samples[i] as number) >= 0) crossings++;
  return (crossings * rate) / samples.length;
}

describe("speech at another speed", () => {
  it.each([0.25, 0.5, 0.8, 1.25, 1.5])("at %f is as long as it should be, at the same pitch and loudness", (speed) => {
    const samples = tone(200, 1000);
    const scaled = timeScale({ samples, rate }, speed).samples;
    expect(scaled).toHaveLength(Math.round(samples.length / speed));
    expect(pitch(scaled)).toBeGreaterThan(196);
    expect(pitch(scaled)).toBeLessThan(204);
    const inner = scaled.subarray(1000, -1500);
    expect(Math.max(...inner)).toBeGreaterThan(8500);
    expect(Math.max(...inner)).toBeLessThan(9500);
    // No step is much larger than the tone's own.
    const step = inner.slice(1).reduce((most, sample, i) => Math.max(most, Math.abs(sample - (inner[i] as number))), 0);
    expect(step).toBeLessThan(1.5 * 9000 * ((2 * Math.PI * 200) / rate));
  });

  it("keeps speech as loud as it was", () => {
    const samples = speech("speech-a", rate);
    const energy = (all: Int16Array) => Math.sqrt(all.reduce((sum, sample) => sum + sample * sample, 0) / all.length);
    for (const speed of [0.7, 1.4]) expect(energy(timeScale({ samples, rate }, speed).samples) / energy(samples)).toBeCloseTo(1, 1);
  });

  it("is the clip itself at 1, and nothing of nothing", () => {
    const clip = { samples: tone(200, 100), rate };
    expect(timeScale(clip, 1)).toBe(clip);
    expect(timeScale({ samples: new Int16Array(0), rate }, 1.5).samples).toHaveLength(0);
  });
});
