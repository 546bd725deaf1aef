import { describe, expect, it } from "vitest";
import { buffer, coded, frames, pull } from "../../../../test/support/playout.ts";
import { DelayEstimator } from "./delay-estimator.ts";
import { type PlayoutOptions, resolvePlayoutOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { PlayoutPolicy } from "./policy.ts";

const RATE = 24_000;

interface Rules {
  readonly policy: PlayoutPolicy;
  readonly estimator: DelayEstimator;
  /** What is decided `ms` after the last arrival, playback being `delayMs` behind the fastest arrival, `levelMs` being queued. */
  decide(ms: number, delayMs: number, levelMs: number, sinceMs?: number): string;
}

/** Rules after `seconds` of chunks of `chunkMs` of media every `everyMs`, the k-th `lateMs(k)` late. */
function after(options: PlayoutOptions, seconds: number, chunkMs: number, everyMs: number, lateMs: (k: number) => number = () => 0): Rules {
  const resolved = resolvePlayoutOptions(options);
  const estimator = new DelayEstimator(RATE, resolved);
  const pace = new Pace(RATE);
  const policy = new PlayoutPolicy(RATE, resolved, estimator, pace);
  pace.restart(0, 0);
  let last = 0;
  for (let k = 0; k * everyMs < seconds * 1000; k++) {
    last = frames(k * everyMs + lateMs(k));
    estimator.arrived(frames(k * chunkMs), last);
    pace.arrived(frames(k * chunkMs), frames(chunkMs), last);
  }
  return {
    policy,
    estimator,
    decide(ms, delayMs, levelMs, sinceMs = 1e6) {
      const now = last + frames(ms);
      return policy.decide(now, now - frames(delayMs) - estimator.baseFrames, frames(levelMs), frames(sinceMs));
    },
  };
}

describe("slowing down", () => {
  it("a burst that stalls: below 2 s, and at once as much as can be", () => {
    const { policy, decide } = after({}, 1, 200, 100);
    expect(decide(100, 0, 1000)).toBe("play");
    expect(decide(500, 0, 2001)).toBe("play");
    expect(decide(500, 0, 1999)).toBe("insert");
    expect(policy.threshold).toBe(0.65);
    expect(decide(500, 0, 1000, 19)).toBe("play");
    expect(decide(500, 0, 1000, 20)).toBe("insert");
  });

  it("a burst that does not stall only where next to nothing is queued", () => {
    const { decide } = after({}, 1, 200, 100);
    expect(decide(100, 0, 41)).toBe("play");
    expect(decide(100, 0, 39)).toBe("insert");
  });

  it("a paced server while the delay is below the target", () => {
    const { policy, decide } = after({}, 20, 20, 20, (k) => (k % 10 === 5 ? 85 : 0));
    expect(decide(10, 85, 300)).toBe("insert");
    expect(policy.threshold).toBe(0.9);
    expect(decide(10, 95, 300)).toBe("play");
    expect(decide(10, 85, 300, 29)).toBe("play");
    expect(decide(10, 85, 300, 30)).toBe("insert");
    // With less than 60 ms left it is urgent.
    expect(decide(10, 85, 59, 19)).toBe("play");
    expect(decide(10, 85, 59, 20)).toBe("insert");
    expect(policy.threshold).toBe(0.65);
  });

  it("a slow server by what it will fall behind, too", () => {
    // 10 % slow: it loses 11 % of half a second and of the 111 ms until the next arrival, 68 ms, beyond the target.
    const { decide, estimator } = after({}, 10, 100, 1000 / 9);
    const target = estimator.targetFrames / frames(1);
    expect(decide(10, target + 66, 300)).toBe("insert");
    expect(decide(10, target + 70, 300)).not.toBe("insert");
    const { decide: steady } = after({}, 10, 100, 100);
    expect(steady(10, 40, 300)).toBe("play");
  });

  it("is not done when it is switched off", () => {
    const { decide } = after({ slowDown: "none" }, 1, 200, 100);
    expect(decide(500, 0, 30)).toBe("play");
  });
});

describe("catching up", () => {
  const jitter = (k: number): number => (k % 10 === 5 ? 85 : 0);

  it("slowly: 40 ms above the target, or 0.9 of the largest delay if that is more, every 150 ms", () => {
    const { policy, decide } = after({}, 20, 20, 20, jitter);
    const limit = 90 + 40;
    expect(decide(10, limit - 2, 300)).toBe("play");
    expect(decide(10, limit + 2, 300)).toBe("remove");
    expect(policy.threshold).toBe(0.9);
    expect(decide(10, limit + 2, 300, 149)).toBe("play");
    expect(decide(10, limit + 2, 300, 150)).toBe("remove");
    // One delay of 300 ms in ten seconds is no matter for the target.
    const { decide: rarely } = after({}, 20, 20, 20, (k) => (k === 600 ? 300 : 0));
    expect(rarely(10, 0.9 * 300 + 38, 600)).toBe("play");
    expect(rarely(10, 0.9 * 300 + 42, 600)).toBe("remove");
  });

  it("live: above target, largest delay of 2 s and 20 ms, every 100 ms", () => {
    const { decide } = after({ catchUp: "live" }, 20, 20, 20, jitter);
    const limit = 90 + 85 + 20;
    expect(decide(10, limit - 2, 300)).toBe("play");
    expect(decide(10, limit + 2, 300, 99)).toBe("play");
    expect(decide(10, limit + 2, 300, 100)).toBe("remove");
  });

  it("not at all: when switched off, of a burst or a slow server, or before the server has shown itself for 2 s", () => {
    expect(after({ catchUp: "none" }, 20, 20, 20).decide(10, 5000, 3000)).toBe("play");
    expect(after({}, 20, 40, 20).decide(10, 5000, 3000)).toBe("play");
    expect(after({}, 20, 95, 100).decide(10, 5000, 3000)).toBe("play");
    expect(after({}, 1.9, 20, 20).decide(10, 5000, 3000)).toBe("play");
    expect(after({}, 2.1, 20, 20).decide(10, 5000, 3000)).toBe("remove");
  });

  it("urgently above three quarters of the bound of a continuous stream", () => {
    const { policy, decide } = after({ policy: "continuous", maxDelayMs: 400 }, 20, 20, 20);
    expect(decide(10, 30, 299)).toBe("play");
    expect(decide(10, 30, 301, 49)).toBe("play");
    expect(decide(10, 30, 301, 50)).toBe("remove");
    expect(policy.threshold).toBe(0.65);
    expect(policy.excessFrames(frames(420), frames(20))).toBe(0);
    expect(policy.excessFrames(frames(420) + 1, frames(20))).toBe(frames(400) + 1);
    expect(after({}, 20, 20, 20).policy.excessFrames(frames(100_000), frames(20))).toBe(0);
  });
});

describe("starting", () => {
  it("takes 30 ms, and what was learned when the last item ran dry at its start, of a paced server only", () => {
    const paced = after({}, 20, 20, 20, (k) => (k % 10 === 5 ? 145 : 0)).policy;
    expect(paced.startFrames).toBe(frames(30));
    paced.learn("early");
    expect(paced.startFrames).toBe(frames(150));
    paced.learn("not");
    expect(paced.startFrames).toBe(frames(30));
    const most = after({}, 20, 20, 20, (k) => (k % 50 < 25 ? 0 : Math.max(0, 480 - ((k % 50) - 25) * 20))).policy;
    most.learn("early");
    expect(most.startFrames).toBe(frames(250));
    const off = after({ learnedStartMs: 0 }, 20, 20, 20, (k) => (k % 10 === 5 ? 145 : 0)).policy;
    off.learn("early");
    expect(off.startFrames).toBe(frames(30));
    const burst = after({}, 1, 200, 100).policy;
    burst.learn("early");
    expect(burst.startFrames).toBe(frames(30));
    expect(burst.refillFrames).toBe(frames(20));
  });

  it("learns from a whole item that ran dry in its first second, and forgets it with the next that did not", () => {
    const jitter = buffer({ minDelayMs: 100 });
    /** ms of audio at which the item starts, delivered in real time by 10 ms; with a gap after `gapMs`. */
    const item = (itemId: string, gapMs: number): number => {
      let start = -1;
      for (let ms = 0; ms < 3000; ms += 10) {
        jitter.insert({ itemId, contentIndex: 0, samples: coded(0, frames(ms), frames(10)) });
        if (ms === gapMs) pull(jitter, frames(800));
        pull(jitter, frames(10));
        if (start < 0 && jitter.stats.state === "playing") start = ms + 10;
      }
      jitter.endOfItem(itemId, 0);
      pull(jitter, frames(4000));
      expect(jitter.stats.state).toBe("idle");
      return start;
    };
    expect(item("a", 500)).toBe(30);
    expect(item("b", -1)).toBeGreaterThanOrEqual(100);
    expect(item("c", 2000)).toBe(30);
    expect(item("d", -1)).toBe(30);
  });
});

describe("what it comes to", () => {
  it("a stall in a burst is stretched out, and the gap is shorter by it", () => {
    const gap = (slowDown: "auto" | "none"): number => {
      const jitter = buffer({ slowDown });
      for (let k = 0; k < 30; k++) {
        jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, frames(k * 50), frames(50)) });
        pull(jitter, frames(25));
      }
      pull(jitter, frames(1500));
      jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, frames(1500), frames(500)) });
      jitter.endOfItem("a", 0);
      pull(jitter, frames(3000));
      const [{ gapMs, insertedMs, totalMs }] = jitter.takeFinished();
      expect(totalMs).toBe(2000);
      expect(insertedMs > 0).toBe(slowDown === "auto");
      return gapMs;
    };
    expect(gap("none") - gap("auto")).toBeGreaterThan(60);
  });

  it("a server at 0.95 of real time is played without a gap", () => {
    const jitter = buffer();
    for (let k = 0; k < 200; k++) {
      jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, frames(k * 95), frames(95)) });
      pull(jitter, frames(100));
    }
    jitter.endOfItem("a", 0);
    pull(jitter, frames(2000));
    const [told] = jitter.takeFinished();
    expect(told).toMatchObject({ pace: "slow", end: "played" });
    expect(told.gaps).toBeLessThanOrEqual(1);
    expect(told.insertedMs).toBeGreaterThan(500);
  });
});

describe("a whole reply", () => {
  /** An item of 20 s in chunks of 100 ms, delivered at `speed`, every third `lateMs` late; what it said when it was over. */
  function played(speed: number, lateMs = 0) {
    const jitter = buffer();
    let at = 0;
    for (let now = 0; jitter.stats.state !== "idle" || now === 0; now += 10) {
      for (; at < 20_000 && at / speed + (at % 300 === 100 ? lateMs : 0) <= now; at += 100)
        jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, frames(at), frames(100)) });
      if (at === 20_000) jitter.endOfItem("a", 0);
      pull(jitter, frames(10));
    }
    return jitter.takeFinished()[0];
  }

  it("of a server a little faster than real time is not played faster than it was spoken", () => {
    for (const speed of [1.01, 1.03, 1.05, 1.1]) expect(played(speed).lagMs, String(speed)).toBeGreaterThanOrEqual(-15);
  });

  it("of a slow server is never sped up, not before that is known either", () => {
    for (const speed of [0.9, 0.93, 0.96]) for (const lateMs of [0, 40, 60, 80]) expect(played(speed, lateMs).removedMs, `${speed} ${lateMs}`).toBe(0);
  });
});
