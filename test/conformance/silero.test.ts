/**
 * @sidetone/vad against the models it comes from: the ONNX files as their authors distribute them, run by the ONNX runtime, on speech, noise, music and silence at many levels.
 * Probabilities agree frame by frame, and so does every start and end of speech that follows from them.
 */

import { readFileSync } from "node:fs";
import { SileroModel, SileroVad } from "@sidetone/vad";
import { loadSileroModel } from "@sidetone/vad/node";
import { beforeAll, describe, expect, test } from "vitest";
import { type VadEdge, VadIterator } from "../../packages/emulator/src/vad/vad-iterator.ts";
import { noise } from "../support/noise.ts";
import { OnnxSilero } from "../support/silero-onnx.ts";
import { resample, sequence, speech } from "../support/speech.ts";

const RATE = 16000;
const FRAME = 512;
/** Most by which a probability may differ. */
const TOLERANCE = 1e-5;

const a = speech("speech-a", RATE);
const b = speech("speech-b", RATE);
const gained = (samples: Float32Array, gain: (index: number) => number) => samples.map((x, n) => Math.max(-1, Math.min(1, x * gain(n))));
const noisy = (seed: number, frames: number, level: number) => Float32Array.from(noise(seed, frames), (x) => (x / 32768) * level);
const mixed = (one: Float32Array, other: Float32Array) => one.map((x, n) => x + (other[n] ?? 0));
const seconds = (count: number, sample: (t: number, n: number) => number) => Float32Array.from({ length: count * RATE }, (_, n) => sample(n / RATE, n));

/** Chords of decaying partials with vibrato: like music, with pitch and onsets as in speech. */
function music(): Float32Array {
  return seconds(8, (t) => {
    const beat = t % 0.5;
    const root = 220 * 2 ** ([0, 3, 5, 7, 8, 7, 3, 2, 0, 12, 10, 7, 5, 3, 2, 0][Math.floor(t * 2)]! / 12);
    let sum = 0;
    for (const ratio of [1, 1.26, 1.5]) {
      for (let k = 1; k <= 6; k++) sum += Math.sin(2 * Math.PI * k * ratio * (root * t + 0.3 * Math.sin(2 * Math.PI * 5.5 * t))) / k;
    }
    return 0.08 * Math.exp(-4 * beat) * sum;
  });
}

const SIGNALS: Readonly<Record<string, Float32Array>> = {
  "speech a": sequence(RATE, 500, a, 1500),
  "speech b": sequence(RATE, 317, b, 1500),
  "speech with pauses": sequence(RATE, b.subarray(0, 20000), 250, b.subarray(20000, 36000), 450, a.subarray(16000, 60000), 900, b),
  "speech at the telephone": resample(resample(sequence(RATE, 700, a, 700), RATE, 8000), 8000, RATE),
  "quiet speech": gained(sequence(RATE, 300, a, 800), () => 0.02),
  "very quiet speech": gained(sequence(RATE, 300, b, 800), () => 0.0005),
  "clipped speech": gained(sequence(RATE, 300, b, 800), () => 40),
  "speech that fades": gained(sequence(RATE, a, a.slice().reverse(), 500), (n) => 10 ** ((-70 * n) / (2 * a.length) / 20)),
  "speech in noise": mixed(sequence(RATE, 1000, a, 1000), noisy(5, 12 * RATE, 0.15)),
  "speech in loud noise": mixed(sequence(RATE, 1000, b, 1000), noisy(6, 8 * RATE, 1)),
  "speech over music": mixed(sequence(RATE, 1000, b, 2000), music()),
  "two at once": mixed(a, b),
  "a DC offset": sequence(RATE, b, 500).map((x) => x * 0.5 + 0.4),
  silence: new Float32Array(5 * RATE),
  "faint noise": noisy(1, 5 * RATE, 0.001),
  noise: noisy(2, 5 * RATE, 0.1),
  "loud noise": noisy(3, 5 * RATE, 2),
  music: music(),
  "a tone": seconds(3, (t) => 0.5 * Math.sin(2 * Math.PI * 440 * t)),
  "a glide": seconds(4, (t) => 0.5 * Math.sin(2 * Math.PI * (80 * t + 120 * t * t))),
  clicks: seconds(4, (_, n) => (n % 3500 === 0 ? 1 : 0)),
  "the loudest square wave": seconds(2, (_, n) => (n % 160 < 80 ? 1 : -1)),
};

const RULES = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8].flatMap((threshold) => [200, 300, 500, 800].map((silenceMs) => ({ threshold, silenceMs, prefixPaddingMs: 300 })));

/** Starts and ends of speech under each of {@link RULES}. */
function turns(probabilities: ArrayLike<number>): VadEdge[][] {
  return RULES.map((rules) => {
    const iterator = new VadIterator(rules);
    return Array.from(probabilities, (p, k) => iterator.next(p, k * 32)).filter((edge) => edge !== null);
  });
}

function ours(model: SileroModel, samples: Float32Array): number[] {
  const vad = new SileroVad(model);
  return Array.from({ length: Math.floor(samples.length / FRAME) }, (_, k) => vad.process(samples.subarray(k * FRAME, (k + 1) * FRAME)));
}

describe.each(["v5", "v6"] as const)("Silero %s", (name) => {
  const bytes = readFileSync(new URL(`../../packages/vad/models/silero-${name}.bin`, import.meta.url));
  /** Plain JavaScript takes its time, so it hears the beginnings only: in frames. */
  const models = [
    { model: loadSileroModel(name), most: Number.POSITIVE_INFINITY },
    { model: new SileroModel(bytes, { engine: "js" }), most: 90 },
  ];
  let onnx: OnnxSilero;

  beforeAll(async () => {
    onnx = await OnnxSilero.load(name);
  });

  test.each(Object.entries(SIGNALS))("%s", async (_, samples) => {
    const all = await onnx.probabilities(samples);
    for (const { model, most } of models) {
      const expected = all.subarray(0, most);
      const found = ours(model, samples.subarray(0, most * FRAME));
      expect(found).toHaveLength(expected.length);
      expect(Math.max(...found.map((p, k) => Math.abs(p - (expected[k] as number)))), model.engine).toBeLessThan(TOLERANCE);
      expect(turns(found), model.engine).toEqual(turns(expected));
    }
  });

  test("the signals put the rules to work", async () => {
    const starts = Object.values(SIGNALS).map((samples) => turns(ours(loadSileroModel(name), samples)).map((edges) => edges.length));
    expect(starts.flat().filter((count) => count > 0).length).toBeGreaterThan(150);
    expect(new Set(starts.flat()).size).toBeGreaterThan(4);
  });
});
