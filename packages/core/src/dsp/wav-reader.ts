/**
 * Reads WAV files: RIFF/WAVE with a `fmt ` and a `data` chunk, in any order, among any others.
 *
 * Any thread; allocates the samples it returns, at most four bytes for each byte given. Lenient where recorders are sloppy (a `data` size beyond the end of the
 * file, or 0 or 0xFFFFFFFF as written by programs that stream: the rest of the file is taken), strict where guessing would make noise. Throws {@link WavError}
 * and nothing else, whatever the bytes. Sources: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, 1991), "Multiple Channel Audio Data and
 * WAVE Files" (Microsoft).
 */
import { WavError } from "./wav-error.ts";
import { findEncoding, WAV_CODINGS, type WavEncoding } from "./wav-samples.ts";

/** A decoded file. */
export interface WavAudio {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /** Samples in each frame, at least 1. */
  readonly channels: number;
  /** Number of frames. */
  readonly frames: number;
  /** How the samples were stored. */
  readonly encoding: WavEncoding;
  /** `frames * channels` samples, interleaved, full scale 1; float files may hold more, and even values that are not finite. */
  readonly samples: Float32Array;
}

const SUPPORTED = "supported are PCM of 16, 24 and 32 bits, 32-bit float, G.711 mu-law and A-law, plain or as WAVE_FORMAT_EXTENSIBLE";
const EXTENSIBLE = 0xfffe;
const STREAMED = 0xffffffff;
/** Bytes 2 to 15 of KSDATAFORMAT_SUBTYPE_*, after the format tag. */
const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

interface Format {
  readonly rate: number;
  readonly channels: number;
  readonly encoding: WavEncoding;
}

/** Decodes the WAV file in `bytes`. @throws {WavError} when it is not one, or not of a supported kind. */
export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkHeader(bytes, view);
  let format: Format | undefined;
  let data: Uint8Array | undefined;
  for (let at = 12; at + 8 <= bytes.length && !(format && data); ) {
    const id = ascii(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    const end = id === "data" ? dataEnd(view, body, size) : body + size;
    if (id === "fmt ") format = readFormat(bytes.subarray(body, Math.min(end, bytes.length)));
    else if (id === "data") data = bytes.subarray(body, end);
    // Chunks are padded to an even length (RIFF, chapter 2).
    at = end + (size % 2);
  }
  if (!format) throw new WavError("The WAV file has no complete `fmt ` chunk, so its encoding is unknown.");
  if (!data) throw new WavError("The WAV file has no `data` chunk, so it holds no audio.");
  const coding = WAV_CODINGS[format.encoding];
  const frames = Math.floor(data.length / (coding.bytes * format.channels));
  const samples = new Float32Array(frames * format.channels);
  coding.decode(data.subarray(0, samples.length * coding.bytes), samples);
  return { ...format, frames, samples };
}

function checkHeader(bytes: Uint8Array, view: DataView): void {
  if (bytes.length < 12) throw new WavError(`Not a WAV file: ${bytes.length} bytes, a header alone takes 12.`);
  const container = ascii(bytes, 0);
  const form = ascii(bytes, 8);
  if (container === "RIFF" && form === "WAVE") return;
  if (container === "RF64" || container === "RIFX") throw new WavError(`A ${container} file was found; supported is RIFF.`);
  const found = view.getUint32(0, false).toString(16).padStart(8, "0");
  throw new WavError(`Not a WAV file: it begins with 0x${found} and says ${JSON.stringify(form)}, expected are "RIFF" and "WAVE".`);
}

/** Where the data chunk ends: as it says, but not beyond the file, and at the end of the file when it was written by a program that streamed. */
function dataEnd(view: DataView, body: number, size: number): number {
  const fileEnd = view.byteLength;
  if (size !== 0) return Math.min(size === STREAMED ? fileEnd : body + size, fileEnd);
  // A size of 0 is an honest empty chunk only where the RIFF size accounts for what follows.
  const riffSize = view.getUint32(4, true);
  const complete = riffSize !== STREAMED && riffSize + 8 >= fileEnd;
  return complete ? body : fileEnd;
}

function readFormat(chunk: Uint8Array): Format {
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

/** The format tag within the GUID of a WAVE_FORMAT_EXTENSIBLE header. */
function subFormat(chunk: Uint8Array): number {
  if (chunk.length < 40) throw new WavError(`The \`fmt \` chunk of a WAVE_FORMAT_EXTENSIBLE file has ${chunk.length} bytes; 40 are the least.`);
  for (let i = 0; i < GUID_TAIL.length; i++) {
    if (chunk[26 + i] !== GUID_TAIL[i]) throw new WavError(`The WAV file has a sub-format that is not a plain format tag; ${SUPPORTED}.`);
  }
  return (chunk[24] as number) | ((chunk[25] as number) << 8);
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number);
}
