import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERY_CODE, EVERY_SAMPLE, G711_TABLES, sha256 } from "../../../../test/support/g711-tables.ts";
import { decodeAlaw, decodeAlawFloat, decodeMulaw, decodeMulawFloat, encodeAlaw, encodeAlawFloat, encodeMulaw, encodeMulawFloat } from "./g711.ts";
import { floatToPcm16 } from "./pcm16.ts";

const LAWS = [
  {
    name: "mu-law",
    encode: encodeMulaw,
    decode: decodeMulaw,
    encodeFloat: encodeMulawFloat,
    decodeFloat: decodeMulawFloat,
    encodeSha: G711_TABLES.mulaw.encode,
    decodeSha: G711_TABLES.mulaw.decode,
    peak: 32124,
    silence: 0xff,
  },
  {
    name: "A-law",
    encode: encodeAlaw,
    decode: decodeAlaw,
    encodeFloat: encodeAlawFloat,
    decodeFloat: decodeAlawFloat,
    encodeSha: G711_TABLES.alaw.encode,
    decodeSha: G711_TABLES.alaw.decode,
    peak: 32256,
    silence: 0xd5,
  },
];

describe.each(LAWS)("G.711 $name", (law) => {
  it("encodes all 65536 samples as the ITU-T reference does", () => {
    const codes = new Uint8Array(65536);
    expect(law.encode(EVERY_SAMPLE, codes)).toBe(65536);
    expect(sha256(codes)).toBe(law.encodeSha);
  });

  it("decodes all 256 codes as the ITU-T reference does", () => {
    const levels = new Int16Array(256);
    expect(law.decode(EVERY_CODE, levels)).toBe(256);
    expect(sha256(levels)).toBe(law.decodeSha);
    expect(Math.max(...levels)).toBe(law.peak);
  });

  it("decodes to floats that are the 16-bit levels over 32768", () => {
    const levels = new Int16Array(256);
    const floats = new Float32Array(256);
    law.decode(EVERY_CODE, levels);
    expect(law.decodeFloat(EVERY_CODE, floats)).toBe(256);
    expect([...floats]).toEqual([...levels].map((level) => level / 32768));
  });

  it("encodes floats as it encodes their nearest 16-bit sample", () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), (samples) => {
        const codes = new Uint8Array(samples.length);
        const expected = new Uint8Array(samples.length);
        law.encodeFloat(samples, codes);
        law.encode(Int16Array.from(samples, floatToPcm16), expected);
        expect(codes).toEqual(expected);
      }),
    );
  });

  it("encodes what it decoded as the same code, but for the two codes of zero", () => {
    const levels = new Int16Array(256);
    const codes = new Uint8Array(256);
    law.decode(EVERY_CODE, levels);
    law.encode(levels, codes);
    for (let code = 0; code < 256; code++) expect(codes[code]).toBe(law.name === "mu-law" && code === 0x7f ? 0xff : code);
    law.encode(new Int16Array(1), codes);
    expect(codes[0]).toBe(law.silence);
  });

  it("writes nothing beyond the frames it was given, and refuses an output that is too short", () => {
    const codes = new Uint8Array(8).fill(7);
    law.encode(new Int16Array(5), codes.subarray(1));
    expect([codes[0], codes[6], codes[7]]).toEqual([7, 7, 7]);
    for (const call of [
      () => law.encode(new Int16Array(3), new Uint8Array(2)),
      () => law.decode(new Uint8Array(3), new Int16Array(2)),
      () => law.encodeFloat(new Float32Array(3), new Uint8Array(2)),
      () => law.decodeFloat(new Uint8Array(3), new Float32Array(2)),
    ]) {
      expect(call).toThrow(/holds 2 elements, 3 are needed/);
    }
  });
});
