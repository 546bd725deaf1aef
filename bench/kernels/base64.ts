/** Base64 both ways, alone. */
import { decodeBase64, encodeBase64 } from "@sidetone/core/dsp";
import { applyBase64, atobBytes, perByteBase64, spreadBase64 } from "../clients/text.ts";
import { type Contender, type Group, type Origin, right, type Verdict, wrong } from "../measure/contender.ts";
import { seededRandom } from "../measure/statistics.ts";
import { opponent } from "../opponents.ts";

/** 20 ms and 100 ms of PCM16 at 24 kHz. */
const SIZES = [960, 4800] as const;

/** Bytes of every value, the same on every run. */
export function randomBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** Base64 of `bytes`, by the plainest of means: three bytes to four letters. */
export function plainBase64(bytes: Uint8Array): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const rest = bytes.length - i;
    text += letters[group >> 18] + letters[(group >> 12) & 63] + (rest > 1 ? letters[(group >> 6) & 63] : "=") + (rest > 2 ? letters[group & 63] : "=");
  }
  return text;
}

type Encode = (bytes: Uint8Array) => string;
type Decode = (text: string) => Uint8Array;
type Make<T> = () => T | Promise<T>;

/** Every third letter of `text` is looked at, so that a string that is a rope gets flattened as a socket would flatten it. */
function consume(text: string): number {
  return text.charCodeAt(text.length >> 1);
}

export function checkEncode(encode: Encode): Verdict {
  for (const length of [0, 1, 2, 3, 4, 61, 960, 4800]) {
    const bytes = randomBytes(length, length + 7);
    const text = encode(bytes);
    if (text !== plainBase64(bytes)) return wrong(`${length} bytes become ${JSON.stringify(text.slice(0, 40))}`);
  }
  return right("equals RFC 4648 at 8 lengths");
}

export function checkDecode(decode: Decode): Verdict {
  for (const length of [1, 2, 3, 4, 61, 960, 4800]) {
    const bytes = randomBytes(length, length + 7);
    const decoded = decode(plainBase64(bytes));
    for (let i = 0; i < length; i++) if (decoded[i] !== bytes[i]) return wrong(`byte ${i} of ${length} is ${decoded[i]}`);
  }
  return right("equals RFC 4648 at 7 lengths");
}

function encoder(
  size: number,
  id: string,
  label: string,
  origin: Origin,
  make: Make<Encode>,
  name?: string,
  unavailable?: () => string | undefined,
): Contender {
  return {
    id,
    label,
    origin,
    package: name,
    unavailable,
    async create() {
      const encode = await make();
      const inputs = Array.from({ length: 8 }, (_, i) => randomBytes(size, i + 1));
      let turn = 0;
      return { unitsPerCall: size, call: () => consume(encode(inputs[turn++ & 7])), check: () => checkEncode(encode) };
    },
  };
}

function decoder(
  size: number,
  id: string,
  label: string,
  origin: Origin,
  make: Make<Decode>,
  name?: string,
  unavailable?: () => string | undefined,
): Contender {
  return {
    id,
    label,
    origin,
    package: name,
    unavailable,
    async create() {
      const decode = await make();
      const inputs = Array.from({ length: 8 }, (_, i) => plainBase64(randomBytes(size, i + 1)));
      let turn = 0;
      return { unitsPerCall: size, call: () => decode(inputs[turn++ & 7])[size >> 1], check: () => checkDecode(decode) };
    },
  };
}

type Bytes = Uint8Array & { toBase64?: () => string };

const hasNative = () => (typeof (Uint8Array.prototype as Bytes).toBase64 === "function" ? undefined : "this runtime has no Uint8Array.toBase64");
const hasBuffer = () => (typeof Buffer === "function" ? undefined : "this runtime has no Buffer");

function encoders(size: number): Contender[] {
  const encode = encoder.bind(null, size);
  return [
    encode("sidetone", "sidetone encodeBase64", "sidetone", () => encodeBase64),
    encode("native", "Uint8Array.toBase64", "runtime", () => (bytes) => (bytes as Required<Bytes>).toBase64(), undefined, hasNative),
    encode(
      "buffer",
      "Buffer",
      "runtime",
      () => (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
      undefined,
      hasBuffer,
    ),
    encode(
      "js-base64",
      "js-base64",
      "npm",
      () =>
        opponent("js-base64").then(
          ({ Base64 }) =>
            (bytes) =>
              Base64.fromUint8Array(bytes),
        ),
      "js-base64",
    ),
    encode("base64-js", "base64-js", "npm", () => opponent("base64-js").then((library) => (bytes) => library.default.fromByteArray(bytes)), "base64-js"),
    encode(
      "base64-arraybuffer",
      "base64-arraybuffer",
      "npm",
      () => opponent("base64-arraybuffer").then((library) => (bytes) => library.default.encode(bytes.buffer as ArrayBuffer)),
      "base64-arraybuffer",
    ),
    encode("apply", "apply 32 kB + btoa (openai beta, vercel)", "client", () => applyBase64),
    encode("per-byte", "per byte + btoa (google, cloudflare)", "client", () => perByteBase64),
    encode("spread", "spread + btoa (agents-js, azure, elevenlabs)", "client", () => spreadBase64),
  ];
}

function decoders(size: number): Contender[] {
  const decode = decoder.bind(null, size);
  const output = new Uint8Array(8192);
  const own = (text: string) => {
    decodeBase64(text, output);
    return output;
  };
  return [
    decode("sidetone", "sidetone decodeBase64", "sidetone", () => own),
    decode("buffer", "Buffer.from", "runtime", () => (text) => Buffer.from(text, "base64"), undefined, hasBuffer),
    decode(
      "js-base64",
      "js-base64",
      "npm",
      () =>
        opponent("js-base64").then(
          ({ Base64 }) =>
            (text) =>
              Base64.toUint8Array(text),
        ),
      "js-base64",
    ),
    decode("base64-js", "base64-js", "npm", () => opponent("base64-js").then((library) => (text) => library.default.toByteArray(text)), "base64-js"),
    decode(
      "base64-arraybuffer",
      "base64-arraybuffer",
      "npm",
      () => opponent("base64-arraybuffer").then((library) => (text) => new Uint8Array(library.default.decode(text))),
      "base64-arraybuffer",
    ),
    decode("atob", "atob + loop (nearly every client)", "client", () => atobBytes),
  ];
}

export const base64Groups: readonly Group[] = SIZES.flatMap((size) => [
  {
    id: `base64/encode-${size}`,
    suite: "base64" as const,
    title: `Base64 encode, ${size} bytes`,
    unit: "byte",
    browser: size === 4800,
    fullOnly: size === 960,
    contenders: encoders(size),
  },
  {
    id: `base64/decode-${size}`,
    suite: "base64" as const,
    title: `Base64 decode, ${size} bytes`,
    unit: "byte",
    browser: size === 4800,
    fullOnly: size === 960,
    contenders: decoders(size),
  },
]);
