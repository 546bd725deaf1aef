/** A player with wavtools' API over our worklets: what is played and told, compared with what the page rendered; and the same script with the original, where it differs. */

import { decodePcm16 } from "@sidetone/core/dsp";
import type { Browser, Page } from "playwright-core";
import { resample } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, openPage } from "../support/chromium.ts";
import { noise } from "../support/noise.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { findCutFrame, findPieces } from "../support/pieces.ts";
import { bytesOf, call } from "../support/wavtools-page.ts";
import type { Answer, Step } from "./pages/wavtools.ts";

/** Rate of the players, in Hz. */
const RATE = 24_000;
/** ms of fade at an interruption. */
const CUT_FADE_MS = 12;
/** ms by which an offset may miss what was rendered: a quantum at 48 kHz, and what is known of the latency. */
const TOLERANCE_MS = 128 / 48 + 6;

/** Noise `seed` as samples at `rate`. */
function wanted(seed: number, frames: number, rate: number): Float32Array {
  const samples = new Float32Array(frames);
  decodePcm16(noise(seed, frames), samples);
  return resample(samples, RATE, rate);
}

/** Steps that add noise `seed` in chunks of `chunkMs`, one every `everyMs`, the last with what is over, until `frames` are there. */
function stream(seed: number, frames: number, chunkMs: number, everyMs: number, { atMs = 0, trackId = "a", from = 0 } = {}): Step[] {
  const chunk = (chunkMs * RATE) / 1000;
  const count = Math.floor((frames - from) / chunk);
  return Array.from({ length: count }, (_, i) => ({
    atMs: atMs + i * everyMs,
    add: { trackId, seed, from: from + i * chunk, to: i === count - 1 ? frames : from + (i + 1) * chunk },
  }));
}

describe("a player with wavtools' API", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium({ flags: ["--use-fake-ui-for-media-stream"] }), servePage("wavtools.ts")]);
    ({ page, complaints } = await openPage(browser, server.origin));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Runs a script on a new player; what it answered and what it rendered, until `restMs` after its end. */
  async function play(library: "ours" | "theirs", steps: Step[], restMs: number): Promise<{ answers: Answer[]; recording: Float32Array; rate: number }> {
    const rate = await call(page, "open", library, RATE);
    const answers = await call(page, "run", steps);
    await page.waitForTimeout(restMs);
    const bytes = bytesOf(await call(page, "rendered"));
    return { answers, recording: new Float32Array(bytes.buffer), rate };
  }

  describe("plays every sample", () => {
    // Not whole quanta, of which wavtools loses what is over.
    const frames = 4 * RATE + 127;
    for (const [name, steps] of [
      ["that comes a little too slowly", stream(1, frames, 100, 105)],
      [
        "that comes in bursts with gaps",
        [1, 2, 3, 4].flatMap((burst) => stream(1, burst === 4 ? frames : burst * RATE, 100, 2, { atMs: burst * 1400, from: (burst - 1) * RATE })),
      ],
      ["of chunks shorter than what playback starts with", [...stream(1, RATE, 10, 30), ...stream(1, RATE + 2527, 100, 0, { atMs: 3000, from: RATE })]],
      ["of a lone chunk of 10 ms", stream(1, 240, 10, 0)],
    ] as const) {
      it(name, async () => {
        const { recording, rate } = await play("ours", [...steps], 1200);
        const source = wanted(1, steps[steps.length - 1].add?.to ?? 0, rate);
        const found = findPieces(source, recording, rate);
        expect(found.lost).toEqual([]);
        expect(found.joints.length).toBeLessThan(found.count / 20);
      });
    }

    it("of tracks one after the other, without a gap", async () => {
      const { recording, rate } = await play("ours", [...stream(2, RATE + 127, 100, 1), ...stream(3, RATE + 77, 100, 1, { trackId: "b" })], 3000);
      const [a, b] = [wanted(2, RATE + 127, rate), wanted(3, RATE + 77, rate)];
      const [first, second] = [findPieces(a, recording, rate), findPieces(b, recording, rate)];
      expect([first.lost, second.lost, first.gaps, second.gaps]).toEqual([[], [], 0, 0]);
      expect(Math.abs(second.start - first.start - a.length)).toBeLessThanOrEqual(2);
    });
  });

  /** How far an answer is from what was rendered of noise `seed` when it was cut, less the latency, in ms. */
  function error(answer: Answer, seed: number, frames: number, recording: Float32Array, rate: number): number {
    const source = wanted(seed, frames, rate);
    const { start } = findPieces(source.subarray(0, Math.round(rate / 50)), recording, rate);
    const cutMs = (findCutFrame(source, recording, rate, start, CUT_FADE_MS) * 1000) / rate;
    return ((answer.offset?.offset ?? Number.NaN) * 1000) / RATE - (cutMs - answer.latencyMs);
  }

  describe("says what was at the ear", () => {
    it("of a track that arrived all at once", async () => {
      const { answers, recording, rate } = await play("ours", [...stream(4, 3 * RATE, 100, 0), { atMs: 1234, ask: "interrupt" }], 300);
      const miss = error(answers[0], 4, 3 * RATE, recording, rate);
      expect(answers[0].offset?.trackId).toBe("a");
      expect(answers[0].offset?.currentTime).toBe((answers[0].offset?.offset ?? 0) / RATE);
      expect(Number.isInteger(answers[0].offset?.offset)).toBe(true);
      expect(Math.abs(miss)).toBeLessThanOrEqual(TOLERANCE_MS);
    });

    it("of two queued tracks: the one that sounds", async () => {
      const queue = [...stream(5, RATE, 100, 0), ...stream(6, 3 * RATE, 100, 0, { trackId: "b" })];
      for (const [atMs, trackId, seed, frames] of [
        [750, "a", 5, RATE],
        [1700, "b", 6, 3 * RATE],
      ] as const) {
        const { answers, recording, rate } = await play("ours", [...queue, { atMs, ask: "interrupt" }], 300);
        const miss = error(answers[0], seed, frames, recording, rate);
        expect(answers[0].offset?.trackId).toBe(trackId);
        expect(answers[0].interrupted).toEqual(trackId === "a" ? ["a", "b"] : ["b"]);
        expect(Math.abs(miss)).toBeLessThanOrEqual(TOLERANCE_MS);
      }
      const original = await play("theirs", [...queue, { atMs: 600, ask: "interrupt" }], 300);
      expect(original.answers[0].offset?.trackId).toBe("b");
    });

    it("after underruns, short and long, of which the original forgets what was before", async () => {
      for (const gapMs of [150, 900]) {
        const steps: Step[] = [
          ...stream(7, RATE, 100, 0),
          ...stream(7, 3 * RATE, 100, 0, { atMs: 1000 + gapMs, from: RATE }),
          { atMs: 1600 + gapMs, ask: "interrupt" },
        ];
        const { answers, recording, rate } = await play("ours", steps, 300);
        const later = wanted(7, 3 * RATE, rate).subarray(rate);
        const { start } = findPieces(later.subarray(0, Math.round(rate / 50)), recording, rate);
        const cutMs = 1000 + (findCutFrame(later, recording, rate, start, CUT_FADE_MS) * 1000) / rate;
        const miss = ((answers[0].offset?.offset ?? 0) * 1000) / RATE - (cutMs - answers[0].latencyMs);
        expect(answers[0].offset?.trackId).toBe("a");
        expect(Math.abs(miss)).toBeLessThanOrEqual(TOLERANCE_MS);
        // The short gap is an underrun only where the page keeps to its schedule.
        if (gapMs < 500) continue;
        const original = await play("theirs", steps, 300);
        expect(original.answers[0].offset?.offset).toBeLessThan(0.8 * RATE);
      }
    });

    it("while it goes on playing, never less than before, never more than was added", async () => {
      const asks = Array.from({ length: 12 }, (_, i): Step => ({ atMs: 100 + i * 100, ask: "offset" }));
      const { answers } = await play("ours", [...stream(8, RATE, 100, 0), ...asks], 0);
      const offsets = answers.map(({ offset }) => offset?.offset ?? Number.NaN);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(offsets[offsets.length - 1]).toBe(RATE);
      expect(new Set(offsets.slice(0, 8)).size).toBe(8);
    });

    it("nothing when nothing plays, or nothing has for a while", async () => {
      const { answers } = await play(
        "ours",
        [{ atMs: 0, ask: "interrupt" }, ...stream(9, RATE / 2, 100, 0), { atMs: 1200, ask: "interrupt" }, { atMs: 1201, ask: "fields" }],
        0,
      );
      expect(answers.map(({ offset, streaming, interrupted }) => [offset, streaming, interrupted])).toEqual([
        [null, false, []],
        [null, false, []],
        [null, false, []],
      ]);
    });
  });

  it("ignores what comes late for interrupted tracks, plays others, and lets a name be used again", async () => {
    const steps: Step[] = [
      ...stream(10, 2 * RATE, 100, 0),
      ...stream(11, RATE, 100, 0, { trackId: "b" }),
      { atMs: 500, ask: "interrupt" },
      ...stream(12, RATE, 100, 0, { atMs: 510 }),
      ...stream(13, RATE / 2, 100, 0, { atMs: 515, trackId: "c" }),
      { atMs: 700, ask: "fields" },
    ];
    const { answers, recording, rate } = await play("ours", steps, 800);
    expect(answers[1]).toMatchObject({ streaming: true, interrupted: ["a", "b"] });
    expect(findPieces(wanted(13, RATE / 2, rate), recording, rate).lost).toEqual([]);
    expect(findPieces(wanted(12, RATE / 10, rate), recording, rate).lost).toHaveLength(10);
    expect([await call(page, "add", "a"), await call(page, "add", "b"), await call(page, "add", "d")]).toEqual(["undefined", "undefined", "2400"]);
    expect(await call(page, "addAgain", "a")).toBe("2400");
  });

  it("shows the spectrum that the original shows, at whatever rate the device runs", async () => {
    const ours = await call(page, "spectrum", "ours", 1000);
    const theirs = await call(page, "spectrum", "theirs", 1000);
    expect(ours).toEqual(theirs);
    expect(ours.count).toBe(4096);
    expect(Math.abs(ours.peakHz - 1000)).toBeLessThan(3);
  });

  it("takes chunks while it connects, and answers when the device does not run", async () => {
    expect(await call(page, "early")).toMatchObject({ queued: RATE, offset: { trackId: "early" }, after: null });
  });

  it("connects and answers in a page that nobody has clicked yet", async () => {
    const strict = await launchChromium({ autoplay: "needs-gesture" });
    try {
      const silent = await openPage(strict, `${server.origin}/#early`);
      await silent.page.waitForTimeout(1500);
      expect(await silent.page.evaluate("atLoad")).toEqual({ queued: RATE, offset: { trackId: "early", offset: 0, currentTime: 0 }, after: null });
    } finally {
      await strict.close();
    }
  });

  it("leaves the device at its rate, keeps its context, and opens a new one when that was closed", async () => {
    const rate = await call(page, "open", "ours", 8000);
    expect((await call(page, "context")).sampleRate).toBe(rate);
    expect(rate).toBeGreaterThan(8000);
    expect(await call(page, "connectAgain")).toBe(true);
    await call(page, "closeContext");
    expect((await call(page, "run", [{ atMs: 50, ask: "interrupt" }]).catch(() => [])).map((answer) => answer.offset)).toEqual([null]);
    expect(await call(page, "connectAgain")).toBe(false);
    expect((await call(page, "context")).state).toBe("running");
  });

  it.each([
    ["unconnected", "Error: Not connected, please call .connect() first"],
    ["spectrum", "Error: Not connected, please call .connect() first"],
    ["rate", "RangeError: sampleRate is 4000; allowed are integers from 8000 to 192000 Hz."],
    ["option", 'TypeError: WavStreamPlayer has no option "samplerate"; it knows sampleRate, workletUrl.'],
    ["track", "TypeError: trackId must be a string; given was number."],
    ["audio", "TypeError: argument must be Int16Array or ArrayBuffer"],
    ["half", "RangeError: argument has 3 bytes; allowed are whole samples of 2 bytes."],
    ["kind", 'TypeError: analysisType is "loudness"; allowed are "frequency", "music" and "voice".'],
    ["range", "RangeError: minDecibels is -30 dB; allowed is less than maxDecibels, -100 dB."],
    ["session", "Error: Session ended: please call .begin() first"],
    ["callback", "Error: Session ended: please call .begin() first"],
    ["decode", 'Error: Must specify "fromSampleRate" when reading from Float32Array, Int16Array or Array'],
    ["keep", "RangeError: keepMs is -1; allowed are 0 ms and more."],
  ])("says what is wrong: %s", async (what, text) => {
    expect(await call(page, "complaint", what)).toBe(text);
  });

  it("lists microphones, the default one first, and tells of changes once", async () => {
    const { names, defaults, calls } = await call(page, "devices");
    expect(names.length).toBeGreaterThan(0);
    expect(defaults).toEqual(names.map((_, i) => i === 0));
    expect(calls).toBe(1);
  });

  it("complains about nothing", () => expect(complaints).toEqual([]));
});
