/** The goals, held without native programs: against SoundTouch's committed figures and the re-written Appendix I. And that what measures them can be trusted. */
import { describe, expect, it } from "vitest";
import { nsim } from "../../../test/support/spectral.ts";
import { SOUNDTOUCH_NSIM } from "./anchors.ts";
import { AppendixOne } from "./appendix-one.ts";
import { measureConcealment } from "./conceal-table.ts";
import { METHODS } from "./concealers.ts";
import { follow } from "./follow.ts";
import { concealGoals, stretchGoals } from "./goals.ts";
import { CHANNELS } from "./loss.ts";
import { recording, STRETCH_RATE, takes } from "./material.ts";
import { stretchByPeriods } from "./periods.ts";
import { gridOf, measureStretch, SPEEDS, stretchScore } from "./stretch-table.ts";
import { STRETCHERS } from "./stretchers.ts";

const SPEECH_LIKE = METHODS.filter(({ id }) => id !== "zeros");

describe("time stretch", () => {
  const sidetone = STRETCHERS[0];

  it("is as good as SoundTouch within 10 %", async () => {
    const figures = await Promise.all(SPEEDS.filter(({ goal }) => goal).map(({ speed }) => measureStretch({ ...sidetone, inProcess: false }, speed, 2)));
    const goals = stretchGoals(figures, (speed) => SOUNDTOUCH_NSIM[speed]);
    expect(goals.map(({ id }) => id)).toEqual(["stretch-0.9", "stretch-0.95", "stretch-1.05", "stretch-1.1"]);
    expect(goals.filter(({ met }) => !met)).toEqual([]);
    for (const { length } of figures) expect(Math.abs(length - 1)).toBeLessThan(0.01);
  });

  it("is followed to where it is: alignment by sound and the stretcher's own word agree, and a steady map does not fit", () => {
    const [take] = takes(1);
    const { samples, sourceOf } = stretchByPeriods(take.samples, STRETCH_RATE, 0.9);
    const heard = follow(gridOf(take.voice), samples, (sample) => take.offset + sample * 0.9);
    const errors = Array.from({ length: 600 }, (_, k) => Math.abs(heard(k * 240) - sourceOf(k * 240) - take.offset) / 24).sort((a, b) => a - b);
    expect(errors[300]).toBeLessThan(0.1);
    const own = nsim(take.samples, samples, STRETCH_RATE, sourceOf);
    expect(Math.abs(stretchScore(take, samples, 0.9) - own)).toBeLessThan(0.003);
    expect(nsim(take.samples, samples, STRETCH_RATE, (sample) => sample * 0.9)).toBeLessThan(0.9);
    expect(stretchScore(take, take.samples, 1)).toBeCloseTo(1, 4);
  });

  it("wants an absolute figure where SoundTouch is not there", () => {
    const figures = [{ id: "sidetone", speed: 0.9, nsim: 0.984, least: 0, most: 0, byVoice: { "speech-a": 0, "speech-b": 0 }, length: 1, cpuMs: null }];
    expect(stretchGoals(figures, () => undefined)).toMatchObject([{ limit: 0.985, met: false }]);
  });
});

describe("concealment", () => {
  it.each([8000, 24000])("is as near to what was lost as Appendix I, at %i Hz", (rate) => {
    for (const packetMs of [10, 20]) {
      const figures = CHANNELS.flatMap((channel) => measureConcealment(channel, rate, packetMs, 5, SPEECH_LIKE));
      const goals = concealGoals(figures);
      expect(goals).toHaveLength(CHANNELS.length);
      expect(goals.filter(({ met }) => !met)).toEqual([]);
      for (const { id, distance } of figures) expect(distance, id).toBeLessThan(8);
    }
  });

  it("is measured against an Appendix I that does what it should", () => {
    const source = recording("speech-a", 8000).slice(0, 8000);
    const appendix = METHODS.find(({ id }) => id === "appendix-one")!;
    const none = new Array<boolean>(100).fill(false);
    expect(appendix.conceal(source, 8000, 80, none)).toEqual(source);
    // A tone of 125 Hz: the period is found, and goes on without a trace for 10 ms; a fifth less every 10 ms; then silence.
    const concealer = new AppendixOne(8000);
    const tone = Float32Array.from({ length: 8000 }, (_, n) => Math.sin((2 * Math.PI * n) / 64));
    const late = new Float32Array(8000);
    for (let at = 0; at < 8000; at += 80) {
      if (at >= 4000 && at < 4800) concealer.lost(late.subarray(at, at + 80));
      else concealer.good(tone.subarray(at, at + 80), late.subarray(at, at + 80));
    }
    const output = late.subarray(concealer.delay);
    expect(concealer.delay).toBe(30);
    for (let i = 3900; i < 4080; i++) expect(output[i]).toBeCloseTo(tone[i], 4);
    const peak = (from: number, to: number) => Math.max(...output.subarray(from, to).map(Math.abs));
    expect(peak(4160, 4224)).toBeCloseTo(0.8, 1);
    expect(peak(4320, 4384)).toBeCloseTo(0.4, 1);
    expect(peak(4480, 4770)).toBe(0);
    for (let i = 4880; i < 7900; i++) expect(output[i]).toBeCloseTo(tone[i], 4);
  });

  it("is measured on channels that lose what they say", () => {
    const shares = CHANNELS.map(({ pattern }) => pattern(200_000, "share").filter(Boolean).length / 200_000);
    expect(shares[0]).toBeCloseTo(0.05, 2);
    expect(shares[1]).toBeCloseTo(0.1, 2);
    expect(shares[2]).toBeCloseTo(0.05, 2);
  });
});
