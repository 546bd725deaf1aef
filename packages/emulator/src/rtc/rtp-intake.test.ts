/** Media time under loss, reordering, silence suppression and clocks that jump. The codec is a plain one, so that every sample says which packet it is from. */
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { AudioCodec } from "./audio-codec.ts";
import { RtpIntake } from "./rtp-intake.ts";

/** 24 kHz PCM whose payload is one number: the value of all 480 samples; -1 stands for what was concealed. */
const plain: AudioCodec = {
  name: "PCMU",
  clockRate: 48_000,
  createDecoder: () => ({
    decode(payload) {
      if (payload.length !== 1) throw new Error("broken");
      return new Int16Array(480).fill(payload[0] as number);
    },
    conceal: () => new Int16Array(480).fill(-1),
    close() {},
  }),
  createEncoder: () => ({ encode: () => new Uint8Array(0), close() {} }),
};

class Receiver {
  readonly clock = new ManualClock();
  readonly #blocks: Int16Array[] = [];
  readonly intake = new RtpIntake({ clock: this.clock, codecs: new Map([[96, plain]]), onAudio: (samples) => this.#blocks.push(samples) });

  /** Packet `index` of a stream that began at sequence number `first` and timestamp `origin`. */
  packet(
    index: number,
    { first = 65_530, origin = 0xffff_f000, ticks = index * 960, ssrc = 1, payload = Uint8Array.of(index + 1), payloadType = 96 } = {},
  ): void {
    this.intake.push({ ssrc, payloadType, sequenceNumber: (first + index) & 0xffff, timestamp: (origin + ticks) >>> 0, payload });
  }

  /** Time passes, with a wake every 20 ms. */
  wait(ms: number): void {
    for (let left = ms; left > 0; left -= 20) {
      this.clock.advance(Math.min(20, left));
      this.intake.wake();
    }
  }

  /** The samples so far, as runs: value and length in ms. */
  get runs(): [number, number][] {
    const runs: [number, number][] = [];
    for (const block of this.#blocks) {
      for (const sample of block) {
        const last = runs.at(-1);
        if (last?.[0] === sample) last[1] += 1 / 24;
        else runs.push([sample, 1 / 24]);
      }
    }
    return runs.map(([value, ms]) => [value, Math.round(ms * 1000) / 1000]);
  }

  get mediaMs(): number {
    return this.#blocks.reduce((sum, { length }) => sum + length / 24, 0);
  }
}

describe("packets", () => {
  it("in order come out at once, across the ends of both counters", () => {
    const receiver = new Receiver();
    for (let i = 0; i < 12; i++) receiver.packet(i);
    expect(receiver.runs).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 20]));
    expect(receiver.intake.stats).toEqual({ received: 12, lost: 0, late: 0, filledSamples: 0 });
  });

  it("that overtake each other are put in order", () => {
    const receiver = new Receiver();
    for (const i of [0, 2, 1, 5, 4, 3, 6]) receiver.packet(i);
    expect(receiver.runs.map(([value]) => value)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(receiver.intake.stats.lost).toBe(0);
  });

  it("that come twice or too late are left out", () => {
    const receiver = new Receiver();
    for (const i of [0, 1, 1, 0, 2]) receiver.packet(i);
    expect(receiver.mediaMs).toBe(60);
    expect(receiver.intake.stats.late).toBe(2);
  });

  it("that are lost are concealed, and media time does not slip", () => {
    const receiver = new Receiver();
    for (const i of [0, 1, 3, 4, 5, 6, 7]) receiver.packet(i);
    expect(receiver.runs).toEqual([
      [1, 20],
      [2, 20],
      [-1, 20],
      [4, 20],
      [5, 20],
      [6, 20],
      [7, 20],
      [8, 20],
    ]);
    expect(receiver.intake.stats).toMatchObject({ lost: 1, filledSamples: 480 });
  });

  it("that are lost are given up after 60 ms when few follow", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.packet(2);
    receiver.wait(40);
    expect(receiver.mediaMs).toBe(20);
    receiver.wait(20);
    expect(receiver.mediaMs).toBe(60);
    receiver.packet(1);
    expect(receiver.mediaMs).toBe(60);
  });

  it("that are lost in a long row become 60 ms of concealment and then silence", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.wait(220);
    for (let i = 11; i < 15; i++) receiver.packet(i);
    expect(receiver.runs.slice(0, 4)).toEqual([
      [1, 20],
      [-1, 60],
      [0, 140],
      [12, 20],
    ]);
    expect(receiver.intake.stats.lost).toBe(10);
  });

  it("that cannot be decoded count as lost", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.packet(1, { payload: new Uint8Array(5) });
    receiver.packet(2);
    expect(receiver.runs.map(([value]) => value)).toEqual([1, -1, 3]);
  });

  it("of other payload types are ignored", () => {
    const receiver = new Receiver();
    receiver.packet(0, { payloadType: 13 });
    expect(receiver.intake.stats.received).toBe(0);
    expect(receiver.mediaMs).toBe(0);
  });

  it("of another source begin a new stream", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.packet(0, { ssrc: 2, first: 7, origin: 99, payload: Uint8Array.of(50) });
    receiver.packet(1, { ssrc: 2, first: 7, origin: 99, payload: Uint8Array.of(51) });
    expect(receiver.runs.map(([value]) => value)).toEqual([1, 50, 51]);
  });
});

describe("a sender that falls silent", () => {
  it("for a moment, with timestamps that go on, leaves silence of that length", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.wait(100);
    receiver.packet(1, { ticks: 5 * 960 });
    expect(receiver.runs).toEqual([
      [1, 20],
      [0, 80],
      [2, 20],
    ]);
  });

  it("for long is followed by the clock, and its next packet comes in time", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.wait(1000);
    expect(receiver.mediaMs).toBeGreaterThanOrEqual(900);
    expect(receiver.mediaMs).toBeLessThanOrEqual(1000);
    receiver.packet(1, { ticks: 50 * 960 });
    expect(receiver.runs).toEqual([
      [1, 20],
      [0, 980],
      [2, 20],
    ]);
  });

  it("in steps of 400 ms, as Opus suppresses silence, keeps the time", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    for (let i = 1; i <= 10; i++) {
      receiver.wait(400);
      receiver.packet(i, { ticks: i * 20 * 960 });
    }
    expect(receiver.mediaMs).toBe(4020);
  });

  it("and whose timestamps stood still meanwhile goes on where it is", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.wait(600);
    const before = receiver.mediaMs;
    receiver.packet(1);
    receiver.packet(2);
    expect(receiver.mediaMs).toBe(before + 40);
    expect(receiver.runs.slice(-2).map(([value]) => value)).toEqual([2, 3]);
  });

  it("is not taken for silent while the event loop was busy and packets wait", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.clock.advance(1000);
    receiver.intake.wake();
    expect(receiver.mediaMs).toBe(20);
    for (let i = 1; i <= 50; i++) receiver.packet(i);
    expect(receiver.runs).toEqual(Array.from({ length: 51 }, (_, i) => [i + 1, 20]));
  });
});

describe("timestamps that jump", () => {
  it("farther than any silence make no silence", () => {
    const receiver = new Receiver();
    receiver.packet(0);
    receiver.packet(1, { ticks: 48_000 * 3600 });
    receiver.packet(2, { ticks: 48_000 * 3600 + 960 });
    expect(receiver.mediaMs).toBe(60);
  });
});
