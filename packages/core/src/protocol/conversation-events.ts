/**
 * Server events about the conversation's items and the transcription of what the user said. All names begin with `conversation.`.
 *
 * The order of the conversation is the chain of `previous_item_id` in `conversation.item.added`; the one in `.done` is sometimes `null` where `.added` had it
 * right. Transcription events come at any time after the item's commit, even after the response that answered it.
 */
import type { ObfuscatedFields, ServerEventFields } from "./event-fields.ts";
import type { ServerConversationItem } from "./items.ts";

/** A conversation began. Typed by the API, sent by servers of the beta era only. */
export interface ConversationCreatedEvent extends ServerEventFields {
  type: "conversation.created";
  conversation: { id?: string; object?: "realtime.conversation" };
}

/** An item entered the conversation: a user's complete, the model's still empty. */
export interface ConversationItemAddedEvent extends ServerEventFields {
  type: "conversation.item.added";
  /** The item before it; `null` for the first. */
  previous_item_id?: string | null;
  item: ServerConversationItem;
}

/** An item is final; without the audio itself. */
export interface ConversationItemDoneEvent extends ServerEventFields {
  type: "conversation.item.done";
  /** Do not take the order from it: may be `null` although there is an item before. */
  previous_item_id?: string | null;
  item: ServerConversationItem;
}

/** An item entered the conversation, on servers of the beta era; GA servers send `conversation.item.added` and `.done` instead. */
export interface ConversationItemCreatedEvent extends ServerEventFields {
  type: "conversation.item.created";
  /** The item before it; `null` for the first. */
  previous_item_id?: string | null;
  item: ServerConversationItem;
}

/** Answer to `conversation.item.retrieve`: the item with its audio, as filtered and cut by the server. */
export interface ConversationItemRetrievedEvent extends ServerEventFields {
  type: "conversation.item.retrieved";
  item: ServerConversationItem;
}

/** An item was removed. */
export interface ConversationItemDeletedEvent extends ServerEventFields {
  type: "conversation.item.deleted";
  item_id: string;
}

/** The model's speech was cut back to what was heard: by the client's `conversation.item.truncate`, or on WebRTC and SIP by the server. */
export interface ConversationItemTruncatedEvent extends ServerEventFields {
  type: "conversation.item.truncated";
  item_id: string;
  /** Which content part, from 0. */
  content_index: number;
  /** What is left of the part, in ms from its start. */
  audio_end_ms: number;
}

/** Probability of one token of a transcript. */
export interface LogProb {
  token: string;
  /** The token's UTF-8 bytes. */
  bytes: number[];
  /** Natural logarithm of the probability. */
  logprob: number;
}

/** What a transcription cost: by tokens or by seconds of audio, depending on the model. */
export type TranscriptionUsage =
  | {
      type: "tokens";
      input_tokens: number;
      output_tokens: number;
      total_tokens: number;
      input_token_details?: { audio_tokens?: number; text_tokens?: number };
    }
  | { type: "duration"; seconds: number };

/** More of the transcript of what the user said; some models send it while the user still speaks. */
export interface ConversationItemInputAudioTranscriptionDeltaEvent extends ServerEventFields, ObfuscatedFields {
  type: "conversation.item.input_audio_transcription.delta";
  item_id: string;
  /** Which content part, from 0. */
  content_index?: number;
  delta?: string;
  logprobs?: LogProb[] | null;
}

/** The transcript of what the user said is final. */
export interface ConversationItemInputAudioTranscriptionCompletedEvent extends ServerEventFields {
  type: "conversation.item.input_audio_transcription.completed";
  item_id: string;
  /** Which content part, from 0. */
  content_index: number;
  transcript: string;
  usage: TranscriptionUsage;
  /** The languages heard, by ISO 639-1 code. */
  languages?: { code: string }[];
  logprobs?: LogProb[] | null;
}

/** What the user said could not be transcribed; the conversation goes on without. */
export interface ConversationItemInputAudioTranscriptionFailedEvent extends ServerEventFields {
  type: "conversation.item.input_audio_transcription.failed";
  item_id: string;
  /** Which content part, from 0. */
  content_index: number;
  error: { type?: string; code?: string | null; message?: string; param?: string | null };
}

/** A stretch of the transcript by one speaker; from models that tell speakers apart. */
export interface ConversationItemInputAudioTranscriptionSegmentEvent extends ServerEventFields {
  type: "conversation.item.input_audio_transcription.segment";
  item_id: string;
  /** Which content part, from 0. */
  content_index: number;
  /** Of the segment. */
  id: string;
  text: string;
  /** A label that stays the same for one voice. */
  speaker: string;
  /** In seconds. */
  start: number;
  /** In seconds. */
  end: number;
}

/** Every event about the conversation; narrows by `type`. */
export type ConversationEvent =
  | ConversationCreatedEvent
  | ConversationItemAddedEvent
  | ConversationItemDoneEvent
  | ConversationItemCreatedEvent
  | ConversationItemRetrievedEvent
  | ConversationItemDeletedEvent
  | ConversationItemTruncatedEvent
  | ConversationItemInputAudioTranscriptionDeltaEvent
  | ConversationItemInputAudioTranscriptionCompletedEvent
  | ConversationItemInputAudioTranscriptionFailedEvent
  | ConversationItemInputAudioTranscriptionSegmentEvent;
