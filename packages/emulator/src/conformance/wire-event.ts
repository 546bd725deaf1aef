/**
 * Events as the checker sees them: loosely typed, because what is checked may be anything. `readable` says whether an event has the fields that its name promises;
 * rules and state only ever see events that do.
 */

/** An event, or a part of one. */
// biome-ignore lint/suspicious/noExplicitAny: what is checked may have any shape
export type Fields = Record<string, any>;

/** An event with its type. */
export interface WireEvent extends Fields {
  readonly type: string;
}

type Kind = "string" | "number" | "object" | "array";

const EVENT_ITEM = { item: "object" } as const;
const ITEM_ID = { item_id: "string" } as const;
const ITEM_PART = { item_id: "string", content_index: "number" } as const;
const IN_RESPONSE = { response_id: "string", item_id: "string", output_index: "number" } as const;
const IN_PART = { ...IN_RESPONSE, content_index: "number" } as const;
const DELTA = { delta: "string" } as const;
const OUTPUT_ITEM = { response_id: "string", output_index: "number", item: "object" } as const;
const RESPONSE_ID = { response_id: "string" } as const;
const MCP_CALL = { item_id: "string", output_index: "number" } as const;

/** What each server event must have besides its type and its id. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  error: { error: "object" },
  "session.created": { session: "object" },
  "session.updated": { session: "object" },
  "conversation.item.added": EVENT_ITEM,
  "conversation.item.done": EVENT_ITEM,
  "conversation.item.retrieved": EVENT_ITEM,
  "conversation.item.deleted": ITEM_ID,
  "conversation.item.truncated": { ...ITEM_PART, audio_end_ms: "number" },
  "conversation.item.input_audio_transcription.delta": ITEM_ID,
  "conversation.item.input_audio_transcription.completed": { ...ITEM_PART, transcript: "string", usage: "object" },
  "conversation.item.input_audio_transcription.failed": { ...ITEM_PART, error: "object" },
  "conversation.item.input_audio_transcription.segment": { ...ITEM_PART, id: "string", text: "string", speaker: "string", start: "number", end: "number" },
  "input_audio_buffer.committed": ITEM_ID,
  "input_audio_buffer.cleared": {},
  "input_audio_buffer.speech_started": { audio_start_ms: "number", item_id: "string" },
  "input_audio_buffer.speech_stopped": { audio_end_ms: "number", item_id: "string" },
  "input_audio_buffer.timeout_triggered": { audio_start_ms: "number", audio_end_ms: "number", item_id: "string" },
  "input_audio_buffer.dtmf_event_received": { event: "string", received_at: "number" },
  "output_audio_buffer.started": RESPONSE_ID,
  "output_audio_buffer.stopped": RESPONSE_ID,
  "output_audio_buffer.cleared": RESPONSE_ID,
  "response.created": { response: "object" },
  "response.done": { response: "object" },
  "response.output_item.added": OUTPUT_ITEM,
  "response.output_item.done": OUTPUT_ITEM,
  "response.content_part.added": { ...IN_PART, part: "object" },
  "response.content_part.done": { ...IN_PART, part: "object" },
  "response.output_text.delta": { ...IN_PART, ...DELTA },
  "response.output_text.done": { ...IN_PART, text: "string" },
  "response.output_audio.delta": { ...IN_PART, ...DELTA },
  "response.output_audio.done": IN_PART,
  "response.output_audio_transcript.delta": { ...IN_PART, ...DELTA },
  "response.output_audio_transcript.done": { ...IN_PART, transcript: "string" },
  "response.function_call_arguments.delta": { ...IN_RESPONSE, ...DELTA, call_id: "string" },
  "response.function_call_arguments.done": { ...IN_RESPONSE, call_id: "string", arguments: "string", name: "string" },
  "response.mcp_call_arguments.delta": { ...IN_RESPONSE, ...DELTA },
  "response.mcp_call_arguments.done": { ...IN_RESPONSE, arguments: "string" },
  "response.mcp_call.in_progress": MCP_CALL,
  "response.mcp_call.completed": MCP_CALL,
  "response.mcp_call.failed": MCP_CALL,
  "mcp_list_tools.in_progress": ITEM_ID,
  "mcp_list_tools.completed": ITEM_ID,
  "mcp_list_tools.failed": ITEM_ID,
  "rate_limits.updated": { rate_limits: "array" },
};

/** Members of the object in a field, where rules read them. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  session: { type: "string", audio: "object" },
  item: { id: "string", type: "string" },
  response: { id: "string", output: "array", status: "string" },
  part: { type: "string" },
};

/** What is missing in `event`, or has the wrong kind of value, by its path; empty when it can be read. Events of an unknown name have nothing to miss. */
export function unreadableFields(event: WireEvent): string[] {
  const wrong: string[] = [];
  for (const [name, kind] of Object.entries(REQUIRED[event.type] ?? {})) {
    if (!isKind(event[name], kind)) wrong.push(`${name} (${kind})`);
    else for (const [member, of] of Object.entries(MEMBERS[name] ?? {})) if (!isKind(event[name][member], of)) wrong.push(`${name}.${member} (${of})`);
  }
  return wrong;
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === "array") return Array.isArray(value) && value.every((member) => isObject(member));
  return kind === "object" ? isObject(value) : typeof value === kind;
}

/** Whether `value` is an object and no array. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values are the same as JSON, in whatever order their members stand. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((value, i) => same(value, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(a[name], b[name]));
}

/** The text that identifies a value in a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
