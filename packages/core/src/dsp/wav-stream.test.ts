/** WAV files in pieces: what the readers and writers make of a stream is what they make of the whole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWav, type WavAudio, type WavEncoding, WavError, type WavHeader, WavReader, WavWriter, writeWav } from "./wav.ts";

const ENCODINGS: WavEncoding[] = ["pcm8", "pcm16", "pcm24", "pcm32", "float32", "float64", "mulaw", "alaw"];
const SAMPLES = Float32Array.from({ length: 120 }, (_, n) => Math.sin(n / 3) * 0.9);

/** What a reader makes of `bytes`, given in pieces of `sizes` over and over. */
function readInPieces(bytes: Uint8Array, sizes: readonly number[]): { header: WavHeader; frames: number; samples: number[] } {
  const reader = new WavReader();
  const samples: number[] = [];
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const piece = bytes.subarray(at, at + (sizes[k % sizes.length] as number));
    const output = new Float32Array(reader.maxSamples(piece.length) + 2).fill(77);
    const written = reader.push(piece, output);
    expect(output.subarray(written).every((sample) => sample === 77)).toBe(true);
    for (let i = 0; i < written; i++) samples.push(output[i] as number);
    at += piece.length;
  }
  reader.finish();
  return { header: reader.header as WavHeader, frames: reader.frames, samples };
}

/** `read`, its result comparable, or "WavError"; nothing else may be thrown. */
function outcome(read: () => Pick<WavAudio, "rate" | "channels" | "encoding" | "frames"> & { samples: ArrayLike<number> }): unknown {
  try {
    const { rate, channels, encoding, frames, samples } = read();
    return { rate, channels, encoding, frames, samples: Array.from(samples) };
  } catch (error) {
    expect(error).toBeInstanceOf(WavError);
    return "WavError";
  }
}

function expectSame(bytes: Uint8Array, sizes: readonly number[]): unknown {
  const pieces = outcome(() => {
    const { header, frames, samples } = readInPieces(bytes, sizes);
    return { ...header, frames, samples };
  });
  const whole = outcome(() => readWav(bytes));
  expect(pieces).toEqual(whole);
  return whole;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });

describe("WavReader", () => {
  it("gives the samples of readWav to the bit, for any encoding, channels and pieces", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENCODINGS), fc.integer({ min: 1, max: 5 }), fc.nat(24), sizes, (encoding, channels, frames, pieces) => {
        const bytes = writeWav({ rate: 16000, channels, encoding, samples: SAMPLES.subarray(0, frames * channels) });
        expect(expectSame(bytes, pieces)).toMatchObject({ channels, encoding, frames });
      }),
      { numRuns: 500 },
    );
  });

  it("judges damaged and cut off files as readWav does, and throws nothing but WavError", () => {
    const seeds = ENCODINGS.flatMap((encoding) => [
      writeWav({ rate: 8000, channels: 2, encoding, samples: SAMPLES.subarray(0, 8) }),
      // Without its ending: sizes unknown, room for long ones. And the same as RF64.
      ...[false, true].map((long) => {
        const writer = new WavWriter({ rate: 8000, channels: 2, encoding });
        const audio = new Uint8Array(writer.bytesOf(8));
        writer.write(SAMPLES.subarray(0, 8), audio);
        const bytes = concat(writer.header, audio);
        if (long) bytes.set([..."RF64\xff\xff\xff\xffWAVEds64"].map((c) => c.charCodeAt(0)));
        return bytes;
      }),
    ]);
    const damaged = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 4 }), fc.nat(140))
      .map(([seed, hits, cut]) => {
        const bytes = seed.slice(0, cut > 70 ? seed.length : Math.max(0, seed.length - cut));
        for (const [at, value] of hits) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const seen = { decoded: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: damaged }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) }), sizes, (bytes, pieces) => {
        // A size field that was hit may put `data` before `fmt `, which only the whole file can be read with.
        const inOrder = outcome(() => readWav(bytes)) === "WavError" || text(bytes, 12) !== "data";
        fc.pre(inOrder);
        seen[expectSame(bytes, pieces) === "WavError" ? "refused" : "decoded"]++;
      }),
      { numRuns: 3000 },
    );
    expect(seen.decoded).toBeGreaterThan(200);
    expect(seen.refused).toBeGreaterThan(200);
  });

  it("knows the header before the first sample, and how many frames it promises", () => {
    const bytes = writeWav({ rate: 24000, channels: 2, samples: SAMPLES });
    const reader = new WavReader();
    expect(reader.push(bytes.subarray(0, 43), new Float32Array(43))).toBe(0);
    expect(reader.header).toBeNull();
    reader.push(bytes.subarray(43, 44), new Float32Array(1));
    expect(reader.header).toEqual({ rate: 24000, channels: 2, encoding: "pcm16", declaredFrames: 60 });
    expect(reader.maxSamples(7)).toBe(3);
    expect(reader.push(bytes.subarray(44, 51), new Float32Array(3))).toBe(2);
    expect(reader.maxSamples(1)).toBe(2);
    expect(reader.push(bytes.subarray(51, 52), new Float32Array(2))).toBe(2);
    expect(reader.frames).toBe(2);
    reader.finish();
  });

  it("takes chunks that nobody knows, one byte at a time, and nothing after the audio", () => {
    const { header } = new WavWriter({ rate: 8000, frames: 2 });
    const list = [..."LIST\x03\0\0\0abc\0"].map((c) => c.charCodeAt(0));
    const file = concat(header.subarray(0, 12), Uint8Array.from(list), header.subarray(12), Uint8Array.of(0, 64, 0, 192), Uint8Array.from(list));
    expect(readInPieces(file, [1])).toMatchObject({ frames: 2, samples: [0.5, -0.5] });
    expectSame(file, [1]);
  });

  it("refuses an output that is too short before it takes anything", () => {
    const bytes = writeWav({ rate: 8000, samples: SAMPLES });
    const reader = new WavReader();
    expect(() => reader.push(bytes, new Float32Array(10))).toThrow(/^WavReader\.push: the output holds 10 elements, 284 are needed/);
    expect(reader.header).toBeNull();
    expect(reader.push(bytes, new Float32Array(bytes.length))).toBe(SAMPLES.length);
  });

  it("says what is missing when the file ends too early", () => {
    const bytes = writeWav({ rate: 8000, samples: SAMPLES });
    for (const [length, message] of [
      [0, /0 bytes, a header alone takes 12/],
      [11, /11 bytes/],
      [12, /no complete `fmt ` chunk/],
      [30, /no complete `fmt ` chunk/],
      [40, /no `data` chunk/],
    ] as const) {
      const reader = new WavReader();
      reader.push(bytes.subarray(0, length), new Float32Array(length));
      expect(() => reader.finish()).toThrow(WavError);
      expect(() => reader.finish()).toThrow(message);
    }
  });

  it("refuses audio that comes before its format", () => {
    const { header } = new WavWriter({ rate: 8000, frames: 1 });
    const file = concat(header.subarray(0, 12), Uint8Array.from([..."data\x02\0\0\0\0\0"].map((c) => c.charCodeAt(0))), header.subarray(12, 36));
    expect(() => new WavReader().push(file, new Float32Array(file.length))).toThrow(/`data` chunk before its `fmt ` chunk/);
    expect(readWav(file).frames).toBe(1);
  });
});

describe("WavWriter", () => {
  it("writes the file of writeWav when the frames are told beforehand, in any pieces", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENCODINGS), fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(12), { maxLength: 5 }), (encoding, channels, counts) => {
        const frames = counts.reduce((sum, count) => sum + count, 0);
        const samples = Float32Array.from({ length: frames * channels }, (_, n) => Math.cos(n));
        const writer = new WavWriter({ rate: 8000, channels, encoding, frames });
        const parts = [writer.header];
        let at = 0;
        for (const count of counts) {
          const piece = samples.subarray(at, (at += count * channels));
          const bytes = new Uint8Array(writer.bytesOf(piece.length));
          expect(writer.write(piece, bytes)).toBe(bytes.length);
          parts.push(bytes);
        }
        const { header, padding } = writer.finish();
        expect(header).toEqual(writer.header);
        expect(concat(...parts, padding)).toEqual(writeWav({ rate: 8000, channels, encoding, samples }));
        expect(writer.frames).toBe(frames);
      }),
    );
  });

  it("makes a file that is complete without its ending, and exact with it", () => {
    for (const encoding of ENCODINGS) {
      const writer = new WavWriter({ rate: 8000, encoding });
      const audio = new Uint8Array(writer.bytesOf(3));
      writer.write(SAMPLES.subarray(0, 3), audio);
      const streamed = concat(writer.header, audio);
      const { header, padding } = writer.finish();
      const finished = concat(header, audio, padding);
      expect(header.length).toBe(writer.header.length);
      expect([u32(streamed, 4), text(streamed, 12), u32(finished, 4)]).toEqual([0xffffffff, "JUNK", finished.length - 8]);
      const { samples } = readWav(writeWav({ rate: 8000, encoding, samples: SAMPLES.subarray(0, 3) }));
      for (const file of [streamed, finished]) {
        expect(expectSame(file, [5])).toMatchObject({ frames: 3, samples: [...samples] });
      }
      expect(readInPieces(finished, [9]).header.declaredFrames).toBe(3);
      expect(readInPieces(streamed, [9]).header.declaredFrames).toBeNull();
    }
  });

  it("writes RF64 from 4 GiB on, as EBU Tech 3306 section 3 lays it out, and reads it back", () => {
    // The largest RIFF file: its size field holds less than 0xFFFFFFFF.
    const most = Math.floor((0xffffffff - 1 - 36) / 2);
    const last = new WavWriter({ rate: 48000, frames: most }).header;
    expect([text(last, 0), u32(last, 4), u32(last, 40)]).toEqual(["RIFF", 36 + 2 * most, 2 * most]);

    const frames = 3 * 2 ** 32 + 5;
    const { header } = new WavWriter({ rate: 48000, channels: 2, encoding: "float32", frames });
    const dataBytes = frames * 8;
    expect([text(header, 0), u32(header, 4), text(header, 8), text(header, 12), u32(header, 16)]).toEqual(["RF64", 0xffffffff, "WAVE", "ds64", 28]);
    const long = (at: number): number => u32(header, at) + u32(header, at + 4) * 2 ** 32;
    expect([long(20), long(28), long(36), u32(header, 44)]).toEqual([header.length + dataBytes - 8, dataBytes, frames, 0]);
    expect([text(header, header.length - 8), u32(header, header.length - 4)]).toEqual(["data", 0xffffffff]);
    expect([text(header, header.length - 20), u32(header, header.length - 12)]).toEqual(["fact", 0xffffffff]);
    const reader = new WavReader();
    reader.push(header, new Float32Array(header.length));
    expect(reader.header).toEqual({ rate: 48000, channels: 2, encoding: "float32", declaredFrames: frames });
    for (const container of ["RF64", "BW64"]) {
      header.set([...container].map((c) => c.charCodeAt(0)));
      expect(readWav(concat(header, new Uint8Array(16)))).toMatchObject({ frames: 2, channels: 2 });
    }
    expect(text(new WavWriter({ rate: 48000, frames: most + 1 }).header, 0)).toBe("RF64");
  });

  it("refuses what makes no file, before it writes", () => {
    expect(() => new WavWriter({ rate: 0 })).toThrow(/^rate is 0/);
    expect(() => new WavWriter({ rate: 8000, frames: -1 })).toThrow(/^frames is -1; allowed are integers from 0/);
    const writer = new WavWriter({ rate: 8000, channels: 2, frames: 2 });
    const output = new Uint8Array(8).fill(7);
    expect(() => writer.write(new Float32Array(3), output)).toThrow(/^samples has 3 samples, which is not a multiple of 2/);
    expect(() => writer.write(new Float32Array(4), output.subarray(1))).toThrow(/^WavWriter\.write: the output holds 7 elements, 8 are needed/);
    expect(() => writer.write(new Float32Array(6), new Uint8Array(12))).toThrow("samples would make 3 frames; the header promised 2.");
    expect([...output].every((byte) => byte === 7)).toBe(true);
    expect(writer.frames).toBe(0);
  });
});
