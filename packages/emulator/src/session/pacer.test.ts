import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { Pacer, type Script } from "./pacer.ts";

function* every(stepMs: number, count: number, log: (i: number) => void): Script {
  for (let i = 0; i < count; i++) {
    yield i * stepMs;
    log(i);
  }
}

describe("Pacer", () => {
  it("runs what is due at once and the rest in time", () => {
    const clock = new ManualClock();
    const seen: [number, number][] = [];
    new Pacer(
      clock,
      every(50, 4, (i) => seen.push([i, clock.nowMs()])),
    ).start();
    expect(seen).toEqual([[0, 0]]);
    clock.advance(1000);
    expect(seen).toEqual([
      [0, 0],
      [1, 50],
      [2, 100],
      [3, 150],
    ]);
  });

  it("does not drift when timers are late", () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    new Pacer(
      clock,
      every(10, 1000, () => seen.push(clock.nowMs())),
    ).start();
    clock.advance(20_000, 7);
    expect(seen).toHaveLength(1000);
    expect(seen.at(-1)).toBeLessThanOrEqual(9990 + 7);
  });

  it("catches up after a stall", () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    new Pacer(
      clock,
      every(10, 10, (i) => seen.push(i)),
    ).start();
    clock.advance(75, 65);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("runs nothing after it was cancelled, from outside or from within", () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    const outside = new Pacer(
      clock,
      every(10, 10, (i) => seen.push(i)),
    );
    outside.start();
    clock.advance(25);
    outside.cancel();
    clock.advance(1000);
    expect(seen).toEqual([0, 1, 2]);
    const within: Pacer = new Pacer(
      clock,
      every(10, 10, (i) => i === 4 && within.cancel()),
    );
    within.start();
    clock.advance(1000);
    expect(() => within.cancel()).not.toThrow();
  });
});
