import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WavEncoding, writeWav } from "@sidetone/core/dsp";
import { afterAll, describe, expect, it } from "vitest";
import { messageOf } from "../../test/voice-request.ts";
import type { Voice } from "./voice.ts";
import { wavVoice } from "./wav.ts";
import { WavShelf } from "./wav-clip.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-wav-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, options: { rate?: number; channels?: number; encoding?: WavEncoding; samples: number[] }): string {
  const { rate = 24000, channels = 1, encoding = "pcm16", samples } = options;
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, writeWav({ rate, channels, encoding, samples: Float32Array.from(samples) }));
  return path;
}

const texts = async (voice: Voice, count: number) => {
  const said: string[] = [];
  for (let i = 0; i < count; i++) said.push((await messageOf(voice)).text);
  return said;
};

describe("the wav voice", () => {
  it.each(["pcm8", "pcm16", "pcm24", "pcm32", "float32", "float64"] as const)("plays %s, stereo as the mean of both, at its own rate", async (encoding) => {
    const path = file(`${encoding}.wav`, { rate: 44_100, channels: 2, encoding, samples: [0.5, 0.25, -0.5, -0.5] });
    expect(await messageOf(wavVoice(path))).toEqual({
      type: "message",
      text: `(${encoding})`,
      audio: { samples: new Int16Array([12_288, -16_384]), rate: 44_100 },
    });
  });

  it("takes the text beside a file as its transcript", async () => {
    const path = file("hello.wav", { samples: [0.5] });
    writeFileSync(join(folder, "hello.txt"), "Hello there.\n");
    expect((await messageOf(wavVoice({ path }))).text).toBe("Hello there.");
    expect(await messageOf(wavVoice(path), { modality: "text" })).toEqual({ type: "message", text: "Hello there." });
  });

  it("plays files and folders in turn, each session from the first", async () => {
    for (const name of ["turn/b.wav", "turn/a.WAV", "turn/inner/z.wav"]) file(name, { samples: [0] });
    writeFileSync(join(folder, "turn/readme.md"), "");
    const voice = wavVoice([join(folder, "turn"), file("last.wav", { samples: [0] })]);
    const session = (id: string) => voice.open?.({ id, model: "m", seed: 1 }) as Voice;
    const one = session("one");
    expect(await texts(one, 4)).toEqual(["(a)", "(b)", "(last)", "(a)"]);
    expect(await texts(session("two"), 1)).toEqual(["(a)"]);
    expect(await texts(one, 1)).toEqual(["(b)"]);
  });

  it("plays at random, the same for the same seed", async () => {
    for (let i = 0; i < 10; i++) file(`many/${i}.wav`, { samples: [0] });
    const voice = wavVoice({ path: join(folder, "many"), order: "random" });
    const run = (seed: number) => texts(voice.open?.({ id: "s", model: "m", seed }) as Voice, 40);
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(5);
  });

  it("says at the start which file is missing or no WAV file", () => {
    writeFileSync(join(folder, "noise.wav"), "not a wav file at all");
    expect(() => wavVoice(join(folder, "none.wav"))).toThrow(`There is no file or folder ${join(folder, "none.wav")}.`);
    expect(() => wavVoice(join(folder, "noise.wav"))).toThrow(/noise\.wav cannot be played\. Not a WAV file/);
    mkdirSync(join(folder, "empty"));
    expect(() => wavVoice(join(folder, "empty"))).toThrow("has no .wav files.");
    expect(() => wavVoice([])).toThrow("path is []; allowed is the path of a WAV file or a folder, or a list of them.");
    expect(() => wavVoice({ path: "x", order: "backwards" as never })).toThrow('order is "backwards"; allowed are "in-turn" and "random".');
  });
});

describe("the shelf", () => {
  it("reads a file once", () => {
    const path = file("once.wav", { samples: [0.5] });
    const shelf = new WavShelf();
    const clip = shelf.clip(path);
    rmSync(path);
    expect(shelf.clip(path)).toBe(clip);
  });
});
