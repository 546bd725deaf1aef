/** Policy `continuous`: one stream without items, at a bounded delay. */
import { describe, expect, it } from "vitest";
import { buffer, code, coded, frames, largestStep, PLAIN, pull, type Shown, traced } from "../../../../test/support/playout.ts";
import type { JitterBuffer, JitterBufferOptions } from "./jitter-buffer.ts";

const LIVE = { policy: "continuous" } as const;
const CHUNK = frames(20);

/** A stream in real time for `ms`, of which what falls into a stall, [from, to) in ms, comes at its end. */
function stream(
  options: Partial<JitterBufferOptions>,
  ms: number,
  stalls: readonly (readonly [number, number])[],
  each: (jitter: JitterBuffer, now: number) => void = () => {},
) {
  return traced((shown) => {
    const jitter = buffer({ ...LIVE, ...options });
    const output: number[] = [];
    let at = 0;
    for (let now = 0; now < ms; now += 20) {
      if (!stalls.some(([from, to]) => now >= from && now < to)) {
        for (; at <= now; at += 20) jitter.insert({ itemId: "s", contentIndex: 0, samples: coded(0, frames(at), CHUNK) });
      }
      output.push(...pull(jitter, CHUNK));
      each(jitter, now);
    }
    return { jitter, output, shown };
  });
}

function books({ stats }: JitterBuffer): void {
  const consumed = stats.playedFrames - stats.insertedSamplesForDeceleration + stats.removedSamplesForAcceleration - stats.replayedFrames;
  expect(consumed + stats.queuedFrames + stats.skippedFrames + stats.droppedFrames).toBe(stats.receivedFrames);
}

/** Frames of media that were never shown, by looking at all that were. */
function missing(shown: readonly Shown[]): number {
  let last = -1;
  let left = 0;
  for (const { track, media, slope } of shown) {
    if (track === null || slope === 0 || media <= last) continue;
    left += media - last - 1;
    last = media;
  }
  return left;
}

describe("continuous", () => {
  it("passes nothing over while the stream keeps time", () => {
    const { jitter, output } = stream({}, 5000, []);
    expect(jitter.stats).toMatchObject({ skippedFrames: 0, underruns: 0, removedSamplesForAcceleration: 0, state: "playing" });
    expect(jitter.stats.queuedFrames).toBeLessThanOrEqual(frames(60));
    expect(output.filter((sample, i) => i > frames(1000) && sample === 0)).toEqual([]);
    books(jitter);
  });

  it("never has more queued than maxDelayMs and a segment, and passes over the oldest softly", () => {
    for (const maxDelayMs of [200, 500]) {
      for (const length of [700, 3000]) {
        const { jitter, output, shown } = stream({ maxDelayMs }, 8000, [[2000, 2000 + length]], (now) => {
          expect(now.stats.queuedFrames).toBeLessThanOrEqual(frames(maxDelayMs) + CHUNK);
        });
        const { stats } = jitter;
        expect(stats.skippedFrames).toBeGreaterThanOrEqual(frames(length - maxDelayMs - 200));
        expect(missing(shown)).toBe(stats.skippedFrames + stats.removedSamplesForAcceleration);
        // It is live again: the last media at the ear came not longer ago than the bound.
        expect(jitter.positionAtEar().mediaFrames).toBeGreaterThan(frames(8000 - maxDelayMs - 20));
        expect(largestStep(output)).toBeLessThan(0.02);
        books(jitter);
      }
    }
  });

  it("plays what it skipped to as it is, 12 ms after the skip", () => {
    traced((shown) => {
      const jitter = buffer({ ...LIVE, ...PLAIN });
      const put = (from: number, ms: number): void => jitter.insert({ itemId: "s", contentIndex: 0, samples: coded(0, frames(from), frames(ms)) });
      put(0, 100);
      const output = [...pull(jitter, frames(50))];
      for (let ms = 100; ms < 1000; ms += 20) put(ms, 20);
      output.push(...pull(jitter, frames(50)));
      const skip = shown.findIndex(({ media }, i) => i > 0 && media > shown[i - 1].media + 1);
      expect(skip).toBeGreaterThanOrEqual(frames(50));
      expect(skip).toBeLessThanOrEqual(frames(60));
      for (let i = skip + frames(12); i < skip + frames(19); i++) expect(output[i]).toBe(code(0, shown[i].media));
      // What came before fades out under what fades in: neither is gone at once.
      for (let i = skip; i < skip + frames(12); i++) expect(output[i]).toBeGreaterThan(0.4);
      expect(jitter.stats.skippedFrames).toBe(shown[skip].media - shown[skip - 1].media - 1);
    });
  });

  it("catches up for real within the bound: half a second of lag is gone in ten", () => {
    const lag = (jitter: JitterBuffer): number => jitter.stats.queuedFrames / frames(1);
    let after = 0;
    const { jitter, output } = stream({ maxDelayMs: 1000 }, 25_000, [[5000, 5400]], (now, ms) => {
      if (ms === 5600) after = lag(now);
    });
    expect(after).toBeGreaterThan(200);
    expect(lag(jitter)).toBeLessThan(after - 100);
    expect(jitter.stats.removedSamplesForAcceleration).toBeGreaterThan(frames(100));
    expect(jitter.stats.skippedFrames).toBe(0);
    expect(largestStep(output)).toBeLessThan(0.02);
  });

  it("goes on after a cut with what comes next, and after the end was told too", () => {
    const jitter = buffer({ ...LIVE, ...PLAIN });
    const put = (from: number): void => jitter.insert({ itemId: "s", contentIndex: 0, samples: coded(0, frames(from), frames(100)) });
    put(0);
    pull(jitter, frames(40));
    expect(jitter.flush().items).toEqual([{ itemId: "s", contentIndex: 0, heardMs: 40, totalMs: 100 }]);
    put(100);
    const output = pull(jitter, frames(80));
    expect(output.subarray(frames(15), frames(60))).toEqual(coded(0, frames(115), frames(45)));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(180));
    jitter.endOfItem("s", 0);
    pull(jitter, frames(100));
    expect(jitter.stats.state).toBe("idle");
    put(200);
    pull(jitter, frames(50));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(250));
    expect(jitter.stats).toMatchObject({ lateFrames: 0, packetsDiscarded: 0 });
    books(jitter);
  });

  it("takes another name for the end of the one before", () => {
    const jitter = buffer(LIVE);
    for (const itemId of ["a", "b"]) jitter.insert({ itemId, contentIndex: 0, samples: coded(0, 0, frames(60)) });
    pull(jitter, frames(80));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "b" }, sounding: true });
  });

  it("is at the live edge after a pause, however long it was", () => {
    const { jitter } = stream({}, 20_000, [], (now, ms) => {
      if (ms === 2000) now.pause();
      if (ms === 15_000) now.resume();
    });
    expect(jitter.stats.skippedFrames).toBeGreaterThan(frames(12_000));
    expect(jitter.positionAtEar().mediaFrames).toBeGreaterThan(frames(19_400));
    books(jitter);
  });

  it("skips timestamped audio as well, holes and all", () => {
    const jitter = buffer({ ...LIVE, maxDelayMs: 200 });
    const put = (ms: number): void => jitter.insert({ itemId: "s", contentIndex: 0, samples: coded(0, frames(ms), CHUNK), startFrame: frames(ms) });
    for (let ms = 0; ms < 1000; ms += 20) if (ms % 100 !== 60) put(ms);
    const output = pull(jitter, frames(300));
    expect(jitter.stats.skippedFrames).toBeGreaterThan(frames(700));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(1000));
    expect(largestStep(output)).toBeLessThan(0.02);
  });

  it("catches up however far the stream is ahead of its start: after a device that stood still, or with a clock that is fast", () => {
    const jitter = buffer(LIVE);
    let at = 0;
    const put = (ms: number): void => {
      jitter.insert({ itemId: "s", contentIndex: 0, samples: coded(0, frames(at), frames(ms)) });
      at += ms;
    };
    put(600);
    for (let now = 0; now < 20_000; now += 20) {
      if (now === 2300) put(300);
      if (now < 2000 || now >= 2300) put(20);
      pull(jitter, CHUNK);
    }
    expect(jitter.stats.pace).toBe("paced");
    expect(jitter.stats.queuedFrames).toBeLessThanOrEqual(frames(120));
    books(jitter);
  });

  it("has no more queued than maxDelayMs whatever the names are, and whether they have ended", () => {
    const jitter = buffer(LIVE);
    for (const itemId of ["a", "b", "c"]) {
      for (let ms = 0; ms < 5000; ms += 100) jitter.insert({ itemId, contentIndex: 0, samples: coded(0, frames(ms), frames(100)) });
      jitter.endOfItem(itemId, 0);
    }
    const output = pull(jitter, frames(60));
    expect(jitter.stats.queuedFrames).toBeLessThanOrEqual(frames(600));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "c" }, sounding: true });
    expect(largestStep(output)).toBeLessThan(0.02);
    books(jitter);
  });
});
