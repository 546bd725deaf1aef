/**
 * base64 (RFC 4648 section 4, with padding) in plain JavaScript: the path for runtimes that offer nothing better, such as AudioWorklets before
 * `Uint8Array.toBase64`, and the judge that says where a malformed text is wrong.
 *
 * Any thread; no state. Strict: no white space, no URL-safe alphabet, padding required, unused bits zero (sections 3.2, 3.3 and 3.5).
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 61;
/** Bytes encoded at a time: divisible by 3, and few enough characters for one spread call in every engine. */
const BLOCK_BYTES = 6144;

const CODES: Uint8Array = /* @__PURE__ */ buildCodes();
const VALUES: Uint8Array = /* @__PURE__ */ buildValues();

/**
 * Bytes that `text` stands for, from its length and padding alone.
 * @throws {SyntaxError} when the length is not a multiple of 4.
 */
export function base64ByteLength(text: string): number {
  const length = text.length;
  if (length % 4 !== 0) throw new SyntaxError(`base64: the text has ${length} characters; padded base64 has a multiple of 4.`);
  if (length === 0 || text.charCodeAt(length - 1) !== PAD) return (length / 4) * 3;
  return (length / 4) * 3 - (text.charCodeAt(length - 2) === PAD ? 2 : 1);
}

/** `bytes` as padded base64. */
export function encodeBase64Table(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) text += encodeBlock(bytes, from, Math.min(from + BLOCK_BYTES, bytes.length));
  return text;
}

/**
 * Decodes `text` into the start of `output`, which must hold {@link base64ByteLength} bytes.
 * @returns bytes written.
 * @throws {SyntaxError} naming the character and position, or the length; `output` may be partly written by then.
 */
export function decodeBase64Table(text: string, output: Uint8Array): number {
  const written = base64ByteLength(text);
  const whole = written - (written % 3);
  let at = 0;
  let o = 0;
  for (; o < whole; o += 3, at += 4) {
    const bits = (value(text, at) << 18) | (value(text, at + 1) << 12) | (value(text, at + 2) << 6) | value(text, at + 3);
    output[o] = bits >> 16;
    output[o + 1] = bits >> 8;
    output[o + 2] = bits;
  }
  if (written - whole === 1) {
    const bits = (value(text, at) << 6) | value(text, at + 1);
    if ((bits & 0xf) !== 0) throw trailing(text, at + 1);
    output[o] = bits >> 4;
  } else if (written - whole === 2) {
    const bits = (value(text, at) << 12) | (value(text, at + 1) << 6) | value(text, at + 2);
    if ((bits & 0x3) !== 0) throw trailing(text, at + 2);
    output[o] = bits >> 10;
    output[o + 1] = bits >> 2;
  }
  return written;
}

/** The six bits of the character at `at`. */
function value(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const bits = code < 128 ? (VALUES[code] as number) : 255;
  if (bits === 255) throw new SyntaxError(`base64: character ${JSON.stringify(text[at])} at position ${at} is not in the alphabet of RFC 4648 section 4.`);
  return bits;
}

function trailing(text: string, at: number): SyntaxError {
  return new SyntaxError(`base64: character ${JSON.stringify(text[at])} at position ${at} has bits set that no byte takes (RFC 4648 section 3.5).`);
}

function encodeBlock(bytes: Uint8Array, from: number, to: number): string {
  const chars = new Uint8Array(Math.ceil((to - from) / 3) * 4);
  let i = from;
  let o = 0;
  for (; i + 2 < to; i += 3, o += 4) {
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    chars[o] = CODES[bits >> 18] as number;
    chars[o + 1] = CODES[(bits >> 12) & 63] as number;
    chars[o + 2] = CODES[(bits >> 6) & 63] as number;
    chars[o + 3] = CODES[bits & 63] as number;
  }
  if (i < to) {
    const second = i + 1 < to;
    const bits = ((bytes[i] as number) << 16) | (second ? (bytes[i + 1] as number) << 8 : 0);
    chars[o] = CODES[bits >> 18] as number;
    chars[o + 1] = CODES[(bits >> 12) & 63] as number;
    chars[o + 2] = second ? (CODES[(bits >> 6) & 63] as number) : PAD;
    chars[o + 3] = PAD;
  }
  return String.fromCharCode.apply(undefined, chars as unknown as number[]);
}

function buildCodes(): Uint8Array {
  const codes = new Uint8Array(64);
  for (let i = 0; i < 64; i++) codes[i] = ALPHABET.charCodeAt(i);
  return codes;
}

function buildValues(): Uint8Array {
  const values = new Uint8Array(128).fill(255);
  for (let i = 0; i < 64; i++) values[ALPHABET.charCodeAt(i)] = i;
  return values;
}
