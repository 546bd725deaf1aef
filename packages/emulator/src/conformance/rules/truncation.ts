/** Rules about truncation: only of what the model said, never to more than there is, and what it does to the item. */
import { PROTOCOL_GRAINS } from "@sidetone/core/protocol";
import type { Rule } from "../rule.ts";
import { sentMs } from "../state/response-state.ts";
import { type Fields, isObject, show } from "../wire-event.ts";

const TRUNCATED = "conversation.item.truncated";

/** Rules about truncation. */
export const TRUNCATION_RULES: readonly Rule[] = [
  {
    id: "truncated-is-speech",
    says: "Only the model's speech is truncated.",
    fact: "Refused otherwise: only model output audio messages can be truncated.",
    on: [TRUNCATED],
    check: ({ item_id, content_index }, { items }) => {
      const item = items.get(item_id);
      if (item === undefined) return null;
      const part = item.parts.get(content_index);
      if (item.wire.role !== "assistant") return `${item_id} is not the model's`;
      return part !== undefined && part.kind !== "audio" ? `part ${content_index} is ${part.kind}` : null;
    },
  },
  {
    id: "truncated-within-audio",
    says: "An item is truncated to a whole number of ms, no more than was sent of it, nor than an earlier truncation has left.",
    fact: 'Refused otherwise: "Audio content of 3700ms is already shorter than 3760ms".',
    on: [TRUNCATED],
    check: ({ item_id, audio_end_ms: endMs }, state) => {
      const item = state.items.get(item_id);
      if (!Number.isInteger(endMs) || endMs < 0) return `audio_end_ms is ${show(endMs)}`;
      if (item?.truncatedMs !== null && item !== undefined && endMs > item.truncatedMs) return `${endMs} ms, ${item.truncatedMs} ms were left`;
      return item?.response && !state.onTrack && endMs > sentMs(item) ? `${endMs} ms, ${sentMs(item).toFixed(0)} ms were sent` : null;
    },
  },
  {
    id: "truncated-in-steps",
    says: "A truncation by the server is a multiple of 20 ms.",
    fact: "Recorded in calls: 4000, 2460, 1680, 1860, 20, 0 ms.",
    on: [TRUNCATED],
    check: (event, state) =>
      state.causeOf(event) === "server" && event.audio_end_ms % PROTOCOL_GRAINS.serverTruncationMs !== 0 ? `audio_end_ms is ${event.audio_end_ms}` : null,
  },
  {
    id: "truncated-loses-transcript",
    says: "An item that was truncated has no transcript any more.",
    fact: "Truncation deletes the transcript on the server.",
    on: ["conversation.item.retrieved"],
    check: ({ item }, { items }) => {
      const known = items.get(item.id);
      if (known === undefined || known.truncatedMs === null || !Array.isArray(item.content)) return null;
      const parts = item.content.filter((part: unknown) => isObject(part) && part.type === "output_audio") as Fields[];
      return parts.filter(({ transcript }) => (transcript ?? null) !== null).map(({ transcript }) => `it still says ${show(transcript)}`);
    },
  },
];
