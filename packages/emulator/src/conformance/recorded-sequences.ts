/**
 * The orders in which the service was recorded to send events, with the fields that tie them together: over WebSocket, where the client plays, and in WebRTC calls, where
 * the server plays and truncates.
 */
import type { EventSequence, SequenceStep } from "./sequence.ts";
import type { Fields } from "./wire-event.ts";

/** Transcriptions of what the user said come whenever they are ready. */
const TRANSCRIPTIONS = ["delta", "completed", "failed"].map((end) => `conversation.item.input_audio_transcription.${end}`);

const out = (type: string | readonly string[], fields?: Fields, times: SequenceStep["times"] = "one"): SequenceStep => ({
  type,
  times,
  ...(fields === undefined ? {} : { with: fields }),
});
const client = (type: string, fields?: Fields): SequenceStep => ({ type, direction: "in", ...(fields === undefined ? {} : { with: fields }) });

const AT = { response_id: "$response", item_id: "$item", output_index: 0 };
const IN_PART = { ...AT, content_index: 0 };
const DELTAS = ["response.output_audio_transcript.delta", "response.output_audio.delta"];

const created = out("response.created", { response: { id: "$response", status: "in_progress", output: [] } });
const rateLimits = out("rate_limits.updated", { rate_limits: [{ name: "tokens" }] });

/** A message is announced. */
const messageBegins = (part: Fields): SequenceStep[] => [
  out("response.output_item.added", {
    response_id: "$response",
    output_index: 0,
    item: { id: "$item", type: "message", role: "assistant", status: "in_progress", content: [] },
  }),
  out("conversation.item.added", { item: { id: "$item", status: "in_progress", content: [] } }),
  out("response.content_part.added", { ...IN_PART, part }),
];

/** An item is done, then its response. */
const itemEnds = (status: string): SequenceStep[] => [
  out("conversation.item.done", { item: { id: "$item", status } }),
  out("response.output_item.done", { response_id: "$response", output_index: 0, item: { id: "$item", status } }),
];
const speechEnds = (status: string): SequenceStep[] => [
  out("response.output_audio.done", IN_PART),
  out("response.output_audio_transcript.done", { ...IN_PART, transcript: "$transcript" }),
  out("response.content_part.done", { ...IN_PART, part: { type: "audio", transcript: "$transcript" } }),
  ...itemEnds(status),
];
const responseEnds = (fields: Fields): SequenceStep => out("response.done", { response: { id: "$response", ...fields } });
const cancelledBy = (reason: string): Fields => ({ status: "cancelled", status_details: { type: "cancelled", reason } });

/** The user's item enters the conversation. */
const userItem: SequenceStep[] = [
  out("input_audio_buffer.committed", { item_id: "$user", previous_item_id: "$before" }),
  ...["added", "done"].map((end) =>
    out(`conversation.item.${end}`, {
      previous_item_id: "$before",
      item: { id: "$user", type: "message", role: "user", status: "completed", content: [{ type: "input_audio", transcript: null }] },
    }),
  ),
];
const speechStarted = out("input_audio_buffer.speech_started", { item_id: "$user" });
const cleared = out("output_audio_buffer.cleared", { response_id: "$response" });
const truncated = out("conversation.item.truncated", { item_id: "$item", content_index: 0 });

/** Recorded over WebSocket. */
const OVER_WEBSOCKET: readonly EventSequence[] = [
  {
    id: "server-vad-turn",
    title: "The user says something and is answered: transcript before audio, every end in its order.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      speechStarted,
      out("input_audio_buffer.speech_stopped", { item_id: "$user" }),
      ...userItem,
      created,
      ...messageBegins({ type: "audio", transcript: "" }),
      out("response.output_audio_transcript.delta", IN_PART, "some"),
      out("response.output_audio.delta", IN_PART),
      out(DELTAS, IN_PART, "any"),
      ...speechEnds("completed"),
      responseEnds({ status: "completed", output: [{ id: "$item", status: "completed", content: [{ type: "output_audio", transcript: "$transcript" }] }] }),
      rateLimits,
    ],
  },
  {
    id: "text-answer",
    title: "An answer in writing.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      created,
      ...messageBegins({ type: "text", text: "" }),
      out("response.output_text.delta", IN_PART, "some"),
      out("response.output_text.done", { ...IN_PART, text: "$text" }),
      out("response.content_part.done", { ...IN_PART, part: { type: "text", text: "$text" } }),
      ...itemEnds("completed"),
      responseEnds({ status: "completed", output: [{ id: "$item", content: [{ type: "output_text", text: "$text" }] }] }),
      rateLimits,
    ],
  },
  {
    id: "function-call",
    title: "A function call: no content part, and the neighbour forgotten when it is done.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      created,
      out("response.output_item.added", {
        response_id: "$response",
        output_index: 0,
        item: { id: "$item", type: "function_call", status: "in_progress", call_id: "$call" },
      }),
      out("conversation.item.added", { item: { id: "$item", type: "function_call" } }),
      out("response.function_call_arguments.delta", { ...AT, call_id: "$call" }, "some"),
      out("response.function_call_arguments.done", { ...AT, call_id: "$call", arguments: "$arguments" }),
      out("conversation.item.done", { previous_item_id: null, item: { id: "$item", status: "completed", arguments: "$arguments" } }),
      out("response.output_item.done", { response_id: "$response", output_index: 0, item: { id: "$item", call_id: "$call", arguments: "$arguments" } }),
      responseEnds({ status: "completed", output: [{ id: "$item", call_id: "$call", arguments: "$arguments" }] }),
      rateLimits,
    ],
  },
  {
    id: "client-cancel",
    title: "The client cancels a written answer: some more deltas, then every end, incomplete.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      client("response.cancel"),
      out("response.output_text.delta", { response_id: "$response", item_id: "$item" }, "any"),
      out("response.output_text.done", IN_PART),
      out("response.content_part.done", IN_PART),
      ...itemEnds("incomplete"),
      responseEnds({ ...cancelledBy("client_cancelled"), output: [{ id: "$item", status: "incomplete" }] }),
      rateLimits,
    ],
  },
  {
    id: "interruption",
    title: "The user speaks while the answer is made: the answer ends there, incomplete.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      speechStarted,
      ...speechEnds("incomplete"),
      responseEnds({ ...cancelledBy("turn_detected"), output: [{ id: "$item", status: "incomplete" }] }),
      rateLimits,
    ],
  },
  {
    id: "manual-turn",
    title: "Push to talk: a commit makes an item and no response; the response is asked for.",
    transport: "websocket",
    anywhere: [...TRANSCRIPTIONS, "input_audio_buffer.append"],
    steps: [client("input_audio_buffer.commit"), ...userItem, client("response.create"), created],
  },
  {
    id: "truncation",
    title: "The client says what was heard, and the server agrees.",
    transport: "websocket",
    anywhere: [...TRANSCRIPTIONS, "input_audio_buffer.append"],
    steps: [
      client("conversation.item.truncate", { item_id: "$item", content_index: 0, audio_end_ms: "$end" }),
      out("conversation.item.truncated", { item_id: "$item", content_index: 0, audio_end_ms: "$end" }),
    ],
  },
  {
    id: "truncation-refused",
    title: "The client claims to have heard more than there is: nothing is truncated.",
    transport: "websocket",
    anywhere: [...TRANSCRIPTIONS, "input_audio_buffer.append"],
    steps: [client("conversation.item.truncate"), out("error", { error: { type: "invalid_request_error", code: "invalid_value" } })],
  },
  {
    id: "second-response-refused",
    title: "A response is asked for while one is active.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [
      client("response.create", { event_id: "$event" }),
      out("error", { error: { code: "conversation_already_has_active_response", event_id: "$event" } }),
    ],
  },
  {
    id: "idle-timeout",
    title: "Nobody speaks for long: the silence becomes an item, and the model speaks first.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [out("input_audio_buffer.timeout_triggered", { item_id: "$user" }), ...userItem, created],
  },
  {
    id: "expiry",
    title: "The session has lasted as long as sessions may.",
    transport: "websocket",
    anywhere: TRANSCRIPTIONS,
    steps: [out("error", { error: { code: "session_expired", message: "Your session hit the maximum duration of 60 minutes." } })],
  },
  {
    id: "overlapping-items",
    title: "Two items of one answer: the second is added before the first is done.",
    transport: "websocket",
    anywhere: [...TRANSCRIPTIONS, ...DELTAS, "response.function_call_arguments.delta", "response.output_audio_transcript.done"],
    steps: [
      created,
      out("response.output_item.added", { response_id: "$response", output_index: 0, item: { id: "$item", type: "message" } }),
      out("conversation.item.added", { item: { id: "$item" } }),
      out("response.content_part.added", IN_PART),
      out("response.output_item.added", { response_id: "$response", output_index: 1, item: { id: "$second" } }),
      out("conversation.item.added", { previous_item_id: "$item", item: { id: "$second" } }),
    ],
  },
];

/** Recorded in WebRTC calls: four moments at which the user may cut in, and what playing looks like when nobody does. */
const IN_CALLS: readonly EventSequence[] = [
  {
    id: "call-playback",
    title: "An answer is played to its end.",
    transport: "webrtc",
    anywhere: TRANSCRIPTIONS,
    steps: [
      created,
      ...messageBegins({ type: "audio", transcript: "" }),
      out("response.output_audio_transcript.delta", IN_PART, "some"),
      out("output_audio_buffer.started", { response_id: "$response" }),
      out("response.output_audio_transcript.delta", IN_PART, "any"),
      ...speechEnds("completed"),
      responseEnds({ status: "completed" }),
      rateLimits,
      out("output_audio_buffer.stopped", { response_id: "$response" }),
    ],
  },
  {
    id: "call-interrupted-generating",
    title: "The user speaks while the answer is made.",
    transport: "webrtc",
    anywhere: TRANSCRIPTIONS,
    steps: [
      speechStarted,
      cleared,
      out("response.output_audio.done", IN_PART),
      out("response.output_audio_transcript.done", IN_PART),
      out("response.content_part.done", IN_PART),
      out("conversation.item.done", { item: { id: "$item", status: "incomplete" } }, "maybe"),
      out("response.output_item.done", { response_id: "$response", item: { id: "$item", status: "incomplete" } }),
      responseEnds(cancelledBy("turn_detected")),
      out("rate_limits.updated", undefined, "maybe"),
      truncated,
    ],
  },
  {
    id: "call-interrupted-items-done",
    title: "The user speaks when the items are done and the response is not.",
    transport: "webrtc",
    anywhere: TRANSCRIPTIONS,
    steps: [
      speechStarted,
      cleared,
      responseEnds({ ...cancelledBy("turn_detected"), output: [{ id: "$item", status: "completed" }] }),
      out("rate_limits.updated", undefined, "maybe"),
      truncated,
    ],
  },
  {
    id: "call-interrupted-playing",
    title: "The user speaks when the response is done and still plays.",
    transport: "webrtc",
    anywhere: TRANSCRIPTIONS,
    steps: [speechStarted, cleared, truncated],
  },
  {
    id: "call-interrupted-at-once",
    title: "The user speaks right after response.created: there is nothing to clear, and nothing to truncate.",
    transport: "webrtc",
    anywhere: TRANSCRIPTIONS,
    steps: [speechStarted, responseEnds({ ...cancelledBy("turn_detected"), output: [] })],
  },
  {
    id: "call-client-cancel",
    title: "The client cancels and clears; the server truncates.",
    transport: "webrtc",
    anywhere: [...TRANSCRIPTIONS, "response.output_audio_transcript.delta"],
    steps: [
      client("response.cancel"),
      client("output_audio_buffer.clear"),
      out(
        [
          "response.output_audio.done",
          "response.output_audio_transcript.done",
          "response.content_part.done",
          "conversation.item.done",
          "response.output_item.done",
        ],
        undefined,
        "any",
      ),
      responseEnds(cancelledBy("client_cancelled")),
      out("rate_limits.updated", undefined, "maybe"),
      cleared,
      truncated,
    ],
  },
];

/** All recorded sequences. */
export const RECORDED_SEQUENCES: readonly EventSequence[] = Object.freeze([...OVER_WEBSOCKET, ...IN_CALLS]);
