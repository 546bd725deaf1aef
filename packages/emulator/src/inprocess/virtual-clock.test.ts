import { describe, expect, it } from "vitest";
import { virtualClock } from "./virtual-clock.ts";

describe("a virtual clock", () => {
  it("runs timers by due time, then in the order in which they were set", async () => {
    const clock = virtualClock();
    const ran: [string, number][] = [];
    const at = (name: string, ms: number) => clock.after(ms, () => ran.push([name, clock.nowMs()]));
    at("late", 20);
    at("first", 10);
    at("second", 10);
    at("now", 0);
    at("past", -5);
    const cancel = at("never", 10);
    cancel();
    expect(clock.pending).toBe(5);
    await clock.advance(15);
    expect(ran).toEqual([
      ["now", 0],
      ["past", 0],
      ["first", 10],
      ["second", 10],
    ]);
    expect(clock.nowMs()).toBe(15);
    expect(clock.pending).toBe(1);
    cancel();
    expect(clock.pending).toBe(1);
  });

  it("runs what timers and promises set in turn, at its own time", async () => {
    const clock = virtualClock();
    const ran: number[] = [];
    clock.after(10, async () => {
      await Promise.resolve();
      await Promise.resolve();
      clock.after(5, () => ran.push(clock.nowMs()));
    });
    await clock.advance(100);
    expect(ran).toEqual([15]);
    expect(clock.nowMs()).toBe(100);
  });

  it("orders thousands of timers", async () => {
    const clock = virtualClock();
    const ran: number[] = [];
    let state = 7;
    const due = Array.from({ length: 3000 }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state % 997;
    });
    const cancels = due.map((ms, i) => clock.after(ms, () => ran.push(i)));
    for (let i = 0; i < 3000; i += 3) cancels[i]?.();
    await clock.runAll();
    const expected = due.map((ms, i) => ({ ms, i })).filter(({ i }) => i % 3 !== 0);
    expected.sort((a, b) => a.ms - b.ms || a.i - b.i);
    expect(ran).toEqual(expected.map(({ i }) => i));
  });

  it("stands still while nobody waits", async () => {
    const clock = virtualClock();
    let ran = false;
    clock.after(0, () => {
      ran = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ran).toBe(false);
    expect(clock.nowMs()).toBe(0);
  });

  it("stops as soon as what was waited for has happened", async () => {
    const clock = virtualClock();
    let count = 0;
    const tick = () => {
      count++;
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.runUntil(() => count === 3);
    expect(clock.nowMs()).toBe(30);
    await clock.runUntil(() => count === 3);
    expect(clock.nowMs()).toBe(30);
  });

  it("says when what is waited for does not happen, or cannot", async () => {
    const clock = virtualClock();
    await expect(clock.runUntil(() => false)).rejects.toThrow("no timer is left at 0 ms");
    const tick = () => void clock.after(10, tick);
    tick();
    await expect(clock.runUntil(() => false, 95)).rejects.toThrow("has not happened within 95 ms, from 0 ms on");
    expect(clock.nowMs()).toBe(95);
    await expect(clock.runAll(50)).rejects.toThrow("Timers are left after 50 ms");
  });

  it("moves no further for one than for another that waits at the same time", async () => {
    const clock = virtualClock();
    const seen: [string, number][] = [];
    await Promise.all([clock.advance(100).then(() => seen.push(["long", clock.nowMs()])), clock.advance(40).then(() => seen.push(["short", clock.nowMs()]))]);
    expect(seen).toEqual([
      ["short", 40],
      ["long", 100],
    ]);
  });

  it("has a calendar of its own", async () => {
    const clock = virtualClock();
    await clock.advance(1500);
    expect(new Date(clock.unixMs()).toISOString()).toBe("2026-01-01T00:00:01.500Z");
    expect(virtualClock({ startUnixMs: 5000 }).unixMs()).toBe(5000);
  });

  it("refuses options that are none", () => {
    expect(() => virtualClock({ startUnixMs: -1 })).toThrow("startUnixMs is -1; allowed is 0 to");
    expect(() => virtualClock({ start: 1 } as object)).toThrow('options has an unknown property "start"; allowed are startUnixMs.');
    expect(() => virtualClock().advance(-1)).toThrow("ms is -1; allowed is 0 to");
  });
});
