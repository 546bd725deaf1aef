/** A recorder with wavtools' API over our capture worklet: what the fake microphone says, in chunks and as a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePcm16Bytes, readWav } from "@sidetone/core/dsp";
import type { Browser, Page } from "playwright-core";
import { compare, sequence } from "sidetone/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, openPage } from "../support/chromium.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { speech, writeSpeech } from "../support/speech.ts";
import { bytesOf, call } from "../support/wavtools-page.ts";

describe("a recorder with wavtools' API", () => {
  const MICROPHONE_RATE = 48_000;
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let folder: string;
  let complaints: string[];

  beforeAll(async () => {
    server = await servePage("wavtools.ts");
  });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sidetone-"));
    const wav = join(folder, "microphone.wav");
    writeSpeech(wav, sequence(MICROPHONE_RATE, 1000, speech("speech-b", MICROPHONE_RATE), 60_000), MICROPHONE_RATE);
    browser = await launchChromium({ microphone: wav });
    ({ page, complaints } = await openPage(browser, server.origin));
    return async () => {
      expect(complaints).toEqual([]);
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    };
  });

  afterAll(() => server?.close());

  for (const sampleRate of [24_000, 44_100, 16_000]) {
    it(`gives the microphone back at ${sampleRate} Hz, in chunks and as a file`, async () => {
      expect(await call(page, "begin", { sampleRate })).toBe("paused");
      expect(await call(page, "record")).toBe("recording");
      await page.waitForTimeout(2500);
      const loudest = await call(page, "loudest");
      await page.waitForTimeout(2000);
      expect(await call(page, "pause")).toBe("paused");
      const chunks = await call(page, "chunks");
      const saved = await call(page, "save", false);
      const { samples, rate } = readWav(bytesOf(saved?.file ?? ""));
      const said = speech("speech-b", sampleRate).subarray(0, 3 * sampleRate);
      const found = compare(said, samples, sampleRate);
      expect(found.score).toBeGreaterThan(0.95);
      expect(found.drift).toBeLessThanOrEqual(1);
      expect(saved).toMatchObject({ type: "audio/wav", sampleRate, channelCount: 1, duration: samples.length / sampleRate });
      expect(rate).toBe(sampleRate);
      // The chunks are the file, to the sample, and none but the last is shorter than asked for.
      const mono = bytesOf(chunks.mono);
      const streamed = new Float32Array(mono.length / 2);
      decodePcm16Bytes(mono, streamed);
      expect(streamed).toEqual(samples);
      expect(chunks.sameRaw).toBe(true);
      expect(Math.min(...chunks.lengths.slice(0, -1))).toBeGreaterThanOrEqual(8192);
      expect(Math.max(...chunks.lengths)).toBeLessThan(8192 + sampleRate / 20);
      expect(loudest).toBeGreaterThan(0.3);
      expect(await call(page, "read")).toMatchObject({ frames: samples.length, channels: 1 });
      const decoded = await call(page, "decoded", 8000);
      expect(decoded.rate).toBe(8000);
      expect(Math.abs(decoded.frames - (samples.length * 8000) / sampleRate)).toBeLessThan(3);
      expect(decoded.peak).toBeGreaterThan(0.1);
    });
  }

  it("pauses, goes on, forgets and ends", async () => {
    await call(page, "begin", { sampleRate: 24_000 });
    const frames = async (): Promise<number> => (await call(page, "read"))?.frames ?? -1;
    await page.waitForTimeout(1200);
    expect(await frames()).toBe(0);
    await call(page, "record", 0);
    await page.waitForTimeout(500);
    expect(await call(page, "complaint", "early")).toContain("call .save(true) to force");
    expect(await call(page, "complaint", "twice")).toContain("Already recording");
    expect(await call(page, "complaint", "again")).toContain("Already connected");
    expect((await call(page, "save", true))?.duration).toBeGreaterThan(0.3);
    await call(page, "pause");
    const paused = await frames();
    await page.waitForTimeout(300);
    expect(await frames()).toBe(paused);
    await call(page, "record");
    await page.waitForTimeout(300);
    await call(page, "pause");
    const resumed = await frames();
    expect(resumed - paused).toBeGreaterThan(0.2 * 24_000);
    expect(resumed - paused).toBeLessThan(0.6 * 24_000);
    expect((await call(page, "chunks")).lengths[0]).toBe(960);
    await call(page, "clear");
    expect(await frames()).toBe(0);
    await call(page, "record");
    await page.waitForTimeout(400);
    const end = await call(page, "end");
    expect(end).toMatchObject({ status: "ended", context: "closed", tracks: ["ended"] });
    expect(end?.duration).toBeGreaterThan(0.3);
    expect(end?.duration).toBeLessThan(0.9);
    expect(await call(page, "complaint", "early")).toContain("please call .begin() first");
    // The next session begins with nothing; what is older than asked for is forgotten.
    await call(page, "begin", { sampleRate: 8000, keepMs: 250 });
    await call(page, "record");
    await page.waitForTimeout(1800);
    await call(page, "pause");
    expect(await frames()).toBe(2000);
    await call(page, "quit");
    expect(await call(page, "complaint", "early")).toContain("please call .begin() first");
  });
});
