import { PCM16_24K } from "@sidetone/core/protocol";
import { describe, expect, it } from "vitest";
import { SampleStore } from "../record/sample-store.ts";
import { InputBuffer } from "./input-buffer.ts";

/** Samples `from`, `from + 1`, ... as PCM16 bytes. */
function ramp(from: number, count: number): Uint8Array {
  return new Uint8Array(Int16Array.from({ length: count }, (_, i) => (from + i) % 30_000).buffer);
}

describe("InputBuffer", () => {
  it("counts media time over everything appended", () => {
    const buffer = new InputBuffer(PCM16_24K, 1000);
    buffer.append(ramp(0, 2400));
    expect(buffer.endMs).toBe(1100);
    expect(buffer.bufferedMs).toBe(100);
    buffer.clear();
    expect(buffer.endMs).toBe(1100);
    expect(buffer.bufferedMs).toBe(0);
  });

  it("gives everything since the last commit", () => {
    const buffer = new InputBuffer(PCM16_24K);
    buffer.append(ramp(0, 100));
    buffer.clear();
    buffer.append(ramp(100, 50));
    expect([...buffer.takeAll().samples]).toEqual(Array.from({ length: 50 }, (_, i) => 100 + i));
    expect(buffer.takeAll().samples).toHaveLength(0);
  });

  it("gives a range that reaches back before the last commit", () => {
    const buffer = new InputBuffer(PCM16_24K, 500);
    buffer.append(ramp(0, 24_000));
    expect(buffer.takeRange(600, 1000).samples[0]).toBe(2400);
    const again = buffer.takeRange(900, 1200);
    expect(again.samples[0]).toBe(9600);
    expect(again.samples).toHaveLength(7200);
    expect(buffer.bufferedMs).toBe(300);
  });

  it("puts samples together that were cut in two", () => {
    const whole = ramp(300, 10);
    const buffer = new InputBuffer(PCM16_24K);
    for (const byte of whole) buffer.append(Uint8Array.of(byte));
    expect([...buffer.takeAll().samples]).toEqual(Array.from({ length: 10 }, (_, i) => 300 + i));
  });

  it("keeps a minute of an idle line", () => {
    const buffer = new InputBuffer({ type: "audio/pcmu" });
    for (let second = 0; second < 200; second++) {
      buffer.append(new Uint8Array(8000));
      buffer.trimIdle();
    }
    expect(buffer.endMs).toBe(200_000);
    expect(buffer.bufferedMs).toBe(60_000);
    expect(buffer.takeRange(199_000, 200_000).samples).toHaveLength(8000);
  });
});

describe("SampleStore", () => {
  it("keeps positions while it forgets", () => {
    const store = new SampleStore();
    for (let i = 0; i < 100; i++) {
      store.append(Int16Array.from({ length: 1000 }, (_, k) => (i * 1000 + k) % 30_000));
      store.dropBefore(store.end - 2500);
    }
    expect(store.end).toBe(100_000);
    expect(store.start).toBeGreaterThan(90_000);
    expect(store.start).toBeLessThanOrEqual(97_500);
    expect([...store.slice(99_998, 100_005)]).toEqual([99_998 % 30_000, 99_999 % 30_000]);
    expect(store.slice(0, store.start)).toHaveLength(0);
  });
});
