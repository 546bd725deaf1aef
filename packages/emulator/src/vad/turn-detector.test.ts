import { describe, expect, it } from "vitest";
import { speech } from "../../test/wire-client.ts";
import { EnergyVad } from "./energy.ts";
import { TurnDetector } from "./turn-detector.ts";
import type { Vad } from "./vad.ts";
import type { VadEdge } from "./vad-iterator.ts";

const RULES = { threshold: 0.5, prefixPaddingMs: 300, silenceMs: 500 };

/** What is found in `samples`, pushed in chunks of `chunk` samples. */
function edgesIn(samples: Int16Array, rate: number, options: { chunk?: number; vad?: Vad; originMs?: number; silenceMs?: number } = {}): VadEdge[] {
  const found: VadEdge[] = [];
  const { chunk = rate / 50, vad = new EnergyVad(), originMs = 0, silenceMs = 500 } = options;
  const detector = new TurnDetector({ vad, rate, originMs, onEdge: (edge) => found.push(edge) });
  detector.configure({ ...RULES, silenceMs });
  for (let at = 0; at < samples.length; at += chunk) detector.push(samples.subarray(at, at + chunk));
  return found;
}

/** `before` ms of silence, the samples, 2 s of silence. */
function padded(samples: Int16Array, rate: number, before: number): Int16Array {
  const out = new Int16Array(Math.round((before * rate) / 1000) + samples.length + 2 * rate);
  out.set(samples, Math.round((before * rate) / 1000));
  return out;
}

/** Noise of an even distribution at `dbfs` (RMS). */
function noise(ms: number, rate: number, dbfs: number): Int16Array {
  let state = 7;
  const peak = 32768 * 10 ** (dbfs / 20) * Math.sqrt(3);
  return Int16Array.from({ length: (ms * rate) / 1000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * peak);
  });
}

/** Calls speech whatever is loud, without memory, so that the arithmetic is exact. */
const loudness = (): Vad => ({ process: (frame) => (frame.some((sample) => Math.abs(sample) > 0.2) ? 1 : 0), reset: () => {} });

describe("TurnDetector with the energy detector", () => {
  describe.each(["speech-a", "speech-b"] as const)("%s", (name) => {
    it.each([8000, 16000, 24000])("is one turn at %i Hz", (rate) => {
      const samples = speech(name, rate);
      const found = edgesIn(padded(samples, rate, 1000), rate);
      expect(found.map(({ type }) => type)).toEqual(["start", "stop"]);
      const [start, stop] = found as [VadEdge, VadEdge];
      const lengthMs = (samples.length * 1000) / rate;
      expect(start.atMs).toBeGreaterThanOrEqual(1000 - 300 - 32);
      expect(start.atMs).toBeLessThan(1000 + 350);
      expect(stop.atMs).toBeGreaterThan(1000 + lengthMs - 500);
      expect(stop.atMs).toBeLessThanOrEqual(1000 + lengthMs + 500 + 6 * 32);
    });

    it("is at most three turns with 200 ms of silence", () => {
      const found = edgesIn(padded(speech(name, 16000), 16000, 1000), 16000, { silenceMs: 200 });
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found.length).toBeLessThanOrEqual(6);
      expect(found.length % 2).toBe(0);
    });
  });

  it("hears nothing in silence", () => {
    expect(edgesIn(new Int16Array(24000 * 10), 24000)).toEqual([]);
  });

  it.each([-80, -60, -52])("hears nothing in noise at %i dBFS", (dbfs) => {
    expect(edgesIn(noise(10_000, 24000, dbfs), 24000)).toEqual([]);
  });

  it("gets used to a steady noise", () => {
    const found = edgesIn(noise(60_000, 16000, -40), 16000);
    expect(found.map(({ type }) => type)).toEqual(["start", "stop"]);
  });

  it("is not disturbed by a DC offset", () => {
    expect(edgesIn(new Int16Array(16000 * 3).fill(3000), 16000)).toEqual([]);
  });
});

describe("TurnDetector", () => {
  it("finds the same edges however the audio is cut", () => {
    const samples = padded(speech("speech-b", 24000), 24000, 500);
    const whole = edgesIn(samples, 24000, { chunk: samples.length });
    expect(whole).toHaveLength(2);
    for (const chunk of [1, 127, 480, 2400, 4801]) expect(edgesIn(samples, 24000, { chunk })).toEqual(whole);
  });

  it("counts frames of 32 ms from the first sample, in media time", () => {
    const samples = new Int16Array(16000 * 3);
    samples.fill(16000, 512 * 20, 512 * 40);
    expect(edgesIn(samples, 16000, { vad: loudness() })).toEqual([
      { type: "start", atMs: 20 * 32 - 300 },
      { type: "stop", atMs: 40 * 32 + 32 + 512 },
    ]);
    expect(edgesIn(samples, 16000, { vad: loudness(), originMs: 5000 })[0]).toEqual({ type: "start", atMs: 5000 + 20 * 32 - 300 });
  });

  it.each([8000, 24000])("finds the onset in its own frame at %i Hz: the resampler's delay is taken out", (rate) => {
    const samples = new Int16Array(rate * 3);
    // Begins 8 ms into a frame.
    for (let i = (rate * 648) / 1000; i < rate * 2; i++) samples[i] = Math.round(20000 * Math.sin((2 * Math.PI * 440 * i) / rate));
    expect(edgesIn(samples, rate, { vad: loudness() })[0]).toEqual({ type: "start", atMs: 640 - 300 });
  });

  it("lets the detector begin anew when turns are wanted again, and not for new rules", () => {
    const calls: string[] = [];
    const vad: Vad = { process: () => calls.push("frame") * 0, reset: () => calls.push("reset") };
    const detector = new TurnDetector({ vad, rate: 16000, originMs: 0, onEdge: () => {} });
    const hear = () => detector.push(new Int16Array(512));
    detector.configure(RULES);
    hear();
    detector.configure({ ...RULES, silenceMs: 200 });
    hear();
    detector.configure(null);
    hear();
    detector.configure(RULES);
    hear();
    expect(calls).toEqual(["reset", "frame", "frame", "reset", "frame"]);
  });

  it("finds nothing without rules, and keeps its grid meanwhile", () => {
    const found: VadEdge[] = [];
    const detector = new TurnDetector({ vad: loudness(), rate: 16000, originMs: 0, onEdge: (edge) => found.push(edge) });
    detector.push(new Int16Array(16000).fill(16000));
    expect(found).toEqual([]);
    detector.configure(RULES);
    detector.push(new Int16Array(16000).fill(16000));
    // 16000 samples are 31.25 frames: the 32nd began before the rules and ends after them.
    expect(found).toEqual([{ type: "start", atMs: 31 * 32 - 300 }]);
    expect(detector.speaking).toBe(true);
    detector.configure(null);
    expect(detector.speaking).toBe(false);
  });
});
