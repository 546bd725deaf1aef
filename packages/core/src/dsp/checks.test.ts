/** Bad arguments of every kernel: refused by name, before anything is written. */
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { checkArrays } from "./checks.ts";
import { Fade } from "./fade.ts";
import { Framer } from "./framer.ts";
import { decodeAlaw, decodeAlawFloat, decodeMulaw, decodeMulawFloat, encodeAlaw, encodeAlawFloat, encodeMulaw, encodeMulawFloat } from "./g711.ts";
import { Level } from "./level.ts";
import { decodePcm16, decodePcm16Bytes, encodePcm16, encodePcm16Bytes, pcm16View } from "./pcm16.ts";
import { Dither } from "./pcm16-dither.ts";
import { Ring } from "./ring.ts";
import { downmixToMono } from "./wav.ts";

type Samples = Float32Array | Int16Array | Uint8Array;
type Kind<T extends Samples> = new (length: number) => T;

/** A kernel from one array to another, and how many elements it writes for 6. */
interface Kernel {
  readonly name: string;
  readonly written: number;
  call(input: Samples, output: Samples): number;
  input(length: number): Samples;
  output(length: number): Samples;
}

function kernel<I extends Samples, O extends Samples>(
  name: string,
  call: (input: I, output: O) => number,
  Input: Kind<I>,
  Output: Kind<O>,
  written = 6,
): Kernel {
  return {
    name,
    written,
    call: (input, output) => call(input as I, output as O),
    input: (length) => new Input(length),
    output: (length) => new Output(length).fill(7) as O,
  };
}

const KERNELS: Kernel[] = [
  kernel("encodePcm16", encodePcm16, Float32Array, Int16Array),
  kernel("decodePcm16", decodePcm16, Int16Array, Float32Array),
  kernel("encodePcm16Bytes", encodePcm16Bytes, Float32Array, Uint8Array, 12),
  kernel("decodePcm16Bytes", decodePcm16Bytes, Uint8Array, Float32Array, 3),
  kernel("Dither.encodePcm16", (input: Float32Array, output: Int16Array) => new Dither().encodePcm16(input, output), Float32Array, Int16Array),
  kernel("encodeMulaw", encodeMulaw, Int16Array, Uint8Array),
  kernel("encodeAlaw", encodeAlaw, Int16Array, Uint8Array),
  kernel("decodeMulaw", decodeMulaw, Uint8Array, Int16Array),
  kernel("decodeAlaw", decodeAlaw, Uint8Array, Int16Array),
  kernel("encodeMulawFloat", encodeMulawFloat, Float32Array, Uint8Array),
  kernel("encodeAlawFloat", encodeAlawFloat, Float32Array, Uint8Array),
  kernel("decodeMulawFloat", decodeMulawFloat, Uint8Array, Float32Array),
  kernel("decodeAlawFloat", decodeAlawFloat, Uint8Array, Float32Array),
  kernel("downmixToMono", (input: Float32Array, output: Float32Array) => downmixToMono(input, 2, output), Float32Array, Float32Array, 3),
];

/** `array`, its memory given away. */
function detached<T extends Samples>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

describe.each(KERNELS)("$name", ({ name, written, call, input, output }) => {
  it("takes nothing, and writes nothing then", () => {
    const target = output(2);
    expect(call(input(0), target)).toBe(0);
    expect(call(input(0), output(0))).toBe(0);
    expect([...target]).toEqual([7, 7]);
  });

  it("refuses an output that is too short before writing", () => {
    const target = output(written - 1);
    expect(() => call(input(6), target)).toThrow(new RangeError(`${name}: the output holds ${written - 1} elements, ${written} are needed.`));
    expect([...target].every((value) => value === 7)).toBe(true);
    expect(call(input(6), output(written))).toBe(written);
  });

  it("refuses arrays without memory, which would pass for empty ones", () => {
    const message = (argument: string): TypeError =>
      new TypeError(`${name}: the ${argument} is detached; its memory was transferred away. Allowed are arrays that have theirs.`);
    const target = output(written);
    expect(() => call(detached(input(6)), target)).toThrow(message("input"));
    expect([...target].every((value) => value === 7)).toBe(true);
    expect(() => call(input(6), detached(output(written)))).toThrow(message("output"));
    expect(() => call(input(0), detached(output(written)))).toThrow(message("output"));
  });

  it("refuses what is no array", () => {
    expect(() => call({} as Float32Array, output(6))).toThrow(new TypeError(`${name}: the input is no typed array.`));
    expect(() => call(input(6), new ArrayBuffer(64) as unknown as Float32Array)).toThrow(new TypeError(`${name}: the output is no typed array.`));
  });
});

describe("the others", () => {
  const ring = Ring.create(128, "local");
  const fade = new Fade(4);
  const sink = { packet() {} };

  it.each<[string, (array: Float32Array) => unknown]>([
    ["Ring.write: the input", (array) => ring.write(array)],
    ["Ring.read: the output", (array) => ring.read(array)],
    ["Framer.push: the input", (array) => new Framer(4).push(array, sink)],
    ["Level.push: the input", (array) => new Level(8).push(array)],
    ["Fade.apply: the input", (array) => fade.apply(array)],
    ["encodeBase64: the input", (array) => encodeBase64(array as unknown as Uint8Array)],
    ["decodeBase64: the output", (array) => decodeBase64("", array as unknown as Uint8Array)],
    ["pcm16View: the input", (array) => pcm16View(array as unknown as Uint8Array)],
  ])("%s must have memory, and may be empty", (what, call) => {
    expect(() => call(detached(new Float32Array(4)))).toThrow(
      new TypeError(`${what} is detached; its memory was transferred away. Allowed are arrays that have theirs.`),
    );
    expect(() => call(new Float32Array(0))).not.toThrow();
  });

  it("refuses frames that an array does not have, before the fade moves on", () => {
    fade.fadeOut();
    const samples = new Float32Array(4).fill(1);
    for (const [start, frames] of [
      [-1, 2],
      [5, 0],
      [2, 3],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      expect(() => fade.apply(samples, start, frames)).toThrow(/^(start|frames) is .*; allowed are integers from 0 to [24] frames\.$/);
    }
    expect(fade.remainingFrames).toBe(4);
    expect([...samples]).toEqual([1, 1, 1, 1]);
  });

  it("refuses to skip NaN frames, which would set the ring's counter back", () => {
    ring.write(new Float32Array(10));
    expect(() => ring.skip(Number.NaN)).toThrow(RangeError);
    expect([ring.skip(2.9), ring.skip(Number.POSITIVE_INFINITY), ring.available]).toEqual([2, 8, 0]);
  });

  it("says what an array holds when it is shared memory", () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    expect(() => checkArrays("f", shared, 4, shared)).toThrow(new RangeError("f: the output holds 2 elements, 4 are needed."));
  });
});
