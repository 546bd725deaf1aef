/**
 * What a G.711 coder must give, without any of the standard's code: SHA-256 of the codes of all samples in order, and of the levels of all codes as little-endian 16-bit
 * samples, both computed by the coders of the ITU-T Software Tool Library (G.191).
 */
import { createHash } from "node:crypto";

/** Hashes by law. */
export const G711_TABLES = {
  mulaw: {
    encode: "90c29de505fb68e766118303bd552a16005dcf810873698bee1d8f3b247ce28c",
    decode: "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827",
  },
  alaw: {
    encode: "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b",
    decode: "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174",
  },
} as const;

/** All samples of 16 bits in order. */
export const EVERY_SAMPLE = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);

/** All codes in order. */
export const EVERY_CODE = Uint8Array.from({ length: 256 }, (_, i) => i);

/** SHA-256 of the bytes of `array`, in hexadecimal. */
export function sha256(array: Uint8Array | Int16Array): string {
  return createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");
}
