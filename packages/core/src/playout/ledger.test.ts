import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buffer, code, coded, frames, largestStep, pull, type Shown, traced } from "../../../../test/support/playout.ts";
import type { JitterBuffer } from "./jitter-buffer.ts";
import type { PlayoutOptions } from "./options.ts";

/** Any schedule of what can happen to a buffer. Items are numbered from 0; an item of a cut is never named again. */
type Op =
  | { readonly kind: "insert"; readonly item: number; readonly count: number }
  | { readonly kind: "done"; readonly item: number }
  | { readonly kind: "pull"; readonly count: number; readonly block: number }
  | { readonly kind: "pause" | "resume" }
  | { readonly kind: "flush"; readonly delay: number };

const ITEMS = 3;
const item = fc.nat({ max: ITEMS - 1 });
const count = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 9000 }));
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("insert" as const), item, count }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pull" as const), count, block: fc.integer({ min: 1, max: 700 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("done" as const), item }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const), delay: fc.nat({ max: 3000 }) }) },
);
const schedule = fc.array(op, { minLength: 1, maxLength: 40 });
const RUNS = 100;

interface Result {
  readonly output: number[];
  readonly shown: Shown[];
  readonly jitter: JitterBuffer;
  /** Output frames at which something was told to the buffer that may cause a fade. */
  readonly told: number[];
}

function consumed({ stats }: JitterBuffer): number {
  return stats.playedFrames - stats.insertedSamplesForDeceleration + stats.removedSamplesForAcceleration - stats.replayedFrames;
}

function checkLedger(jitter: JitterBuffer, shown: readonly Shown[]): void {
  const { stats } = jitter;
  expect(consumed(jitter) + stats.queuedFrames + stats.droppedFrames + stats.skippedFrames).toBe(stats.receivedFrames);
  let [played, standing, silent] = [0, 0, 0];
  for (const { track, slope } of shown) {
    if (track === null) silent++;
    else if (slope === 1) played++;
    else standing++;
  }
  expect(played + stats.insertedSamplesForDeceleration).toBe(stats.playedFrames);
  expect(standing - stats.insertedSamplesForDeceleration).toBe(stats.concealedSamples - stats.underrunFrames);
  expect(played + standing + silent).toBe(jitter.pulledFrames);
  for (const value of Object.values(stats)) if (typeof value === "number") expect(value).not.toBeNaN();
}

/** Media frames of each track that had been shown before output frame `atEar`. */
function heard(shown: readonly Shown[], itemId: string, atEar: number): number {
  let most = 0;
  for (let i = 0; i < Math.min(atEar, shown.length); i++)
    if (shown[i].track?.itemId === itemId && shown[i].slope === 1) most = Math.max(most, shown[i].media + 1);
  return most;
}

/** Runs a schedule to its end, when all items are over; checks the books at every step. `block` overrides the size of all pulls. */
function run(options: PlayoutOptions, ops: readonly Op[], shown: Shown[], block = 0): Result {
  const jitter = buffer(options);
  const output: number[] = [];
  const received = new Map<string, number>();
  const open = new Map<string, { done: boolean }>();
  /** Items of which the end was told, if need be before anything else. */
  const over = new Set<string>();
  const ended = new Map<string, number>();
  const told: number[] = [];
  let cuts = 0;
  let paused = false;
  let last: { track: unknown; media: number } = { track: null, media: 0 };
  const name = (k: number): string => `${cuts}-${k}`;
  const take = (wanted: number, size: number): void => {
    output.push(...pull(jitter, wanted, block || size));
    const { track, mediaFrames } = jitter.positionAtEar();
    if (track === last.track) expect(mediaFrames).toBeGreaterThanOrEqual(last.media);
    last = { track, media: mediaFrames };
  };
  for (const step of ops) {
    if (step.kind === "flush" || step.kind === "pause" || step.kind === "resume") told.push(output.length);
    if (step.kind === "insert") {
      const id = name(step.item);
      const at = received.get(id) ?? 0;
      received.set(id, at + step.count);
      const left = open.get(id);
      if (left === undefined) open.set(id, { done: over.has(id) });
      jitter.insert({ itemId: id, contentIndex: 0, samples: coded(step.item, at, step.count) });
    } else if (step.kind === "done") {
      const entry = open.get(name(step.item));
      if (entry !== undefined) entry.done = true;
      over.add(name(step.item));
      jitter.endOfItem(name(step.item), 0);
    } else if (step.kind === "pull") take(step.count, step.block);
    else if (step.kind === "flush") {
      const queued = jitter.stats.queuedFrames;
      jitter.outputDelayFrames = step.delay;
      const atEar = Math.max(0, jitter.pulledFrames - step.delay);
      const { items } = jitter.flush();
      jitter.outputDelayFrames = 0;
      const positions = new Map<string, number>();
      for (const { track, media, slope } of shown) if (track !== null && slope === 1) positions.set(track.itemId, media + 1);
      for (const { itemId, heardMs, totalMs } of items) {
        // What had ended once is with the device and counts as heard.
        expect(heardMs).toBe(Math.floor(Math.max(ended.get(itemId) ?? 0, heard(shown, itemId, atEar)) / 24));
        expect(totalMs).toBe(Math.floor((received.get(itemId) as number) / 24));
      }
      // Whatever is not listed was played to its end; whatever is listed was not, or may have gone on.
      const listed = new Set(items.map(({ itemId }) => itemId));
      for (const [id, { done }] of open) {
        if (!id.startsWith(`${cuts}-`)) continue;
        const whole = (positions.get(id) ?? 0) >= (received.get(id) as number);
        if (!done || !whole) expect(listed).toContain(id);
      }
      expect(jitter.stats.queuedFrames).toBe(0);
      expect(queued).toBeGreaterThanOrEqual(0);
      cuts++;
      paused = false;
      last = { track: null, media: 0 };
    } else {
      paused = step.kind === "pause";
      jitter[step.kind]();
    }
    for (const { itemId } of jitter.takeFinished()) ended.set(itemId, heard(shown, itemId, shown.length));
    checkLedger(jitter, shown);
  }
  told.push(output.length);
  if (paused) jitter.resume();
  for (const id of open.keys()) jitter.endOfItem(id, 0);
  take(jitter.stats.queuedFrames * 1.3 + frames(1000), 500);
  checkLedger(jitter, shown);
  expect(jitter.stats).toMatchObject({ state: "idle", queuedFrames: 0, lagMs: 0 });
  expect(consumed(jitter) + jitter.stats.droppedFrames + jitter.stats.skippedFrames).toBe(jitter.stats.receivedFrames);
  return { output, shown, jitter, told };
}

/** Frames beside an edge that may be faded or cross-faded: the longest pitch period. */
const EDGE = frames(15);

/** Every frame of media that is no nearer than 15 ms to an edge is that media, to the bit. @returns their number. */
function checkSamples({ output, shown, told }: Result): number {
  const near = new Uint8Array(output.length);
  for (let i = 0; i <= output.length; i++) {
    const before = shown[i - 1];
    const after = shown[i];
    if (
      before !== undefined &&
      after !== undefined &&
      before.track === after.track &&
      before.slope === after.slope &&
      after.media === before.media + before.slope
    )
      continue;
    near.fill(1, Math.max(0, i - EDGE), i + EDGE);
  }
  for (const i of told) near.fill(1, Math.max(0, i - EDGE), i + EDGE);
  let exact = 0;
  for (let i = 0; i < output.length; i++) {
    const { track, media, slope } = shown[i];
    if (near[i] === 1 || slope === 0) continue;
    const expected = track === null ? 0 : code(Number(track.itemId.split("-")[1]), media);
    if (output[i] !== expected) throw new Error(`output frame ${i} is ${output[i]}, media frame ${media} of ${track?.itemId} is ${expected}`);
    exact++;
  }
  return exact;
}

/** Without stretching the media of an item goes on frame by frame, but for what a pause brings again. */
function checkOrder({ shown, jitter }: Result): void {
  const next = new Map<string, number>();
  let back = 0;
  for (const { track, media, slope } of shown) {
    if (track === null || slope === 0) continue;
    const expected = next.get(track.itemId) ?? 0;
    if (media > expected) throw new Error(`media frames ${expected} to ${media} of ${track.itemId} are missing`);
    back += expected - media;
    next.set(track.itemId, media + 1);
  }
  // A cut may come before what is to be played again.
  expect(back).toBeLessThanOrEqual(jitter.stats.replayedFrames);
}

describe("the ledger", () => {
  it("holds for any schedule, and every frame in it is the right one: played as it is", () => {
    fc.assert(
      fc.property(schedule, fc.constantFrom(0, 400), (ops, rewindMs) => {
        traced((shown) => {
          const result = run({ slowDown: "none", catchUp: "none", rewindMs }, ops, shown);
          checkSamples(result);
          checkOrder(result);
          expect(result.jitter.stats).toMatchObject({ insertedSamplesForDeceleration: 0, removedSamplesForAcceleration: 0 });
        });
      }),
      { numRuns: RUNS },
    );
  });

  it("holds for any schedule, and every frame in it is the right one: stretched", () => {
    fc.assert(
      fc.property(schedule, fc.constantFrom("slow" as const, "live" as const), (ops, catchUp) => {
        traced((shown) => void checkSamples(run({ catchUp }, ops, shown)));
      }),
      { numRuns: RUNS },
    );
  });

  it("has no edge that is harder than a fade of 5 ms", () => {
    fc.assert(
      fc.property(schedule, (ops) => {
        const { output } = traced((shown) => run({}, ops, shown));
        expect(largestStep(output)).toBeLessThan(0.02);
        expect(Math.min(...output)).toBeGreaterThan(-0.1);
      }),
      { numRuns: RUNS },
    );
  });

  it("does not depend on the size of the pulls, to the bit", () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 2000 }), (ops, block) => {
        const one = traced((shown) => run({}, ops, shown));
        const other = traced((shown) => run({}, ops, shown, block));
        expect(other.output).toEqual(one.output);
        expect(other.shown.map(({ media, slope }) => media + slope)).toEqual(one.shown.map(({ media, slope }) => media + slope));
      }),
      { numRuns: RUNS },
    );
  });
});
