import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Framer, type PacketSink } from "./framer.ts";

class Collector implements PacketSink {
  readonly packets: number[][] = [];
  packet(samples: Float32Array): void {
    this.packets.push([...samples]);
  }
}

const chunk = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 130 }) }, { weight: 1, arbitrary: fc.integer({ min: 300, max: 2000 }) });

describe("Framer", () => {
  it("cuts any chunks into the same packets, losing and repeating nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 400, max: 800 })), fc.array(chunk, { maxLength: 20 }), (packetFrames, sizes) => {
        const framer = new Framer(packetFrames);
        const sink = new Collector();
        let next = 0;
        let handed = 0;
        for (const size of sizes) {
          handed += framer.push(
            Float32Array.from({ length: size }, () => next++),
            sink,
          );
          expect(handed).toBe(Math.floor(next / packetFrames));
          expect(framer.pendingFrames).toBe(next % packetFrames);
        }
        expect(sink.packets.every((packet) => packet.length === packetFrames)).toBe(true);
        expect(framer.flush(sink)).toBe(next % packetFrames);
        expect(sink.packets.flat()).toEqual(Array.from({ length: next }, (_, i) => i));
        expect(framer.flush(sink)).toBe(0);
        expect(framer.pendingFrames).toBe(0);
      }),
    );
  });

  it("makes 20 ms packets of 441 frames from quanta for an hour without drift", () => {
    const framer = new Framer(441);
    const counter = { packets: 0, packet: () => void counter.packets++ };
    const quantum = new Float32Array(128);
    const quanta = Math.ceil((3600 * 22050) / 128);
    for (let k = 0; k < quanta; k++) framer.push(quantum, counter);
    expect(counter.packets).toBe(Math.floor((quanta * 128) / 441));
  });

  it("forgets what is pending on reset", () => {
    const framer = new Framer(4);
    const sink = new Collector();
    framer.push(Float32Array.of(1, 2, 3), sink);
    framer.reset();
    framer.push(Float32Array.of(4, 5, 6, 7), sink);
    expect(sink.packets).toEqual([[4, 5, 6, 7]]);
  });

  it("goes on after a sink that throws", () => {
    const framer = new Framer(2);
    const thrower = {
      packet() {
        throw new Error("full");
      },
    };
    expect(() => framer.push(Float32Array.of(1, 2, 3), thrower)).toThrow("full");
    expect(framer.pendingFrames).toBe(0);
  });

  it("refuses packets of no sensible length", () => {
    for (const frames of [0, -1, 1.5, Number.NaN, 2 ** 25]) {
      expect(() => new Framer(frames)).toThrow(new RangeError(`packetFrames is ${frames}; allowed are integers from 1 to 16777216 frames.`));
    }
  });
});
