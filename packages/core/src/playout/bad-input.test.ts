/** What nobody should send: defined, counted, never thrown. */
import { describe, expect, it } from "vitest";
import { buffer, coded, frames, PLAIN, pull } from "../../../../test/support/playout.ts";
import type { JitterBuffer, PlayoutSegment } from "./jitter-buffer.ts";
import { resolvePlayoutOptions } from "./options.ts";

const segment = (over: object = {}): PlayoutSegment => ({ itemId: "a", contentIndex: 0, samples: coded(0, 0, frames(100)), ...over });

/** A good item goes through afterwards, whatever came before. */
function stillPlays(jitter: JitterBuffer): void {
  const before = jitter.stats.playedFrames;
  jitter.insert(segment({ itemId: "good" }));
  jitter.endOfItem("good", 0);
  pull(jitter, frames(200));
  expect(jitter.stats.playedFrames - before).toBe(frames(100));
  expect(jitter.stats.state).toBe("idle");
}

describe("bad input", () => {
  it("that is no audio is counted as malformed and dropped", () => {
    const jitter = buffer(PLAIN);
    const all: unknown[] = [undefined, null, "audio", 5, [0.5, 0.5], new Int16Array(480), new Float64Array(480), new ArrayBuffer(480), {}];
    for (const samples of all) jitter.insert(segment({ samples }));
    expect(jitter.stats).toMatchObject({ packetsReceived: all.length, packetsMalformed: all.length, receivedFrames: 0, queuedFrames: 0 });
    stillPlays(jitter);
  });

  it("that has no place is counted as malformed and dropped", () => {
    const jitter = buffer(PLAIN);
    const all = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "7", null];
    for (const startFrame of all) jitter.insert(segment({ startFrame }));
    expect(jitter.stats).toMatchObject({ packetsMalformed: all.length, receivedFrames: 0 });
    stillPlays(jitter);
  });

  it("that belongs to no content part is counted as malformed and does not hold up the queue", () => {
    const jitter = buffer(PLAIN);
    const all = [
      { contentIndex: Number.NaN },
      { contentIndex: -1 },
      { contentIndex: 0.5 },
      { contentIndex: "0" },
      { contentIndex: undefined },
      { itemId: undefined },
      { itemId: 5 },
    ];
    for (const over of all) jitter.insert(segment(over));
    expect(jitter.stats).toMatchObject({ packetsMalformed: all.length, receivedFrames: 0 });
    stillPlays(jitter);
  });

  it("of samples that are no numbers is counted and plays as 0", () => {
    const jitter = buffer(PLAIN);
    const samples = coded(0, 0, frames(100));
    for (const [i, value] of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].entries()) samples[frames(50) + i] = value;
    jitter.insert(segment({ samples }));
    jitter.endOfItem("a", 0);
    const output = pull(jitter, frames(110));
    expect(jitter.stats.invalidSamples).toBe(3);
    expect([...output.subarray(frames(50) - 1, frames(50) + 4)]).toEqual([...coded(0, frames(50) - 1, 1), 0, 0, 0, ...coded(0, frames(50) + 3, 1)]);
  });

  it("of nothing but NaN neither sounds nor gets into a concealment, a stretch or a gauge", () => {
    const jitter = buffer();
    for (let i = 0; i < 50; i++) {
      jitter.insert(segment({ samples: new Float32Array(frames(20)).fill(Number.NaN) }));
      expect(pull(jitter, frames(i % 7 === 0 ? 60 : 17)).every((sample) => sample === 0)).toBe(true);
    }
    for (const [name, value] of Object.entries(jitter.stats)) if (typeof value === "number") expect(value, name).not.toBeNaN();
  });

  it("of no samples, or of one, is an item like any other", () => {
    const jitter = buffer(PLAIN);
    for (let i = 0; i < 1000; i++) jitter.insert(segment({ itemId: "odd", samples: coded(0, Math.floor(i / 2), i % 2) }));
    jitter.endOfItem("odd", 0);
    const output = pull(jitter, frames(30));
    expect(output.subarray(frames(5), 500 - frames(5))).toEqual(coded(0, frames(5), 500 - frames(10)));
    expect(jitter.stats).toMatchObject({ receivedFrames: 500, playedFrames: 500, packetsReceived: 1000, packetsDiscarded: 0, packetsMalformed: 0 });
  });

  it("of items as short as a frame plays them all, silent as they may be", () => {
    const jitter = buffer(PLAIN);
    for (let length = 0; length < 300; length++) {
      jitter.insert(segment({ itemId: `i${length}`, samples: coded(0, 0, length) }));
      jitter.endOfItem(`i${length}`, 0);
      if (length % 3 === 0) pull(jitter, 100);
    }
    pull(jitter, 50_000);
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: (299 * 300) / 2, underruns: 0, skippedFrames: 0 });
  });

  it("after the end of an item is played and counted, whenever it comes", () => {
    for (const ms of [0, 50, 99, 100, 150, 1000]) {
      const jitter = buffer(PLAIN);
      jitter.insert(segment());
      jitter.endOfItem("a", 0);
      pull(jitter, frames(ms));
      jitter.insert(segment({ samples: coded(0, frames(100), frames(10)) }));
      pull(jitter, frames(300));
      expect(jitter.stats, `${ms} ms`).toMatchObject({ packetsAfterEnd: 1, playedFrames: frames(110), state: "idle" });
      expect(jitter.positionAtEar().mediaFrames).toBe(frames(110));
    }
  });

  it("about unknown items changes nothing", () => {
    const jitter = buffer(PLAIN);
    jitter.endOfItem("nobody", 0);
    jitter.endOfItem("a", Number.NaN);
    jitter.resume();
    expect(jitter.flush()).toEqual({ items: [] });
    expect(jitter.stats.state).toBe("idle");
    stillPlays(jitter);
  });

  it("as an output delay moves no position out of what was played", () => {
    const jitter = buffer(PLAIN);
    jitter.insert(segment());
    pull(jitter, frames(50));
    for (const [delay, heard] of [
      [-1000, 50],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 0],
      [Number.NEGATIVE_INFINITY, 50],
      [1e9, 0],
      [frames(20) + 0.7, 29],
    ]) {
      jitter.outputDelayFrames = delay;
      const { mediaFrames } = jitter.positionAtEar();
      expect(Math.floor(mediaFrames / frames(1)), `delay ${delay}`).toBe(heard);
    }
    jitter.outputDelayFrames = Number.NaN;
    expect(jitter.flush().items).toEqual([{ itemId: "a", contentIndex: 0, heardMs: 0, totalMs: 100 }]);
  });

  it("as an end before the beginning is remembered", () => {
    const jitter = buffer(PLAIN);
    jitter.endOfItem("a", 0);
    jitter.insert({ ...segment(), samples: coded(0, 0, frames(10)) });
    pull(jitter, frames(20));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(10), packetsAfterEnd: 1 });
  });

  it("as a pull of no frames does nothing", () => {
    const jitter = buffer(PLAIN);
    jitter.pull(new Float32Array(0));
    jitter.insert(segment());
    jitter.pull(new Float32Array(0));
    expect(jitter.pulledFrames).toBe(0);
    expect(jitter.stats.playedFrames).toBe(0);
  });

  it("as an option is refused by name, negative ms too", () => {
    for (const name of [
      "startMs",
      "learnedStartMs",
      "minRefillMs",
      "maxRefillMs",
      "minDelayMs",
      "maxDelayMs",
      "concealMs",
      "fadeMs",
      "cutFadeMs",
      "resumeFadeMs",
      "rewindMs",
    ]) {
      for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e6, "20"])
        expect(() => buffer({ [name]: value } as object), `${name}: ${value}`).toThrow(name);
    }
    for (const playout of [5, "turn", null]) expect(() => resolvePlayoutOptions(playout as never)).toThrow(`playout is ${playout}; allowed is an object`);
    expect(() => buffer({ minRefillMs: 300, maxRefillMs: 200 })).toThrow(/minRefillMs is 300 ms; allowed is at most maxRefillMs, 200 ms/);
    expect(() => buffer({ minDelayMs: 300, maxDelayMs: 200 })).toThrow(/minDelayMs/);
    for (const name of ["policy", "catchUp", "slowDown", "outOfBand"])
      expect(() => buffer({ [name]: "never" } as object)).toThrow(new RegExp(`${name} is "never"`));
  });
});
