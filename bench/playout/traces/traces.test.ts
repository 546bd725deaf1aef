import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateTraces } from "./generate.ts";
import { loadTraces, TRACE_FOLDER } from "./load.ts";
import { formatTrace, lostFrames, parseTrace } from "./trace.ts";

const committed = loadTraces();

test("the computed traces are the committed ones", () => {
  for (const trace of generateTraces()) expect(formatTrace(trace), trace.id).toBe(readFileSync(new URL(`${trace.id}.trace`, TRACE_FOLDER), "utf8"));
  const computed = new Set(generateTraces().map(({ id }) => id));
  expect(committed.filter(({ id, origin }) => !computed.has(id) && origin !== "measured-tcp")).toEqual([]);
});

test("text and object say the same", () => {
  for (const trace of committed) expect(parseTrace(formatTrace(trace))).toEqual(trace);
  for (const trace of generateTraces()) expect(parseTrace(formatTrace(trace))).toEqual(trace);
});

test("every trace is a whole reply: all frames once, in order unless it is RTP, done after the last", () => {
  for (const { id, class: kind, arrivals, mediaFrames, doneAtMs } of committed) {
    expect(arrivals[0].atMs, id).toBe(0);
    expect(doneAtMs, id).toBeGreaterThanOrEqual(arrivals[arrivals.length - 1].atMs);
    let latestMs = 0;
    for (const { atMs } of arrivals) {
      expect(atMs, id).toBeGreaterThanOrEqual(latestMs);
      latestMs = atMs;
    }
    const byMedia = [...arrivals].sort((a, b) => a.startFrame - b.startFrame);
    if (kind !== "rtp") expect(byMedia, id).toEqual(arrivals);
    let end = 0;
    for (const { startFrame, frames } of byMedia) {
      if (kind === "rtp") expect(startFrame, id).toBeGreaterThanOrEqual(end);
      else expect(startFrame, id).toBe(end);
      end = startFrame + frames;
    }
    expect(end, id).toBe(mediaFrames);
  }
});

test("the classes are what they are called", () => {
  const of = (id: string) => committed.find((trace) => trace.id === id)!;
  expect(lostFrames(of("rtp20-loss5")) / of("rtp20-loss5").mediaFrames).toBeCloseTo(0.05, 1);
  expect(lostFrames(of("rtp20-burstloss"))).toBeGreaterThan(lostFrames(of("rtp20-clean")));
  expect(of("slow95-100").doneAtMs).toBeCloseTo(39_900 / 0.95, 0);
  expect(of("burst3-ideal").doneAtMs).toBeCloseTo(39_900 / 3, 0);
  expect(committed.filter(({ origin }) => origin === "measured-tcp").length).toBeGreaterThanOrEqual(5);
});

test("what is no trace is refused with a sentence", () => {
  expect(() => parseTrace("# sidetone-trace: 2\n# id: x\n")).toThrow("The trace x is of version 2");
  expect(() => parseTrace(formatTrace(committed[0]).replace(/^\d+:/m, "later:"))).toThrow("has an arrival");
});
