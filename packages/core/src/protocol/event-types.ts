/**
 * The names of all events as data, and the question whether an event is known. The records are complete by construction: the compiler refuses a missing or an
 * extra name.
 */
import type { ClientEvent } from "./client-events.ts";
import type { KnownServerEvent, ServerEvent } from "./server-events.ts";

/** Name of a client event. */
export type ClientEventType = ClientEvent["type"];

/** Name of a server event that this version knows. */
export type ServerEventType = KnownServerEvent["type"];

/** The client event of that name. */
export type ClientEventOf<T extends ClientEventType> = Extract<ClientEvent, { type: T }>;

/** The server event of that name. */
export type ServerEventOf<T extends ServerEventType> = Extract<KnownServerEvent, { type: T }>;

const CLIENT: Readonly<Record<ClientEventType, true>> = {
  "session.update": true,
  "input_audio_buffer.append": true,
  "input_audio_buffer.commit": true,
  "input_audio_buffer.clear": true,
  "output_audio_buffer.clear": true,
  "conversation.item.create": true,
  "conversation.item.retrieve": true,
  "conversation.item.truncate": true,
  "conversation.item.delete": true,
  "response.create": true,
  "response.cancel": true,
};

const SERVER: Readonly<Record<ServerEventType, true>> = {
  error: true,
  "session.created": true,
  "session.updated": true,
  "conversation.created": true,
  "conversation.item.added": true,
  "conversation.item.done": true,
  "conversation.item.created": true,
  "conversation.item.retrieved": true,
  "conversation.item.deleted": true,
  "conversation.item.truncated": true,
  "conversation.item.input_audio_transcription.delta": true,
  "conversation.item.input_audio_transcription.completed": true,
  "conversation.item.input_audio_transcription.failed": true,
  "conversation.item.input_audio_transcription.segment": true,
  "input_audio_buffer.committed": true,
  "input_audio_buffer.cleared": true,
  "input_audio_buffer.speech_started": true,
  "input_audio_buffer.speech_stopped": true,
  "input_audio_buffer.timeout_triggered": true,
  "input_audio_buffer.dtmf_event_received": true,
  "output_audio_buffer.started": true,
  "output_audio_buffer.stopped": true,
  "output_audio_buffer.cleared": true,
  "response.created": true,
  "response.done": true,
  "response.output_item.added": true,
  "response.output_item.done": true,
  "response.content_part.added": true,
  "response.content_part.done": true,
  "response.output_text.delta": true,
  "response.output_text.done": true,
  "response.output_audio.delta": true,
  "response.output_audio.done": true,
  "response.output_audio_transcript.delta": true,
  "response.output_audio_transcript.done": true,
  "response.function_call_arguments.delta": true,
  "response.function_call_arguments.done": true,
  "response.mcp_call_arguments.delta": true,
  "response.mcp_call_arguments.done": true,
  "response.mcp_call.in_progress": true,
  "response.mcp_call.completed": true,
  "response.mcp_call.failed": true,
  "mcp_list_tools.in_progress": true,
  "mcp_list_tools.completed": true,
  "mcp_list_tools.failed": true,
  "rate_limits.updated": true,
};

/** The names of all client events. */
export const CLIENT_EVENT_TYPES: readonly ClientEventType[] = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.keys(CLIENT) as ClientEventType[]);

/** The names of all server events that this version knows. */
export const SERVER_EVENT_TYPES: readonly ServerEventType[] = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.keys(SERVER) as ServerEventType[]);

/** Whether `type` names a client event. */
export function isClientEventType(type: string): type is ClientEventType {
  return Object.hasOwn(CLIENT, type);
}

/** Whether `type` names a server event that this version knows. */
export function isServerEventType(type: string): type is ServerEventType {
  return Object.hasOwn(SERVER, type);
}

/** Whether this version knows the event by its name; says nothing about its other fields. */
export function isKnownServerEvent(event: ServerEvent): event is KnownServerEvent {
  return isServerEventType(event.type);
}

/** Takes an object from elsewhere (another SDK, a test, a dialect) as the server event that its `type` names, known or unknown, unchecked. */
export function asServerEvent(event: { type: string }): ServerEvent {
  return event as ServerEvent;
}
