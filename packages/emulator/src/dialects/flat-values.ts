/**
 * Values that have another form in the flat shape: audio formats by one word, modalities that name the transcript, content types, items that say they are items.
 */
import type { AudioFormat, ServerConversationItem } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { isObject, type JsonObject, list, oneOf } from "../session/validate.ts";
import { CONTENT_TYPES } from "./flat-paths.ts";

const FORMATS = { pcm16: { type: "audio/pcm", rate: 24000 }, g711_ulaw: { type: "audio/pcmu" }, g711_alaw: { type: "audio/pcma" } } as const;

/** A flat audio format. */
export type FlatFormat = keyof typeof FORMATS;

/** `pcm16`, `g711_ulaw` or `g711_alaw` as a GA format. @throws {WireError} for anything else. */
export function formatToGa(value: unknown, path: string): AudioFormat {
  return { ...FORMATS[oneOf("pcm16", "g711_ulaw", "g711_alaw")(value, path)] };
}

/** A GA format by its flat name. */
export function formatToFlat({ type }: AudioFormat): FlatFormat {
  return type === "audio/pcmu" ? "g711_ulaw" : type === "audio/pcma" ? "g711_alaw" : "pcm16";
}

/** `["text"]`, or `text` and `audio` in either order, as GA modalities. @throws {WireError} for anything else. */
export function modalitiesToGa(value: unknown, path: string): ("audio" | "text")[] {
  const given = list(oneOf("text", "audio"))(value, path);
  const wanted = new Set(given);
  if (given.length === wanted.size && wanted.has("text")) return wanted.has("audio") ? ["audio"] : ["text"];
  const shown = given.map((modality) => `'${modality}'`).join(", ");
  throw new WireError(`Invalid modalities: [${shown}]. Supported combinations are: ['text'] and ['audio', 'text'].`, { code: "invalid_value", param: path });
}

/** GA modalities as flat ones: speech always comes with its text. */
export function modalitiesToFlat(value: readonly string[]): string[] {
  return value.includes("audio") ? ["text", "audio"] : ["text"];
}

/** An item of a client with GA content types; what is wrong with it is found by the session. */
export function itemToGa(item: unknown): unknown {
  if (!isObject(item) || item.role !== "assistant" || !Array.isArray(item.content)) return item;
  return { ...item, content: item.content.map(partToGa) };
}

/** An item of the server in the flat shape. */
export function itemToFlat(item: ServerConversationItem): JsonObject {
  const { id, object: _, phase: __, ...rest } = item as unknown as JsonObject;
  const flat: JsonObject = { id, object: "realtime.item", ...rest };
  if (Array.isArray(flat.content)) flat.content = flat.content.map((part: JsonObject) => ({ ...part, type: CONTENT_TYPES[part.type as string] ?? part.type }));
  return flat;
}

function partToGa(part: unknown): unknown {
  if (!isObject(part)) return part;
  const known = Object.entries(CONTENT_TYPES).find(([, flat]) => flat === part.type);
  return known === undefined ? part : { ...part, type: known[0] };
}
