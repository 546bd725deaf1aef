import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePcm16, decodePcm16Bytes, encodePcm16, encodePcm16Bytes, floatToPcm16, pcm16View } from "./pcm16.ts";

const EVERY_SAMPLE = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);

describe("PCM16", () => {
  it("gives back every 16-bit sample after decoding and encoding", () => {
    const floats = new Float32Array(65536);
    const samples = new Int16Array(65536);
    expect(decodePcm16(EVERY_SAMPLE, floats)).toBe(65536);
    expect(encodePcm16(floats, samples)).toBe(65536);
    expect(samples).toEqual(EVERY_SAMPLE);
    expect([floats[0], floats[65535]]).toEqual([-1, 32767 / 32768]);
  });

  it("rounds to the nearest step and clips, whatever the float", () => {
    fc.assert(
      fc.property(fc.float(), (sample) => {
        const step = floatToPcm16(sample);
        const ideal = Number.isNaN(sample) ? 0 : Math.max(-32768, Math.min(32767, sample * 32768));
        expect(Number.isInteger(step)).toBe(true);
        expect(Math.abs(step - ideal)).toBeLessThanOrEqual(0.5);
      }),
      { numRuns: 2000 },
    );
  });

  it("has no dead zone around silence, and clips where it should", () => {
    const step = 1 / 32768;
    const cases: [number, number][] = [
      [0, 0],
      [-0, 0],
      [0.51 * step, 1],
      [-0.51 * step, -1],
      [0.49 * step, 0],
      [-0.49 * step, 0],
      [1, 32767],
      [-1, -32768],
      [1.5, 32767],
      [-1.5, -32768],
      [Number.POSITIVE_INFINITY, 32767],
      [Number.NEGATIVE_INFINITY, -32768],
      [Number.NaN, 0],
    ];
    for (const [sample, expected] of cases) expect(floatToPcm16(sample)).toBe(expected);
  });

  it("writes and reads little-endian bytes at odd offsets like the typed arrays do", () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 40 }), fc.integer({ min: 0, max: 3 }), (samples, offset) => {
        const expected = new Int16Array(samples.length);
        encodePcm16(samples, expected);
        const memory = new Uint8Array(samples.length * 2 + 8).fill(0xee);
        const bytes = memory.subarray(offset, offset + samples.length * 2);
        expect(encodePcm16Bytes(samples, bytes)).toBe(bytes.length);
        expect([...bytes]).toEqual([...expected].flatMap((sample) => [sample & 0xff, (sample >> 8) & 0xff]));
        expect([...memory.subarray(0, offset), ...memory.subarray(offset + bytes.length)].every((byte) => byte === 0xee)).toBe(true);

        const floats = new Float32Array(samples.length);
        expect(decodePcm16Bytes(bytes, floats)).toBe(samples.length);
        expect([...floats]).toEqual([...expected].map((sample) => sample / 32768));
        expect(pcm16View(bytes)).toEqual(expected);
      }),
    );
  });

  it("refuses half a sample before writing, and leaves it out of a view", () => {
    const bytes = Uint8Array.of(0, 64, 9);
    const floats = new Float32Array(2).fill(7);
    expect(() => decodePcm16Bytes(bytes, floats)).toThrow(
      new RangeError("decodePcm16Bytes: the input holds 3 bytes; allowed are multiples of 2. Carry the odd byte over to the next call."),
    );
    expect([...floats]).toEqual([7, 7]);
    expect([...pcm16View(bytes)]).toEqual([16384]);
  });

  it("views aligned bytes in place and copies others", () => {
    const memory = new Uint8Array(8);
    pcm16View(memory.subarray(2, 6))[0] = 0x0102;
    expect([memory[2], memory[3]]).toEqual([2, 1]);
    pcm16View(memory.subarray(3, 7))[0] = 0x0304;
    expect([memory[3], memory[4]]).toEqual([1, 0]);
  });

  it("refuses outputs that are too short, and writes nothing then", () => {
    const samples = new Int16Array(2).fill(7);
    expect(() => encodePcm16(new Float32Array(3), samples)).toThrow(new RangeError("encodePcm16: the output holds 2 elements, 3 are needed."));
    expect([...samples]).toEqual([7, 7]);
    expect(() => decodePcm16(new Int16Array(3), new Float32Array(2))).toThrow(RangeError);
    expect(() => encodePcm16Bytes(new Float32Array(3), new Uint8Array(5))).toThrow(RangeError);
    expect(() => decodePcm16Bytes(new Uint8Array(6), new Float32Array(2))).toThrow(RangeError);
  });
});
