import { describe, expect, it } from "vitest";
import { DelayEstimator } from "./delay-estimator.ts";

const RATE = 24_000;
const frames = (ms: number): number => (ms * RATE) / 1000;
const estimator = (): DelayEstimator => new DelayEstimator(RATE, { minDelayMs: 20, maxDelayMs: 1000 });

/** Packets of 20 ms for `seconds`, of which number `k` comes `delayMs(k)` late; from output frame `start` on. Media time begins anew. */
function feed(to: DelayEstimator, seconds: number, delayMs: (k: number) => number, start = 0): void {
  to.restart();
  for (let k = 0; k < seconds * 50; k++) to.arrived(k * frames(20), start + k * frames(20) + frames(delayMs(k)));
}

describe("DelayEstimator", () => {
  it("knows nothing at first, and stays at the least for a server that is on time", () => {
    const on = estimator();
    expect([on.targetFrames, on.baseFrames, on.largestFrames(24)]).toEqual([frames(20), 0, 0]);
    feed(on, 30, () => 5);
    expect(on.targetFrames).toBe(frames(20));
    expect(on.baseFrames).toBe(frames(5));
    expect(on.largestFrames(24)).toBe(0);
  });

  it("gives the delay of an arrival relative to the fastest of the last 2 s", () => {
    const it = estimator();
    expect(it.arrived(0, frames(100))).toBe(0);
    expect(it.arrived(frames(20), frames(150))).toBe(frames(30));
    // A faster one is the new measure.
    expect(it.arrived(frames(40), frames(130))).toBe(0);
    expect(it.baseFrames).toBe(frames(90));
    expect(it.arrived(frames(60), frames(160))).toBe(frames(10));
    // 2 s later it is forgotten.
    expect(it.arrived(frames(2500), frames(2640))).toBe(0);
    expect(it.baseFrames).toBe(frames(140));
  });

  for (const jitter of [35, 85, 145, 455]) {
    it(`wants 10 ms buckets above the largest delay of half seconds: ${jitter} ms of it`, () => {
      const it = estimator();
      // Every tenth packet is late: so is one of each half second.
      feed(it, 20, (k) => (k % 10 === 5 ? jitter : 0));
      expect(it.targetFrames).toBe(frames(Math.floor(jitter / 10) * 10 + 10));
      expect(it.largestFrames(24)).toBe(frames(jitter));
    });
  }

  it("is the 95 % quantile: one half second in forty does not matter, one in ten does", () => {
    const seldom = estimator();
    feed(seldom, 300, (k) => (k % 1000 === 999 ? 300 : 0));
    expect(seldom.targetFrames).toBe(frames(20));
    const often = estimator();
    feed(often, 300, (k) => (k % 250 === 249 ? 300 : 0));
    expect(often.targetFrames).toBe(frames(310));
  });

  it("learns within seconds, and forgets over a minute or two", () => {
    const it = estimator();
    feed(it, 2, (k) => (k % 10 === 5 ? 95 : 0));
    expect(it.targetFrames).toBe(frames(100));
    feed(it, 20, (k) => (k % 10 === 5 ? 95 : 0), frames(2000));
    feed(it, 30, () => 0, frames(22_000));
    expect(it.targetFrames).toBe(frames(100));
    feed(it, 150, () => 0, frames(52_000));
    expect(it.targetFrames).toBe(frames(20));
  });

  it("forgets 1.7 % every half second in the long run: 95 % of it in a minute and a half", () => {
    const it = estimator();
    feed(it, 300, (k) => (k % 10 === 5 ? 95 : 0));
    feed(it, 80, () => 0, frames(300_000));
    expect(it.targetFrames).toBe(frames(100));
    feed(it, 15, () => 0, frames(380_000));
    expect(it.targetFrames).toBe(frames(20));
  });

  it("stays within its limits", () => {
    const low = new DelayEstimator(RATE, { minDelayMs: 50, maxDelayMs: 200 });
    feed(low, 5, () => 0);
    expect(low.targetFrames).toBe(frames(50));
    feed(low, 20, (k) => (k % 10 === 5 ? 900 : 0), frames(5000));
    expect(low.targetFrames).toBe(frames(200));
    // A second and a half of nothing, and then all of it.
    const stalls = estimator();
    feed(stalls, 60, (k) => (k % 150 < 75 ? 0 : Math.max(0, 1500 - ((k % 150) - 75) * 20)));
    expect(stalls.targetFrames).toBe(frames(1000));
  });

  it("remembers the largest delay of as many half seconds as one asks for", () => {
    const it = estimator();
    feed(it, 12, (k) => (k === 12 ? 200 : k === 505 ? 60 : k === 590 ? 40 : 0));
    expect(it.largestFrames(1)).toBe(frames(40));
    expect(it.largestFrames(4)).toBe(frames(60));
    expect(it.largestFrames(24)).toBe(frames(200));
    // Silence of the wire lets it go as well.
    it.arrived(frames(24_000), frames(24_000));
    expect(it.largestFrames(24)).toBe(0);
  });

  it("keeps what it learned from item to item, but not the media time", () => {
    const it = estimator();
    feed(it, 20, (k) => (k % 10 === 5 ? 95 : 0));
    it.restart();
    expect(it.baseFrames).toBe(0);
    expect(it.arrived(0, frames(100_000))).toBe(0);
    expect(it.baseFrames).toBe(frames(100_000));
    expect(it.targetFrames).toBe(frames(100));
  });

  it("works after days as at first: frames beyond 2^31, of output and of media", () => {
    for (const [media, output] of [
      [0, 2 ** 31 - frames(1000)],
      [0, 2 ** 33],
      [2 ** 33, 0],
      [2 ** 32 - frames(1000), 2 ** 31],
    ]) {
      const it = estimator();
      for (let k = 0; k < 500; k++) it.arrived(media + k * frames(20), output + k * frames(20) + frames(k % 10 === 5 ? 95 : 0));
      expect(it.baseFrames).toBe(output - media);
      expect(it.targetFrames).toBe(frames(100));
      expect(it.largestFrames(4)).toBe(frames(95));
    }
  });
});
