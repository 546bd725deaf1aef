import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const RATE = 24_000;
const frames = (ms: number): number => Math.round((ms * RATE) / 1000);

/** Segments of `segmentMs` of media for `ms` of time, one every `everyMs`; @returns the kinds seen, each once in a row, with the ms at which they began. */
function feed(pace: Pace, ms: number, segmentMs: number, everyMs: number, start = 0, media = 0): [string, number][] {
  const kinds: [string, number][] = [];
  for (let k = 0; k * everyMs < ms; k++) {
    pace.arrived(media + frames(k * segmentMs), frames(segmentMs), start + frames(k * everyMs));
    if (kinds.at(-1)?.[0] !== pace.kind) kinds.push([pace.kind, Math.round(k * everyMs)]);
  }
  return kinds;
}

describe("Pace", () => {
  it("takes a server that delivers in real time for paced, small chunks or large", () => {
    for (const chunk of [10, 20, 100, 240]) {
      const pace = new Pace(RATE);
      pace.restart(0, 0);
      expect(feed(pace, 20_000, chunk, chunk)).toEqual([["paced", 0]]);
      expect(pace.intervalFrames).toBe(frames(chunk));
      expect(pace.driftFrames).toBe(0);
    }
  });

  it("takes one that is 400 ms ahead for a burst, at once", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    for (let k = 0; k <= 4; k++) pace.arrived(frames(k * 100), frames(100), 0);
    expect(pace.kind).toBe("paced");
    pace.arrived(frames(500), frames(100), 0);
    expect(pace.kind).toBe("burst");
    expect(pace.kindSinceFrame).toBe(0);
  });

  it("takes one that gets ahead slowly for a burst when rate and lead say so", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    const kinds = feed(pace, 8000, 105, 100);
    expect(kinds.map(([kind]) => kind)).toEqual(["paced", "burst"]);
    // 5 % ahead: 150 ms after 3 s, long before it is 400.
    expect(kinds[1][1]).toBeGreaterThanOrEqual(3000);
    expect(kinds[1][1]).toBeLessThan(3300);
  });

  it("takes one below 0.98 of real time for slow after 2 s, not one above", () => {
    const slow = new Pace(RATE);
    slow.restart(0, 0);
    const kinds = feed(slow, 6000, 95, 100);
    expect(kinds.map(([kind]) => kind)).toEqual(["paced", "slow"]);
    expect(Math.abs(kinds[1][1] - 2000)).toBeLessThanOrEqual(100);
    // 5 % slow: over half a second and an interval it loses 30 ms.
    expect(slow.driftFrames / frames(1)).toBeCloseTo((1 / 0.95 - 1) * 600, 0);
    const steady = new Pace(RATE);
    steady.restart(0, 0);
    expect(feed(steady, 10_000, 99, 100)).toEqual([["paced", 0]]);
  });

  it("holds a very slow server to be 15 % slow at most, and is rough before the rate is known", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    feed(pace, 6000, 50, 100);
    expect(pace.driftFrames / frames(1)).toBeCloseTo(0.15 * 600, 0);
    const young = new Pace(RATE);
    young.restart(0, 0);
    young.arrived(0, frames(100), 0);
    young.arrived(frames(100), frames(100), frames(110));
    expect(young.driftFrames).toBe(0);
    young.arrived(frames(200), frames(100), frames(220));
    expect(young.driftFrames / frames(1)).toBeCloseTo(0.1 * 610, 0);
  });

  it("goes back to paced when a burst's lead is gone, and keeps it across items until something speaks against it", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    for (let k = 0; k <= 10; k++) pace.arrived(frames(k * 100), frames(100), 0);
    expect(pace.kind).toBe("burst");
    pace.restart(0, frames(5000));
    expect([pace.kind, pace.kindSinceFrame, pace.intervalFrames]).toEqual(["burst", frames(5000), 0]);
    expect(feed(pace, 4000, 100, 100, frames(5000)).map(([kind]) => kind)).toEqual(["burst", "paced"]);
    expect(pace.kindSinceFrame).toBeGreaterThan(frames(5000));
  });

  it("sees a stall of a paced server after 200 ms, or three usual intervals", () => {
    const fast = new Pace(RATE);
    fast.restart(0, 0);
    feed(fast, 1000, 20, 20);
    expect(fast.stalled(frames(980 + 200))).toBe(false);
    expect(fast.stalled(frames(980 + 200) + 1)).toBe(true);
    const chunky = new Pace(RATE);
    chunky.restart(0, 0);
    feed(chunky, 2000, 100, 100);
    expect(chunky.stalled(frames(1900 + 300))).toBe(false);
    expect(chunky.stalled(frames(1900 + 300) + 1)).toBe(true);
    chunky.arrived(frames(2000), frames(100), frames(2250));
    expect(chunky.stalled(frames(2251))).toBe(false);
  });

  it("sees one of a server that was ahead sooner: after 100 ms, or a quarter more time than what came last should take", () => {
    const ahead = new Pace(RATE);
    ahead.restart(0, 0);
    feed(ahead, 2000, 100, 100 / 3);
    expect(ahead.kind).toBe("burst");
    const last = frames((59 * 100) / 3);
    expect(ahead.stalled(last + frames(100))).toBe(false);
    expect(ahead.stalled(last + frames(100) + 1)).toBe(true);
    ahead.arrived(frames(6000), frames(700), frames(2000));
    expect(ahead.stalled(frames(2000 + 233))).toBe(false);
    expect(ahead.stalled(frames(2000 + 233 * 1.3))).toBe(true);
  });

  it("does not get used to a stall: it counts as no more than the least that is one", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    feed(pace, 1000, 20, 20);
    pace.arrived(frames(1000), frames(20), frames(10_000));
    expect(pace.intervalFrames).toBe(frames(20 + (200 - 20) * 0.2));
    // What waited behind it comes all at once, which is no interval.
    for (let k = 1; k < 50; k++) pace.arrived(frames(1000 + k * 20), frames(20), frames(10_000));
    expect(pace.intervalFrames).toBe(frames(56));
  });

  it("measures the rate over the last 6 s, so that a server that recovers is not slow for long", () => {
    const pace = new Pace(RATE);
    pace.restart(0, 0);
    feed(pace, 20_000, 90, 100);
    expect(pace.kind).toBe("slow");
    const kinds = feed(pace, 12_000, 100, 100, frames(20_000), frames(18_000));
    expect(kinds.map(([kind]) => kind)).toEqual(["slow", "paced"]);
    expect(kinds[1][1]).toBeLessThan(6000);
  });
});
