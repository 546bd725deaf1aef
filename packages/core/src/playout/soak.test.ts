/** Hours in seconds: the books stay balanced, the delay bounded, and the memory flat. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { JitterBuffer } from "./jitter-buffer.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const RATE = 8000;
const frames = (ms: number): number => (ms * RATE) / 1000;

/** Bytes in use, arrays included. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** After ten hours not more is in use than after the first. The memory of arrays is given back some time after a collection, on another thread. */
async function flat(hours: readonly number[]): Promise<void> {
  await expect.poll(() => inUse() - hours[1], { timeout: 20_000 }).toBeLessThan(2_000_000);
}

/** Pseudo-random numbers from 0 to 1, the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function books({ stats }: JitterBuffer): void {
  const consumed = stats.playedFrames - stats.insertedSamplesForDeceleration + stats.removedSamplesForAcceleration - stats.replayedFrames;
  expect(consumed + stats.queuedFrames + stats.skippedFrames + stats.droppedFrames).toBe(stats.receivedFrames);
  for (const [name, value] of Object.entries(stats)) if (typeof value === "number") expect(value, name).not.toBeNaN();
}

/** A few syllables of something voiced, at the phase where the last one ended. */
const voiced = Float32Array.from(
  { length: frames(1000) },
  (_, i) => 0.3 * Math.sin((2 * Math.PI * 125 * i) / RATE) * (1 + Math.sin((2 * Math.PI * 4 * i) / RATE)) ** 2,
);

it("ten hours of a live stream with jitter, stalls and a clock that is 100 ppm off", { timeout: 120_000 }, async () => {
  const jitter = new JitterBuffer({ rate: RATE, policy: "continuous" });
  const output = new Float32Array(frames(100));
  const next = random(1);
  const chunk = frames(100);
  let media = 0;
  let blocked = 0;
  let early = 0;
  let most = 0;
  const hours: number[] = [];
  for (let tick = 0; tick < 10 * 36_000; tick++) {
    if (tick % 36_000 === 0) hours.push(inUse());
    // Now and then nothing comes for up to a second, and then all of it; a part of all chunks is a tick late.
    const draw = next();
    if (blocked === 0 && draw < 0.002) blocked = Math.floor(draw * 5000);
    if (blocked > 0) blocked--;
    else {
      const due = Math.floor(tick * 1.0001) + 1 - (draw > 0.9 ? 1 : 0);
      for (; media < due; media++) {
        const at = (media * chunk) % voiced.length;
        jitter.insert({ itemId: "s", contentIndex: 0, samples: voiced.slice(at, at + chunk) });
      }
    }
    jitter.pull(output);
    if (tick % 1000 === 999) {
      most = Math.max(most, jitter.stats.queuedFrames);
      early = tick < 36_000 ? most : early;
    }
  }
  books(jitter);
  const { stats } = jitter;
  expect(stats.receivedFrames).toBeGreaterThan(frames(3.59e7));
  expect(stats.state).toBe("playing");
  expect(most).toBeLessThanOrEqual(frames(500) + chunk);
  // Speech is what was heard, nearly all the time.
  expect(stats.playedFrames).toBeGreaterThan(0.99 * jitter.pulledFrames);
  expect(stats.skippedFrames).toBeLessThan(0.02 * stats.receivedFrames);
  expect(jitter.positionAtEar().mediaFrames).toBeGreaterThan(media * chunk - frames(600));
  await flat(hours);
});

it("ten hours of replies: of one chunk or many, ended, paused and cut", { timeout: 120_000 }, async () => {
  const jitter = new JitterBuffer({ rate: RATE });
  const output = new Float32Array(frames(100));
  const next = random(2);
  const hours: number[] = [];
  let told = 0;
  let heard = 0;
  let items = 0;
  for (let hour = 0; hour < 10; hour++) {
    hours.push(inUse());
    while (jitter.pulledFrames < (hour + 1) * frames(3.6e6)) {
      const itemId = `item-${items++}`;
      const whole = items % 3 === 0;
      const length = 10 + Math.floor(next() * 150);
      const cut = next() < 0.2 ? 1 + Math.floor(next() * length) : -1;
      if (whole) jitter.insert({ itemId, contentIndex: 0, samples: new Float32Array(length * frames(100)).fill(0.1) });
      for (let k = 0; k < length && k !== cut; k++) {
        const at = frames((k % 10) * 100);
        if (!whole) jitter.insert({ itemId, contentIndex: 0, samples: voiced.slice(at, at + frames(100)) });
        // A server twice as fast as time, that stalls for a second once in a while.
        if (k % 2 === 0) jitter.pull(output);
        if (next() < 0.01) for (let i = 0; i < 10; i++) jitter.pull(output);
        if (next() < 0.01) jitter.pause();
        if (next() < 0.1) jitter.resume();
      }
      jitter.resume();
      if (cut >= 0) heard += jitter.flush().items.length;
      else jitter.endOfItem(itemId, 0);
      for (let i = 0; i < length * 2 && jitter.stats.state !== "idle"; i++) jitter.pull(output);
      expect(jitter.stats).toMatchObject({ state: "idle", queuedFrames: 0 });
      told += jitter.takeFinished().length;
    }
  }
  books(jitter);
  expect(items).toBeGreaterThan(2000);
  expect(told).toBe(items);
  expect(heard).toBeGreaterThan(items / 10);
  await flat(hours);
});
