/** Audio beside the conversation: played after it, mixed with it, or not at all. */
import { describe, expect, it } from "vitest";
import { buffer, coded, frames, largestStep, PLAIN, pull } from "../../../../test/support/playout.ts";
import type { JitterBuffer } from "./jitter-buffer.ts";
import type { OutOfBand } from "./options.ts";

const put = (jitter: JitterBuffer, itemId: string, ms: number, queue: "conversation" | "out-of-band", done = true): void => {
  jitter.insert({ itemId, contentIndex: 0, samples: coded(itemId.charCodeAt(0) - 97, 0, frames(ms)), queue });
  if (done) jitter.endOfItem(itemId, 0);
};
const made = (outOfBand: OutOfBand): JitterBuffer => buffer({ ...PLAIN, outOfBand });
const edge = frames(5);

describe("out-of-band audio", () => {
  it("is played when the conversation's own is through", () => {
    const jitter = made("play");
    put(jitter, "a", 100, "conversation");
    put(jitter, "b", 100, "out-of-band");
    const output = pull(jitter, frames(250));
    expect(output.subarray(edge, frames(95))).toEqual(coded(0, edge, frames(90)));
    const start = output.findIndex((sample, i) => i > frames(100) && sample > 0);
    // On the grid of 64 frames on which the two look at each other.
    expect(start - frames(100)).toBeLessThanOrEqual(128);
    expect(output.subarray(start + edge, start + frames(95))).toEqual(coded(1, edge, frames(90)));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(200), queuedFrames: 0, underruns: 0 });
  });

  it("is not interrupted by the conversation, which waits for it and loses nothing", () => {
    const jitter = made("play");
    put(jitter, "b", 200, "out-of-band");
    const output = [...pull(jitter, frames(50))];
    put(jitter, "a", 100, "conversation");
    output.push(...pull(jitter, frames(300)));
    expect(output.slice(edge, frames(195))).toEqual([...coded(1, edge, frames(190))]);
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(300), droppedFrames: 0 });
    expect(jitter.takeFinished().map(({ itemId }) => itemId)).toEqual(["a", "b"]);
    expect(jitter.hasFinished).toBe(false);
  });

  it("waits while the conversation waits for more of its own", () => {
    const jitter = made("play");
    put(jitter, "a", 100, "conversation", false);
    put(jitter, "b", 100, "out-of-band");
    pull(jitter, frames(500));
    expect(jitter.stats).toMatchObject({ state: "starved", playedFrames: frames(100) });
    jitter.endOfItem("a", 0);
    pull(jitter, frames(200));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(200) });
  });

  it("is mixed, sample by sample", () => {
    const jitter = made("mix");
    put(jitter, "a", 200, "conversation");
    pull(jitter, frames(50));
    put(jitter, "b", 100, "out-of-band");
    const output = pull(jitter, frames(100));
    for (let i = edge; i < frames(95); i++) {
      const expected = Math.fround(coded(0, frames(50) + i, 1)[0] + coded(1, i, 1)[0]);
      if (output[i] !== expected) throw new Error(`frame ${i} is ${output[i]} instead of ${expected}`);
    }
    pull(jitter, frames(200));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(300) });
  });

  it("gives the word away when it waits for more, and goes on after", () => {
    const jitter = made("play");
    jitter.insert({ itemId: "b", contentIndex: 0, samples: new Float32Array(frames(100)).fill(0.25), queue: "out-of-band" });
    pull(jitter, frames(300));
    expect(jitter.stats.playedFrames).toBe(frames(100));
    put(jitter, "a", 200, "conversation");
    pull(jitter, frames(100));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "a" }, sounding: true });
    jitter.insert({ itemId: "b", contentIndex: 0, samples: new Float32Array(frames(100)).fill(0.25), queue: "out-of-band" });
    jitter.endOfItem("b", 0);
    pull(jitter, frames(50));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "a" } });
    pull(jitter, frames(300));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(400), queuedFrames: 0 });
  });

  it("is ignored and counted", () => {
    const jitter = made("ignore");
    put(jitter, "b", 100, "out-of-band");
    expect(largestStep(pull(jitter, frames(200)))).toBe(0);
    expect(jitter.stats).toMatchObject({ packetsReceived: 1, packetsDiscarded: 1, receivedFrames: 0, state: "idle" });
    expect(jitter.flush().items).toEqual([]);
  });

  it("pauses, resumes and is cut with the conversation, softly, and is told last", () => {
    for (const outOfBand of ["play", "mix"] as const) {
      const jitter = made(outOfBand);
      put(jitter, "b", 300, "out-of-band");
      const output = [...pull(jitter, frames(64))];
      put(jitter, "a", 300, "conversation");
      output.push(...pull(jitter, frames(64)));
      jitter.pause();
      output.push(...pull(jitter, frames(12)));
      const silence = pull(jitter, frames(64));
      expect(silence).toEqual(new Float32Array(silence.length));
      output.push(...silence);
      jitter.resume();
      output.push(...pull(jitter, frames(64)));
      const { items } = jitter.flush();
      expect(items.map(({ itemId }) => itemId)).toEqual(["a", "b"]);
      expect(items[0].heardMs > 0).toBe(outOfBand === "mix");
      expect(items[1].heardMs).toBeGreaterThan(100);
      output.push(...pull(jitter, frames(100)));
      expect(output.slice(-frames(80))).toEqual(new Array(frames(80)).fill(0));
      expect(jitter.stats).toMatchObject({ state: "idle", queuedFrames: 0 });
      expect(largestStep(output)).toBeLessThan(0.03);
      // What was cut stays cut, in its own queue too.
      put(jitter, "b", 50, "out-of-band");
      expect(jitter.stats.packetsDiscarded).toBe(1);
    }
  });

  it("is at the ear when it sounds, and the conversation when that does", () => {
    const jitter = made("play");
    put(jitter, "a", 100, "conversation");
    put(jitter, "b", 100, "out-of-band");
    pull(jitter, frames(50));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "a" }, mediaFrames: frames(50), sounding: true });
    pull(jitter, frames(110));
    expect(jitter.positionAtEar()).toMatchObject({ track: { itemId: "b" }, sounding: true });
  });

  it("does not depend on the size of the pulls, to the bit", () => {
    for (const outOfBand of ["play", "mix"] as const) {
      const run = (block: number): number[] => {
        const jitter = made(outOfBand);
        const output = [...pull(jitter, 777, block)];
        for (const [itemId, ms, queue] of [
          ["a", 90, "conversation"],
          ["b", 70, "out-of-band"],
          ["c", 110, "conversation"],
          ["d", 30, "out-of-band"],
        ] as const) {
          put(jitter, itemId, ms, queue);
          output.push(...pull(jitter, 1234, block));
        }
        output.push(...pull(jitter, frames(400), block));
        expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(300) });
        return output;
      };
      const whole = run(100_000);
      for (const block of [1, 63, 128, 960]) expect(run(block)).toEqual(whole);
    }
  });
});
