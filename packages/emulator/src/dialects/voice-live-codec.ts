/**
 * What Voice Live does to single messages, around the flat codec: input at 16 or 8 kHz is brought to the 24 kHz that a session hears, and the transcript of a user's item
 * comes in one delta.
 */
import { decodeBase64, encodeBase64 } from "@sidetone/core/dsp";
import type { KnownServerEvent, ServerEvent } from "@sidetone/core/protocol";
import { decodeWire, encodeWire } from "../audio.ts";
import { WireError } from "../errors.ts";
import { RateConverter } from "../rate-converter.ts";
import { TRACK_FORMAT } from "../session/context.ts";
import { type Check, invalidType, type JsonObject } from "../session/validate.ts";
import type { WireCodec } from "../wire.ts";

const SESSION_RATE = 24_000;
const RATES = [8000, 16_000, SESSION_RATE];

/** A rate of the input, in Hz. */
export const inputRates: Check<number> = (value, path) => {
  if (typeof value !== "number") throw invalidType(path, "an integer", value);
  if (RATES.includes(value)) return value;
  throw new WireError(`Invalid value: '${value}'. Supported values are: ${RATES.join(", ")}.`, { code: "invalid_value", param: path });
};

/** `inner` with what is Voice Live's own. */
export function voiceLiveCodec(inner: WireCodec): WireCodec {
  const transcripts = new Map<string, KnownServerEvent>();
  let rate = SESSION_RATE;
  let upsampler = new Upsampler(rate);

  const settle = (messages: readonly object[]): readonly object[] => {
    for (const { session } of messages as { session?: JsonObject }[]) {
      if (session === undefined) continue;
      const wanted = session.input_audio_format === "pcm16" ? Number(session.input_audio_sampling_rate) : SESSION_RATE;
      if (wanted !== rate) upsampler = new Upsampler(wanted);
      rate = wanted;
    }
    return messages;
  };

  return {
    decode: (message) => inner.decode(message.type === "input_audio_buffer.append" && rate !== SESSION_RATE ? upsampler.append(message) : message),
    encode: (given: ServerEvent) => {
      const event = given as KnownServerEvent;
      if (event.type === "conversation.item.input_audio_transcription.delta") {
        if (!transcripts.has(event.item_id)) transcripts.set(event.item_id, event);
        return [];
      }
      if (event.type !== "conversation.item.input_audio_transcription.completed") return settle(inner.encode(event));
      const first = transcripts.get(event.item_id);
      transcripts.delete(event.item_id);
      const whole = first === undefined ? [] : inner.encode({ ...first, delta: event.transcript } as ServerEvent);
      return [...whole, ...inner.encode(event)];
    },
  };
}

/** Brings the audio of appends to the session's rate. Half a sample at the end of one waits for its other half. */
class Upsampler {
  readonly #converter: RateConverter;
  #carry: number | null = null;

  constructor(rate: number) {
    this.#converter = new RateConverter(rate, SESSION_RATE);
  }

  /** The append at the session's rate; one whose audio cannot be read stays as it is, for the session to refuse. */
  append(message: JsonObject): JsonObject {
    if (typeof message.audio !== "string") return message;
    const bytes = new Uint8Array(Math.ceil((message.audio.length * 3) / 4) + 1);
    let length = 0;
    try {
      length = decodeBase64(message.audio, bytes.subarray(1));
    } catch {
      return message;
    }
    if (this.#carry !== null) bytes[0] = this.#carry;
    const whole = bytes.slice(this.#carry === null ? 1 : 0, length + 1);
    this.#carry = whole.length % 2 === 1 ? (whole.at(-1) as number) : null;
    const samples = this.#converter.process(decodeWire(whole, TRACK_FORMAT));
    return { ...message, audio: encodeBase64(encodeWire(samples, TRACK_FORMAT)) };
  }
}
