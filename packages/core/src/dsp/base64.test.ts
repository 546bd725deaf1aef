import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Base64Path, base64ByteLength, bufferPath, decodeBase64, decodeWith, encodeBase64, nativePath, tablePath } from "./base64.ts";

/**
 * The two methods as the ECMAScript specification has them ("FromBase64" with lastChunkHandling "strict": ASCII white space is skipped, all else is checked),
 * for runtimes that lack them; where they exist the real ones are tested too.
 */
const standIn = {
  toBase64(this: Uint8Array): string {
    return Buffer.from(this).toString("base64");
  },
  setFromBase64(this: Uint8Array, text: string, options: { lastChunkHandling: string }): { written: number } {
    if (options.lastChunkHandling !== "strict") throw new Error("unexpected");
    const dense = text.replace(/[\t\n\f\r ]/g, "");
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(dense)) throw new SyntaxError("malformed");
    const bytes = Buffer.from(dense, "base64");
    if (bytes.toString("base64") !== dense) throw new SyntaxError("extra bits");
    this.set(bytes);
    return { written: bytes.length };
  },
};

const PATHS: [string, Base64Path | undefined][] = [
  ["table", tablePath],
  ["Buffer", bufferPath(Buffer)],
  ["Buffer by its documented methods", bufferPath(Object.assign(class {}, { from: Buffer.from }))],
  ["native by the specification", nativePath(standIn)],
  ...("setFromBase64" in Uint8Array.prototype ? [["native", nativePath(Uint8Array.prototype)] as [string, Base64Path | undefined]] : []),
];

/** RFC 4648 section 10. */
const VECTORS = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
] as const;

const MALFORMED = [
  "A",
  "AB",
  "ABC",
  "====",
  "A===",
  "=AAA",
  "AA=A",
  "AAA=AAAA",
  "AA==AAAA",
  "AAAA====",
  "AAA==",
  "AB==",
  "AAB=",
  "Zg==\n",
  " Zg==",
  "Zm 9v",
  "Zm9v\n\n\n\n",
  "Zm\n\n\n\n9v",
  "A A A A ",
  "Zg= =   ",
  "A-_A",
  "AAA-",
  "A_==",
  "AA.A",
  "\u00c3AAA",
  "\u0141AAA",
  "AAAA\u0141AAA",
  "AA\0A",
  "\ud800AAA",
];

function outcome(path: Base64Path, text: string): { bytes?: number[]; error?: string } {
  const output = new Uint8Array(text.length);
  try {
    const written = decodeWith(path, text, output);
    return { bytes: [...output.subarray(0, written)] };
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return { error: (error as Error).message };
  }
}

describe.each(PATHS)("base64 by %s", (_, given) => {
  const path = given as Base64Path;

  it("exists", () => expect(given).toBeDefined());

  it.each(VECTORS)("codes %j as RFC 4648 section 10 does", (text, encoded) => {
    const bytes = Uint8Array.from(Buffer.from(text));
    expect(path.encode(bytes)).toBe(encoded);
    expect(outcome(path, encoded)).toEqual({ bytes: [...bytes] });
  });

  it("encodes and decodes any bytes, at any offset, as Node does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 0, max: 5 }), (bytes, offset) => {
        const memory = new Uint8Array(bytes.length + 10).fill(0xee);
        memory.set(bytes, offset);
        const text = path.encode(memory.subarray(offset, offset + bytes.length));
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        const output = new Uint8Array(bytes.length + 10).fill(0xee);
        expect(decodeWith(path, text, output.subarray(offset))).toBe(bytes.length);
        expect(output).toEqual(memory);
      }),
    );
  });

  it("takes megabytes", () => {
    const bytes = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 31) ^ (i >> 8));
    const text = path.encode(bytes);
    expect(text.length).toBe(1_333_340);
    const output = new Uint8Array(bytes.length);
    expect(decodeWith(path, text, output)).toBe(bytes.length);
    expect(Buffer.compare(output, bytes)).toBe(0);
  });

  it.each(MALFORMED)("refuses %j", (text) => {
    expect(outcome(path, text).error).toMatch(/position \d|has \d+ characters/);
  });

  it("judges any text as the table does", () => {
    const alphabet = [..."AQgwBEIMQUYcgkosw048Zz9+/-_= \n.\u00e9\u0141\u2028"];
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 24 }),
      fc.string({ maxLength: 24 }),
      fc
        .tuple(fc.base64String({ maxLength: 40 }), fc.nat(39), fc.constantFrom(...alphabet))
        .map(([good, at, bad]) => good.slice(0, at) + bad + good.slice(at + 1)),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect(outcome(path, candidate)).toEqual(outcome(tablePath, candidate));
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses an output that is too small before writing", () => {
    const output = new Uint8Array(2).fill(7);
    expect(() => decodeWith(path, "Zm9v", output)).toThrow(new RangeError("decodeBase64: the output holds 2 elements, 3 are needed."));
    expect([...output]).toEqual([7, 7]);
  });
});

describe("base64", () => {
  it("accepts exactly what encodes back to itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."AQgw+/=B"), minLength: 4, maxLength: 4 }), (text) => {
        const { bytes } = outcome(tablePath, text);
        expect(bytes !== undefined).toBe(Buffer.from(text, "base64").toString("base64") === text);
      }),
      { numRuns: 2000 },
    );
  });

  it("names place and character", () => {
    expect(() => decodeBase64("AAAAA?AA", new Uint8Array(6))).toThrow(
      new SyntaxError('base64: character "?" at position 5 is not in the alphabet of RFC 4648 section 4.'),
    );
    expect(() => decodeBase64("AAAAA", new Uint8Array(6))).toThrow(new SyntaxError("base64: the text has 5 characters; padded base64 has a multiple of 4."));
    expect(() => decodeBase64("AAAAAB==", new Uint8Array(6))).toThrow(/character "B" at position 5 has bits set/);
  });

  it("works through the path of this runtime, and knows lengths beforehand", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const text = encodeBase64(bytes);
    expect(base64ByteLength(text)).toBe(4);
    const output = new Uint8Array(4);
    expect(decodeBase64(text, output)).toBe(4);
    expect(output).toEqual(bytes);
    expect(() => base64ByteLength("abc")).toThrow(SyntaxError);
  });

  it("takes no path from a runtime that lacks it", () => {
    expect(nativePath({})).toBeUndefined();
    expect(bufferPath(undefined)).toBeUndefined();
    expect(bufferPath(class {})).toBeUndefined();
  });
});
