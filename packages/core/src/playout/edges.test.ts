/** What happens where two things meet: an arrival within a fade, a cut near an end, an end while waiting. */
import { describe, expect, it } from "vitest";
import { buffer, coded, fadeStep, frames, largestStep, PLAIN, pull } from "../../../../test/support/playout.ts";
import type { JitterBuffer } from "./jitter-buffer.ts";

const full = (ms: number): Float32Array => new Float32Array(frames(ms)).fill(1);
const insert = (jitter: JitterBuffer, itemId: string, samples: Float32Array, startFrame?: number): void =>
  jitter.insert({ itemId, contentIndex: 0, samples, ...(startFrame === undefined ? {} : { startFrame }) });

/** 340 ms of an item with 20 ms of near silence from `quietMs` on, in segments of 20 ms that come all at once: from a server of which the next would be due soon. */
function insertWithQuiet(jitter: JitterBuffer, quietMs: number): void {
  const samples = coded(0, 0, frames(340)).fill(0.0001, frames(quietMs), frames(quietMs + 20));
  for (let at = 0; at < samples.length; at += frames(20)) insert(jitter, "a", samples.slice(at, at + frames(20)));
}

/** A paced server that stops: 20 ms every 20 ms with 120 ms ahead, then nothing, until the buffer stops at a quiet point. */
function quietStop(block = 64): { jitter: JitterBuffer; output: number[]; inserted: number } {
  const jitter = buffer({ ...PLAIN, startMs: 120 });
  let inserted = 0;
  const output: number[] = [];
  for (let i = 0; i < 20; i++) {
    insert(jitter, "a", coded(0, inserted, frames(20)));
    inserted += frames(20);
    output.push(...pull(jitter, frames(20), block));
  }
  return { jitter, output, inserted };
}

describe("edges", () => {
  it("stops at a quiet point without losing a frame of what follows", () => {
    const jitter = buffer({ ...PLAIN, startMs: 30, minRefillMs: 300 });
    insertWithQuiet(jitter, 280);
    const output = [...pull(jitter, frames(400))];
    const { playedFrames, queuedFrames } = jitter.stats;
    expect(jitter.stats).toMatchObject({ underruns: 1, concealmentEvents: 1, concealedSamples: frames(400) - playedFrames });
    expect(queuedFrames).toBeGreaterThan(0);
    // The fade-out is the last that was played: nothing was taken from the queue to be silent.
    expect(output[playedFrames - 1]).toBeGreaterThan(0);
    expect(output[playedFrames]).toBe(0);
    jitter.endOfItem("a", 0);
    pull(jitter, frames(400));
    expect(jitter.stats).toMatchObject({ playedFrames: frames(340), state: "idle" });
  });

  it("does not forget what arrived within the fade to a quiet point", () => {
    const jitter = buffer({ ...PLAIN, minRefillMs: 300 });
    insertWithQuiet(jitter, 280);
    const before = jitter.stats.queuedFrames;
    let at = 0;
    const output: number[] = [];
    // Frame by frame to the middle of the fade.
    while (at++ < before) {
      const [sample] = pull(jitter, 1);
      output.push(sample);
      if (at > frames(280) && sample > 0 && sample < 0.00005) break;
    }
    expect(jitter.stats.state).toBe("playing");
    expect(output.at(-1)).toBeGreaterThan(0);
    insert(jitter, "a", coded(0, frames(340), frames(1000)));
    pull(jitter, frames(2000));
    expect(jitter.stats.playedFrames).toBeGreaterThan(frames(1100));
  });

  it("cuts and pauses softly however near the end of the item is", () => {
    for (let ms = 80; ms < 104; ms += 0.5) {
      for (const verb of ["flush", "pause"] as const) {
        const jitter = buffer();
        insert(jitter, "a", full(100));
        jitter.endOfItem("a", 0);
        const output = [...pull(jitter, frames(ms))];
        jitter[verb]();
        output.push(...pull(jitter, frames(50)));
        expect(largestStep(output), `${verb} at ${ms} ms`).toBeLessThan(fadeStep(frames(5)));
      }
    }
  });

  it("cuts and pauses softly while it conceals, whether more was to come or not", () => {
    for (let ms = 100; ms < 165; ms += 2.5) {
      for (const verb of ["flush", "pause"] as const) {
        for (const done of [false, true]) {
          const jitter = buffer(PLAIN);
          insert(jitter, "a", full(100));
          const output = [...pull(jitter, frames(ms))];
          if (done) jitter.endOfItem("a", 0);
          output.push(...pull(jitter, 10));
          jitter[verb]();
          output.push(...pull(jitter, frames(50)));
          expect(largestStep(output), `${verb} at ${ms} ms`).toBeLessThan(fadeStep(frames(5)));
        }
      }
    }
  });

  it("stops in the middle of a quiet 10 ms: the fade has half of its frames on either side", () => {
    const jitter = buffer({ ...PLAIN, minRefillMs: 300 });
    const samples = Float32Array.from({ length: frames(340) }, (_, i) => 0.3 * Math.sin(i / 9));
    // All that is loud is played as it is; the fade takes quiet frames only.
    samples.fill(0, frames(300), frames(310));
    insert(jitter, "a", samples);
    const output = pull(jitter, frames(600));
    const { playedFrames, underruns } = jitter.stats;
    expect(underruns).toBe(1);
    expect(Math.abs(playedFrames - frames(305 + 2.5))).toBeLessThanOrEqual(frames(1));
    expect(output.subarray(frames(5), frames(300))).toEqual(samples.subarray(frames(5), frames(300)));
  });

  it("cuts and pauses softly in the middle of a period that is inserted or removed", () => {
    const slope = (0.3 * 2 * Math.PI * 130) / 24_000;
    for (const [policy, segments] of [
      ["turn", 20],
      ["continuous", 45],
    ] as const) {
      let stretched = 0;
      for (let ms = 200; ms < 330; ms += 1.25) {
        for (const verb of ["flush", "pause"] as const) {
          const jitter = buffer({ policy, maxDelayMs: 1000 });
          for (let k = 0; k < segments; k++) {
            insert(
              jitter,
              "a",
              Float32Array.from({ length: frames(20) }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 130 * (k * frames(20) + i)) / 24_000)),
            );
          }
          const output = [...pull(jitter, frames(ms))];
          jitter[verb]();
          output.push(...pull(jitter, frames(50)));
          const { insertedSamplesForDeceleration: inserted, removedSamplesForAcceleration: removed } = jitter.stats;
          stretched = Math.max(stretched, policy === "turn" ? inserted : removed);
          expect(largestStep(output), `${verb} at ${ms} ms`).toBeLessThan(slope + 0.3 * fadeStep(frames(5)));
        }
      }
      expect(stretched).toBeGreaterThan(frames(5));
    }
  });

  it("conceals softly what has only just begun: a start, a refill or a resume with little behind it", () => {
    for (const hertz of [0, 83, 120, 210]) {
      for (const ms of [1, 3, 5, 10, 15, 20, 25, 30, 40, 60]) {
        const jitter = buffer({ ...PLAIN, startMs: 0 });
        insert(
          jitter,
          "a",
          Float32Array.from({ length: frames(ms) }, (_, i) => 0.25 * (1 + Math.cos((2 * Math.PI * i * hertz) / 24_000))),
        );
        const output = pull(jitter, frames(ms + 100));
        expect(largestStep(output), `${ms} ms of ${hertz} Hz`).toBeLessThan(fadeStep(frames(5)) + (0.25 * 2 * Math.PI * hertz) / 24_000);
      }
    }
  });

  it("plays aloud what is added to an ended item within its last fade", () => {
    for (const ms of [90, 94, 96, 98, 99.9, 100]) {
      const jitter = buffer(PLAIN);
      insert(jitter, "a", full(100));
      jitter.endOfItem("a", 0);
      const output = [...pull(jitter, frames(ms))];
      insert(jitter, "a", full(100));
      output.push(...pull(jitter, frames(200)));
      expect(jitter.stats).toMatchObject({ packetsAfterEnd: 1, playedFrames: frames(200), state: "idle" });
      expect(Math.min(...output.slice(frames(112), frames(190)))).toBe(1);
      expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
    }
  });

  it("does not play again what comes again after the end", () => {
    const jitter = buffer(PLAIN);
    insert(jitter, "a", coded(0, 0, frames(100)), 0);
    jitter.endOfItem("a", 0);
    pull(jitter, frames(200));
    insert(jitter, "a", coded(0, frames(80), frames(20)), frames(80));
    insert(jitter, "a", coded(0, frames(100), frames(20)), frames(100));
    insert(jitter, "a", coded(0, frames(40), frames(20)), frames(40));
    pull(jitter, frames(200));
    expect(jitter.stats).toMatchObject({ playedFrames: frames(120), discardedFrames: frames(40), packetsDiscarded: 2, state: "idle" });
  });

  it("is not held up by a segment without samples that says it begins before the others", () => {
    const jitter = buffer();
    insert(jitter, "a", coded(0, 480, 4800), 480);
    insert(jitter, "a", new Float32Array(0), 0);
    jitter.endOfItem("a", 0);
    pull(jitter, frames(500));
    expect(jitter.stats).toMatchObject({ playedFrames: 4800, concealedSamples: 0, state: "idle" });
  });

  it("passes over twenty thousand empty items in one pull", () => {
    const jitter = buffer();
    for (let i = 0; i < 20_000; i++) {
      insert(jitter, "a", new Float32Array(0));
      jitter.endOfItem("a", i);
      jitter.insert({ itemId: "a", contentIndex: i + 1, samples: new Float32Array(0) });
    }
    jitter.endOfItem("a", 20_000);
    pull(jitter, 64);
    expect(jitter.stats.state).toBe("idle");
  });

  it("does not stop for a quiet point of an item that has ended meanwhile", () => {
    for (let ms = 200; ms < 340; ms += 5) {
      const jitter = buffer(PLAIN);
      insertWithQuiet(jitter, 310);
      const output = [...pull(jitter, frames(ms))];
      if (jitter.stats.state !== "playing") return;
      jitter.endOfItem("a", 0);
      insert(jitter, "b", coded(1, 0, 0));
      output.push(...pull(jitter, frames(500)));
      expect(jitter.stats.underruns, `ended at ${ms} ms`).toBe(0);
    }
    throw new Error("there was no stop");
  });

  it("goes on without an underrun when the end is told while it fades to a stop", () => {
    for (let at = frames(100); at < frames(165); at += 12) {
      const jitter = buffer(PLAIN);
      insert(jitter, "a", coded(0, 0, frames(100)));
      pull(jitter, at);
      const { underruns } = jitter.stats;
      jitter.endOfItem("a", 0);
      const output = pull(jitter, frames(100));
      expect(jitter.stats).toMatchObject({ underruns, state: "idle", playedFrames: frames(100) });
      expect(largestStep(output.subarray(frames(12)))).toBe(0);
    }
  });

  it("waits with a paced server that stops, and goes on with it", () => {
    const { jitter, inserted } = quietStop();
    pull(jitter, frames(1000));
    expect(jitter.stats.state).toBe("starved");
    insert(jitter, "a", coded(0, inserted, frames(200)));
    jitter.endOfItem("a", 0);
    pull(jitter, frames(1000));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: inserted + frames(200) });
  });
});
