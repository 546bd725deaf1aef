/**
 * Everything a client may send: the eleven client events of the Realtime API.
 */
import type { ClientEventFields } from "./event-fields.ts";
import type { ConversationItem } from "./items.ts";
import type { ResponseCreateParams } from "./response.ts";
import type { SessionUpdate } from "./session-config.ts";

/** Changes the session's settings. Answer: `session.updated` with all of them, or `error`. */
export interface SessionUpdateEvent extends ClientEventFields {
  type: "session.update";
  /** Only what is present changes. */
  session: SessionUpdate;
}

/** Appends to the user's audio. WebSocket only: elsewhere the media track does it. There is no answer. */
export interface InputAudioBufferAppendEvent extends ClientEventFields {
  type: "input_audio_buffer.append";
  /** Base64 in the session's input format, at most 15 MiB. */
  audio: string;
}

/** Ends the user's turn: the buffer becomes an item. Starts no response. Answer: `input_audio_buffer.committed`, or `error` below 100 ms of audio. */
export interface InputAudioBufferCommitEvent extends ClientEventFields {
  type: "input_audio_buffer.commit";
}

/** Drops the user's audio that is not committed yet. Answer: `input_audio_buffer.cleared`. */
export interface InputAudioBufferClearEvent extends ClientEventFields {
  type: "input_audio_buffer.clear";
}

/** Cuts the model's audio off at once. WebRTC and SIP only; send `response.cancel` before it. Answer: `output_audio_buffer.cleared`. */
export interface OutputAudioBufferClearEvent extends ClientEventFields {
  type: "output_audio_buffer.clear";
}

/** Adds an item. Answer: `conversation.item.added` and `conversation.item.done`. The model's own audio cannot be added. */
export interface ConversationItemCreateEvent extends ClientEventFields {
  type: "conversation.item.create";
  /** Where it goes: after this item, first (`root`), or, when absent, last. */
  previous_item_id?: string;
  item: ConversationItem;
}

/** Asks for an item with its audio. Answer: `conversation.item.retrieved`. */
export interface ConversationItemRetrieveEvent extends ClientEventFields {
  type: "conversation.item.retrieve";
  item_id: string;
}

/**
 * Tells the server how much of the model's speech the user heard, so that it forgets the rest and the transcript. On WebSocket the client's duty after every
 * interruption; on WebRTC and SIP the server does it. Answer: `conversation.item.truncated`, or `error` when the item is shorter.
 */
export interface ConversationItemTruncateEvent extends ClientEventFields {
  type: "conversation.item.truncate";
  item_id: string;
  /** Which content part, from 0. */
  content_index: number;
  /** What was heard of this part, in whole ms from its start; at most what the server has sent of it. */
  audio_end_ms: number;
}

/** Removes an item. Answer: `conversation.item.deleted`. */
export interface ConversationItemDeleteEvent extends ClientEventFields {
  type: "conversation.item.delete";
  item_id: string;
}

/** Makes the model answer. Answer: `response.created` to `response.done`; `error` while another response of the conversation runs. */
export interface ResponseCreateEvent extends ClientEventFields {
  type: "response.create";
  /** Overrides of the session's settings for this response. */
  response?: ResponseCreateParams;
}

/** Stops a response. Answer: `response.done` with status `cancelled`, after some stragglers; `error` `response_cancel_not_active` when none runs. */
export interface ResponseCancelEvent extends ClientEventFields {
  type: "response.cancel";
  /** Needed only for responses beside the conversation. Default: the conversation's current one. */
  response_id?: string;
}

/** Everything a client may send; narrows by `type`. */
export type ClientEvent =
  | SessionUpdateEvent
  | InputAudioBufferAppendEvent
  | InputAudioBufferCommitEvent
  | InputAudioBufferClearEvent
  | OutputAudioBufferClearEvent
  | ConversationItemCreateEvent
  | ConversationItemRetrieveEvent
  | ConversationItemTruncateEvent
  | ConversationItemDeleteEvent
  | ResponseCreateEvent
  | ResponseCancelEvent;
