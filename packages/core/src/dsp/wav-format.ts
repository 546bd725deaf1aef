/**
 * What the headers of WAV files say: containers, `fmt ` chunks, sizes.
 *
 * Any thread; no state. Sources: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, 1991), "Multiple Channel Audio Data and WAVE Files"
 * (Microsoft), EBU Tech 3306 (RF64) and ITU-R BS.2088 (BW64), whose `ds64` chunk holds the sizes that 32 bits cannot.
 */
import { WavError } from "./wav-error.ts";
import { findEncoding, WAV_CODINGS, type WavEncoding } from "./wav-samples.ts";

/** How the samples of a file are stored. */
export interface WavFormat {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /** Samples in each frame, at least 1. */
  readonly channels: number;
  /** Encoding of each sample. */
  readonly encoding: WavEncoding;
}

/** A size field of a program that streamed, and of every RF64 file. */
export const UNKNOWN_SIZE = 0xffffffff;
/** Bytes of the container's header, and of a chunk's. */
export const CONTAINER_BYTES = 12;
export const CHUNK_BYTES = 8;
/** Most bytes of a `fmt ` chunk that mean something, and the bytes of a `ds64` chunk without its table. */
export const FORMAT_BYTES = 40;
export const DS64_BYTES = 28;

const SUPPORTED = "supported are PCM of 8, 16, 24 and 32 bits, 32- and 64-bit float, G.711 mu-law and A-law, plain or as WAVE_FORMAT_EXTENSIBLE";
const EXTENSIBLE = 0xfffe;
/** Bytes 2 to 15 of KSDATAFORMAT_SUBTYPE_*, after the format tag. */
const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const CONTAINERS = ["RIFF", "RF64", "BW64"];

/** Checks the first 12 bytes and gives the container's size field. @throws {WavError} when they are not those of a WAV file. */
export function readContainer(bytes: Uint8Array): number {
  if (bytes.length < CONTAINER_BYTES) throw new WavError(`Not a WAV file: ${bytes.length} bytes, a header alone takes ${CONTAINER_BYTES}.`);
  const container = readId(bytes, 0);
  const form = readId(bytes, 8);
  if (CONTAINERS.includes(container) && form === "WAVE") return readSize(bytes, 4);
  if (container === "RIFX") throw new WavError("A RIFX file was found; supported are RIFF, RF64 and BW64.");
  const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  throw new WavError(`Not a WAV file: it begins with 0x${found} and says ${JSON.stringify(form)}, expected are "RIFF" and "WAVE".`);
}

/** The format in the body of a `fmt ` chunk. @throws {WavError} when it is incomplete, contradicts itself, or is not supported. */
export function readFormat(chunk: Uint8Array): WavFormat {
  if (chunk.length < 16) throw new WavError(`The \`fmt \` chunk has ${chunk.length} bytes; 16 are the least.`);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const declared = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const rate = view.getUint32(4, true);
  const frameBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const tag = declared === EXTENSIBLE ? subFormat(chunk) : declared;
  const encoding = findEncoding(tag, bits);
  if (!encoding) throw new WavError(`The WAV file has format tag ${tag} with ${bits} bits a sample; ${SUPPORTED}.`);
  if (channels === 0 || rate === 0) throw new WavError(`The WAV file says ${channels} channels at ${rate} Hz; both must be at least 1.`);
  const expected = channels * WAV_CODINGS[encoding].bytes;
  if (frameBytes !== expected) {
    throw new WavError(`The WAV file says ${frameBytes} bytes a frame, but ${channels} channels of ${encoding} take ${expected}.`);
  }
  return { rate, channels, encoding };
}

/**
 * Bytes of audio in a `data` chunk, Infinity where it goes on to the end of the file, however long that is.
 * @param size the chunk's size field. @param body where the chunk's body begins in the file, in bytes. @param riffSize the container's size field.
 * @param longSize the data size of a `ds64` chunk, or null where there is none.
 */
export function dataLength(size: number, body: number, riffSize: number, longSize: number | null): number {
  if (size === UNKNOWN_SIZE) return longSize === null || longSize === 0 ? Number.POSITIVE_INFINITY : longSize;
  // A size of 0 is an honest empty chunk only where the container goes on after it; else a program that streamed never came back to fill it in.
  const isEmpty = riffSize !== UNKNOWN_SIZE && riffSize + 8 > body;
  return size === 0 && !isEmpty ? Number.POSITIVE_INFINITY : size;
}

/** The data size in the body of a `ds64` chunk (EBU Tech 3306, section 3), or null when it is incomplete. */
export function readLongSize(chunk: Uint8Array): number | null {
  return chunk.length < DS64_BYTES ? null : readSize(chunk, 8) + readSize(chunk, 12) * 2 ** 32;
}

/** The format tag within the GUID of a WAVE_FORMAT_EXTENSIBLE header. */
function subFormat(chunk: Uint8Array): number {
  if (chunk.length < 40) throw new WavError(`The \`fmt \` chunk of a WAVE_FORMAT_EXTENSIBLE file has ${chunk.length} bytes; 40 are the least.`);
  for (let i = 0; i < GUID_TAIL.length; i++) {
    if (chunk[26 + i] !== GUID_TAIL[i]) throw new WavError(`The WAV file has a sub-format that is not a plain format tag; ${SUPPORTED}.`);
  }
  return (chunk[24] as number) | ((chunk[25] as number) << 8);
}

/** The four characters at `at`. */
export function readId(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number);
}

/** The 32-bit little-endian number at `at`. */
export function readSize(bytes: Uint8Array, at: number): number {
  return (((bytes[at + 3] as number) << 24) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at] as number)) >>> 0;
}
