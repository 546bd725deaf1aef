/** Every row of playout's state machine, in every state it can meet: what happens is seen in the state, the sound, the counters and the heard position. */
import { describe, expect, it } from "vitest";
import { ALL, buffer, coded, fadeStep, frames, inState, largestStep, PLAIN, pull, put, silent } from "../../../../test/support/playout.ts";

describe("states", () => {
  it("are those they are taken for", () => {
    const seen = ALL.map((state) => inState(state).jitter.stats.state);
    expect(seen).toEqual(["idle", "priming", "playing", "playing", "playing", "playing", "starved", "paused"]);
    expect(inState("concealing").jitter.stats).toMatchObject({ concealedSamples: frames(20), underruns: 0 });
  });
});

describe("a delta", () => {
  it("of an item that was cut is dropped and counted, in every state", () => {
    for (const state of ALL) {
      const { jitter } = inState(state);
      put(jitter, "z", 10);
      jitter.flush();
      put(jitter, "z", 100, 10);
      jitter.endOfItem("z", 0);
      expect(silent(pull(jitter, frames(200)).subarray(frames(12))), state).toBe(true);
      expect(jitter.stats).toMatchObject({ lateFrames: frames(100), packetsDiscarded: 1, queuedFrames: 0, state: "idle" });
    }
  });

  it("brings an idle buffer to priming, and 30 ms of it to playing, with a fade of 5 ms", () => {
    const jitter = buffer(PLAIN);
    put(jitter, "a", 29);
    expect(silent(pull(jitter, frames(10)))).toBe(true);
    expect(jitter.stats.state).toBe("priming");
    put(jitter, "a", 1, 29);
    const output = pull(jitter, frames(20));
    expect(jitter.stats.state).toBe("playing");
    expect(output.subarray(frames(5))).toEqual(coded(0, frames(5), frames(15)));
    for (let i = 0; i < frames(5); i++) expect(output[i] / (0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / frames(5)))).toBeCloseTo(0.5, 2);
  });

  it("that is a new item's waits for the one before, in every state", () => {
    for (const state of ["priming", "playing", "concealing", "starved", "paused"] as const) {
      const { jitter } = inState(state);
      put(jitter, "b", 100);
      jitter.endOfItem("b", 0);
      pull(jitter, frames(500));
      expect(jitter.positionAtEar().track?.itemId ?? "a", state).toBe("a");
      if (state === "paused") jitter.resume();
      jitter.endOfItem("a", 0);
      pull(jitter, frames(1000));
      expect(jitter.stats, state).toMatchObject({ state: "idle", queuedFrames: 0 });
      expect(jitter.takeFinished().map(({ itemId, end }) => [itemId, end])).toEqual([
        ["a", "played"],
        ["b", "played"],
      ]);
    }
  });
});

describe("done", () => {
  it("starts an item at once whatever its level, and lets it end with a fade of 5 ms to its last frame", () => {
    const { jitter } = inState("priming");
    jitter.endOfItem("a", 0);
    const output = pull(jitter, frames(30));
    expect(output.subarray(frames(5), frames(15))).toEqual(coded(0, frames(5), frames(10)));
    expect(output[frames(20) - 1]).toBeGreaterThan(0);
    expect(output[frames(20) - 1]).toBeLessThan(1e-4);
    expect(silent(output.subarray(frames(20)))).toBe(true);
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(20), concealedSamples: 0 });
  });

  it("is too late to stop a concealment but not to let it fade at once", () => {
    const { jitter, output } = inState("concealing");
    jitter.endOfItem("a", 0);
    output.push(...pull(jitter, frames(50)));
    expect(jitter.stats).toMatchObject({ state: "idle", underruns: 0, concealedSamples: frames(25), playedFrames: frames(200) });
    expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
  });

  it("ends a wait: in starved the item is over, and the gap counted", () => {
    const { jitter } = inState("starved");
    jitter.endOfItem("a", 0);
    expect(silent(pull(jitter, frames(50)))).toBe(true);
    expect(jitter.stats).toMatchObject({ state: "idle", underruns: 1, underrunFrames: frames(40), interruptionCount: 0 });
    expect(jitter.takeFinished()).toMatchObject([{ end: "played", gaps: 1, gapMs: 40, concealedMs: 60 }]);
  });

  it("while paused is kept for later", () => {
    const { jitter } = inState("paused", { rewindMs: 0 });
    jitter.endOfItem("a", 0);
    expect(silent(pull(jitter, frames(50)))).toBe(true);
    expect(jitter.stats.state).toBe("paused");
    jitter.resume();
    pull(jitter, frames(101));
    expect(jitter.stats).toMatchObject({ state: "idle", playedFrames: frames(200) });
  });

  it("of an unknown item, and a second one, change nothing", () => {
    for (const state of ALL) {
      const { jitter } = inState(state);
      const before = { ...jitter.stats };
      jitter.endOfItem("nobody", 0);
      jitter.endOfItem("a", 7);
      expect(jitter.stats).toEqual(before);
    }
  });
});

describe("an empty queue", () => {
  it("is concealed for 60 ms, the last 5 of them fading, and then silent until the refill rule is met", () => {
    const { jitter, output } = inState("starved", { minRefillMs: 50 });
    expect(jitter.stats).toMatchObject({
      underruns: 1,
      concealmentEvents: 1,
      concealedSamples: frames(100),
      silentConcealedSamples: frames(40),
      underrunFrames: frames(40),
    });
    expect(output.slice(frames(200), frames(210)).every((sample) => sample > 0.4)).toBe(true);
    expect(output.slice(frames(245), frames(259)).every((sample) => sample > 0)).toBe(true);
    expect(output.slice(frames(260)).every((sample) => sample === 0)).toBe(true);
    expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
    put(jitter, "a", 49, 200);
    expect(silent(pull(jitter, frames(100)))).toBe(true);
    put(jitter, "a", 1, 249);
    const resumed = pull(jitter, frames(40));
    expect(resumed.subarray(frames(5))).toEqual(coded(0, frames(205), frames(35)));
    expect(largestStep(resumed)).toBeLessThan(fadeStep(frames(5)));
    expect(jitter.stats).toMatchObject({ state: "playing", playedFrames: frames(240) });
  });

  it("wants half the target delay again, 20 ms at least and 400 at most", () => {
    for (const [jitterMs, least, most] of [
      [0, 20, 20],
      [195, 95, 105],
      [900, 395, 400],
    ]) {
      const jitter = buffer({ ...PLAIN, startMs: 0 });
      let at = 0;
      for (let k = 0; k < 600; k++) {
        // Every 30th packet of 20 ms, and those behind it, come so late.
        const blocked = k % 60 >= 10 && k % 60 < 10 + jitterMs / 20;
        if (!blocked) {
          const count = frames((k + 1) * 20) - at;
          jitter.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(count).fill(0.5) });
          at += count;
        }
        pull(jitter, frames(20));
      }
      pull(jitter, frames(3000));
      expect(jitter.stats.state).toBe("starved");
      let refill = 0;
      while (jitter.stats.state === "starved") {
        jitter.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(frames(1)).fill(0.5), startFrame: undefined });
        refill = Math.round(jitter.stats.queuedFrames / frames(1));
        pull(jitter, 1);
      }
      expect(refill, `${jitterMs} ms of jitter`).toBeGreaterThanOrEqual(least);
      expect(refill, `${jitterMs} ms of jitter`).toBeLessThanOrEqual(most);
    }
  });

  it("that fills while it is concealed costs nothing but the frames that stood in: cross-faded, no refill awaited", () => {
    for (let ms = 1; ms < 60; ms += 3) {
      const jitter = buffer({ ...PLAIN, minRefillMs: 400, maxRefillMs: 400 });
      put(jitter, "a", 200);
      const output = [...pull(jitter, frames(200 + ms))];
      put(jitter, "a", 100, 200);
      output.push(...pull(jitter, frames(50)));
      expect(output.slice(frames(200 + ms + 15))).toEqual([...coded(0, frames(215), frames(35))]);
      expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
      expect(jitter.stats).toMatchObject({ underruns: 0, state: "playing", concealedSamples: frames(ms) });
    }
  });
});

describe("an account", () => {
  it("does not take the time of the item before for lag", () => {
    const jitter = buffer(PLAIN);
    for (const itemId of ["a", "b", "c"]) {
      put(jitter, itemId, 300);
      jitter.endOfItem(itemId, 0);
    }
    pull(jitter, frames(950));
    expect(jitter.takeFinished()).toMatchObject([
      { itemId: "a", startMs: 0, lagMs: 0 },
      { itemId: "b", startMs: 300, lagMs: 0 },
      { itemId: "c", startMs: 600, lagMs: 0 },
    ]);
  });
});
