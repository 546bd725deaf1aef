import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { FrameClock } from "./frame-clock.ts";

describe("the beat of a track", () => {
  it("does not drift, however late its timers are", () => {
    const clock = new ManualClock();
    let frames = 0;
    new FrameClock(clock, { onFrame: () => frames++ }).start();
    expect(frames).toBe(1);
    clock.advance(100_000, 7);
    expect(frames).toBeGreaterThanOrEqual(5000);
    expect(frames).toBeLessThanOrEqual(5001);
  });

  it("makes up for what it was late, at once and in order, after one wake", () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    new FrameClock(clock, { onFrame: () => seen.push(`${clock.nowMs()}`), onWake: () => seen.push("wake") }).start();
    clock.advance(130, 110);
    expect(seen).toEqual(["wake", "0", "wake", ...Array(6).fill("130")]);
  });

  it("leaves out what a sleeping machine missed", () => {
    const clock = new ManualClock();
    let frames = 0;
    new FrameClock(clock, { onFrame: () => frames++ }).start();
    clock.advance(60_020, 60_000);
    expect(frames).toBe(2);
    clock.advance(1000);
    expect(frames).toBe(52);
  });

  it("stops from within, and starts anew", () => {
    const clock = new ManualClock();
    let frames = 0;
    const beat = new FrameClock(clock, {
      onFrame: () => {
        if (++frames % 3 === 0) beat.stop();
      },
    });
    beat.start();
    clock.advance(1000);
    expect(frames).toBe(3);
    beat.start();
    beat.start();
    clock.advance(1000);
    expect(frames).toBe(6);
  });
});
