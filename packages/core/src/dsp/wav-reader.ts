/**
 * Reads WAV files: RIFF/WAVE, RF64 or BW64, with a `fmt ` and a `data` chunk among any others; whole files at once or as their bytes come.
 *
 * Any thread. Lenient where recorders are sloppy (a `data` size beyond the end of the file, or 0 or 0xFFFFFFFF as written by programs that stream: the rest of
 * the file is taken), strict where guessing would make noise. Throws {@link WavError} and nothing else, whatever the bytes.
 */
import { checkArrays } from "./checks.ts";
import { WavError } from "./wav-error.ts";
import {
  CHUNK_BYTES,
  CONTAINER_BYTES,
  DS64_BYTES,
  dataLength,
  FORMAT_BYTES,
  readContainer,
  readFormat,
  readId,
  readLongSize,
  readSize,
  type WavFormat,
} from "./wav-format.ts";
import { WAV_CODINGS } from "./wav-samples.ts";

/** A decoded file. */
export interface WavAudio extends WavFormat {
  /** Number of frames. */
  readonly frames: number;
  /** `frames * channels` samples, interleaved, full scale 1; float files may hold more, and even values that are not finite. */
  readonly samples: Float32Array;
}

/** What is known of a file before its samples. */
export interface WavHeader extends WavFormat {
  /** Frames that the header promises, null where it does not say; a file that was cut off holds fewer. */
  readonly declaredFrames: number | null;
}

/** Parts of a file, in the eyes of one who reads it in order. */
type WavPart = "container" | "chunk" | "format" | "ds64" | "data" | "end";

const NO_FORMAT = "The WAV file has no complete `fmt ` chunk, so its encoding is unknown.";
const NO_DATA = "The WAV file has no `data` chunk, so it holds no audio.";

/** Decodes the WAV file in `bytes`; its chunks may stand in any order. Allocates the samples. @throws {WavError} when it is not one, or not of a supported kind. */
export function readWav(bytes: Uint8Array): WavAudio {
  const riffSize = readContainer(bytes);
  let format: WavFormat | undefined;
  let data: Uint8Array | undefined;
  let longSize: number | null = null;
  for (let at = CONTAINER_BYTES; at + CHUNK_BYTES <= bytes.length && !(format && data); ) {
    const id = readId(bytes, at);
    const body = at + CHUNK_BYTES;
    let size = readSize(bytes, at + 4);
    if (id === "fmt ") format = readFormat(bytes.subarray(body, body + size));
    else if (id === "ds64") longSize = readLongSize(bytes.subarray(body, body + size));
    else if (id === "data") {
      size = Math.min(dataLength(size, body, riffSize, longSize), bytes.length - body);
      data = bytes.subarray(body, body + size);
    }
    // Chunks are padded to an even length (RIFF, chapter 2).
    at = body + size + (size % 2);
  }
  if (!format) throw new WavError(NO_FORMAT);
  if (!data) throw new WavError(NO_DATA);
  const coding = WAV_CODINGS[format.encoding];
  const frames = Math.floor(data.length / (coding.bytes * format.channels));
  const samples = new Float32Array(frames * format.channels);
  coding.decode(data.subarray(0, samples.length * coding.bytes), samples);
  return { ...format, frames, samples };
}

/**
 * Decodes a WAV file from chunks of any size, in memory that does not grow with the file: each `push` decodes what became complete.
 *
 * Gives what {@link readWav} gives, but for files whose `data` comes before their `fmt ` chunk, which it refuses, since it keeps no samples.
 */
export class WavReader {
  #header: WavHeader | null = null;
  /** What the bytes at hand belong to. */
  #part: WavPart = "container";
  /** Bytes of a header, or of an incomplete frame; `#filled` of them, of `#wanted`, are there. */
  #kept = new Uint8Array(FORMAT_BYTES);
  #filled = 0;
  #wanted = CONTAINER_BYTES;
  /** Bytes to pass over, and the file's bytes up to and including what is kept. */
  #skip = 0;
  #position = 0;
  #riffSize = 0;
  #longSize: number | null = null;
  #format: WavFormat | null = null;
  /** Size of the chunk that is being kept, and bytes of audio still to come. */
  #chunkSize = 0;
  #left = 0;
  #frames = 0;

  /** The header, null until enough of the file was pushed. */
  get header(): WavHeader | null {
    return this.#header;
  }

  /** Frames decoded so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Most samples that a `push` of so many bytes can give now; the number of bytes itself always suffices. */
  maxSamples(bytes: number): number {
    if (this.#header === null) return bytes;
    const { bytes: sampleBytes } = WAV_CODINGS[this.#header.encoding];
    return Math.floor((this.#filled + bytes) / sampleBytes);
  }

  /**
   * Takes all of `bytes`, the next ones of the file, and writes the frames that became complete into the start of `output`, interleaved.
   * @returns samples written, whole frames only; 0 while the header is incomplete and after the audio.
   * @throws {RangeError} when `output` is shorter than {@link maxSamples} of them; nothing has been taken then. @throws {WavError} when this is no WAV file, or
   * not of a supported kind.
   */
  push(bytes: Uint8Array, output: Float32Array): number {
    checkArrays("WavReader.push", bytes, this.maxSamples(bytes.length), output);
    let at = 0;
    let written = 0;
    while (at < bytes.length && this.#part !== "end") {
      const before = at;
      if (this.#skip > 0) {
        at += Math.min(this.#skip, bytes.length - at);
        this.#skip -= at - before;
      } else if (this.#part === "data") {
        const audio = bytes.subarray(at, at + Math.min(this.#left, bytes.length - at));
        written += this.#decode(audio, output.subarray(written));
        at += audio.length;
        this.#left -= audio.length;
        if (this.#left === 0) this.#part = "end";
      } else {
        at += this.#keep(bytes, at, bytes.length);
      }
      this.#position += at - before;
      if (this.#filled === this.#wanted && this.#part !== "data" && this.#part !== "end") this.#advance();
    }
    return written;
  }

  /** Says that the file ends here. @throws {WavError} when there was no audio to be found in it; an incomplete last frame is left out. */
  finish(): void {
    if (this.#header !== null) return;
    if (this.#part === "container") readContainer(this.#kept.subarray(0, this.#filled));
    throw new WavError(this.#format === null ? NO_FORMAT : NO_DATA);
  }

  /** Takes bytes from `from` up to `to` until there are as many as wanted. @returns bytes taken. */
  #keep(bytes: Uint8Array, from: number, to: number): number {
    const count = Math.min(this.#wanted - this.#filled, to - from);
    this.#kept.set(bytes.subarray(from, from + count), this.#filled);
    this.#filled += count;
    return count;
  }

  /** A header is complete. */
  #advance(): void {
    const kept = this.#kept.subarray(0, this.#filled);
    if (this.#part === "container") {
      this.#riffSize = readContainer(kept);
      this.#expect("chunk", CHUNK_BYTES);
      return;
    }
    if (this.#part === "chunk") {
      this.#chunk(readId(kept, 0), readSize(kept, 4));
      return;
    }
    if (this.#part === "format") this.#format = readFormat(kept);
    else this.#longSize = readLongSize(kept);
    this.#skip = this.#chunkSize + (this.#chunkSize % 2) - this.#filled;
    this.#expect("chunk", CHUNK_BYTES);
  }

  #chunk(id: string, size: number): void {
    this.#chunkSize = size;
    if (id === "data") this.#begin(size);
    else if (id === "fmt ") this.#expect("format", Math.min(size, FORMAT_BYTES));
    else if (id === "ds64") this.#expect("ds64", Math.min(size, DS64_BYTES));
    else {
      this.#skip = size + (size % 2);
      this.#expect("chunk", CHUNK_BYTES);
    }
    // A chunk that is wanted and has no body is complete already.
    if (this.#wanted === 0 && this.#part !== "data" && this.#part !== "end") this.#advance();
  }

  #begin(size: number): void {
    const format = this.#format;
    if (format === null) throw new WavError("The WAV file has its `data` chunk before its `fmt ` chunk; it can only be read as a whole, with readWav.");
    const frameBytes = format.channels * WAV_CODINGS[format.encoding].bytes;
    this.#left = dataLength(size, this.#position, this.#riffSize, this.#longSize);
    this.#header = { ...format, declaredFrames: Number.isFinite(this.#left) ? Math.floor(this.#left / frameBytes) : null };
    this.#kept = new Uint8Array(frameBytes);
    this.#expect(this.#left === 0 ? "end" : "data", frameBytes);
  }

  #expect(part: WavPart, bytes: number): void {
    this.#part = part;
    this.#filled = 0;
    this.#wanted = bytes;
  }

  /** Decodes the whole frames in what is kept followed by `audio`, and keeps the rest. @returns samples written. */
  #decode(audio: Uint8Array, output: Float32Array): number {
    const { channels, encoding } = this.#header as WavHeader;
    const coding = WAV_CODINGS[encoding];
    let at = 0;
    let written = 0;
    if (this.#filled > 0) {
      at = this.#keep(audio, 0, audio.length);
      if (this.#filled < this.#wanted) return 0;
      coding.decode(this.#kept, output.subarray(0, channels));
      written = channels;
      this.#filled = 0;
    }
    const samples = Math.floor((audio.length - at) / this.#wanted) * channels;
    const end = at + samples * coding.bytes;
    coding.decode(audio.subarray(at, end), output.subarray(written, written + samples));
    written += samples;
    this.#keep(audio, end, audio.length);
    this.#frames += written / channels;
    return written;
  }
}
