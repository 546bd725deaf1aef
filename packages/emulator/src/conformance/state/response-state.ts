/**
 * What is known about a response and its items, from the events so far.
 */
import type { Fields } from "../wire-event.ts";

/** A content part of an item that a response makes. */
export interface PartState {
  readonly index: number;
  /** `audio` or `text`, as the part was announced. */
  readonly kind: string;
  /** The deltas of its transcript, or of its text, joined. */
  text: string;
  /** What its `.done` said. */
  textDone: string | null;
  textDeltas: number;
  audioBytes: number;
  audioDeltas: number;
  audioDone: boolean;
  /** `response.content_part.done` was sent. */
  done: boolean;
}

/** An item: of the user, of the client, or of a response. */
export interface ItemState {
  readonly id: string;
  /** The item as it was last seen. */
  wire: Fields;
  /** The response that makes it, or null. */
  readonly response: ResponseState | null;
  readonly parts: Map<number, PartState>;
  /** `conversation.item.added` was sent. */
  added: boolean;
  /** `conversation.item.done` was sent. */
  done: boolean;
  /** The item of `response.output_item.done`, or null. */
  outputDone: Fields | null;
  /** Whether that came after the response was to be cancelled. */
  cancelled: boolean;
  /** Deltas of a function call's arguments, joined, and what `.done` said. */
  arguments: string;
  argumentsDone: string | null;
  /** Where an MCP call or list of tools has got to. */
  mcp: "in_progress" | "over" | null;
  /** Length of the user's audio in it, in ms; null when it is not known, or there is none. */
  heardMs: number | null;
  /** Where it was last truncated, in ms. */
  truncatedMs: number | null;
  /** Whether the transcription of its audio has ended. */
  transcribed: boolean;
}

/** A response. */
export interface ResponseState {
  readonly id: string;
  /** As `response.created` had it. */
  readonly created: Fields;
  /** What `response.create` asked for; null when the end of a turn made it. */
  readonly asked: Fields | null;
  readonly inConversation: boolean;
  /** Its items by `output_index`. */
  readonly items: ItemState[];
  /** As `response.done` had it. */
  done: Fields | null;
  /** Who asked for its end first. */
  cancelAsked: "turn_detected" | "client_cancelled" | null;
  /** Where its speech has got to in the output buffer of a call. */
  playback: "started" | "stopped" | "cleared" | null;
}

/** A new item. */
export function newItem(wire: Fields, response: ResponseState | null): ItemState {
  return {
    id: wire.id,
    wire,
    response,
    parts: new Map(),
    added: false,
    done: false,
    outputDone: null,
    cancelled: false,
    arguments: "",
    argumentsDone: null,
    mcp: null,
    heardMs: null,
    truncatedMs: null,
    transcribed: false,
  };
}

/** A new part. */
export function newPart(index: number, kind: string): PartState {
  return { index, kind, text: "", textDone: null, textDeltas: 0, audioBytes: 0, audioDeltas: 0, audioDone: false, done: false };
}

/** A new response. */
export function newResponse(created: Fields, asked: Fields | null): ResponseState {
  const inConversation = created.conversation_id !== null && created.conversation_id !== undefined;
  return { id: created.id, created, asked, inConversation, items: [], done: null, cancelAsked: null, playback: null };
}

/** Bytes of one sample of a response's audio, and its samples per second in Hz. */
export function outputFormat(response: ResponseState | null): { frameBytes: number; rate: number } {
  const type = response?.created.audio?.output?.format?.type;
  return type === "audio/pcmu" || type === "audio/pcma" ? { frameBytes: 1, rate: 8000 } : { frameBytes: 2, rate: 24_000 };
}

/** Length of the audio that was sent for an item, in ms, not rounded. */
export function sentMs(item: ItemState): number {
  const { frameBytes, rate } = outputFormat(item.response);
  let bytes = 0;
  for (const part of item.parts.values()) bytes += part.audioBytes;
  return (bytes * 1000) / (frameBytes * rate);
}
