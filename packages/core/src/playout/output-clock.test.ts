import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../../test/support/heap-growth.ts";
import { SimulatedDevice as Device, QUANTUM, DEVICE_RATE as RATE } from "../../../../test/support/simulated-device.ts";
import { OutputClock } from "./output-clock.ts";

/** Largest error over `ms`. */
function worst(device: Device, ms: number): number {
  let error = 0;
  device.run(ms, () => {
    error = Math.max(error, Math.abs(device.error()));
  });
  return error;
}

describe("OutputClock without marks", () => {
  it("deducts the latency it is told, and nothing before it is told one", () => {
    const clock = new OutputClock(RATE);
    expect(clock.frameAtEar(480, Number.NaN)).toBe(480);
    clock.setLatency(30);
    expect(clock.frameAtEar(4800, Number.NaN)).toBe(4800 - 1440);
    expect(clock.latencyMs).toBe(30);
  });

  it("takes back nothing when the latency grows, and goes on from there", () => {
    const clock = new OutputClock(RATE);
    clock.setLatency(30);
    const before = clock.frameAtEar(48_000, Number.NaN);
    clock.setLatency(250);
    expect(clock.frameAtEar(48_128, Number.NaN)).toBe(before);
    expect(clock.frameAtEar(96_000, Number.NaN)).toBe(96_000 - 12_000);
  });

  it("holds a latency within 0 to 4000 ms and ignores what is no number", () => {
    const clock = new OutputClock(RATE);
    for (const [told, believed] of [
      [-5, 0],
      [250, 250],
      [9999, 4000],
      [Number.NaN, 4000],
    ]) {
      clock.setLatency(told);
      expect(clock.latencyMs).toBe(believed);
    }
  });
});

describe("OutputClock with marks", () => {
  it("is within 2 ms of the truth on any device, at any moment", () => {
    fc.assert(
      fc.property(
        fc.record({
          burst: fc.integer({ min: 1, max: 16 }).map((quanta) => quanta * QUANTUM),
          behindMs: fc.double({ min: 1, max: 400, noNaN: true }),
          ppm: fc.integer({ min: -200, max: 200 }),
          startFrame: fc.integer({ min: 0, max: 10_000_000 }),
        }),
        ({ behindMs, ...options }) => {
          // Frames are rendered before they are heard.
          const latencyMs = options.burst / 2 / 48 + behindMs;
          const device = new Device({ ...options, latencyMs });
          device.run(600);
          expect(worst(device, 3000)).toBeLessThan(2);
          expect(Math.abs(device.clock.latencyMs - latencyMs)).toBeLessThan(2);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is better than the latency alone, which is wrong by half a burst", () => {
    const marked = new Device({ burst: 1024 });
    const told = new Device({ burst: 1024 });
    told.marking = false;
    told.clock.setLatency(40);
    expect(worst(told, 2000)).toBeGreaterThan(10);
    marked.run(100);
    expect(worst(marked, 2000)).toBeLessThan(1.6);
  });

  it("follows a device that runs 200 ppm off for ten minutes", () => {
    const device = new Device({ ppm: 200 });
    device.run(600_000);
    expect(worst(device, 1000)).toBeLessThan(2);
  });

  it("never answers backwards or beyond what was rendered, whatever happens", () => {
    const event = fc.oneof(
      fc.record({ what: fc.constant("run" as const), by: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ what: fc.constant("set" as const), by: fc.integer({ min: -5000, max: 5000 }) }),
      fc.record({ what: fc.constant("stand" as const), by: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ what: fc.constant("device" as const), by: fc.integer({ min: 0, max: 4000 }) }),
      fc.record({ what: fc.constant("nonsense" as const), by: fc.double() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const device = new Device();
        let last = 0;
        const check = (): void => {
          const frame = device.clock.frameAtEar(device.rendered, device.wallMs);
          expect(frame).toBeGreaterThanOrEqual(last);
          expect(frame).toBeLessThanOrEqual(device.rendered);
          expect(device.clock.latencyMs).toBeGreaterThanOrEqual(0);
          expect(device.clock.latencyMs).toBeLessThanOrEqual(4000);
          last = frame;
        };
        for (const { what, by } of events) {
          if (what === "run") device.run(by, check);
          else if (what === "set") device.setMs += by;
          else if (what === "stand") {
            device.nowMs += by;
            device.stoodMs += by;
          } else if (what === "device") {
            device.latencyMs = by;
            device.toldMs = by % 3 === 0 ? 0 : by;
          } else device.clock.mark(by, device.wallMs);
          check();
        }
      }),
    );
  });

  it("goes on for seconds without the page, then falls back to the average latency", () => {
    const device = new Device({ burst: 960 });
    device.run(3000);
    device.marking = false;
    expect(worst(device, 4400)).toBeLessThan(1.6);
    device.run(1000);
    const later = worst(device, 5000);
    expect(later).toBeGreaterThan(5);
    expect(later).toBeLessThan(12);
  });
});

describe("OutputClock when clocks and devices misbehave", () => {
  for (const byMs of [-3_600_000, -3000, -150, 150, 3000, 3_600_000]) {
    it(`does not move when the system's clock is set by ${byMs} ms`, () => {
      const device = new Device();
      device.run(3250);
      device.setMs += byMs;
      // Until the next mark the average latency answers: wrong by half a burst at most.
      expect(worst(device, 240)).toBeLessThan(7);
      device.run(300);
      expect(worst(device, 3000)).toBeLessThan(2);
    });
  }

  it.each([-90, 90])("drops a mark from before the clock was set by %d ms", (byMs) => {
    const device = new Device();
    device.run(3200);
    const [frame, ms] = [device.earFrame(), device.wallMs];
    device.setMs += byMs;
    device.run(20);
    device.clock.mark(frame, ms);
    expect(worst(device, 240)).toBeLessThan(7);
  });

  it("drops a mark that comes seconds late, and keeps the line", () => {
    const device = new Device({ burst: 1024 });
    device.run(7100);
    device.clock.mark(device.earFrame(device.nowMs - 6000), device.wallMs - 6000);
    expect(worst(device, 300)).toBeLessThan(2);
  });

  it("averages marks that are 1.2 ms wrong one way and the other", () => {
    const device = new Device();
    device.noiseMs = 1.2;
    device.run(5000);
    expect(worst(device, 5000)).toBeLessThan(2);
  });

  it("goes no further than what was rendered when a device with little latency stands still", () => {
    const device = new Device({ burst: 128, latencyMs: 4 });
    device.run(3200);
    for (let ms = 0; ms < 40; ms++) {
      device.nowMs += 1;
      expect(device.clock.frameAtEar(device.rendered, device.wallMs)).toBeLessThanOrEqual(device.rendered);
    }
  });

  it("stays where it was while the context is suspended, and is right soon after", () => {
    const device = new Device();
    device.run(3250);
    const before = device.clock.frameAtEar(device.rendered, device.wallMs);
    for (let ms = 0; ms < 10_000; ms += 100) {
      device.nowMs += 100;
      device.stoodMs += 100;
      const frame = device.clock.frameAtEar(device.rendered, device.wallMs);
      expect(frame - before).toBeLessThanOrEqual(40 * device.perMs);
    }
    expect(worst(device, 100)).toBeLessThan(41);
    device.run(500);
    expect(worst(device, 1000)).toBeLessThan(2);
  });

  it("changes to wireless headphones with the first mark that shows them", () => {
    const device = new Device({ latencyMs: 30 });
    device.run(3000);
    device.latencyMs = 250;
    device.toldMs = 262;
    device.tell();
    // What was heard by the old device stays heard: the new one needs 220 ms to get there.
    device.run(225);
    expect(worst(device, 1000)).toBeLessThan(2);
    expect(Math.abs(device.clock.latencyMs - 250)).toBeLessThan(2);
    device.latencyMs = 30;
    device.toldMs = 35;
    device.tell();
    device.run(20);
    expect(worst(device, 1000)).toBeLessThan(2);
  });

  it("takes over another stated latency also where no mark comes with it", () => {
    const device = new Device({ latencyMs: 30 });
    device.run(3000);
    device.marking = false;
    device.latencyMs = 250;
    device.clock.setLatency(250);
    device.run(235);
    expect(device.clock.latencyMs).toBe(250);
    expect(worst(device, 1000)).toBeLessThan(7);
  });

  it("believes a second mark that agrees with the first, where the device says nothing about its latency", () => {
    const device = new Device({ latencyMs: 30, toldMs: 0 });
    device.run(3100);
    device.latencyMs = 250;
    device.run(1130);
    expect(worst(device, 1000)).toBeLessThan(2);
  });

  it("ignores marks that cannot be: zeros, a frame ahead of what is rendered, another latency than the device has, no numbers", () => {
    const device = new Device({ burst: 256 });
    device.marking = false;
    const odd: [number, number][] = [
      [0, 0],
      [RATE * 60, device.wallMs],
      [Number.NaN, device.wallMs],
      [0, Number.POSITIVE_INFINITY],
    ];
    device.clock.setLatency(40);
    device.run(300);
    let next = 0;
    device.run(2000, () => {
      const [frame, ms] = odd[next++ % odd.length];
      device.clock.mark(frame, ms);
      expect(Math.abs(device.error())).toBeLessThan(4);
    });
    for (const behindMs of [400, -20]) {
      device.clock.mark(device.rendered - behindMs * 48, device.wallMs);
      expect(worst(device, 100)).toBeLessThan(4);
    }
    expect(device.clock.latencyMs).toBe(40);
  });

  it("allocates nothing for a quantum", () => {
    const device = new Device();
    device.run(100);
    const { clock } = device;
    let frame = device.rendered;
    // Whole ms small enough that the caller's numbers need no memory either.
    let ms = 1000;
    expect(
      growth(() => {
        if (frame % 49_152 === 0) clock.mark(frame - 1920, ms);
        clock.advance(frame, QUANTUM, ms);
        frame += QUANTUM;
        ms += 3;
      }),
    ).toBeLessThan(MOST_BYTES);
  });
});
