import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { Random } from "../random.ts";
import { Link } from "./link.ts";
import type { LinkPlan } from "./plan.ts";

function rig(plan: LinkPlan) {
  const clock = new ManualClock();
  const link = new Link(clock);
  link.configure(plan, new Random(1));
  const arrivals: [string, number][] = [];
  const pass = (name: string, bytes = 0) => link.pass(bytes, () => arrivals.push([name, clock.nowMs()]));
  return { clock, link, arrivals, pass };
}

describe("a link", () => {
  it("passes at once, in the same call, when nothing is wrong with it", () => {
    const { arrivals, link, pass } = rig({});
    pass("a", 1e9);
    expect(arrivals).toEqual([["a", 0]]);
    expect(link.length).toBe(0);
  });

  it("delays, and late events hold up those behind them", () => {
    const { arrivals, clock, pass } = rig({ delayMs: { type: "trace", values: [50, 10, 10] } });
    pass("a");
    pass("b");
    clock.advance(30);
    pass("c");
    clock.advance(100);
    expect(arrivals).toEqual([
      ["a", 50],
      ["b", 50],
      ["c", 50],
    ]);
  });

  it("lets them overtake when the order is free", () => {
    const { arrivals, clock, pass } = rig({ delayMs: { type: "trace", values: [50, 10, 30] }, order: "free" });
    for (const name of ["a", "b", "c"]) pass(name);
    clock.advance(100);
    expect(arrivals).toEqual([
      ["b", 10],
      ["c", 30],
      ["a", 50],
    ]);
  });

  it("queues for bandwidth, and recovers while it is idle", () => {
    const { arrivals, clock, pass } = rig({ bytesPerSecond: 10_000 });
    pass("a", 1000);
    pass("b", 500);
    clock.advance(1000);
    pass("c", 100);
    clock.advance(1000);
    expect(arrivals).toEqual([
      ["a", 100],
      ["b", 150],
      ["c", 1010],
    ]);
  });

  it("adds delay to queueing", () => {
    const { arrivals, clock, pass } = rig({ bytesPerSecond: 10_000, delayMs: 40 });
    pass("a", 1000);
    pass("b", 1000);
    clock.advance(1000);
    expect(arrivals).toEqual([
      ["a", 140],
      ["b", 240],
    ]);
  });

  it("stalls, and then everything comes at once, in order", () => {
    const { arrivals, clock, link, pass } = rig({});
    link.stall(200);
    pass("a");
    clock.advance(100);
    pass("b");
    link.stall(50);
    clock.advance(99);
    expect(arrivals).toEqual([]);
    clock.advance(1);
    expect(arrivals).toEqual([
      ["a", 200],
      ["b", 200],
    ]);
    pass("c");
    expect(arrivals.at(-1)).toEqual(["c", 200]);
  });

  it("stalls what is under way already", () => {
    const { arrivals, clock, link, pass } = rig({ delayMs: 20 });
    pass("a");
    clock.advance(10);
    link.stall(100);
    clock.advance(200);
    expect(arrivals).toEqual([["a", 110]]);
  });

  it("ends a stall with another plan, and keeps the order", () => {
    const { arrivals, clock, link, pass } = rig({ delayMs: 100 });
    pass("a");
    link.stall(10_000);
    link.configure({}, new Random(1));
    pass("b");
    clock.advance(100);
    expect(arrivals).toEqual([
      ["a", 100],
      ["b", 100],
    ]);
  });

  it("stays in order when a delivery hands in more", () => {
    const { arrivals, clock, link, pass } = rig({ delayMs: 10 });
    link.pass(0, () => pass("answer"));
    pass("second");
    clock.advance(30);
    expect(arrivals).toEqual([
      ["second", 10],
      ["answer", 20],
    ]);
  });

  it("goes on when a delivery throws", () => {
    const { arrivals, clock, link, pass } = rig({ delayMs: 10 });
    link.pass(0, () => {
      throw new Error("receiver");
    });
    pass("a");
    expect(() => clock.advance(20)).toThrow("receiver");
    clock.advance(20);
    expect(arrivals.map(([name]) => name)).toEqual(["a"]);
  });

  it("loses everything when it is killed", () => {
    const { arrivals, clock, link, pass } = rig({ delayMs: 10 });
    pass("a");
    link.kill();
    pass("b");
    clock.advance(100);
    expect(arrivals).toEqual([]);
  });
});
