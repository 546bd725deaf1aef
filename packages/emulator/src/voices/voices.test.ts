import { describe, expect, it } from "vitest";
import { messageOf } from "../../test/voice-request.ts";
import { clipMs } from "../audio.ts";
import { echoVoice, trimSilence } from "./echo.ts";
import { toneClip, toneVoice } from "./tone.ts";

/** `before` ms of silence, 1 s of tone, `after` ms of silence, at 24 kHz. */
function spoken(before: number, after: number): Int16Array {
  const samples = new Int16Array((before + 1000 + after) * 24);
  samples.set(toneClip(1000, 24000).samples, before * 24);
  return samples;
}

describe("the echo voice", () => {
  it("says what it heard, sample for sample, without the silence", async () => {
    const samples = spoken(1000, 2000);
    const message = await messageOf(echoVoice(), { userAudio: { samples, rate: 24000 } });
    const audio = message.audio?.samples as Int16Array;
    const start = 900 * 24;
    expect(audio).toEqual(samples.slice(start, start + audio.length));
    expect(clipMs(message.audio!)).toBeGreaterThanOrEqual(1200);
    expect(clipMs(message.audio!) % 50).toBe(0);
    expect(message.text).toBe("(echo of 1.3 s)");
  });

  it("answers text with a tone as long as reading it", async () => {
    const short = await messageOf(echoVoice(), { userText: "Hi" });
    const long = await messageOf(echoVoice(), { userText: "a".repeat(50) });
    expect(short).toMatchObject({ text: "(echo of “Hi”)" });
    expect(clipMs(short.audio!)).toBe(800);
    expect(clipMs(long.audio!)).toBe(3000);
  });

  it("keeps a clip that is silent or short", () => {
    const silent = { samples: new Int16Array(2400), rate: 24000 };
    expect(trimSilence(silent)).toBe(silent);
    expect(trimSilence({ samples: new Int16Array(3), rate: 24000 }).samples).toHaveLength(3);
  });
});

describe("the tone voice", () => {
  it("plays the same at any time, as long as it was told", async () => {
    const message = await messageOf(toneVoice({ durationMs: 1500 }), { rate: 8000 });
    expect(message.audio).toEqual(toneClip(1500, 8000));
    expect(clipMs(message.audio!)).toBe(1500);
    expect(message.text).toBe("(tone of 1.5 s)");
  });

  it("is audible, unclipped, and silent at its ends", () => {
    const { samples } = toneClip(3000, 24000);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(5000);
    expect(peak).toBeLessThan(16_000);
    expect(Math.abs(samples[0] as number)).toBeLessThan(50);
    expect(Math.abs(samples.at(-1) as number)).toBeLessThan(50);
  });

  it("is unlike itself a moment later, so that a piece of it can be found", () => {
    const { samples } = toneClip(3000, 24000);
    const at = 30_000;
    const piece = samples.subarray(at, at + 7200);
    let best = -1;
    let second = 0;
    for (let lag = 0; lag + piece.length <= samples.length; lag += 24) {
      const similarity = correlation(piece, samples.subarray(lag, lag + piece.length));
      if (Math.abs(lag - at) < 240) best = Math.max(best, similarity);
      else second = Math.max(second, similarity);
    }
    expect(best).toBeCloseTo(1, 6);
    expect(second).toBeLessThan(0.8);
  });

  it("refuses a length that is none", () => {
    expect(() => toneVoice({ durationMs: -1 })).toThrow(RangeError);
    expect(() => toneVoice({ durationMs: "long" as never })).toThrow(TypeError);
  });
});

function correlation(a: Int16Array, b: Int16Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
