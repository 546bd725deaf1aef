/**
 * base64 for audio in JSON events: RFC 4648 section 4, padded, strict, through the fastest thing the runtime has.
 *
 * Any thread; no state but the choice made at load: `Uint8Array.prototype.toBase64` and `setFromBase64` where they exist (browsers, Deno, Node 26), else Node's
 * `Buffer`, else a table. The first two are lenient by themselves (the one skips white space, the other skips anything and takes the URL-safe alphabet), so
 * their results are checked and every path accepts the same texts. Base64 in an audio event is never broken into lines; a text that is was damaged on the way.
 */
import { base64ByteLength, decodeBase64Table, encodeBase64Table } from "./base64-table.ts";
import { checkAttached, checkRoom } from "./checks.ts";

/** One way to encode and decode; all ways behave alike. */
export interface Base64Path {
  /** `bytes` as padded base64. */
  encode(bytes: Uint8Array): string;
  /** Decodes `text` into `output`, which is known to be large enough; false when `text` is malformed, and the table says where. */
  decode(text: string, output: Uint8Array, expected: number): boolean;
}

/** The methods of the ECMAScript proposal "ArrayBuffer to/from base64" on `Uint8Array.prototype`. */
interface NativeMethods {
  toBase64?: (this: Uint8Array) => string;
  setFromBase64?: (this: Uint8Array, text: string, options: { lastChunkHandling: "strict" }) => { written: number };
}

/** The part of Node's Buffer class that is used. */
interface BufferClass {
  from(
    memory: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ): {
    toString(encoding: "base64"): string;
    write(text: string, encoding: "base64"): number;
  };
  /** What the two methods above call, and what any Uint8Array may be given to; in Node since its beginnings, though not documented. */
  readonly prototype: Partial<RawMethods>;
}

interface RawMethods {
  base64Slice(this: Uint8Array, from: number, to: number): string;
  base64Write(this: Uint8Array, text: string, at: number, length: number): number;
}

const STRICT = { lastChunkHandling: "strict" } as const;
/** What engines keep in two bytes a character. They know without looking that no text kept in one byte a character matches, and base64 nearly always is one. */
const WIDE = /[\u0100-\uffff]/;

/** The path over plain tables, present everywhere. */
export const tablePath: Base64Path = {
  encode: encodeBase64Table,
  decode(text, output) {
    decodeBase64Table(text, output);
    return true;
  },
};

/** The path over `prototype`'s native methods, or undefined when it lacks them. */
export function nativePath(prototype: object): Base64Path | undefined {
  const { toBase64, setFromBase64 } = prototype as NativeMethods;
  if (typeof toBase64 !== "function" || typeof setFromBase64 !== "function") return undefined;
  return {
    encode: (bytes) => toBase64.call(bytes),
    decode(text, output, expected) {
      try {
        // White space is skipped, but then fewer bytes come out than the length of the text promises.
        return setFromBase64.call(output, text, STRICT).written === expected;
      } catch {
        return false;
      }
    },
  };
}

/** The path over Node's Buffer, or undefined when `Buffer` is not one. */
export function bufferPath(Buffer: unknown): Base64Path | undefined {
  if (typeof Buffer !== "function" || typeof (Buffer as Partial<BufferClass>).from !== "function") return undefined;
  const { base64Slice, base64Write } = rawMethods(Buffer as unknown as BufferClass);
  return {
    encode: (bytes) => base64Slice.call(bytes, 0, bytes.length),
    decode(text, output, expected) {
      if (text.includes("-") || text.includes("_")) return false;
      // Buffer takes the low byte of each character, so that U+0141 would pass as "A".
      if (WIDE.test(text)) return false;
      // Characters outside both alphabets are skipped, and all that follows padding: then fewer bytes come out than length and padding promise.
      if (base64Write.call(output, text, 0, expected) !== expected) return false;
      return tailIsCanonical(text, (text.length / 4) * 3 - expected);
    },
  };
}

/** The methods beneath `toString` and `write`, which need no Buffer to be made for each call; where they do not work, the same by way of one. */
function rawMethods({ from, prototype }: BufferClass): RawMethods {
  const { base64Slice, base64Write } = prototype;
  try {
    const bytes = Uint8Array.of(0, 0xfb, 0xff, 7);
    if (base64Slice?.call(bytes, 1, 3) === "+/8=" && base64Write?.call(bytes, "AQI=", 2, 2) === 2 && bytes.join() === "0,251,1,2")
      return { base64Slice, base64Write };
  } catch {
    // Made for Buffers only, then.
  }
  return {
    base64Slice(start, to) {
      return from(this.buffer, this.byteOffset + start, to - start).toString("base64");
    },
    base64Write(text, at, length) {
      return from(this.buffer, this.byteOffset + at, length).write(text, "base64");
    },
  };
}

/** The path used by this runtime. */
const path: Base64Path =
  /* @__PURE__ */ nativePath(Uint8Array.prototype) ?? /* @__PURE__ */ bufferPath((globalThis as { Buffer?: unknown }).Buffer) ?? tablePath;

/** `bytes` as padded base64 in one string. @throws {TypeError} when `bytes` is detached. */
export function encodeBase64(bytes: Uint8Array): string {
  checkAttached("encodeBase64", "input", bytes);
  return path.encode(bytes);
}

/**
 * Decodes `text` into the start of `output`.
 * @returns bytes written, always {@link base64ByteLength}.
 * @throws {SyntaxError} naming position or length when `text` is not strict RFC 4648 base64; `output` may be partly written by then.
 * @throws {RangeError} when `output` is too small; nothing has been written then. @throws {TypeError} when it is detached.
 */
export function decodeBase64(text: string, output: Uint8Array): number {
  return decodeWith(path, text, output);
}

/** {@link decodeBase64} through a given path. */
export function decodeWith(by: Base64Path, text: string, output: Uint8Array): number {
  const expected = base64ByteLength(text);
  checkAttached("decodeBase64", "output", output);
  checkRoom("decodeBase64", expected, output.length);
  if (by.decode(text, output, expected)) return expected;
  return decodeBase64Table(text, output);
}

/** Whether the last character before the padding has no bits set that no byte takes. */
function tailIsCanonical(text: string, padding: number): boolean {
  if (padding === 0) return true;
  const last = text.charAt(text.length - padding - 1);
  return padding === 2 ? "AQgw".includes(last) : "AEIMQUYcgkosw048".includes(last);
}

export { base64ByteLength };
