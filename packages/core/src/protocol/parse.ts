/**
 * Between wire text and events: one JSON object per WebSocket frame or data channel message.
 *
 * Reading looks at nothing but `type`: an unknown event, an unknown field or a missing `event_id` passes through untouched, and nothing ever throws. Writing
 * has a fast path for audio, the one event that is sent fifty times a second: base64 needs no escaping, so the text is put together without `JSON.stringify`.
 * Reading has one too, in `envelope.ts`.
 */
import type { ClientEvent, InputAudioBufferAppendEvent } from "./client-events.ts";
import { EnvelopeReader, parseEnvelope } from "./envelope.ts";
import type { ServerEvent } from "./server-events.ts";

/** Defaults of {@link parseServerEvent}. */
export const PARSE_DEFAULTS = Object.freeze({
  /** Longest text that is parsed, in UTF-16 units; 64 Mi is 17 minutes of PCM16 in one `conversation.item.retrieved`, and any delta is far below. */
  maxChars: 64 * 1024 * 1024,
  /** Longest excerpt in a failure, in UTF-16 units. */
  excerptChars: 100,
});

/** Options of {@link parseServerEvent}. */
export interface ParseOptions {
  /** Longest text that is parsed, in UTF-16 units. Default: {@link PARSE_DEFAULTS}. */
  readonly maxChars?: number;
}

/** Why a text is not an event. */
export type ParseFailureReason =
  /** Longer than allowed; was not looked at. */
  | "too-long"
  /** Not JSON at all. */
  | "not-json"
  /** JSON, but an array, a string, a number, a boolean or null. */
  | "not-an-object"
  /** An object whose `type` is missing, empty or not a string. */
  | "no-type";

/** What {@link parseServerEvent} returns for a text that is not an event. Other than an event, it has no `type`. */
export interface ParseFailure {
  readonly type?: undefined;
  /** For programs. */
  readonly reason: ParseFailureReason;
  /** For people: what was wrong, without the text itself. */
  readonly message: string;
  /** Beginning of the text; ends in `…` when the text goes on. */
  readonly excerpt: string;
}

/**
 * Reads one server event, as `JSON.parse` does. Never throws; a text that is not an event gives a {@link ParseFailure}.
 *
 * The `delta` of a long audio event is not looked at but for its end: a stray control character in it is left to whoever decodes the base64.
 */
export function parseServerEvent(text: string, options?: ParseOptions): ServerEvent | ParseFailure {
  return parse(text, options?.maxChars ?? PARSE_DEFAULTS.maxChars, null);
}

/**
 * {@link parseServerEvent} for the messages of one connection, in their order or not: the same results, sooner where an audio delta is like the one before it. Remembers the
 * surroundings of one payload, a few hundred characters.
 */
export class ServerEventReader {
  readonly #maxChars: number;
  readonly #envelopes = new EnvelopeReader();

  /** A reader that has read nothing. */
  constructor(options?: ParseOptions) {
    this.#maxChars = options?.maxChars ?? PARSE_DEFAULTS.maxChars;
  }

  /** Reads one server event; see {@link parseServerEvent}. */
  read(text: string): ServerEvent | ParseFailure {
    return parse(text, this.#maxChars, this.#envelopes);
  }
}

function parse(text: string, maxChars: number, envelopes: EnvelopeReader | null): ServerEvent | ParseFailure {
  if (text.length > maxChars) return failure("too-long", `The message has ${text.length} characters; at most ${maxChars} are parsed.`, text);
  let value: unknown;
  try {
    value = envelopes === null ? parseEnvelope(text) : envelopes.parse(text);
  } catch {
    return failure("not-json", text === "" ? "The message is empty." : "The message is not JSON.", text);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    return failure("not-an-object", `The message is JSON, but ${kind} and not an object.`, text);
  }
  // JSON.parse makes own properties only; an inherited `type` is not the wire's.
  const type = Object.hasOwn(value, "type") ? (value as { type: unknown }).type : undefined;
  if (typeof type !== "string" || type === "") return failure("no-type", "The message is an object without a type.", text);
  return value as ServerEvent;
}

/** Whether `result` is a failure and not an event. */
export function isParseFailure(result: ServerEvent | ParseFailure): result is ParseFailure {
  return result.type === undefined;
}

const APPEND_HEAD = '{"type":"input_audio_buffer.append","audio":"';

/** Writes one client event as JSON. Fields that are `undefined` are left out; fields that the type does not know are kept. */
export function serializeClientEvent(event: ClientEvent): string {
  if (event.type !== "input_audio_buffer.append" || !isPlainAppend(event)) return JSON.stringify(event);
  const id = event.event_id === undefined ? "" : `,"event_id":${JSON.stringify(event.event_id)}`;
  return `${APPEND_HEAD}${event.audio}"${id}}`;
}

/**
 * Writes an `input_audio_buffer.append` without an id around audio that is already base64.
 *
 * Cannot be used to smuggle anything in: a quote, a backslash or a line break in the string sends it through `JSON.stringify`, so it can neither end early
 * nor add a field. Not looked for are other control characters, which no base64 encoder writes: with them the text is not JSON, and the server refuses the
 * message, as it would refuse the audio. A search for every character that is not base64 would cost as much as `JSON.stringify` does.
 */
export function serializeAppend(base64: string): string {
  return needsEscaping(base64) ? JSON.stringify({ type: "input_audio_buffer.append", audio: base64 }) : `${APPEND_HEAD}${base64}"}`;
}

/** `includes` of one character runs at memory speed; a regular expression takes most of a nanosecond per character. */
function needsEscaping(text: string): boolean {
  return text.includes('"') || text.includes("\\") || text.includes("\n") || text.includes("\r") || text.includes("\t");
}

/** Whether the event has nothing but the fields of its type, as their type says, and audio that can stand in JSON as it is. */
function isPlainAppend(event: InputAudioBufferAppendEvent): boolean {
  for (const key in event) if (key !== "type" && key !== "audio" && key !== "event_id") return false;
  if (event.event_id !== undefined && typeof event.event_id !== "string") return false;
  return typeof event.audio === "string" && !needsEscaping(event.audio);
}

function failure(reason: ParseFailureReason, message: string, text: string): ParseFailure {
  return { reason, message, excerpt: excerptOf(text) };
}

/** Never ends in half a surrogate pair. */
function excerptOf(text: string): string {
  if (text.length <= PARSE_DEFAULTS.excerptChars) return text;
  return `${text.slice(0, PARSE_DEFAULTS.excerptChars).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
