import { SileroVad } from "@sidetone/vad";
import { loadSileroModel } from "@sidetone/vad/node";
import { describe, expect, it } from "vitest";
import { sequence, speech } from "../../../../test/support/speech.ts";
import { TurnDetector } from "./turn-detector.ts";
import { UtteranceEnd } from "./utterance-end.ts";
import { VAD_FRAME, VAD_RATE } from "./vad.ts";
import type { VadEdge } from "./vad-iterator.ts";

/** `hear`s all of `samples` as voiced. */
function heard(samples: Float32Array): UtteranceEnd {
  const end = new UtteranceEnd();
  for (let at = 0; at + VAD_FRAME <= samples.length; at += VAD_FRAME) end.hear(samples.subarray(at, at + VAD_FRAME), true);
  return end;
}

/** A buzz like a voice: `pitch` in Hz and `level` of full scale at `t` seconds. */
function buzz(seconds: number, pitch: (t: number) => number, level: (t: number) => number = () => 0.1): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: seconds * VAD_RATE }, (_, n) => {
    phase += pitch(n / VAD_RATE) / VAD_RATE;
    let sum = 0;
    for (let k = 1; k <= 8; k++) sum += Math.sin(2 * Math.PI * k * phase) / k;
    return level(n / VAD_RATE) * sum;
  });
}

/** Pitch that is held for two seconds and then moves by `semitones` within 0.4 s. */
const moving = (semitones: number) => (t: number) => 140 * 2 ** ((semitones * Math.max(0, Math.min(1, (t - 2) / 0.3))) / 12);

describe("UtteranceEnd", () => {
  it("knows nothing of nothing", () => {
    expect(new UtteranceEnd().finished).toBe(0);
    expect(heard(new Float32Array(VAD_RATE)).finished).toBeLessThan(0.4);
  });

  it("takes long for more finished than short", () => {
    const held = (seconds: number) => heard(buzz(seconds, () => 140)).finished;
    expect(held(0.4)).toBeCloseTo(0, 2);
    expect(held(1.2)).toBeGreaterThan(0.1);
    expect(held(2.5)).toBeCloseTo(0.4, 2);
  });

  it("hears level fall, whatever the level", () => {
    const fading = (gain: number) =>
      heard(
        buzz(
          2.4,
          () => 140,
          (t) => gain * (t < 2 ? 1 : 0.2),
        ),
      ).finished;
    expect(fading(0.2)).toBeCloseTo(0.7, 2);
    expect(fading(0.002)).toBeCloseTo(fading(0.2), 3);
    // What is too quiet to be part of the utterance is no end either.
    expect(
      heard(
        buzz(
          2.4,
          () => 140,
          (t) => (t < 2 ? 0.2 : 0.002),
        ),
      ).finished,
    ).toBeLessThan(0.5);
  });

  it.each([-6, 6])("hears pitch move by %i semitones", (semitones) => {
    expect(heard(buzz(2.4, moving(semitones))).finished).toBeCloseTo(0.7, 2);
    expect(heard(buzz(2.4, moving(semitones / 6))).finished).toBeLessThan(0.52);
  });

  it("takes no pitch at the end for neither", () => {
    let state = 1;
    const hiss = Float32Array.from({ length: VAD_RATE / 2 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return 0.2 * (state / 2 ** 31 - 1);
    });
    expect(
      heard(
        sequence(
          VAD_RATE,
          buzz(2, () => 140),
          hiss,
        ),
      ).finished,
    ).toBeCloseTo(0.55, 1);
  });

  it("forgets", () => {
    const end = heard(buzz(2.4, moving(-6)));
    end.reset();
    expect(end.finished).toBe(0);
  });

  it("waits between the shortest and the longest silence, as it sounds", () => {
    const end = heard(buzz(2.4, moving(-6)));
    const open = 1 - end.finished;
    expect(end.silenceMs(500, 4000)).toBeCloseTo(500 + 3500 * open * open, 6);
    expect(new UtteranceEnd().silenceMs(500, 4000)).toBe(4000);
  });
});

describe("TurnDetector with a longest silence", () => {
  /** The silence that ended each turn, in ms, of `samples` and nine seconds after them. */
  function silences(samples: Float32Array, leastMs: number, mostMs: number): number[] {
    const found: VadEdge[] = [];
    const ends: number[] = [];
    const model = new SileroVad(loadSileroModel("v6"));
    let lastVoicedMs = 0;
    let frames = 0;
    const vad = {
      process(frame: Float32Array) {
        const probability = model.process(frame);
        frames++;
        if (probability >= 0.5) lastVoicedMs = frames * 32;
        return probability;
      },
      reset: () => model.reset(),
    };
    const onEdge = (edge: VadEdge) => {
      found.push(edge);
      if (edge.type === "stop") ends.push(edge.atMs - lastVoicedMs);
    };
    const detector = new TurnDetector({ vad, rate: VAD_RATE, originMs: 0, onEdge });
    detector.configure({ threshold: 0.5, prefixPaddingMs: 300, silenceMs: leastMs, longestSilenceMs: mostMs });
    detector.push(Int16Array.from(sequence(VAD_RATE, 500, samples, 9000), (x) => Math.round(x * 32767)));
    expect(found.every(({ type }, k) => type === (k % 2 === 0 ? "start" : "stop"))).toBe(true);
    expect(found.length).toBe(2 * ends.length);
    return ends;
  }

  const a = speech("speech-a", VAD_RATE);
  const b = speech("speech-b", VAD_RATE);

  it.each([
    ["a", a],
    ["b", b],
  ])("ends a whole sentence soon: %s", (_, samples) => {
    const [silence, ...more] = silences(samples, 500, 4000) as [number];
    expect(more).toEqual([]);
    expect(silence).toBeGreaterThanOrEqual(500);
    expect(silence).toBeLessThan(700);
  });

  it("waits where a sentence breaks off, not longer than it may", () => {
    for (const seconds of [0.9, 1.3, 1.7]) {
      const [silence, ...more] = silences(a.subarray(0, seconds * VAD_RATE), 500, 4000) as [number];
      expect(more).toEqual([]);
      expect(silence).toBeGreaterThan(1200);
      expect(silence).toBeLessThanOrEqual(4000 + 64);
    }
  });

  it("lets a sentence go on that paused", () => {
    const paused = sequence(VAD_RATE, a.subarray(0, 0.9 * VAD_RATE), 1500, a.subarray(0.9 * VAD_RATE));
    expect(silences(paused, 500, 4000)).toHaveLength(1);
    expect(silences(paused, 250, 2000)).toHaveLength(2);
  });

  it("begins anew with each utterance", () => {
    const twice = sequence(VAD_RATE, b, 3000, b);
    const [first, second] = silences(twice, 500, 4000) as [number, number];
    expect(Math.abs(first - second)).toBeLessThanOrEqual(128);
  });
});
