/**
 * Server events about one response: its life, its items, its content parts and their deltas. All names begin with `response.`.
 *
 * Deltas of one content part come in order and before its `.done`. From gpt-realtime-2 on, a response may have several items, and the next may be added
 * before the last is done: keep state by (`item_id`, `content_index`), never by "the current item".
 */
import type { ObfuscatedFields, ResponseItemFields, ResponsePartFields, ServerEventFields } from "./event-fields.ts";
import type { ServerConversationItem } from "./items.ts";
import type { RealtimeResponse } from "./response.ts";

/** A response began: status `in_progress`, no output yet. */
export interface ResponseCreatedEvent extends ServerEventFields {
  type: "response.created";
  response: RealtimeResponse;
}

/** A response ended, one way or another; always comes. */
export interface ResponseDoneEvent extends ServerEventFields {
  type: "response.done";
  response: RealtimeResponse;
}

/** A response began an item; a message's content is still empty. */
export interface ResponseOutputItemAddedEvent extends ServerEventFields {
  type: "response.output_item.added";
  response_id: string;
  /** Position in the response's `output`, from 0. */
  output_index: number;
  item: ServerConversationItem;
}

/** An item of a response is final: `completed`, or `incomplete` when it was interrupted. */
export interface ResponseOutputItemDoneEvent extends ServerEventFields {
  type: "response.output_item.done";
  response_id: string;
  /** Position in the response's `output`, from 0. */
  output_index: number;
  item: ServerConversationItem;
}

/** A content part in the making. Its `type` is not the item's: `audio` and `text` here, `output_audio` and `output_text` there. */
export interface ResponseContentPart {
  type?: "audio" | "text";
  text?: string;
  /** Never sent, in all recordings. */
  audio?: string;
  transcript?: string;
}

/** A response began a content part. */
export interface ResponseContentPartAddedEvent extends ResponsePartFields {
  type: "response.content_part.added";
  part: ResponseContentPart;
}

/** A content part is final. */
export interface ResponseContentPartDoneEvent extends ResponsePartFields {
  type: "response.content_part.done";
  part: ResponseContentPart;
}

/** More text. */
export interface ResponseOutputTextDeltaEvent extends ResponsePartFields, ObfuscatedFields {
  type: "response.output_text.delta";
  delta: string;
}

/** The text is final. */
export interface ResponseOutputTextDoneEvent extends ResponsePartFields {
  type: "response.output_text.done";
  text: string;
}

/** More speech; comes several times faster than it plays. WebSocket only: elsewhere the media track carries it. */
export interface ResponseOutputAudioDeltaEvent extends ResponsePartFields {
  type: "response.output_audio.delta";
  /** Base64 in the session's output format; in practice whole samples, 100 to 700 ms. */
  delta: string;
}

/** The speech is complete, or was cut off. */
export interface ResponseOutputAudioDoneEvent extends ResponsePartFields {
  type: "response.output_audio.done";
}

/** More of the text of the speech; runs ahead of the audio, and seconds ahead of what is heard. */
export interface ResponseOutputAudioTranscriptDeltaEvent extends ResponsePartFields, ObfuscatedFields {
  type: "response.output_audio_transcript.delta";
  delta: string;
}

/** The text of the speech is final. */
export interface ResponseOutputAudioTranscriptDoneEvent extends ResponsePartFields {
  type: "response.output_audio_transcript.done";
  transcript: string;
}

/** More of a function call's arguments. */
export interface ResponseFunctionCallArgumentsDeltaEvent extends ResponseItemFields, ObfuscatedFields {
  type: "response.function_call_arguments.delta";
  call_id: string;
  /** A piece of JSON text. */
  delta: string;
}

/** A function call's arguments are final. `response.output_item.done` says the same again: call the function for one of them only. */
export interface ResponseFunctionCallArgumentsDoneEvent extends ResponseItemFields {
  type: "response.function_call_arguments.done";
  call_id: string;
  name: string;
  /** JSON text; broken off when the response was interrupted. */
  arguments: string;
}

/** More of an MCP call's arguments. */
export interface ResponseMcpCallArgumentsDeltaEvent extends ResponseItemFields, ObfuscatedFields {
  type: "response.mcp_call_arguments.delta";
  /** A piece of JSON text. */
  delta: string;
}

/** An MCP call's arguments are final. */
export interface ResponseMcpCallArgumentsDoneEvent extends ResponseItemFields {
  type: "response.mcp_call_arguments.done";
  /** JSON text. */
  arguments: string;
}

/** An MCP call that the server makes: it runs. */
export interface ResponseMcpCallInProgressEvent extends ServerEventFields {
  type: "response.mcp_call.in_progress";
  item_id: string;
  /** Position in the response's `output`, from 0. */
  output_index: number;
}

/** An MCP call that the server makes: it succeeded; the result is in the item. */
export interface ResponseMcpCallCompletedEvent extends ServerEventFields {
  type: "response.mcp_call.completed";
  item_id: string;
  /** Position in the response's `output`, from 0. */
  output_index: number;
}

/** An MCP call that the server makes: it failed; the error is in the item. */
export interface ResponseMcpCallFailedEvent extends ServerEventFields {
  type: "response.mcp_call.failed";
  item_id: string;
  /** Position in the response's `output`, from 0. */
  output_index: number;
}

/** Every event about a response; narrows by `type`. */
export type ResponseEvent =
  | ResponseCreatedEvent
  | ResponseDoneEvent
  | ResponseOutputItemAddedEvent
  | ResponseOutputItemDoneEvent
  | ResponseContentPartAddedEvent
  | ResponseContentPartDoneEvent
  | ResponseOutputTextDeltaEvent
  | ResponseOutputTextDoneEvent
  | ResponseOutputAudioDeltaEvent
  | ResponseOutputAudioDoneEvent
  | ResponseOutputAudioTranscriptDeltaEvent
  | ResponseOutputAudioTranscriptDoneEvent
  | ResponseFunctionCallArgumentsDeltaEvent
  | ResponseFunctionCallArgumentsDoneEvent
  | ResponseMcpCallArgumentsDeltaEvent
  | ResponseMcpCallArgumentsDoneEvent
  | ResponseMcpCallInProgressEvent
  | ResponseMcpCallCompletedEvent
  | ResponseMcpCallFailedEvent;
