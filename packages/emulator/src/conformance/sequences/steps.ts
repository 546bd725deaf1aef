/** Steps that recorded sequences are made of. Values that begin with `$` are names that must stand for the same in all steps of a sequence. */
import type { SequenceStep } from "../sequence.ts";
import type { Fields } from "../wire-event.ts";

/** Transcriptions of what the user said come whenever they are ready. */
export const TRANSCRIPTIONS = ["delta", "completed", "failed"].map((end) => `conversation.item.input_audio_transcription.${end}`);

/** An event of the server. */
export const out = (type: string | readonly string[], fields?: Fields, times: SequenceStep["times"] = "one"): SequenceStep => ({
  type,
  times,
  ...(fields === undefined ? {} : { with: fields }),
});
/** An event of the client. */
export const client = (type: string, fields?: Fields): SequenceStep => ({ type, direction: "in", ...(fields === undefined ? {} : { with: fields }) });

/** Where the item of a response is. */
export const AT = { response_id: "$response", item_id: "$item", output_index: 0 };
/** Where its one part is. */
export const IN_PART = { ...AT, content_index: 0 };
/** What speech comes in. */
export const DELTAS = ["response.output_audio_transcript.delta", "response.output_audio.delta"];

/** A response begins. */
export const created = out("response.created", { response: { id: "$response", status: "in_progress", output: [] } });
/** What follows every response. */
export const rateLimits = out("rate_limits.updated", { rate_limits: [{ name: "tokens" }] });

/** A message is announced. */
export const messageBegins = (part: Fields): SequenceStep[] => [
  out("response.output_item.added", {
    response_id: "$response",
    output_index: 0,
    item: { id: "$item", type: "message", role: "assistant", status: "in_progress", content: [] },
  }),
  out("conversation.item.added", { item: { id: "$item", status: "in_progress", content: [] } }),
  out("response.content_part.added", { ...IN_PART, part }),
];

/** An item is done, then its response. */
export const itemEnds = (status: string): SequenceStep[] => [
  out("conversation.item.done", { item: { id: "$item", status } }),
  out("response.output_item.done", { response_id: "$response", output_index: 0, item: { id: "$item", status } }),
];
/** A message by voice ends, then its item. */
export const speechEnds = (status: string): SequenceStep[] => [
  out("response.output_audio.done", IN_PART),
  out("response.output_audio_transcript.done", { ...IN_PART, transcript: "$transcript" }),
  out("response.content_part.done", { ...IN_PART, part: { type: "audio", transcript: "$transcript" } }),
  ...itemEnds(status),
];
/** A response ends. */
export const responseEnds = (fields: Fields): SequenceStep => out("response.done", { response: { id: "$response", ...fields } });
/** How a response looks that was cancelled. */
export const cancelledBy = (reason: string): Fields => ({ status: "cancelled", status_details: { type: "cancelled", reason } });

/** The user's item enters the conversation. */
export const userItem: SequenceStep[] = [
  out("input_audio_buffer.committed", { item_id: "$user", previous_item_id: "$before" }),
  ...["added", "done"].map((end) =>
    out(`conversation.item.${end}`, {
      previous_item_id: "$before",
      item: { id: "$user", type: "message", role: "user", status: "completed", content: [{ type: "input_audio", transcript: null }] },
    }),
  ),
];
/** The user speaks. */
export const speechStarted = out("input_audio_buffer.speech_started", { item_id: "$user" });
/** The server stops playing. */
export const cleared = out("output_audio_buffer.cleared", { response_id: "$response" });
/** The server truncates. */
export const truncated = out("conversation.item.truncated", { item_id: "$item", content_index: 0 });
