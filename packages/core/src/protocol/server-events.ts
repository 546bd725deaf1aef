/**
 * Server events about the session, its audio buffers, limits and errors, and the union of everything a server sends.
 *
 * Offsets in ms (`audio_start_ms`, `audio_end_ms`) count all audio that was appended since the session began; they are no wall clock.
 */
import type { ConversationEvent } from "./conversation-events.ts";
import type { ServerEventFields, UnknownServerEvent } from "./event-fields.ts";
import type { ResponseEvent } from "./response-events.ts";
import type { RealtimeSession, TranscriptionSession } from "./session-config.ts";

/** What the server complains about. */
export interface RealtimeError {
  /** Kind, such as `invalid_request_error` or `server_error`. */
  type: string;
  /** For people. */
  message: string;
  /** For programs, such as `invalid_value`. */
  code?: string | null;
  /** The offending field, as a path. */
  param?: string | null;
  /** The client event that caused it, when that had an id; not always given even then. */
  event_id?: string | null;
}

/** Something went wrong; the session goes on unless the code says otherwise. */
export interface RealtimeErrorEvent extends ServerEventFields {
  type: "error";
  error: RealtimeError;
}

/** First event of a connection, with the session's settings; not sent to a sideband connection. */
export interface SessionCreatedEvent extends ServerEventFields {
  type: "session.created";
  session: RealtimeSession | TranscriptionSession;
}

/** The settings changed; has all that are now in effect. */
export interface SessionUpdatedEvent extends ServerEventFields {
  type: "session.updated";
  session: RealtimeSession | TranscriptionSession;
}

/** The input buffer became a user's item, by the client's commit or by turn detection. */
export interface InputAudioBufferCommittedEvent extends ServerEventFields {
  type: "input_audio_buffer.committed";
  /** The new item. */
  item_id: string;
  /** The item before it; `null` for the first. */
  previous_item_id?: string | null;
}

/** The input buffer was emptied at the client's request. */
export interface InputAudioBufferClearedEvent extends ServerEventFields {
  type: "input_audio_buffer.cleared";
}

/** The user began to speak. */
export interface InputAudioBufferSpeechStartedEvent extends ServerEventFields {
  type: "input_audio_buffer.speech_started";
  /** Where the turn's audio begins, in ms of the session's input, padding included. */
  audio_start_ms: number;
  /** The item that the turn will become. */
  item_id: string;
}

/** The user stopped speaking. */
export interface InputAudioBufferSpeechStoppedEvent extends ServerEventFields {
  type: "input_audio_buffer.speech_stopped";
  /** Where the turn's audio ends, in ms of the session's input, silence included. */
  audio_end_ms: number;
  /** The item that the turn will become. */
  item_id: string;
}

/** Nobody spoke for `idle_timeout_ms`; the model will. */
export interface InputAudioBufferTimeoutTriggeredEvent extends ServerEventFields {
  type: "input_audio_buffer.timeout_triggered";
  /** Where the silence begins, in ms of the session's input. */
  audio_start_ms: number;
  /** Where the silence ends, in ms of the session's input. */
  audio_end_ms: number;
  /** The item that the silence becomes. */
  item_id: string;
}

/** The caller pressed a key. SIP only, and the one event without `event_id`. */
export interface InputAudioBufferDtmfEventReceivedEvent {
  type: "input_audio_buffer.dtmf_event_received";
  /** One of 0-9, `*`, `#`, A-D. */
  event: string;
  /** In seconds since 1970. */
  received_at: number;
}

/** The server began to play a response. WebRTC and SIP only. */
export interface OutputAudioBufferStartedEvent extends ServerEventFields {
  type: "output_audio_buffer.started";
  response_id: string;
}

/** The server has played all of a response; comes after its `response.done`. WebRTC and SIP only. */
export interface OutputAudioBufferStoppedEvent extends ServerEventFields {
  type: "output_audio_buffer.stopped";
  response_id: string;
}

/** The server stopped playing, since the user spoke or the client asked. WebRTC and SIP only. */
export interface OutputAudioBufferClearedEvent extends ServerEventFields {
  type: "output_audio_buffer.cleared";
  response_id: string;
}

/** The server began to ask an MCP server for its tools. */
export interface McpListToolsInProgressEvent extends ServerEventFields {
  type: "mcp_list_tools.in_progress";
  item_id: string;
}

/** An MCP server's tools are ready for use; wait for it before `response.create`. */
export interface McpListToolsCompletedEvent extends ServerEventFields {
  type: "mcp_list_tools.completed";
  item_id: string;
}

/** An MCP server did not tell its tools. */
export interface McpListToolsFailedEvent extends ServerEventFields {
  type: "mcp_list_tools.failed";
  item_id: string;
}

/** What is left of one of the account's allowances. */
export interface RateLimit {
  name: "requests" | "tokens";
  limit: number;
  remaining: number;
  /** Until it is whole again, in seconds. */
  reset_seconds: number;
}

/** What is left of the account's allowances; after each response, and never from Azure. */
export interface RateLimitsUpdatedEvent extends ServerEventFields {
  type: "rate_limits.updated";
  rate_limits: RateLimit[];
}

/** Every server event that this version knows; narrows by `type`. */
export type KnownServerEvent =
  | RealtimeErrorEvent
  | SessionCreatedEvent
  | SessionUpdatedEvent
  | InputAudioBufferCommittedEvent
  | InputAudioBufferClearedEvent
  | InputAudioBufferSpeechStartedEvent
  | InputAudioBufferSpeechStoppedEvent
  | InputAudioBufferTimeoutTriggeredEvent
  | InputAudioBufferDtmfEventReceivedEvent
  | OutputAudioBufferStartedEvent
  | OutputAudioBufferStoppedEvent
  | OutputAudioBufferClearedEvent
  | McpListToolsInProgressEvent
  | McpListToolsCompletedEvent
  | McpListToolsFailedEvent
  | RateLimitsUpdatedEvent
  | ConversationEvent
  | ResponseEvent;

/** Everything a server sends. `switch (event.type)` narrows to the known event; what is left in `default` is {@link UnknownServerEvent}. */
export type ServerEvent = KnownServerEvent | UnknownServerEvent;
