/**
 * Audio of the Live API: PCM16 at 16 or 24 kHz or G.711, one format for both directions. Inside, a session hears and speaks at 24 kHz only.
 */
import type { AudioFormat } from "@sidetone/core/protocol";
import { decodeWire, encodeWire } from "../audio.ts";
import { WireError } from "../errors.ts";
import { RateConverter } from "../rate-converter.ts";
import { TRACK_FORMAT } from "../session/context.ts";
import { audioBytes } from "../session/item-schema.ts";
import { byType, type Check, integer, missing, object, text } from "../session/validate.ts";

/** Rate inside a session, in Hz. */
export const LIVE_RATE = 24_000;

/** Encoding and rate on a WebSocket. */
export type LiveFormat = { type: "audio/pcm"; rate: 16000 | 24000 } | { type: "audio/pcmu"; rate: 8000 } | { type: "audio/pcma"; rate: 8000 };

/** The format when none is asked for. */
export const DEFAULT_LIVE_FORMAT: LiveFormat = Object.freeze({ type: "audio/pcm", rate: LIVE_RATE });

/** A format as a client asks for it. */
export const liveFormat: Check<LiveFormat> = (value, path) => {
  const shape = object({ type: text(), rate: integer(0) });
  const { type, rate } = byType({ "audio/pcm": shape, "audio/pcmu": shape, "audio/pcma": shape })(value, path);
  const allowed = type === "audio/pcm" ? [16_000, LIVE_RATE] : [8000];
  if (rate === undefined && type === "audio/pcm") throw missing(`${path}.rate`);
  if (rate !== undefined && !allowed.includes(rate)) {
    throw new WireError(`Invalid value: '${rate}'. Supported values are: ${allowed.join(" and ")}.`, { code: "invalid_value", param: `${path}.rate` });
  }
  return { type, rate: rate ?? 8000 } as LiveFormat;
};

/** A stream of wire bytes to samples at {@link LIVE_RATE}. */
export class LiveDecoder {
  readonly #format: LiveFormat;
  readonly #converter: RateConverter;
  #carry = new Uint8Array(0);

  constructor(format: LiveFormat) {
    this.#format = format;
    this.#converter = new RateConverter(format.rate, LIVE_RATE);
  }

  /** The samples that `bytes` make; half a sample at the end waits for its other half. */
  decode(bytes: Uint8Array): Int16Array {
    let whole = bytes;
    if (this.#carry.length > 0) {
      whole = new Uint8Array(this.#carry.length + bytes.length);
      whole.set(this.#carry);
      whole.set(bytes, this.#carry.length);
    }
    const usable = this.#format.type === "audio/pcm" ? whole.length - (whole.length % 2) : whole.length;
    this.#carry = whole.slice(usable);
    return this.#converter.process(decodeWire(whole.subarray(0, usable), wireFormat(this.#format)));
  }
}

/** A stream of samples at {@link LIVE_RATE} to wire bytes. */
export class LiveEncoder {
  readonly #format: LiveFormat;
  readonly #converter: RateConverter;

  constructor(format: LiveFormat) {
    this.#format = format;
    this.#converter = new RateConverter(LIVE_RATE, format.rate);
  }

  /** The bytes that `samples` make. */
  encode(samples: Int16Array): Uint8Array {
    return encodeWire(this.#converter.process(samples), wireFormat(this.#format));
  }
}

function wireFormat(format: LiveFormat): AudioFormat {
  return format.type === "audio/pcm" ? TRACK_FORMAT : { type: format.type };
}

/** The samples of a fixture, which is PCM16 at {@link LIVE_RATE} whatever the session's format. @throws {WireError} when it is not, or longer than `maxMs`. */
export function fixtureSamples(base64: string, maxMs: number): Int16Array {
  const bytes = audioBytes(base64, "audio");
  if (bytes.length === 0 || bytes.length % 2 === 1) {
    throw new WireError("Invalid 'audio': expected whole samples of PCM16 at 24 kHz.", { code: "invalid_value", param: "audio" });
  }
  const samples = decodeWire(bytes, TRACK_FORMAT);
  if (samples.length * 1000 <= maxMs * LIVE_RATE) return samples;
  throw new WireError(`Invalid 'audio': at most ${maxMs / 1000} seconds of audio are allowed.`, { code: "invalid_value", param: "audio" });
}
