/** Rules about the user's turns: speech that starts and stops, commits, what they become, and when they are answered. */
import { PROTOCOL_LIMITS } from "@sidetone/core/protocol";
import type { Rule } from "../rule.ts";

const SPEECH = "input_audio_buffer.speech_started";
const STOPPED = "input_audio_buffer.speech_stopped";
const COMMITTED = "input_audio_buffer.committed";
const TIMEOUT = "input_audio_buffer.timeout_triggered";

/** Rounding that times in whole ms may have, in ms. */
const ROUNDING_MS = 1;

/** Rules about turns. */
export const TURN_RULES: readonly Rule[] = [
  {
    id: "speech-alternates",
    says: "Speech starts when nobody speaks, and stops when somebody does.",
    fact: "speech_started and speech_stopped come in pairs; a commit, a clear or new settings in between end the speech without a stop.",
    on: [SPEECH, STOPPED],
    check: ({ type }, { input }) => {
      if (type === SPEECH) return input.speech === null ? null : "speech started twice";
      return input.speech === null ? "speech stopped that had not started" : null;
    },
  },
  {
    id: "speech-item-id",
    says: "A turn keeps its item id from speech_started to committed.",
    fact: "speech_started carries the id of the future user item: started, stopped and committed all name it.",
    on: [STOPPED, COMMITTED],
    check: ({ type, item_id }, { input }) => {
      const expected = type === STOPPED ? input.speech?.itemId : (input.ended?.itemId ?? input.speech?.itemId);
      return expected !== undefined && expected !== item_id ? `item_id is ${item_id}, the turn's is ${expected}` : null;
    },
  },
  {
    id: "speech-item-new",
    says: "Each turn has an item id of its own.",
    fact: "The id that speech_started names is that of an item that does not exist yet.",
    on: [SPEECH, TIMEOUT],
    check: ({ item_id }, { items }) => (items.has(item_id) ? `${item_id} is an item already` : null),
  },
  {
    id: "speech-needs-detection",
    says: "Turns are told only while turn detection is on.",
    fact: "`turn_detection: null` is manual: no VAD events.",
    on: [SPEECH, STOPPED],
    check: ({ type }, { config, turnDetection }) => (config !== null && turnDetection === null ? `${type} without turn detection` : null),
  },
  {
    id: "timeout-needs-setting",
    says: "timeout_triggered comes only where idle_timeout_ms is set.",
    fact: "`idle_timeout_ms` belongs to server_vad and is null by default.",
    on: [TIMEOUT],
    check: (_event, { turnDetection }) => (typeof turnDetection?.idle_timeout_ms === "number" ? null : "no idle_timeout_ms is set"),
  },
  {
    id: "speech-on-grid",
    says: "The end of speech, and its start plus the padding, are multiples of a frame.",
    fact: "All recorded times: (audio_start_ms + prefix_padding_ms) and audio_end_ms are multiples of 32 ms; a start is never below 0.",
    on: [SPEECH, STOPPED],
    check: (event, state) => {
      const { vadFrameMs } = state.options;
      if (vadFrameMs === 0 || state.input.formatChanged) return null;
      if (event.type === STOPPED) return event.audio_end_ms % vadFrameMs === 0 ? null : `audio_end_ms ${event.audio_end_ms} is no multiple of ${vadFrameMs} ms`;
      const padding = state.paddingMs;
      if (padding === null || event.audio_start_ms === 0) return null;
      const onset = event.audio_start_ms + padding;
      return onset % vadFrameMs === 0 ? null : `audio_start_ms ${event.audio_start_ms} plus ${padding} ms is no multiple of ${vadFrameMs} ms`;
    },
  },
  {
    id: "speech-goes-forward",
    says: "Times of speech only grow, but for the padding that reaches back over the end of the turn before.",
    fact: "Times are cumulative over all appended audio; a start may lie before the previous end by the padding, and no more.",
    on: [SPEECH, STOPPED],
    check: (event, state) => {
      const { input } = state;
      if (event.type === STOPPED) {
        return event.audio_end_ms <= (input.speech?.startMs ?? -1) || event.audio_end_ms <= input.lastStopMs
          ? `audio_end_ms ${event.audio_end_ms} is not after the start, or the end before`
          : null;
      }
      if (event.audio_start_ms < 0) return `audio_start_ms is ${event.audio_start_ms}`;
      const padding = state.paddingMs;
      if (input.startsBefore(event.audio_start_ms, padding)) return `audio_start_ms ${event.audio_start_ms} is before the start of the turn before`;
      if (padding === null || event.audio_start_ms === 0) return null;
      return event.audio_start_ms + padding < input.lastStopMs ? `speech from ${event.audio_start_ms + padding} ms, before the last end` : null;
    },
  },
  {
    id: "speech-was-heard",
    says: "Speech is told after its audio has come, not before.",
    fact: "An event goes out as soon as its frame is complete; times count the audio that was appended.",
    on: [SPEECH, STOPPED],
    check: (event, state) => {
      if (state.onTrack) return null;
      const needed = event.type === STOPPED ? event.audio_end_ms : event.audio_start_ms + (state.paddingMs ?? 0);
      const clamped = event.type === SPEECH && event.audio_start_ms === 0;
      return !clamped && needed > state.input.heardMs + ROUNDING_MS ? `${needed} ms, of ${state.input.heardMs.toFixed(0)} ms that came` : null;
    },
  },
  {
    id: "stop-then-commit",
    says: "When speech stops or nobody speaks for too long, the next thing is that the turn is committed.",
    fact: "Recorded order: speech_stopped, committed; and timeout_triggered, committed.",
    on: [SPEECH, TIMEOUT, "conversation.item.added", "response.created"],
    check: ({ type }, { input }) => (input.ended === null ? null : `${type} came before the turn ${input.ended.itemId} was committed`),
  },
  {
    id: "commit-then-added",
    says: "A commit is followed by its item, added.",
    fact: "Recorded order: committed, conversation.item.added, conversation.item.done, response.created.",
    on: [SPEECH, COMMITTED, "conversation.item.added", "conversation.item.done", "response.created"],
    check: (event, { input }) => {
      if (input.committed === null) return null;
      if (event.type === "conversation.item.added" && event.item.id === input.committed.itemId) return null;
      return `${event.type} came before the item ${input.committed.itemId} was added`;
    },
  },
  {
    id: "added-then-done",
    says: "An item that no response makes is done as soon as it is added.",
    fact: "Recorded order: conversation.item.added, conversation.item.done, with nothing of the conversation in between.",
    on: [SPEECH, COMMITTED, "conversation.item.added", "conversation.item.done", "response.created"],
    check: (event, { undone }) => {
      if (undone === null || (event.type === "conversation.item.done" && event.item.id === undone)) return null;
      return `${event.type} came before the item ${undone} was done`;
    },
  },
  {
    id: "commit-has-audio",
    says: "A commit has at least 100 ms of audio.",
    fact: "`input_audio_buffer_commit_empty`: expected at least 100ms of audio.",
    on: [COMMITTED],
    check: (_event, { input, onTrack }) => {
      const ms = input.speech === null ? input.bufferedMs : input.heardMs - input.speech.startMs;
      if (onTrack || input.ended !== null || ms + ROUNDING_MS >= PROTOCOL_LIMITS.commitMinMs) return null;
      return `there were ${ms.toFixed(0)} ms`;
    },
  },
  {
    id: "turn-is-answered",
    says: "A turn that ends by itself is answered by a response, where that is asked for and none is active.",
    fact: "Recorded order: conversation.item.done of the user's item, response.created at once; with an active response nothing may happen.",
    on: [SPEECH, COMMITTED, "conversation.item.added", "response.done"],
    check: ({ type }, { answerDue, undone }) => (answerDue !== null && undone !== answerDue ? `${type} came instead, after ${answerDue}` : null),
    atEnd: ({ answerDue, fatal, options }) => (answerDue !== null && fatal === null && options.complete ? `nothing answered ${answerDue}` : null),
  },
];
