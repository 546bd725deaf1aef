/** What is reported as heard at a cut is what the device was playing at that moment, by its own output timestamps: within a quantum and 2 ms, also when the page has long been blocked. */
import type { Emulator } from "@sidetone/emulator";
import type { Browser, Page } from "playwright-core";
import { correlate, resample } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { speech } from "../support/speech.ts";
import type { HeardPage } from "./pages/heard.ts";

declare const heard: HeardPage;

const WIRE_RATE = 24_000;
const BLOCK_MS = 2000;
/** ms by which the timestamps around a cut may differ from one straight line. */
const MAX_SPREAD_MS = 2;
/** What the reports are held to: a quantum of 128 frames at the lowest usual rate, and 2 ms. */
const MAX_ERROR_MS = (128 * 1000) / 44_100 + 2;
/** ms after the first audio at which the page interrupts: any phase of the device's bursts, which are 10 ms and more long. */
const MOMENTS = Array.from({ length: 12 }, (_, i) => 700 + i * 13.7);

interface Result {
  /** Whether the page was blocked. */
  readonly blocked: boolean;
  readonly reportedMs: number;
  readonly trueMs: number;
  readonly renderedMs: number;
}

/**
 * The frame at the loudspeaker at `epochMs`: the middle one of what the timestamps from a second before to a second after say. Null when they contradict each other: then the device
 * itself stood still, as devices do on a busy machine, and nobody knows what it played.
 */
function speakerFrame(timestamps: readonly { frame: number; epochMs: number }[], epochMs: number, rate: number): number | null {
  const near = timestamps.filter((timestamp) => Math.abs(timestamp.epochMs - epochMs) < 1000);
  const frames = near.map((timestamp) => timestamp.frame + ((epochMs - timestamp.epochMs) * rate) / 1000).sort((a, b) => a - b);
  if (frames.length < 3) throw new Error(`There are ${frames.length} output timestamps around a cut.`);
  const spreadMs = ((frames[Math.floor(frames.length * 0.95)] - frames[Math.floor(frames.length * 0.05)]) * 1000) / rate;
  return spreadMs > MAX_SPREAD_MS ? null : frames[Math.floor(frames.length / 2)];
}

/** Every cut: what was reported, and what the recording and the timestamps say. */
async function results(page: Page): Promise<Result[]> {
  const rate = await page.evaluate(() => heard.rate());
  const { interruptions, timestamps, cuts, recording } = await page.evaluate(() => heard.take());
  expect(cuts).toHaveLength(interruptions.length);
  const bytes = Buffer.from(recording, "base64");
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
  const source = resample(speech("speech-a", WIRE_RATE), WIRE_RATE, rate);
  const lead = Math.round(rate * 0.2);
  const template = source.subarray(lead, Math.round(rate * 0.5));
  return interruptions.flatMap(({ items }, k) => {
    // The reply of this cut is the only one that begins between the last cut and this one.
    const place = correlate(template, samples, { from: k === 0 ? 0 : cuts[k - 1].frame, to: cuts[k].frame });
    expect(place.score).toBeGreaterThan(0.98);
    const start = place.offset - lead;
    // Date counts whole ms, so a moment is half a one later on average.
    const atEar = speakerFrame(timestamps, cuts[k].epochMs + 0.5, rate);
    if (atEar === null) return [];
    const ms = (frame: number): number => ((frame - start) * 1000) / rate;
    return [{ blocked: k >= MOMENTS.length, reportedMs: items[0].heardMs, trueMs: ms(atEar), renderedMs: ms(cuts[k].frame + 128) }];
  });
}

describe.each(["interactive", "playback"] as const)("what was heard, with latencyHint %s", (latencyHint) => {
  let emulator: Emulator;
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let measured: Result[];
  let latency: { told: number; reported: number };

  beforeAll(async () => {
    const samples = Int16Array.from(speech("speech-a", WIRE_RATE), (sample) => Math.round(sample * 32_767));
    const voice = { reply: () => [{ type: "message" as const, text: "(speech)", audio: { samples, rate: WIRE_RATE } }] };
    [emulator, server, browser] = await Promise.all([checkedEmulator({ voice }), servePage("heard.ts"), launchChromium()]);
    ({ page, complaints } = await openPage(browser, server.origin));
    await page.evaluate(([url, hint]) => heard.start(url, hint), [emulator.url, latencyHint] as const);
    for (const ms of MOMENTS) await page.evaluate((at) => heard.cut(at), ms);
    for (const ms of [600, 750]) await page.evaluate(([at, blockedMs]) => heard.cut(at + blockedMs, blockedMs), [ms, BLOCK_MS]);
    latency = await page.evaluate(() => heard.latencyMs());
    measured = await results(page);
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([emulator?.close(), server?.close()]);
  });

  it("is what the device was playing, wherever in its bursts the cut came", () => {
    expect(complaints).toEqual([]);
    const errors = measured.flatMap(({ blocked, reportedMs, trueMs }) => (blocked ? [] : [Math.abs(reportedMs - trueMs)]));
    expect(errors.length).toBeGreaterThan(MOMENTS.length / 2);
    expect(Math.max(...errors)).toBeLessThanOrEqual(MAX_ERROR_MS);
  });

  it("is right although the page was blocked for two seconds", () => {
    const cuts = measured.filter(({ blocked }) => blocked);
    expect(cuts.length).toBeGreaterThan(0);
    for (const { reportedMs, trueMs } of cuts) {
      expect(trueMs).toBeGreaterThan(BLOCK_MS);
      expect(Math.abs(reportedMs - trueMs)).toBeLessThanOrEqual(MAX_ERROR_MS);
    }
  });

  it("reports the latency that the timestamps imply", () => {
    const implied = measured.map(({ renderedMs, trueMs }) => renderedMs - trueMs);
    expect(latency.reported).toBeGreaterThan(Math.min(...implied) - 3);
    expect(latency.reported).toBeLessThan(Math.max(...implied) + 3);
    expect(Math.abs(latency.reported - latency.told)).toBeLessThan(30);
  });
});
