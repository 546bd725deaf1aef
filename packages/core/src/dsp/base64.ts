/**
 * base64 for audio in JSON events: RFC 4648 section 4, padded, strict, through the fastest thing the runtime has.
 *
 * Any thread; no state but the choice made at load: `Uint8Array.prototype.toBase64` and `setFromBase64` where they exist (browsers, Deno, Node 26), else Node's
 * `Buffer`, else a table. The first two are lenient by themselves (the one skips white space, the other skips anything and takes the URL-safe alphabet), so
 * their results are checked and every path accepts the same texts. Base64 in an audio event is never broken into lines; a text that is was damaged on the way.
 */
import { base64ByteLength, decodeBase64Table, encodeBase64Table } from "./base64-table.ts";
import { checkRoom } from "./checks.ts";

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
  byteLength(text: string, encoding: "utf8"): number;
  from(
    memory: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ): {
    toString(encoding: "base64"): string;
    write(text: string, encoding: "base64"): number;
  };
}

const STRICT = { lastChunkHandling: "strict" } as const;

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
  const { byteLength, from } = Buffer as unknown as BufferClass;
  return {
    encode: (bytes) => from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
    decode(text, output, expected) {
      if (expected === 0) return text.length === 0;
      const paddingAt = text.indexOf("=");
      const padding = (text.length / 4) * 3 - expected;
      if ((paddingAt === -1 ? text.length : paddingAt) !== text.length - padding) return false;
      if (text.includes("-") || text.includes("_")) return false;
      // Buffer takes the low byte of each character, so that U+0141 would pass as "A"; only ASCII is as long in UTF-8.
      if (byteLength(text, "utf8") !== text.length) return false;
      // Characters outside both alphabets are skipped, and then fewer bytes come out.
      if (from(output.buffer, output.byteOffset, expected).write(text, "base64") !== expected) return false;
      return padding === 0 || tailIsCanonical(text, padding);
    },
  };
}

/** The path used by this runtime. */
const path: Base64Path =
  /* @__PURE__ */ nativePath(Uint8Array.prototype) ?? /* @__PURE__ */ bufferPath((globalThis as { Buffer?: unknown }).Buffer) ?? tablePath;

/** `bytes` as padded base64 in one string. */
export function encodeBase64(bytes: Uint8Array): string {
  return path.encode(bytes);
}

/**
 * Decodes `text` into the start of `output`.
 * @returns bytes written, always {@link base64ByteLength}.
 * @throws {SyntaxError} naming position or length when `text` is not strict RFC 4648 base64; `output` may be partly written by then.
 * @throws {RangeError} when `output` is too small; nothing has been written then.
 */
export function decodeBase64(text: string, output: Uint8Array): number {
  return decodeWith(path, text, output);
}

/** {@link decodeBase64} through a given path. */
export function decodeWith(by: Base64Path, text: string, output: Uint8Array): number {
  const expected = base64ByteLength(text);
  checkRoom("decodeBase64", expected, output.length);
  if (by.decode(text, output, expected)) return expected;
  return decodeBase64Table(text, output);
}

/** Whether the last group of a padded text leaves no bits over: the table decodes just that group. */
function tailIsCanonical(text: string, padding: number): boolean {
  const last = text.charAt(text.length - padding - 1);
  return padding === 2 ? "AQgw".includes(last) : "AEIMQUYcgkosw048".includes(last);
}

export { base64ByteLength };
