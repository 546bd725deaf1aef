/**
 * Spoils single events. Everything here is a function of the event's text; what cannot be spoilt in the way that was asked for is left alone and says so.
 */
import { decodeBase64, encodeBase64 } from "@sidetone/core/dsp";
import { type AudioFormat, formatRate } from "@sidetone/core/protocol";
import { convertClip, decodeWire, encodeWire } from "../audio.ts";
import type { Malformation } from "./plan.ts";

/** What goes over a wire: text, or bytes as a binary message. */
export type WireMessage = string | Uint8Array;

const HUGE_BYTES = 20 * 1024 * 1024;
const PCM: AudioFormat = { type: "audio/pcm", rate: 24000 };
const MULAW: AudioFormat = { type: "audio/pcmu" };
/** The rate that audio is not in, in Hz. */
const WRONG_RATE = 16_000;
/** What a proxy sends when the service behind it is away. */
const ERROR_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/** Malformations of audio; other events are left alone. */
const OF_AUDIO: ReadonlySet<Malformation> = new Set(["bad-base64", "odd-bytes", "empty-delta", "wrong-encoding", "wrong-rate"]);

/** Event types that carry the model's audio, in the GA interface, in the older one, and in those without turns. */
const AUDIO_DELTAS: ReadonlySet<string> = new Set(["response.output_audio.delta", "response.audio.delta", "session.output_audio.delta"]);

/** Whether an event of `type` can be spoilt this way. */
export function canMalform(as: Malformation, type: string): boolean {
  return !OF_AUDIO.has(as) || AUDIO_DELTAS.has(type);
}

/** `text` spoilt. `format` is the format that was agreed for the audio in it; `bytes` the size of a huge one. */
export function malform(as: Malformation, text: string, format: AudioFormat, bytes = HUGE_BYTES): WireMessage {
  switch (as) {
    case "truncated":
      return text.slice(0, Math.ceil(text.length / 2));
    case "not-json":
      return ERROR_PAGE;
    case "not-object":
      return `[${text}]`;
    case "empty":
      return "";
    case "binary":
      return new TextEncoder().encode(text);
    default:
      return JSON.stringify(changed(as, JSON.parse(text) as Record<string, unknown>, format, bytes));
  }
}

function changed(as: Malformation, event: Record<string, unknown>, format: AudioFormat, bytes: number): Record<string, unknown> {
  switch (as) {
    case "no-type": {
      const { type: _, ...rest } = event;
      return rest;
    }
    case "wrong-types":
      return Object.fromEntries(Object.entries(event).map(([name, value]) => [name, name === "type" ? value : otherType(value)]));
    case "unknown-type":
      return { ...event, type: "response.unheard_of.delta" };
    case "huge":
      return { ...event, padding: "x".repeat(bytes) };
    case "bad-base64":
      return withDelta(event, (delta) => `%${delta.slice(1)}!`);
    case "empty-delta":
      return withDelta(event, () => "");
    case "odd-bytes":
      return withAudio(event, (audio) => audio.subarray(0, Math.max(0, audio.length - 1 + (audio.length % 2))));
    case "wrong-encoding":
      return withAudio(event, (audio) => {
        const other = format.type === "audio/pcm" ? MULAW : PCM;
        return encodeWire(convertClip({ samples: decodeWire(audio, format), rate: formatRate(format) }, formatRate(other)).samples, other);
      });
    default:
      return withAudio(event, (audio) => encodeWire(convertClip({ samples: decodeWire(audio, format), rate: formatRate(format) }, WRONG_RATE).samples, format));
  }
}

function otherType(value: unknown): unknown {
  if (typeof value === "string") return value.length;
  if (typeof value === "number") return String(value);
  return typeof value === "object" && value !== null ? null : { value };
}

function withDelta(event: Record<string, unknown>, change: (delta: string) => string): Record<string, unknown> {
  return typeof event.delta === "string" ? { ...event, delta: change(event.delta) } : event;
}

function withAudio(event: Record<string, unknown>, change: (audio: Uint8Array) => Uint8Array): Record<string, unknown> {
  return withDelta(event, (delta) => {
    const bytes = new Uint8Array(Math.ceil((delta.length * 3) / 4));
    return encodeBase64(change(bytes.subarray(0, decodeBase64(delta, bytes))));
  });
}
