import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Track } from "./track.ts";

/** A track as one would write it without a thought of cost: a map from media frames to samples. */
class Model {
  readonly samples = new Map<number, number>();
  position = 0;
  end = 0;

  /** What is there stays as it is; nothing goes before the place of the next read. */
  insert(start: number, values: readonly number[]): number {
    let taken = 0;
    for (let i = 0; i < values.length; i++) {
      if (start + i < this.position || this.samples.has(start + i)) continue;
      this.samples.set(start + i, values[i]);
      taken++;
    }
    if (taken > 0) this.end = Math.max(this.end, Math.max(...this.samples.keys()) + 1);
    return values.length - taken;
  }

  get available(): number {
    let frames = 0;
    while (this.samples.has(this.position + frames)) frames++;
    return frames;
  }

  get hole(): number {
    if (this.available > 0) return 0;
    const later = [...this.samples.keys()].filter((frame) => frame > this.position);
    return later.length === 0 ? 0 : Math.min(...later) - this.position;
  }
}

const segment = fc.record({ kind: fc.constant("insert" as const), at: fc.integer({ min: -60, max: 60 }), count: fc.nat({ max: 40 }) });
const append = fc.record({ kind: fc.constant("append" as const), count: fc.nat({ max: 40 }) });
const read = fc.record({ kind: fc.constant("read" as const), count: fc.nat({ max: 70 }) });
const peek = fc.record({ kind: fc.constant("peek" as const), count: fc.nat({ max: 70 }), ahead: fc.nat({ max: 50 }) });
const pass = fc.record({ kind: fc.constant("pass" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) });
const back = fc.record({ kind: fc.constant("back" as const), count: fc.nat({ max: 40 }) });

describe("Track", () => {
  it("is the same as a map from frames to samples, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(segment, append, read, peek, pass, back), { maxLength: 60 }), (steps) => {
        const keep = 30;
        const track = new Track("a", 0, 0, 0, keep);
        const model = new Model();
        let stamp = 1;
        let furthest = 0;
        const values = (count: number): number[] => Array.from({ length: count }, () => stamp++);
        for (const step of steps) {
          if (step.kind === "insert" || step.kind === "append") {
            const at = step.kind === "append" ? track.endFrame : Math.max(0, model.position + step.at);
            const samples = values(step.count);
            // Into what was kept for going back nothing is put: it has been heard as it was.
            expect(track.insert(at, Float32Array.from(samples), 0)).toBe(model.insert(at, samples));
          } else if (step.kind === "read") {
            const output = new Float32Array(step.count + 2);
            const expected = Array.from({ length: Math.min(step.count, model.available) }, (_, i) => model.samples.get(model.position + i));
            expect(track.read(output, 1, step.count)).toBe(expected.length);
            expect([...output.subarray(1, 1 + expected.length)]).toEqual(expected);
            expect(output[expected.length + 1]).toBe(0);
            model.position += expected.length;
          } else if (step.kind === "peek") {
            const output = new Float32Array(step.count);
            const expected = Array.from({ length: Math.max(0, Math.min(step.count, model.available - step.ahead)) }, (_, i) =>
              model.samples.get(model.position + step.ahead + i),
            );
            expect(track.peek(output, 0, step.count, step.ahead)).toBe(expected.length);
            expect([...output.subarray(0, expected.length)]).toEqual(expected);
          } else if (step.kind === "pass") {
            const to = model.position + Math.round(step.share * (model.end - model.position));
            expect(track.seek(to)).toBe(to);
            model.position = to;
          } else {
            const oldest = track.oldestFrame;
            for (let frame = oldest; frame < model.position; frame++) expect(model.samples.has(frame)).toBe(true);
            // As much as is to be kept can be had again, unless there was a hole in it.
            let wanted = model.position;
            while (wanted > 0 && wanted > furthest - keep && model.samples.has(wanted - 1)) wanted--;
            expect(oldest).toBeLessThanOrEqual(wanted);
            model.position = Math.max(oldest, model.position - step.count);
            expect(track.seek(model.position)).toBe(model.position);
          }
          furthest = Math.max(furthest, model.position);
          expect(track.position).toBe(model.position);
          expect(track.availableFrames).toBe(model.available);
          expect(track.holeFrames).toBe(model.hole);
          expect(track.endFrame).toBe(model.end);
          expect(track.queuedFrames).toBe(model.end - model.position);
          expect(track.receivedFrames).toBe(model.samples.size);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("takes an array over without copying it, and a part of it without copying that", () => {
    const track = new Track("a", 0);
    const samples = Float32Array.of(1, 2, 3);
    track.insert(0, samples, 0);
    samples[1] = 7;
    const output = new Float32Array(3);
    track.peek(output, 0, 3);
    expect([...output]).toEqual([1, 7, 3]);
  });

  it("knows when the frames to be read next arrived", () => {
    const track = new Track("a", 0, 0, 5);
    expect(track.arrivalFrame).toBe(5);
    track.insert(0, new Float32Array(10), 100);
    track.insert(10, new Float32Array(10), 200);
    expect(track.arrivalFrame).toBe(100);
    track.seek(10);
    expect(track.arrivalFrame).toBe(200);
  });

  it("begins earlier when earlier media comes before anything was read, but not before its floor", () => {
    const track = new Track("a", 0, 100);
    track.insert(100, new Float32Array(10).fill(1), 0);
    track.lower(80);
    track.insert(80, new Float32Array(20).fill(2), 0);
    expect([track.position, track.originFrame, track.availableFrames]).toEqual([80, 80, 30]);
    track.floorFrame = 70;
    track.lower(10);
    expect(track.position).toBe(70);
    track.lower(75);
    expect(track.position).toBe(70);
  });

  it("is drained when the end was told and all was read", () => {
    const track = new Track("a", 0);
    track.insert(0, new Float32Array(10), 0);
    track.seek(10);
    expect(track.drained).toBe(false);
    track.done = true;
    expect(track.drained).toBe(true);
    track.insert(10, new Float32Array(1), 0);
    expect(track.drained).toBe(false);
    track.discard();
    expect([track.drained, track.position, track.availableFrames, track.holeFrames, track.oldestFrame]).toEqual([true, 11, 0, 0, 11]);
  });

  it("lets samples go once they are farther behind than is kept, and slots too, over a long time", () => {
    const keep = 25;
    const track = new Track("a", 0, 0, 0, keep);
    const output = new Float32Array(10);
    for (let i = 0; i < 20_000; i++) {
      track.insert(i * 10, new Float32Array(10).fill(i), 0);
      if (i < 5) continue;
      expect(track.read(output, 0, 10)).toBe(10);
      if (output[0] !== i - 5 || output[9] !== i - 5) throw new Error(`segment ${i - 5} is ${output[0]}`);
      // What is kept is a segment more at most than what was asked for.
      const kept = track.position - track.oldestFrame;
      if (kept > keep + 10 || kept < Math.min(keep, track.position)) throw new Error(`${kept} frames are kept`);
    }
    track.seek(track.position - keep);
    expect(track.read(output, 0, 10)).toBe(10);
    expect(output[0]).toBe(Math.floor((19_995 * 10 - keep) / 10));
  });
});
