/** The rows of the state machine that a person causes: pause and cut, from every state. */
import { describe, expect, it } from "vitest";
import { ALL, buffer, coded, fadeStep, frames, inState, largestStep, PLAIN, pull, put, silent } from "../../../../test/support/playout.ts";

describe("pause", () => {
  for (const state of ALL) {
    it(`is silent within 12 ms, keeps what comes, and goes on: from ${state}`, () => {
      const { jitter, output } = inState(state === "paused" ? "playing" : state);
      jitter.pause();
      const before = jitter.positionAtEar().mediaFrames;
      const fade = pull(jitter, frames(30));
      expect(silent(fade.subarray(frames(12)))).toBe(true);
      output.push(...fade);
      put(jitter, "a", 100, state === "idle" ? 0 : state === "priming" ? 20 : 200);
      output.push(...pull(jitter, frames(500)));
      expect(jitter.stats.state).toBe("paused");
      expect(silent(Float32Array.from(output.slice(-frames(500))))).toBe(true);
      jitter.resume();
      for (let i = 0; i < 100; i++) {
        output.push(...pull(jitter, frames(1)));
        expect(jitter.positionAtEar().mediaFrames).toBeGreaterThanOrEqual(before);
      }
      jitter.endOfItem("a", 0);
      output.push(...pull(jitter, frames(1000)));
      const { stats } = jitter;
      expect(stats).toMatchObject({ state: "idle", queuedFrames: 0 });
      expect(stats.playedFrames - stats.replayedFrames).toBe(stats.receivedFrames);
      expect(stats.replayedFrames).toBeLessThanOrEqual(frames(400));
      expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
    });
  }

  it("and resume within its fade, over and over, has no hard edge and loses nothing", () => {
    for (const every of [1, 17, 100, 250, 400]) {
      const { jitter, output } = inState("playing");
      for (let i = 0; i < 40; i++) {
        jitter[i % 2 === 0 ? "pause" : "resume"]();
        output.push(...pull(jitter, every));
      }
      jitter.endOfItem("a", 0);
      output.push(...pull(jitter, frames(600)));
      const { stats } = jitter;
      expect(stats.playedFrames - stats.replayedFrames).toBe(frames(200));
      expect(stats.state).toBe("idle");
      expect(largestStep(output), `every ${every} frames`).toBeLessThan(0.02);
    }
  });

  it("over and over goes back no further than once", () => {
    const jitter = buffer(PLAIN);
    put(jitter, "a", 10_000);
    pull(jitter, frames(5000));
    for (let i = 0; i < 10; i++) {
      jitter.pause();
      jitter.resume();
    }
    expect(jitter.stats.replayedFrames).toBeLessThanOrEqual(frames(400));
    for (let i = 0; i < 50; i++) {
      pull(jitter, frames(10));
      jitter.pause();
      jitter.resume();
      expect(jitter.stats.queuedFrames).toBeLessThanOrEqual(frames(5400));
    }
  });

  it("twice, or a resume of nothing, changes nothing", () => {
    for (const state of ALL) {
      const [once, twice] = [inState(state), inState(state)];
      twice.jitter.resume();
      if (state === "paused") once.jitter.resume();
      once.jitter.pause();
      twice.jitter.pause();
      twice.jitter.pause();
      expect(pull(twice.jitter, frames(50))).toEqual(pull(once.jitter, frames(50)));
      expect(twice.jitter.stats).toEqual(once.jitter.stats);
    }
  });
});

describe("a cut", () => {
  for (const state of ALL) {
    it(`fades within 12 ms, forgets all, says what was heard, and lets the next reply in: from ${state}`, () => {
      for (const at of ["once", "later"]) {
        const { jitter, output } = inState(state);
        put(jitter, "b", 100);
        const queued = jitter.stats.queuedFrames;
        const { items } = jitter.flush();
        const heard = { idle: -1, priming: 0, starting: 2, playing: 100, paused: 100, concealing: 200, ending: 197, starved: 200 }[state];
        const total = state === "priming" ? 20 : 200;
        expect(items).toEqual([
          ...(heard < 0 ? [] : [{ itemId: "a", contentIndex: 0, heardMs: heard, totalMs: total }]),
          { itemId: "b", contentIndex: 0, heardMs: 0, totalMs: 100 },
        ]);
        expect(jitter.stats).toMatchObject({ state: "idle", queuedFrames: 0, droppedFrames: queued, flushes: 1 });
        if (at === "later") output.push(...pull(jitter, frames(40)));
        put(jitter, "c", 100);
        jitter.endOfItem("c", 0);
        const reply = pull(jitter, frames(110));
        output.push(...reply);
        expect(reply.subarray(frames(12), frames(95))).toEqual(coded(2, frames(12), frames(83)));
        expect(jitter.stats.state).toBe("idle");
        expect(largestStep(output)).toBeLessThan(0.02);
      }
    });
  }

  it("of nothing says nothing, and of items heard to their end neither", () => {
    const jitter = buffer();
    expect(jitter.flush()).toEqual({ items: [] });
    put(jitter, "a", 50);
    jitter.endOfItem("a", 0);
    pull(jitter, frames(60));
    put(jitter, "b", 50);
    expect(jitter.flush().items.map(({ itemId }) => itemId)).toEqual(["b"]);
    expect(jitter.flush()).toEqual({ items: [] });
  });

  it("tells of many items in playing order, floored, and never beyond what was received", () => {
    const jitter = buffer(PLAIN);
    for (const itemId of ["c", "a", "b"]) put(jitter, itemId, 100);
    jitter.endOfItem("c", 0);
    pull(jitter, frames(150) + 23);
    expect(jitter.flush().items).toEqual([
      { itemId: "a", contentIndex: 0, heardMs: 50, totalMs: 100 },
      { itemId: "b", contentIndex: 0, heardMs: 0, totalMs: 100 },
    ]);
  });
});
