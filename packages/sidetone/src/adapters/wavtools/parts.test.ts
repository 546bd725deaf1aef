/** The small parts of the adapter that need no browser. */
import { readWav } from "@sidetone/core/dsp";
import { describe, expect, it, vi } from "vitest";
import { ChunkCollector, type WavChunk } from "./chunks.ts";
import { toCallersBins } from "./frequencies.ts";
import { IdleWatch } from "./idle-watch.ts";
import { WavPacker } from "./packer.ts";
import { Recording } from "./recording.ts";

const ramp = (from: number, count: number): Int16Array => Int16Array.from({ length: count }, (_, i) => ((from + i) % 30_000) + 1);

describe("IdleWatch", () => {
  const observe = (watch: IdleWatch, count: number, bufferedMs: number, playedMs = 100): number[] =>
    Array.from({ length: count }, (_, i) => i).filter(() => watch.observe({ playedMs, sounding: false, bufferedMs }));

  it("asks after 100 ms with a rest in the queue, after 240 ms without, and again after as long", () => {
    expect(observe(new IdleWatch(), 16, 20)).toEqual([5, 10, 15]);
    expect(observe(new IdleWatch(), 40, 0)).toEqual([12, 24, 36]);
  });

  it("does not ask while anything plays, is at the ear, or has just been sent", () => {
    const watch = new IdleWatch();
    for (let i = 0; i < 50; i++) expect(watch.observe({ playedMs: i * 20, sounding: false, bufferedMs: 0 })).toBe(false);
    for (let i = 0; i < 50; i++) expect(watch.observe({ playedMs: 980, sounding: true, bufferedMs: 0 })).toBe(false);
    expect(observe(watch, 11, 0, 980)).toEqual([]);
    watch.reset();
    expect(observe(watch, 12, 0, 980)).toEqual([11]);
  });
});

describe("Recording", () => {
  it("keeps everything in order, over the ends of its blocks", () => {
    const recording = new Recording();
    for (let at = 0; at < 200_000; at += 960) recording.append(ramp(at, 960));
    expect(recording.samples()).toEqual(ramp(0, 200_640));
    expect(recording.read().meanValues[5]).toBe(6 / 32768);
    recording.clear();
    expect(recording.read()).toEqual({ meanValues: new Float32Array(0), channels: [new Float32Array(0)] });
  });

  it("keeps the latest part when it is told to", () => {
    const recording = new Recording(100_000);
    for (let at = 0; at < 1_000_000; at += 960) recording.append(ramp(at, 960));
    const total = Math.ceil(1_000_000 / 960) * 960;
    expect(recording.samples()).toEqual(ramp(total - 100_000, 100_000));
    const none = new Recording(0);
    none.append(ramp(0, 100));
    expect(none.samples()).toEqual(new Int16Array(0));
  });
});

describe("ChunkCollector", () => {
  it("hands out at least as many bytes as asked for, in order, and the rest in the end", () => {
    const chunks: WavChunk[] = [];
    const collector = new ChunkCollector((chunk) => chunks.push(chunk), 5000);
    for (let at = 0; at < 9600; at += 480) collector.push(ramp(at, 480));
    collector.flush();
    collector.flush();
    expect(chunks.map((chunk) => chunk.mono.byteLength)).toEqual([5760, 5760, 5760, 1920]);
    expect(Int16Array.from(chunks.flatMap((chunk) => [...new Int16Array(chunk.raw)]))).toEqual(ramp(0, 9600));
  });

  it("goes on after a callback that throws, without giving it the same again", () => {
    const lengths: number[] = [];
    const collector = new ChunkCollector((chunk) => {
      lengths.push(chunk.mono.byteLength);
      if (lengths.length === 1) throw new Error("the app's own");
    }, 0);
    expect(() => collector.push(ramp(0, 100))).toThrow("the app's own");
    collector.push(ramp(0, 50));
    expect(lengths).toEqual([200, 100]);
  });
});

describe("WavPacker", () => {
  it("makes files that say what is in them", async () => {
    vi.stubGlobal("URL", { createObjectURL: () => "blob:x" });
    const data = ramp(0, 2400);
    const packed = new WavPacker().pack(24_000, { bitsPerSample: 16, channels: [new Float32Array(1200), new Float32Array(1200)], data: data.slice().buffer });
    vi.unstubAllGlobals();
    expect(packed).toMatchObject({ url: "blob:x", channelCount: 2, sampleRate: 24_000, duration: 0.05 });
    const wav = readWav(new Uint8Array(await packed.blob.arrayBuffer()));
    expect([wav.rate, wav.channels, wav.frames]).toEqual([24_000, 2, 1200]);
    expect(Int16Array.from(wav.samples, (sample) => sample * 32768)).toEqual(data);
  });

  it("converts and joins", () => {
    expect([...new Int16Array(WavPacker.floatTo16BitPCM(Float32Array.of(0, 0.5, -1, 2, Number.NaN)))]).toEqual([0, 16_384, -32_768, 32_767, 0]);
    expect([...new Uint8Array(WavPacker.mergeBuffers(Uint8Array.of(1, 2).buffer, Uint8Array.of(3).buffer))]).toEqual([1, 2, 3]);
  });

  it("says what is missing or does not fit", () => {
    const audio = { bitsPerSample: 16, channels: [new Float32Array(1)], data: new Int16Array(1) };
    expect(() => new WavPacker().pack(24_000, { ...audio, data: undefined as never })).toThrow('Missing "data"');
    expect(() => new WavPacker().pack(24_000, { ...audio, bitsPerSample: 24 })).toThrow("bitsPerSample is 24; allowed is 16.");
    expect(() => new WavPacker().pack(0, audio)).toThrow("rate is 0");
  });
});

describe("toCallersBins", () => {
  it("shows a tone in the bin where it would be at the caller's rate", () => {
    for (const [deviceRate, fftSize] of [
      [48_000, 16_384],
      [44_100, 16_384],
      [96_000, 32_768],
      [24_000, 8192],
    ]) {
      const data = new Float32Array(fftSize / 2).fill(-120);
      data[Math.round((3000 * fftSize) / deviceRate)] = -20;
      const bins = toCallersBins(data, deviceRate, 24_000);
      expect(bins.length).toBe(4096);
      expect(Math.abs(bins.indexOf(-20) - 1024)).toBeLessThanOrEqual(1);
    }
  });

  it("has nothing above what the device can play", () => {
    expect(toCallersBins(new Float32Array(4096).fill(-20), 16_000, 48_000)[4095]).toBe(Number.NEGATIVE_INFINITY);
  });
});
