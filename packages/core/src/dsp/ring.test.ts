import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring, type RingMemory } from "./ring.ts";

const MEMORIES: RingMemory[] = ["shared", "local"];

describe.each(MEMORIES)("Ring over %s memory", (memory) => {
  it("behaves as a bounded queue, whatever is written and read", () => {
    const move = fc.record({ write: fc.boolean(), frames: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const writer = Ring.create(200, memory);
        const reader = new Ring(writer.buffer);
        const model: number[] = [];
        let next = 0;
        for (const { write, frames } of moves) {
          if (write) {
            const samples = Float32Array.from({ length: frames }, (_, i) => next + i);
            const taken = writer.write(samples);
            expect(taken).toBe(Math.min(frames, 256 - model.length));
            for (let i = 0; i < taken; i++) model.push(next + i);
            next += taken;
          } else {
            const output = new Float32Array(frames).fill(-1);
            const count = reader.read(output);
            expect(count).toBe(Math.min(frames, model.length));
            expect([...output.subarray(0, count)]).toEqual(model.splice(0, count));
            expect(output.subarray(count).every((sample) => sample === -1)).toBe(true);
          }
          expect([writer.available, reader.available, writer.space]).toEqual([model.length, model.length, 256 - model.length]);
        }
      }),
    );
  });

  it("moves whole quanta, aligned or not", () => {
    const ring = Ring.create(512, memory);
    const quantum = Float32Array.from({ length: 128 }, (_, i) => i + 1);
    const output = new Float32Array(128);
    for (let k = 0; k < 20; k++) {
      if (k === 10) {
        ring.write(Float32Array.of(7));
        ring.read(output.subarray(0, 1));
      }
      expect(ring.write(quantum)).toBe(128);
      output.fill(0);
      expect(ring.read(output)).toBe(128);
      expect(output).toEqual(quantum);
    }
  });

  it("carries on across the wrap of its 32-bit counters", () => {
    for (const start of [2 ** 31 - 200, 2 ** 32 - 200]) {
      const { buffer } = Ring.create(128, memory);
      const header = new Int32Array(buffer, 0, 48);
      header[16] = start | 0;
      header[32] = start | 0;
      const ring = new Ring(buffer);
      for (let k = 0; k < 10; k++) {
        const samples = Float32Array.from({ length: 100 }, (_, i) => k * 100 + i);
        expect(ring.write(samples)).toBe(100);
        expect(ring.available).toBe(100);
        expect(ring.write(new Float32Array(100))).toBe(28);
        const output = new Float32Array(100);
        expect(ring.read(output)).toBe(100);
        expect(output).toEqual(samples);
        expect(ring.clear()).toBe(28);
      }
    }
  });

  it("skips and clears on the reader's side", () => {
    const ring = Ring.create(128, memory);
    ring.write(Float32Array.of(1, 2, 3, 4, 5));
    expect(ring.skip(2)).toBe(2);
    expect(ring.skip(-3)).toBe(0);
    const output = new Float32Array(1);
    ring.read(output);
    expect(output[0]).toBe(3);
    expect([ring.clear(), ring.clear(), ring.available]).toEqual([2, 0, 0]);
  });

  it("rounds its capacity up to a power of two", () => {
    expect([1, 128, 129, 24000].map((frames) => Ring.create(frames, memory).capacity)).toEqual([128, 128, 256, 32768]);
  });
});

describe("Ring", () => {
  it("refuses memory that is not a ring's, and sizes out of range", () => {
    for (const buffer of [new ArrayBuffer(0), new ArrayBuffer(192), new ArrayBuffer(192 + 512), new ArrayBuffer(192 + 4 * 130), new SharedArrayBuffer(4096)]) {
      expect(() => new Ring(buffer)).toThrow(RangeError);
    }
    for (const frames of [0, -1, 1.5, Number.NaN, 2 ** 29]) expect(() => Ring.create(frames, "local")).toThrow(/^frames is /);
  });

  it.each<[string, string, string, number]>([
    ["odd chunks both ways, through the smallest ring", "1 + (k % 333)", "1 + ((k * 7) % 211)", 128],
    ["quanta against odd chunks, mostly full", "128", "1 + (k % 17)", 256],
    ["single frames against quanta, mostly empty", "1", "128", 1024],
    ["quanta both ways", "128", "128", 512],
  ])("hands frames from one thread to another, in order, whole and nowhere else: %s", async (_, writes, reads, capacity) => {
    const frames = 400_000;
    const ring = Ring.create(capacity, "shared");
    // Canaries on both sides of every array that either thread uses: what strays shows in the samples or in the canaries.
    const memory = new SharedArrayBuffer(4 * (512 + 2 * 64));
    const source = `
      const { workerData } = require("node:worker_threads");
      import(workerData.module).then(({ Ring }) => {
        const ring = new Ring(workerData.buffer);
        const guarded = new Float32Array(512 + 2 * 64).fill(Infinity);
        for (let next = 0, k = 0; next < workerData.frames; k++) {
          const length = Math.min(${writes}, workerData.frames - next);
          const samples = guarded.subarray(64, 64 + length);
          for (let i = 0; i < length; i++) samples[i] = next + i;
          let done = 0;
          for (; done < length; done += ring.write(done === 0 ? samples : samples.subarray(done)));
          samples.fill(NaN);
          next += length;
        }
        if (guarded.subarray(0, 64).some((sample) => sample !== Infinity)) process.exit(3);
      });`;
    const module = fileURLToPath(new URL("./ring.ts", import.meta.url));
    const worker = new Worker(source, { eval: true, workerData: { module, buffer: ring.buffer, frames } });
    const exit = once(worker, "exit");
    const guarded = new Float32Array(memory).fill(Number.NEGATIVE_INFINITY);
    const size = new Function("k", `return ${reads}`) as (k: number) => number;
    let next = 0;
    let wrong = 0;
    for (let k = 0; next < frames; k++) {
      const output = guarded.subarray(64, 64 + size(k));
      const count = ring.read(output);
      for (let i = 0; i < count; i++) if (output[i] !== next++) wrong++;
      for (let i = count; i < output.length; i++) if (output[i] !== Number.NEGATIVE_INFINITY) wrong++;
      output.fill(Number.NEGATIVE_INFINITY, 0, count);
      if (count === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await exit).toEqual([0]);
    expect(wrong).toBe(0);
    expect(guarded.every((sample) => sample === Number.NEGATIVE_INFINITY)).toBe(true);
    expect([next, ring.available]).toEqual([frames, 0]);
  });
});
