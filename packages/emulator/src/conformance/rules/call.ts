/** Rules about calls (WebRTC, SIP), where the server plays: the state of its output buffer, and the order of an interruption. */
import type { Rule } from "../rule.ts";
import type { WireEvent } from "../wire-event.ts";

const STARTED = "output_audio_buffer.started";
const STOPPED = "output_audio_buffer.stopped";
const CLEARED = "output_audio_buffer.cleared";
const TRUNCATED = "conversation.item.truncated";

/** Events that must wait while something of an interruption is due. */
const WAITING = [
  TRUNCATED,
  "response.created",
  "response.done",
  "response.output_item.done",
  "response.content_part.done",
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  STARTED,
  STOPPED,
];

function belongsTo(event: WireEvent, responseId: string): boolean {
  return (event.response_id ?? event.response?.id) === responseId;
}

/** Rules about calls. */
export const CALL_RULES: readonly Rule[] = [
  {
    id: "audio-by-events-or-track",
    says: "Audio deltas come over a WebSocket of its own alone, events of the output buffer in calls alone.",
    fact: "Audio deltas are not sent in calls nor on sidebands; output_audio_buffer.* is for WebRTC and SIP only.",
    on: ["response.output_audio.delta", STARTED, STOPPED, CLEARED],
    check: ({ type }, { onTrack }) => ((type === "response.output_audio.delta") === onTrack ? `${type} ${onTrack ? "in a call" : "outside of calls"}` : null),
  },
  {
    id: "playback-order",
    says: "A response's playback starts once, and then either stops or is cleared.",
    fact: "output_audio_buffer.started, then .stopped when it is drained, or .cleared.",
    on: [STARTED, STOPPED, CLEARED],
    check: ({ type, response_id }, { responses }) => {
      const response = responses.get(response_id);
      if (!response) return `${response_id} was not created`;
      const expected = type === STARTED ? null : "started";
      return response.playback === expected ? null : `${type}, playback was ${response.playback ?? "not started"}`;
    },
  },
  {
    id: "playback-one-at-a-time",
    says: "One response plays at a time.",
    fact: "A call has one output buffer.",
    on: [STARTED],
    check: ({ response_id }, { playing }) => (playing !== undefined && playing.id !== response_id ? `${playing.id} still plays` : null),
  },
  {
    id: "playback-after-transcript",
    says: "Playback starts after the first words of the transcript.",
    fact: "Recorded: output_audio_buffer.started after the first transcript deltas.",
    on: ["response.output_audio_transcript.delta"],
    check: ({ response_id, item_id }, { responses, items }) => {
      const response = responses.get(response_id);
      const first = response?.items.every((item) => [...item.parts.values()].every(({ textDeltas }) => textDeltas === 0));
      return response?.playback && first && items.get(item_id) === response.items[0] ? "playback had started" : null;
    },
  },
  {
    id: "playback-stops-after-done",
    says: "Playback stops after the response is done.",
    fact: "Recorded: .stopped after response.done and rate_limits.updated, when the buffer is drained.",
    on: [STOPPED],
    check: ({ response_id }, { responses }) => (responses.get(response_id)?.done ? null : "its response is not done"),
  },
  {
    id: "interruption-clears-first",
    says: "When the user interrupts what plays, it is cleared before anything else happens to it.",
    fact: "Recorded orders all begin speech_started, output_audio_buffer.cleared, where something plays.",
    on: WAITING,
    check: (event, { clearDue }) =>
      clearDue !== null && (event.type === TRUNCATED || event.type === "response.created" || belongsTo(event, clearDue.id))
        ? `${event.type} came before ${clearDue.id} was cleared`
        : null,
  },
  {
    id: "cleared-then-truncated",
    says: "What was cleared is truncated, after its response is done and before the next one.",
    fact: "Recorded orders all end with conversation.item.truncated: after response.done, where a response was cancelled.",
    on: [TRUNCATED, "response.created", STARTED],
    check: (event, { cut, items, active }) => {
      if (cut === null) return null;
      if (event.type !== TRUNCATED) return `${event.type} came before the truncation`;
      if (items.get(event.item_id)?.response !== cut.response) return `${event.item_id} is not what was cleared`;
      return cut.bySpeech && active !== null && active === cut.response ? "its response is not done" : null;
    },
  },
];
