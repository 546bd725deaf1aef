import { parsePlayoutLog } from "@sidetone/core/playout";
import { expect, test } from "vitest";
import { replay } from "./replay.ts";
import { reportReplay } from "./replay-report.ts";
import { sourceSpeech, toFloats } from "./source.ts";

const HEAD = { type: "sidetone-playout-log", version: 1, rate: 24000, options: { startMs: 50 } };
const INPUTS = [
  { at: 0, do: "insert", itemId: "a", contentIndex: 0, frames: 2400 },
  { at: 4800, do: "insert", itemId: "a", contentIndex: 0, frames: 24000 },
  { at: 12000, do: "pause" },
  { at: 14400, do: "resume" },
  { at: 16800, do: "flush" },
  { at: 24000, do: "insert", itemId: "b", contentIndex: 0, frames: 3, pcm16: Buffer.from(Int16Array.of(100, -200, 300).buffer).toString("base64") },
  { at: 24000, do: "endOfItem", itemId: "b", contentIndex: 0 },
  { at: 48000, do: "close" },
];
const standIn = (frames: number, start: number) => Float32Array.from(toFloats(sourceSpeech(start + frames, 24_000)).subarray(start));
const parseLog = (lines: string) => parsePlayoutLog(lines, standIn);
const text = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

test("a session is played as it was: gaps, cut, and the same twice", () => {
  const { timeline, flushes, stats, output } = replay(parseLog(text([HEAD, ...INPUTS])));
  expect(flushes).toHaveLength(1);
  expect(flushes[0]).toMatchObject({ atMs: 700, items: [{ itemId: "a", totalMs: 1100 }] });
  // 100 ms, an underrun of 100, 300 until the pause, 100 of pause, 100 until the cut, of which some is spent on going back to a quiet point and on playing slower.
  expect(flushes[0].items[0].heardMs).toBeGreaterThanOrEqual(350);
  expect(flushes[0].items[0].heardMs).toBeLessThanOrEqual(500);
  expect(stats.receivedFrames).toBe(26403);
  // The silence of the pause, and the one after the cut, are silences like any other.
  expect(timeline.gapsMs.length).toBeGreaterThanOrEqual(2);
  expect(timeline.arrivedMs[timeline.arrivedMs.length - 1]).toBeCloseTo(1100.125, 3);
  expect(output.some((sample) => sample !== 0)).toBe(true);
  expect(replay(parseLog(text([HEAD, ...INPUTS]))).output).toEqual(output);
});

test("the report shows what was cut, and draws it", () => {
  const report = reportReplay(text([HEAD, ...INPUTS]), "session", 120, standIn);
  expect(report.text).toMatch(/flush +0\.700 s +a: \d+ of 1100 ms/);
  expect(report.text).toMatch(/receivedFrames +26403/);
  expect(report.svg).toMatch(/^<svg[\s\S]*Replay of session[\s\S]*<\/svg>/);
  expect(report).toMatchObject({ rate: 24_000, output: expect.objectContaining({ length: 48_000 }) });
  expect(() => reportReplay(`${text([HEAD])}no\n`, "session", 120)).toThrow("Line 2 of the playout log is no JSON");
});
