/**
 * Writes WAV files: the plainest header that each encoding allows, RF64 (EBU Tech 3306) where 32 bits cannot hold the size; at once or as the samples come.
 *
 * Any thread. Encodings other than PCM carry the `fact` chunk that the format asks for ("Multimedia Data Standards Update", 1994).
 */
import { checkArrays, checkInteger } from "./checks.ts";
import { CHUNK_BYTES, CONTAINER_BYTES, DS64_BYTES, UNKNOWN_SIZE } from "./wav-format.ts";
import { WAV_CODINGS, type WavCoding, type WavEncoding } from "./wav-samples.ts";

/** How to store samples. */
export interface WavSettings {
  /** Frames per second, 1 to 2^32 - 1 Hz. */
  readonly rate: number;
  /** Samples in each frame, 1 to 65535. Default: 1. */
  readonly channels?: number;
  /** How to store them; integers are rounded and clipped, NaN becomes 0. Default: "pcm16". */
  readonly encoding?: WavEncoding;
}

/** What to write. */
export interface WavContent extends WavSettings {
  /** Interleaved samples, full scale 1; a whole number of frames. */
  readonly samples: Float32Array;
}

/** Options of {@link WavWriter}. */
export interface WavWriterOptions extends WavSettings {
  /** Frames that will be written, where that is known: the header is right from the start, and nothing need be put right at the end. */
  readonly frames?: number;
}

/** What completes a file. */
export interface WavEnding {
  /** The final header, as long as the first one: belongs at the beginning of the file, in its place. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Belongs at the end of the file: one byte where the audio has an odd number of them, none otherwise. */
  readonly padding: Uint8Array<ArrayBuffer>;
}

/**
 * The bytes of a WAV file with `content`.
 * @throws {RangeError} for a rate, channel count or encoding out of range, and for a last frame that is incomplete.
 */
export function writeWav(content: WavContent): Uint8Array<ArrayBuffer> {
  const { rate, channels = 1, samples, encoding = "pcm16" } = content;
  const layout = new Layout(rate, channels, encoding);
  layout.checkFrames(samples.length);
  const dataBytes = samples.length * layout.coding.bytes;
  const header = layout.header(samples.length / channels, needsLong(layout, dataBytes) ? "ds64" : "none");
  const bytes = new Uint8Array(header.length + dataBytes + (dataBytes % 2));
  bytes.set(header);
  layout.coding.encode(samples, bytes.subarray(header.length));
  return bytes;
}

/**
 * Encodes a WAV file piece by piece: first `header`, then the bytes of every `write`, then what `finish` gives.
 *
 * Where the number of frames is not told beforehand, the header says that its sizes are unknown (0xFFFFFFFF, which readers take as "to the end of the file")
 * and reserves room for those of an RF64 file in a `JUNK` chunk, as EBU Tech 3306 recommends. A file that cannot be written to again is complete without the
 * ending; leave its padding out too.
 */
export class WavWriter {
  /** What the file begins with. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly #layout: Layout;
  readonly #declared: number | null;
  #frames = 0;

  /** A writer of one file. @throws {RangeError} for a rate, channel count, encoding or number of frames out of range. */
  constructor(options: WavWriterOptions) {
    const { rate, channels = 1, encoding = "pcm16", frames } = options;
    this.#layout = new Layout(rate, channels, encoding);
    this.#declared = frames ?? null;
    if (frames !== undefined) checkInteger("frames", frames, 0, 2 ** 48, "frames");
    this.header = this.#header(frames ?? null);
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes that `write` makes of so many samples. */
  bytesOf(samples: number): number {
    return samples * this.#layout.coding.bytes;
  }

  /**
   * Encodes all of `samples`, interleaved, into the start of `output`.
   * @returns bytes written, always {@link bytesOf} their number.
   * @throws {RangeError} when `output` is shorter than that, when the last frame is incomplete, and beyond the number of frames that the header promised.
   */
  write(samples: Float32Array, output: Uint8Array): number {
    this.#layout.checkFrames(samples.length);
    const bytes = this.bytesOf(samples.length);
    checkArrays("WavWriter.write", samples, bytes, output);
    const frames = this.#frames + samples.length / this.#layout.channels;
    if (this.#declared !== null && frames > this.#declared) {
      throw new RangeError(`samples would make ${frames} frames; the header promised ${this.#declared}.`);
    }
    this.#layout.coding.encode(samples, output);
    this.#frames = frames;
    return bytes;
  }

  /** What completes the file after the frames written so far. */
  finish(): WavEnding {
    const dataBytes = this.#frames * this.#layout.coding.bytes * this.#layout.channels;
    return { header: this.#header(this.#frames), padding: new Uint8Array(dataBytes % 2) };
  }

  #header(frames: number | null): Uint8Array<ArrayBuffer> {
    const layout = this.#layout;
    const isLong = (count: number | null): boolean => count !== null && needsLong(layout, count * layout.coding.bytes * layout.channels);
    if (isLong(frames)) return layout.header(frames, "ds64");
    // As long as the first header, whatever came of the file.
    return layout.header(frames, this.#declared === null || isLong(this.#declared) ? "JUNK" : "none");
  }
}

/** Whether the size of a RIFF file with so much audio does not fit its 32 bits, of which the largest value means "unknown". */
function needsLong(layout: Layout, dataBytes: number): boolean {
  return layout.headerBytes + dataBytes + (dataBytes % 2) - CHUNK_BYTES >= UNKNOWN_SIZE;
}

/** The fixed part of a file's header. */
class Layout {
  readonly rate: number;
  readonly channels: number;
  readonly coding: WavCoding;
  /** Bytes before the audio, without a chunk for long sizes. */
  readonly headerBytes: number;

  constructor(rate: number, channels: number, encoding: WavEncoding) {
    checkInteger("rate", rate, 1, 2 ** 32 - 1, "Hz");
    checkInteger("channels", channels, 1, 65535, "channels");
    const coding = Object.hasOwn(WAV_CODINGS, encoding) ? WAV_CODINGS[encoding] : undefined;
    if (!coding) throw new RangeError(`encoding is ${JSON.stringify(encoding)}; allowed are ${Object.keys(WAV_CODINGS).join(", ")}.`);
    if (coding.bytes * channels > 65535) {
      throw new RangeError(`channels is ${channels}; ${encoding} allows up to ${Math.floor(65535 / coding.bytes)}.`);
    }
    this.rate = rate;
    this.channels = channels;
    this.coding = coding;
    this.headerBytes = coding.tag === 1 ? 44 : 58;
  }

  /** @throws {RangeError} when so many samples are not whole frames. */
  checkFrames(samples: number): void {
    if (samples % this.channels !== 0) throw new RangeError(`samples has ${samples} samples, which is not a multiple of ${this.channels} channels.`);
  }

  /** The header for `frames` frames, or an unknown number of them, with or without a chunk for long sizes. */
  header(frames: number | null, long: "none" | "JUNK" | "ds64"): Uint8Array<ArrayBuffer> {
    const { rate, channels, coding } = this;
    const isPcm = coding.tag === 1;
    const frameBytes = coding.bytes * channels;
    const bytes = new Uint8Array(this.headerBytes + (long === "none" ? 0 : CHUNK_BYTES + DS64_BYTES));
    const view = new DataView(bytes.buffer);
    const dataBytes = (frames ?? 0) * frameBytes;
    const riffBytes = bytes.length + dataBytes + (dataBytes % 2) - CHUNK_BYTES;
    const short = (size: number): number => (frames === null || long === "ds64" ? UNKNOWN_SIZE : size);
    let at = CONTAINER_BYTES;
    const id = (text: string): void => {
      for (let i = 0; i < 4; i++) view.setUint8(at + i, text.charCodeAt(i));
    };
    const chunk = (text: string, size: number): void => {
      id(text);
      view.setUint32(at + 4, size, true);
      at += CHUNK_BYTES;
    };
    at = 0;
    chunk(long === "ds64" ? "RF64" : "RIFF", short(riffBytes));
    id("WAVE");
    at = CONTAINER_BYTES;
    if (long !== "none") {
      chunk(long, DS64_BYTES);
      if (long === "ds64") {
        for (const [k, size] of [riffBytes, dataBytes, frames ?? 0].entries()) {
          view.setUint32(at + 8 * k, size % 2 ** 32, true);
          view.setUint32(at + 8 * k + 4, Math.floor(size / 2 ** 32), true);
        }
      }
      at += DS64_BYTES;
    }
    // Formats other than PCM end with the size of their extension, which is 0.
    chunk("fmt ", isPcm ? 16 : 18);
    view.setUint16(at, coding.tag, true);
    view.setUint16(at + 2, channels, true);
    view.setUint32(at + 4, rate, true);
    view.setUint32(at + 8, (rate * frameBytes) % 2 ** 32, true);
    view.setUint16(at + 12, frameBytes, true);
    view.setUint16(at + 14, coding.bytes * 8, true);
    at += isPcm ? 16 : 18;
    if (!isPcm) {
      chunk("fact", 4);
      view.setUint32(at, short(frames ?? 0), true);
      at += 4;
    }
    chunk("data", short(dataBytes));
    return bytes;
  }
}
