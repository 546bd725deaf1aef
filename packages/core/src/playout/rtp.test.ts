/** Audio that says where it belongs: holes, late and reordered packets. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buffer, code, coded, fadeStep, frames, largestStep, PLAIN, pull, type Shown, traced } from "../../../../test/support/playout.ts";
import type { JitterBuffer } from "./jitter-buffer.ts";

const PACKET = frames(20);

function insert(jitter: JitterBuffer, packet: number): void {
  jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, packet * PACKET, PACKET), startFrame: packet * PACKET });
}

/** Plays `count` packets of 20 ms, of which number `k` arrives in time slot `slots(k)` (null: never); the end is told with the last of them. */
function play(count: number, slot: (packet: number) => number | null, options = {}, block = 64) {
  return traced((shown) => {
    const jitter = buffer({ ...PLAIN, startMs: 60, ...options });
    const output: number[] = [];
    const slots = Array.from({ length: count }, (_, packet) => slot(packet));
    const last = Math.max(...slots.map((at) => at ?? 0));
    for (let now = 0; now < count + 20; now++) {
      slots.forEach((at, packet) => {
        if (at === now) insert(jitter, packet);
      });
      if (now === last) jitter.endOfItem("a", 0);
      output.push(...pull(jitter, PACKET, block));
    }
    output.push(...pull(jitter, frames(500), block));
    return { output, shown, jitter };
  });
}

/** Checks every frame that is no nearer than 15 ms to a hole or an edge; returns how many there were. */
function checkSamples(output: readonly number[], shown: readonly Shown[], lost: (packet: number) => boolean): number {
  let checked = 0;
  const near = frames(15);
  for (let i = near; i < output.length - near; i++) {
    const { track, media, slope } = shown[i];
    const clear =
      track !== null && slope === 1 && shown[i - near].media === media - near && shown[i + near].media === media + near && shown[i - near].slope === 1;
    if (!clear || lost(Math.floor((media - near) / PACKET)) || lost(Math.floor(media / PACKET))) continue;
    if (output[i] !== code(0, media)) throw new Error(`frame ${i} is not media frame ${media}`);
    checked++;
  }
  return checked;
}

describe("timestamped audio", () => {
  for (const length of [1, 2, 3, 4, 8]) {
    it(`conceals a hole of ${length * 20} ms exactly, and the timeline stays`, () => {
      const lost = (packet: number): boolean => packet >= 20 && packet < 20 + length;
      const { output, shown, jitter } = play(50, (packet) => (lost(packet) ? null : packet));
      const { stats } = jitter;
      expect(stats).toMatchObject({ playedFrames: (50 - length) * PACKET, receivedFrames: (50 - length) * PACKET, state: "idle" });
      expect(stats.playedFrames + stats.concealedSamples).toBe(50 * PACKET);
      expect(stats.silentConcealedSamples - stats.underrunFrames).toBe(Math.max(0, length * PACKET - frames(60) - stats.underrunFrames));
      expect(checkSamples(output, shown, lost)).toBeGreaterThan((50 - length - 4) * PACKET);
      const start = shown.findIndex(({ track }) => track !== null);
      const after = shown.findIndex(({ media }) => media === 30 * PACKET);
      expect(after - start).toBe(30 * PACKET);
      expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
      // 60 ms ahead and 60 ms of concealment last for no longer hole.
      expect(stats.underruns).toBe(length > 6 ? 1 : 0);
    });
  }

  it("keeps the timeline through a burst loss that outlasts the queue: the time it waited belongs to the hole", () => {
    for (const length of [5, 10, 30]) {
      const lost = (packet: number): boolean => packet >= 20 && packet < 20 + length;
      const { output, shown, jitter } = play(80, (packet) => (lost(packet) ? null : packet), { startMs: 20, minRefillMs: 200 });
      const start = shown.findIndex(({ track }) => track !== null);
      const after = shown.findIndex(({ media }) => media === 70 * PACKET);
      expect(after - start, `${length} packets`).toBe(70 * PACKET);
      expect(jitter.stats).toMatchObject({ playedFrames: (80 - length) * PACKET, state: "idle", queuedFrames: 0 });
      expect(jitter.stats.playedFrames + jitter.stats.concealedSamples).toBe(80 * PACKET);
      expect(largestStep(output)).toBeLessThan(fadeStep(frames(5)));
    }
  });

  it("restores the order of packets that come within the queue's time, and conceals none", () => {
    const swapped = (packet: number): number => (packet % 4 === 1 ? packet + 2 : packet);
    const { output, shown, jitter } = play(40, swapped);
    expect(jitter.stats).toMatchObject({ playedFrames: 40 * PACKET, concealedSamples: 0, discardedFrames: 0, state: "idle" });
    expect(checkSamples(output, shown, () => false)).toBeGreaterThan(38 * PACKET);
  });

  it("starts with the earliest packet, though a later one came first", () => {
    const { jitter, shown } = play(10, (packet) => (packet === 0 ? 1 : packet === 1 ? 0 : packet));
    expect(shown.find(({ track }) => track !== null)?.media).toBe(0);
    expect(jitter.stats).toMatchObject({ playedFrames: 10 * PACKET, concealedSamples: 0 });
  });

  it("drops and counts what comes too late, whole or in part, and what comes twice", () => {
    const { jitter } = play(40, (packet) => (packet === 20 ? 30 : packet));
    expect(jitter.stats).toMatchObject({ playedFrames: 39 * PACKET, concealedSamples: PACKET, discardedFrames: PACKET, packetsDiscarded: 1 });
    const half = buffer({ ...PLAIN, startMs: 20 });
    insert(half, 0);
    insert(half, 2);
    pull(half, PACKET + PACKET / 2);
    insert(half, 1);
    insert(half, 1);
    half.endOfItem("a", 0);
    pull(half, frames(200));
    expect(half.stats).toMatchObject({
      playedFrames: 2.5 * PACKET,
      concealedSamples: PACKET / 2,
      discardedFrames: 1.5 * PACKET,
      packetsDiscarded: 1,
      state: "idle",
    });
  });

  it("reports as heard the media that a hole stood for, and never what was not received", () => {
    const jitter = buffer({ ...PLAIN, startMs: 20 });
    insert(jitter, 0);
    insert(jitter, 3);
    pull(jitter, frames(50));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(50));
    pull(jitter, frames(500));
    expect(jitter.flush().items).toEqual([{ itemId: "a", contentIndex: 0, heardMs: 80, totalMs: 80 }]);
  });

  it("says 0 of an item that was not heard, wherever its audio begins", () => {
    const jitter = buffer({ startMs: 100 });
    insert(jitter, 50);
    pull(jitter, frames(50));
    expect(jitter.flush().items).toEqual([{ itemId: "a", contentIndex: 0, heardMs: 0, totalMs: 1020 }]);
  });

  it("waits a second at most for what a wrong timestamp says, playing or starved", () => {
    for (const first of [200, 100]) {
      const jitter = buffer(PLAIN);
      jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, 0, frames(200)), startFrame: 0 });
      if (first === 100) pull(jitter, frames(600));
      jitter.insert({ itemId: "a", contentIndex: 0, samples: coded(0, 0, frames(100)), startFrame: frames(3_600_000) });
      jitter.endOfItem("a", 0);
      pull(jitter, frames(1400));
      expect(jitter.stats).toMatchObject({ state: "idle", queuedFrames: 0, playedFrames: frames(300) });
    }
  });

  it("does not drift, get stuck, or depend on the pulls, whatever is lost, late or twice", () => {
    const arrivals = fc.array(
      fc.oneof({ weight: 8, arbitrary: fc.nat({ max: 1 }) }, { weight: 2, arbitrary: fc.nat({ max: 8 }) }, { weight: 1, arbitrary: fc.constant(null) }),
      {
        minLength: 4,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(arrivals, fc.boolean(), fc.integer({ min: 1, max: 999 }), (late, plain, block) => {
        const slot = (packet: number): number | null => (late[packet] == null ? null : packet + (late[packet] as number));
        const options = plain ? PLAIN : { slowDown: "auto", catchUp: "live" };
        const { output, jitter, shown } = play(late.length, slot, options);
        const { stats } = jitter;
        expect(stats).toMatchObject({ state: "idle", queuedFrames: 0 });
        expect(stats.receivedFrames + stats.discardedFrames).toBe(late.filter((at) => at !== null).length * PACKET);
        expect(stats.playedFrames - stats.insertedSamplesForDeceleration + stats.removedSamplesForAcceleration).toBe(stats.receivedFrames);
        expect(largestStep(output)).toBeLessThan(0.02);
        // Media goes on, one packet after the other, and nothing twice.
        let last = -1;
        for (const { track, media, slope } of shown) {
          if (track === null || slope === 0) continue;
          if (media <= last) throw new Error(`media frame ${media} was played again`);
          last = media;
        }
        expect(play(late.length, slot, options, block).output).toEqual(output);
      }),
      { numRuns: 60 },
    );
  });

  it("learns no delay from packets that come twice, however late the second one is", () => {
    const jitter = buffer();
    const put = (ms: number): void => jitter.insert({ itemId: "r", contentIndex: 0, samples: coded(0, frames(ms), frames(20)), startFrame: frames(ms) });
    for (let ms = 0; ms < 20_000; ms += 20) {
      put(ms);
      if (ms % 500 === 400) put(ms - 400);
      pull(jitter, frames(20));
    }
    expect(jitter.stats).toMatchObject({ targetMs: 20, packetsDiscarded: 40, insertedSamplesForDeceleration: 0, underruns: 0 });
  });
});
