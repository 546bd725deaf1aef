import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { downmixToMono, readWav, type WavEncoding, WavError, writeWav } from "./wav.ts";

/** Encodings, and the largest error of one step of theirs for samples in [-1, 1]. */
const ENCODINGS: [WavEncoding, number][] = [
  ["pcm8", 1 / 128],
  ["pcm16", 1 / 32768],
  ["pcm24", 2 ** -23],
  ["pcm32", 2 ** -23],
  ["float32", 0],
  ["float64", 0],
  ["mulaw", 1 / 32],
  ["alaw", 1 / 32],
];
const SAMPLES = Float32Array.of(0, 0.5, -0.5, 0.25, -1, 0.999, 0.001, -0.1);

function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** Any WAV file, chunk by chunk. */
function riff(chunks: [string, Uint8Array, number?][], riffSize?: number): Uint8Array {
  const parts: number[] = [];
  const ascii = (text: string) => parts.push(...[...text].map((c) => c.charCodeAt(0)));
  const u32 = (n: number) => parts.push(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);
  ascii("WAVE");
  for (const [id, body, size] of chunks) {
    ascii(id);
    u32(size ?? body.length);
    parts.push(...body);
    if (body.length % 2 === 1) parts.push(0);
  }
  const body = parts.splice(0);
  ascii("RIFF");
  u32(riffSize ?? body.length);
  return Uint8Array.from([...parts, ...body]);
}

function format(tag: number, channels: number, rate: number, frameBytes: number, bits: number, extra: number[] = []): Uint8Array {
  const bytes = new Uint8Array(16 + extra.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, rate * frameBytes, true);
  view.setUint16(12, frameBytes, true);
  view.setUint16(14, bits, true);
  bytes.set(extra, 16);
  return bytes;
}

const PCM16 = format(1, 1, 8000, 2, 16);
const TWO_FRAMES = Uint8Array.of(0, 64, 0, 192);
const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

describe("writeWav and readWav", () => {
  it.each(ENCODINGS)("keep %s within one step, mono and stereo", (encoding, step) => {
    for (const channels of [1, 2]) {
      const wav = readWav(writeWav({ rate: 24000, channels, samples: SAMPLES, encoding }));
      expect(wav).toMatchObject({ rate: 24000, channels, frames: SAMPLES.length / channels, encoding });
      for (const [i, sample] of SAMPLES.entries()) expect(Math.abs((wav.samples[i] as number) - sample)).toBeLessThanOrEqual(step * 1.0001);
    }
  });

  it.each(ENCODINGS)("give %s back to the bit on a second pass, clip, and survive NaN", (encoding) => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 30 }), (samples) => {
        const first = readWav(writeWav({ rate: 8000, samples, encoding })).samples;
        expect(first.length).toBe(samples.length);
        if (encoding.startsWith("float")) expect(first).toEqual(samples);
        else for (const sample of first) expect(Math.abs(sample)).toBeLessThanOrEqual(1);
        expect(readWav(writeWav({ rate: 8000, samples: first, encoding })).samples).toEqual(first);
      }),
    );
  });

  it("write the canonical 44-byte header for PCM, and `fact` with padding for G.711", () => {
    const pcm = writeWav({ rate: 8000, samples: Float32Array.of(0.5, -0.5) });
    expect(pcm).toEqual(
      riff([
        ["fmt ", PCM16],
        ["data", TWO_FRAMES],
      ]),
    );
    const law = writeWav({ rate: 8000, samples: Float32Array.of(0, 0, 0), encoding: "mulaw" });
    expect(law).toEqual(
      riff([
        ["fmt ", format(7, 1, 8000, 1, 8, [0, 0])],
        ["fact", Uint8Array.of(3, 0, 0, 0)],
        ["data", Uint8Array.of(255, 255, 255)],
      ]),
    );
    expect(law.length % 2).toBe(0);
    expect(latin(law, 0, 4)).toBe("RIFF");
  });

  it("refuse to write what makes no file", () => {
    const samples = new Float32Array(3);
    expect(() => writeWav({ rate: 0, samples })).toThrow(/^rate is 0; allowed are integers from 1/);
    expect(() => writeWav({ rate: 8000, channels: 0, samples })).toThrow(/^channels is 0/);
    expect(() => writeWav({ rate: 8000, channels: 2, samples })).toThrow(/3 samples, which is not a multiple of 2/);
    expect(() => writeWav({ rate: 8000, channels: 40000, samples: new Float32Array(0) })).toThrow(/allows up to 32767/);
    expect(() => writeWav({ rate: 8000, samples, encoding: "mp3" as never })).toThrow(/^encoding is "mp3"; allowed are pcm8, pcm16, pcm24/);
    expect(() => writeWav({ rate: 8000, samples, encoding: "toString" as never })).toThrow(RangeError);
  });
});

describe("readWav", () => {
  const expected = { rate: 8000, channels: 1, frames: 2, encoding: "pcm16" };

  it("decodes known bytes of every encoding", () => {
    const cases: [Uint8Array, number[], number[]][] = [
      [format(1, 1, 8000, 1, 8), [192, 0, 128, 255], [0.5, -1, 0, 127 / 128]],
      [format(1, 1, 8000, 2, 16), [0, 64, 0, 128], [0.5, -1]],
      [format(1, 1, 8000, 3, 24), [0, 0, 64, 255, 255, 255], [0.5, -(2 ** -23)]],
      [format(1, 1, 8000, 4, 32), [0, 0, 0, 64, 0, 0, 0, 128], [0.5, -1]],
      [format(3, 1, 8000, 4, 32), [0, 0, 0, 63, 0, 0, 0, 192], [0.5, -2]],
      [format(3, 1, 8000, 8, 64), [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
      [format(7, 1, 8000, 1, 8), [0xff, 0x00], [0, -32124 / 32768]],
      [format(6, 1, 8000, 1, 8), [0xd5, 0x2a], [8 / 32768, -32256 / 32768]],
    ];
    for (const [fmt, data, samples] of cases) {
      const wav = readWav(
        riff([
          ["fmt ", fmt],
          ["data", Uint8Array.from(data)],
        ]),
      );
      expect([...wav.samples]).toEqual(samples);
    }
  });

  it("finds its chunks among others, in either order, with odd lengths padded, at any byte offset", () => {
    const junk: [string, Uint8Array] = ["LIST", Uint8Array.of(1, 2, 3)];
    const orders: [string, Uint8Array][][] = [
      [junk, ["fmt ", PCM16], junk, ["data", TWO_FRAMES], junk],
      [["data", TWO_FRAMES], junk, ["fmt ", PCM16]],
    ];
    for (const chunks of orders) {
      const bytes = riff(chunks);
      for (const offset of [0, 1, 2, 3]) {
        const memory = new Uint8Array(bytes.length + 8).fill(0xee);
        memory.set(bytes, offset);
        const wav = readWav(memory.subarray(offset, offset + bytes.length));
        expect(wav).toMatchObject(expected);
        expect([...wav.samples]).toEqual([0.5, -0.5]);
      }
    }
  });

  it("reads WAVE_FORMAT_EXTENSIBLE by its sub-format", () => {
    for (const [tag, bits, encoding] of [
      [1, 24, "pcm24"],
      [3, 32, "float32"],
      [7, 8, "mulaw"],
    ] as const) {
      const extra = [22, 0, bits, 0, 4, 0, 0, 0, tag, 0, ...GUID_TAIL];
      const wav = readWav(
        riff([
          ["fmt ", format(0xfffe, 1, 48000, bits / 8, bits, extra)],
          ["data", new Uint8Array(24)],
        ]),
      );
      expect(wav).toMatchObject({ encoding, rate: 48000, frames: 192 / bits });
    }
  });

  it("takes the rest of the file when the data is cut off or was streamed", () => {
    const chunks = (size: number): [string, Uint8Array, number?][] => [
      ["fmt ", PCM16],
      ["data", Uint8Array.of(...TWO_FRAMES, 9), size],
    ];
    for (const bytes of [riff(chunks(1000)), riff(chunks(0xffffffff)), riff(chunks(0xffffffff), 0xffffffff), riff(chunks(0), 0), riff(chunks(0), 36)]) {
      const wav = readWav(bytes.subarray(0, bytes.length - 1));
      expect(wav).toMatchObject(expected);
      expect([...wav.samples]).toEqual([0.5, -0.5]);
    }
  });

  it("takes an empty data chunk as empty when the file is otherwise whole", () => {
    const bytes = riff([
      ["fmt ", PCM16],
      ["data", new Uint8Array(0)],
      ["LIST", Uint8Array.of(1, 2, 3, 4)],
    ]);
    expect(readWav(bytes).frames).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["no bytes", new Uint8Array(0), /0 bytes, a header alone takes 12/],
    ["an MP3", Uint8Array.from({ length: 40 }, (_, i) => (i === 0 ? 0xff : i === 1 ? 0xfb : 0)), /begins with 0xfffb0000/],
    ["RIFX", Uint8Array.from([..."RIFX\0\0\0\0WAVE"].map((c) => c.charCodeAt(0))), /RIFX file was found; supported are RIFF, RF64 and BW64/],
    ["no fmt", riff([["data", TWO_FRAMES]]), /no complete `fmt ` chunk/],
    ["no data", riff([["fmt ", PCM16]]), /no `data` chunk/],
    ["a short fmt", riff([["fmt ", PCM16.subarray(0, 14)]]), /14 bytes; 16 are the least/],
    ["12-bit PCM", riff([["fmt ", format(1, 1, 8000, 2, 12)]]), /format tag 1 with 12 bits a sample; supported are PCM of 8, 16, 24 and 32 bits/],
    ["ADPCM", riff([["fmt ", format(2, 1, 8000, 256, 4)]]), /format tag 2 with 4 bits/],
    ["16-bit float", riff([["fmt ", format(3, 1, 8000, 2, 16)]]), /format tag 3 with 16 bits/],
    ["no channels", riff([["fmt ", format(1, 0, 8000, 0, 16)]]), /0 channels at 8000 Hz/],
    ["no rate", riff([["fmt ", format(1, 1, 0, 2, 16)]]), /1 channels at 0 Hz/],
    ["odd frames", riff([["fmt ", format(1, 2, 8000, 2, 16)]]), /says 2 bytes a frame, but 2 channels of pcm16 take 4/],
    ["a short extension", riff([["fmt ", format(0xfffe, 1, 8000, 2, 16)]]), /16 bytes; 40 are the least/],
    ["another GUID", riff([["fmt ", format(0xfffe, 1, 8000, 2, 16, new Array(24).fill(1))]]), /sub-format that is not a plain format tag/],
  ])("says what is wrong with %s", (_, bytes, message) => {
    expect(() => readWav(bytes)).toThrow(WavError);
    expect(() => readWav(bytes)).toThrow(message);
  });

  it("throws WavError or decodes, and nothing else, on random and on damaged bytes", () => {
    const seeds = ENCODINGS.map(([encoding]) => writeWav({ rate: 8000, channels: 2, samples: SAMPLES, encoding }));
    const damaged = fc.tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }), fc.nat(90)).map(([seed, hits, cut]) => {
      const bytes = seed.slice(0, Math.max(0, seed.length - (cut > 45 ? 0 : cut)));
      for (const [at, value] of hits) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
    let decoded = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: damaged }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) }), (bytes) => {
        try {
          const wav = readWav(bytes);
          expect(wav.samples.length).toBe(wav.frames * wav.channels);
          expect(wav.samples.length).toBeLessThanOrEqual(bytes.length);
          decoded++;
        } catch (error) {
          expect(error).toBeInstanceOf(WavError);
          refused++;
        }
      }),
      { numRuns: 4000 },
    );
    expect(decoded).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});

describe("downmixToMono", () => {
  it("takes the mean of each frame, in place if wanted, and leaves an incomplete frame out", () => {
    const samples = Float32Array.of(1, 0, -1, -0.5, 0.25, 0.75, 9);
    expect(downmixToMono(samples, 2, samples)).toBe(3);
    expect([...samples.subarray(0, 3)]).toEqual([0.5, -0.75, 0.5]);
    const copy = new Float32Array(2);
    expect(downmixToMono(Float32Array.of(0.1, 0.2), 1, copy)).toBe(2);
    expect(copy).toEqual(Float32Array.of(0.1, 0.2));
  });

  it("refuses no channels and outputs that are too short", () => {
    expect(() => downmixToMono(new Float32Array(4), 0, new Float32Array(4))).toThrow(/^channels is 0/);
    expect(() => downmixToMono(new Float32Array(4), 2, new Float32Array(1))).toThrow(/holds 1 elements, 2 are needed/);
  });
});
