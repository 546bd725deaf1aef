/** Whole conversations in real time, all at once so that they take no longer than the longest. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readWav, writeWav } from "@sidetone/core/dsp";
import { parsePlayoutLog, replayPlayout } from "@sidetone/core/playout";
import type { Emulator } from "@sidetone/emulator";
import { compare, sequence } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { spokenItems, spokenSamples } from "../../../../test/support/emulated.ts";
import { speech } from "../../../../test/support/speech.ts";
import { fakeIo } from "../../test/fake-io.ts";
import { runCli } from "../cli.ts";
import type { Report } from "./report.ts";

const SPEECH = fileURLToPath(new URL("../../../../test/fixtures/speech-b.wav", import.meta.url));
const RATE = 24_000;
const folder = mkdtempSync(join(tmpdir(), "sidetone-conversation-"));
let emulator: Emulator;

beforeAll(async () => {
  emulator = await checkedEmulator({ apiKeys: ["key-1"] });
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

/** A conversation with the shared emulator; `name` goes as the model, so that its session can be found. */
async function converse(name: string, input: string, ...flags: string[]) {
  const io = fakeIo();
  const out = join(folder, `${name}.wav`);
  const code = await runCli(["talk", input, "--out", out, "--url", emulator.url, "--model", name, "--api-key", "key-1", "--json", ...flags], io);
  const report = JSON.parse(io.out()) as Report;
  const { rate, channels, encoding, samples } = readWav(readFileSync(out));
  expect({ rate, channels, encoding }).toEqual({ rate: RATE, channels: 1, encoding: "pcm16" });
  const session = emulator.sessions.find(({ model }) => model === name);
  if (session === undefined) throw new Error(`There was no session for ${name}.`);
  return { code, report, err: io.err(), samples, session };
}

function lastSoundMs(samples: Float32Array): number {
  return ((samples.findLastIndex((sample) => sample !== 0) + 1) * 1000) / RATE;
}

describe.concurrent("sidetone talk", () => {
  test("the reply is written as the server sent it, where it was heard", { timeout: 30_000 }, async ({ expect }) => {
    const { code, report, err, samples, session } = await converse("echo", SPEECH);
    expect(code).toBe(0);
    expect(err).toMatch(/connecting[\s\S]*talking[\s\S]*waiting[\s\S]*listening/);
    const [item] = spokenItems(session);
    const sent = spokenSamples(item, RATE);
    const found = compare(sent, samples, RATE);
    expect(found.score).toBeGreaterThan(0.98);
    expect(found.drift).toBe(0);
    // What came back is what was said.
    expect(compare(speech("speech-b", RATE), samples, RATE).score).toBeGreaterThan(0.98);
    expect(report).toMatchObject({ outcome: "replied", underruns: 0, truncations: 0, interruptions: [], error: null });
    expect(report.stats).toMatchObject({ packetsLost: 0, packetsDropped: 0, malformedEvents: 0, lateDeltas: 0 });
    expect(report.items.map(({ role, status }) => [role, status])).toEqual([
      ["user", "done"],
      ["assistant", "done"],
    ]);
    const [user, assistant] = report.items;
    expect(user?.text).not.toBe("");
    expect(assistant?.text).not.toBe("");
    expect(assistant?.audioMs).toBe((sent.length * 1000) / RATE);
    // The start told is where the file has it, and latency is measured to it.
    expect(Math.abs((assistant?.startMs ?? 0) - (found.offset * 1000) / RATE)).toBeLessThan(10);
    expect(report.latencyMs).toBeCloseTo((assistant?.startMs ?? 0) - (report.input.speechEndMs ?? 0), 0);
    expect(report.latencyMs).toBeGreaterThan(300);
    expect(report.latencyMs).toBeLessThan(1500);
    expect(report.output.durationMs).toBe((samples.length * 1000) / RATE);
  });

  test("what the server is told of an interruption is what the file shows", { timeout: 30_000 }, async ({ expect }) => {
    const { code, report, samples, session } = await converse("cut", SPEECH, "--interrupt-at", "1500ms");
    expect(code).toBe(0);
    expect(report).toMatchObject({ outcome: "replied", truncations: 1, underruns: 0, interruptMissed: false });
    const [truncation] = session.truncations;
    const [interruption] = report.interruptions;
    const reply = report.items.find(({ role }) => role === "assistant");
    expect(interruption?.items).toMatchObject([{ itemId: reply?.id, heardMs: truncation?.audioEndMs, action: "truncate" }]);
    expect(reply).toMatchObject({ status: "interrupted", audioMs: truncation?.audioEndMs });
    // Asked 1.5 s after the first sample, to the next step of 20 ms.
    const askedAfterMs = (interruption?.atMs ?? 0) - (reply?.startMs ?? 0);
    expect(askedAfterMs).toBeGreaterThanOrEqual(1500);
    expect(askedAfterMs).toBeLessThan(1520);
    const sent = spokenSamples(spokenItems(session)[0], RATE);
    const itemStartMs = (compare(sent.subarray(0, RATE), samples, RATE).offset * 1000) / RATE;
    const shownMs = lastSoundMs(samples) - itemStartMs;
    expect(Math.abs(shownMs - (truncation?.audioEndMs ?? 0))).toBeLessThan(30);
  });

  test("a log of playback plays the reply again, sample by sample", { timeout: 30_000 }, async ({ expect }) => {
    const path = join(folder, "log.jsonl");
    const { code, samples } = await converse("logged", SPEECH, "--interrupt-at", "800ms", "--playout-log", path);
    expect(code).toBe(0);
    const again: number[] = [];
    const log = parsePlayoutLog(readFileSync(path, "utf8"));
    expect(log.inputs.at(-1)?.do).toBe("close");
    replayPlayout(log, { pulled: (pulled) => again.push(...pulled) });
    const pcm16 = Float32Array.from(again, (sample) => Math.round(sample * 32_768) / 32_768);
    // The file begins with the stream, the log with playback, at the same moment; the file ends first.
    expect(compare(samples.subarray(0, pcm16.length), pcm16, RATE)).toMatchObject({ drift: 0, score: expect.closeTo(1, 6) });
  });

  test("another rate, encoding and channel count, a pause, two turns", { timeout: 30_000 }, async ({ expect }) => {
    const phrase = speech("speech-b", 44_100).subarray(0, Math.round(44_100 * 1.7));
    const mono = sequence(44_100, phrase, 1100, phrase);
    const stereo = Float32Array.from({ length: mono.length * 2 }, (_, i) => mono[i >> 1] * (i % 2 === 0 ? 1 : 0.6));
    const input = join(folder, "stereo-input.wav");
    writeFileSync(input, writeWav({ rate: 44_100, channels: 2, samples: stereo, encoding: "float32" }));
    const { code, report, samples, session } = await converse("stereo", input);
    expect(code).toBe(0);
    expect(report.items.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(report.underruns).toBe(0);
    // The first reply had begun when the second phrase did, so it was cut; the second one was heard whole.
    expect(report.items.map(({ status }) => status)).toEqual(["done", "interrupted", "done", "done"]);
    expect(report.interruptions[0]?.reason).toBe("speech_started");
    expect(report.latencyMs).toBeGreaterThan(300);
    const sent = spokenSamples(spokenItems(session)[1], RATE);
    expect(compare(sent, samples, RATE)).toMatchObject({ drift: 0, score: expect.closeTo(1, 1) });
  });

  test("silence gets no reply, and that is said", { timeout: 30_000 }, async ({ expect }) => {
    const input = join(folder, "silent-input.wav");
    writeFileSync(input, writeWav({ rate: 8000, samples: new Float32Array(4000), encoding: "mulaw" }));
    const { code, report, err } = await converse("silence", input);
    expect(code).toBe(1);
    expect(report).toMatchObject({ outcome: "no-speech", items: [], latencyMs: null, input: { speechEndMs: null } });
    expect(err).toContain("heard no speech");
  });

  test("a wrong key is a sentence that says so", async ({ expect }) => {
    const io = fakeIo();
    expect(await runCli(["talk", SPEECH, "--url", emulator.url, "--api-key", "wrong"], io)).toBe(1);
    expect(io.err()).toMatch(/No connection to|refused the key/);
  });

  test("Ctrl-C keeps what was heard until then", { timeout: 30_000 }, async ({ expect }) => {
    const io = fakeIo();
    const out = join(folder, "stopped.wav");
    const running = runCli(["talk", SPEECH, "--out", out], io);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    io.stop();
    expect(await running).toBe(130);
    expect(io.out()).toContain("Duration");
    expect(readWav(readFileSync(out)).frames).toBeGreaterThan(RATE / 2);
  });

  test("a session that breaks is told, with what was heard until then", { timeout: 30_000 }, async ({ expect }) => {
    const own = await checkedEmulator();
    const io = fakeIo();
    const out = join(folder, "broken.wav");
    const running = runCli(["talk", SPEECH, "--out", out, "--url", own.url], io);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    own.sessions[0]?.drop();
    expect(await running).toBe(1);
    expect(io.err()).toContain("The connection to");
    expect(readWav(readFileSync(out)).frames).toBeGreaterThan(0);
    await own.close();
  });
});
