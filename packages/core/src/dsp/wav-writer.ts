/**
 * Writes WAV files: the plainest header that each encoding allows.
 *
 * Any thread; allocates the bytes it returns. Encodings other than PCM carry the `fact` chunk that the format asks for ("Multimedia Data Standards Update",
 * 1994).
 */
import { checkInteger } from "./checks.ts";
import { WAV_CODINGS, type WavEncoding } from "./wav-samples.ts";

/** What to write. */
export interface WavContent {
  /** Frames per second, 1 to 2^32 - 1 Hz. */
  readonly rate: number;
  /** Samples in each frame, 1 to 65535. Default: 1. */
  readonly channels?: number;
  /** Interleaved samples, full scale 1; a whole number of frames. */
  readonly samples: Float32Array;
  /** How to store them; integers are rounded and clipped, NaN becomes 0. Default: "pcm16". */
  readonly encoding?: WavEncoding;
}

/**
 * The bytes of a WAV file with `content`.
 * @throws {RangeError} for a rate, channel count or encoding out of range, for a last frame that is incomplete, and beyond 4 GiB.
 */
export function writeWav(content: WavContent): Uint8Array<ArrayBuffer> {
  const { rate, channels = 1, samples, encoding = "pcm16" } = content;
  checkInteger("rate", rate, 1, 2 ** 32 - 1, "Hz");
  checkInteger("channels", channels, 1, 65535, "channels");
  const coding = Object.hasOwn(WAV_CODINGS, encoding) ? WAV_CODINGS[encoding] : undefined;
  if (!coding) throw new RangeError(`encoding is ${JSON.stringify(encoding)}; allowed are ${Object.keys(WAV_CODINGS).join(", ")}.`);
  if (samples.length % channels !== 0) throw new RangeError(`samples has ${samples.length} samples, which is not a multiple of ${channels} channels.`);
  const frameBytes = coding.bytes * channels;
  if (frameBytes > 65535) throw new RangeError(`channels is ${channels}; ${encoding} allows up to ${Math.floor(65535 / coding.bytes)}.`);
  const dataBytes = samples.length * coding.bytes;
  const isPcm = coding.tag === 1;
  const dataAt = isPcm ? 44 : 58;
  const total = dataAt + dataBytes + (dataBytes % 2);
  if (total - 8 > 2 ** 32 - 1) throw new RangeError(`samples would take ${total} bytes; a WAV file holds less than 4 GiB.`);

  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  writeId(view, 0, "RIFF");
  view.setUint32(4, total - 8, true);
  writeId(view, 8, "WAVE");
  writeId(view, 12, "fmt ");
  // Formats other than PCM end with the size of their extension, which is 0.
  view.setUint32(16, isPcm ? 16 : 18, true);
  view.setUint16(20, coding.tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * frameBytes) % 2 ** 32, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, coding.bytes * 8, true);
  if (!isPcm) {
    writeId(view, 38, "fact");
    view.setUint32(42, 4, true);
    view.setUint32(46, samples.length / channels, true);
  }
  writeId(view, dataAt - 8, "data");
  view.setUint32(dataAt - 4, dataBytes, true);
  coding.encode(samples, bytes.subarray(dataAt));
  return bytes;
}

function writeId(view: DataView, at: number, id: string): void {
  for (let i = 0; i < 4; i++) view.setUint8(at + i, id.charCodeAt(i));
}
