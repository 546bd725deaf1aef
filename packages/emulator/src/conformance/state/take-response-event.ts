/**
 * How the events of responses, and of the audio that a call plays of them, change what is known.
 */
import type { Fields, WireEvent } from "../wire-event.ts";
import { type ItemState, newItem, newPart, newResponse, type PartState, type ResponseState } from "./response-state.ts";
import type { SessionState } from "./session-state.ts";

/** The item that an event is about, when its response made it. */
export function itemOf(state: SessionState, event: WireEvent): ItemState | undefined {
  const item = state.items.get(event.item_id ?? event.item?.id);
  return item?.response?.id === event.response_id ? item : undefined;
}

/** The content part that an event is about. */
export function partOf(state: SessionState, event: WireEvent): PartState | undefined {
  return itemOf(state, event)?.parts.get(event.content_index);
}

/** Takes an event whose name begins with `response.`, `output_audio_buffer.` or `mcp_`; `asked` is the client's `response.create` that it grants. */
export function takeResponseEvent(state: SessionState, event: WireEvent, asked: Fields | undefined): void {
  TAKE[event.type]?.(state, event, asked);
}

type Take = (state: SessionState, event: WireEvent, asked: Fields | undefined) => void;

const toPart =
  (change: (part: PartState, event: WireEvent, state: SessionState) => void): Take =>
  (state, event) => {
    const part = partOf(state, event);
    if (part) change(part, event, state);
  };

const toItem =
  (change: (item: ItemState, event: WireEvent) => void): Take =>
  (state, event) => {
    const item = itemOf(state, event);
    if (item) change(item, event);
  };

const say = toPart((part, event, state) => {
  part.text += event.delta;
  part.textDeltas++;
  noteObfuscation(state, event);
});
const mcp =
  (to: "in_progress" | "over"): Take =>
  (state, event) => {
    const item = state.items.get(event.item_id);
    if (item) item.mcp = to;
  };
const playback =
  (to: ResponseState["playback"]): Take =>
  (state, event) => {
    const response = state.responses.get(event.response_id);
    if (response) response.playback = to;
  };

const argumentsDelta: Take = (state, event) => {
  const item = itemOf(state, event);
  if (item) item.arguments += event.delta;
  noteObfuscation(state, event);
};
const argumentsDone = toItem((item, event) => {
  item.argumentsDone = event.arguments;
});

const TAKE: Readonly<Record<string, Take>> = {
  "response.created": (state, { response: created }, asked) => {
    const response = newResponse(created, asked === undefined ? null : (asked.response ?? {}));
    state.responses.set(response.id, response);
    if (!response.inConversation) return;
    state.conversationId ??= created.conversation_id;
    if (response.asked === null) state.input.unanswered = Math.max(0, state.input.unanswered - 1);
    state.active = response;
    state.answerDue = null;
  },
  "response.done": (state, { response: done }) => {
    const response = state.responses.get(done.id);
    if (response) response.done = done;
    if (state.active === response) state.active = null;
  },
  "response.output_item.added": (state, event) => {
    const response = state.responses.get(event.response_id);
    if (!response) return;
    const item = newItem(event.item, response);
    response.items.push(item);
    state.items.set(item.id, item);
  },
  "response.output_item.done": toItem((item, event) => {
    item.outputDone = event.item;
    item.wire = event.item;
    item.cancelled = item.response?.cancelAsked !== null;
  }),
  "response.content_part.added": toItem((item, event) => item.parts.set(event.content_index, newPart(event.content_index, event.part.type))),
  "response.content_part.done": toPart((part) => {
    part.done = true;
  }),
  "response.output_text.delta": say,
  "response.output_audio_transcript.delta": say,
  "response.output_text.done": toPart((part, event) => {
    part.textDone = event.text;
  }),
  "response.output_audio_transcript.done": toPart((part, event) => {
    part.textDone = event.transcript;
  }),
  "response.output_audio.delta": toPart((part, _event, state) => {
    part.audioBytes += state.audioBytes;
    part.audioDeltas++;
    state.spoke = true;
  }),
  "response.output_audio.done": toPart((part) => {
    part.audioDone = true;
  }),
  "response.function_call_arguments.delta": argumentsDelta,
  "response.function_call_arguments.done": argumentsDone,
  "response.mcp_call_arguments.delta": argumentsDelta,
  "response.mcp_call_arguments.done": argumentsDone,
  "response.mcp_call.in_progress": mcp("in_progress"),
  "response.mcp_call.completed": mcp("over"),
  "response.mcp_call.failed": mcp("over"),
  "mcp_list_tools.in_progress": mcp("in_progress"),
  "mcp_list_tools.completed": mcp("over"),
  "mcp_list_tools.failed": mcp("over"),
  "output_audio_buffer.started": (state, event, asked) => {
    state.spoke = true;
    playback("started")(state, event, asked);
  },
  "output_audio_buffer.stopped": playback("stopped"),
  "output_audio_buffer.cleared": (state, event, asked) => {
    playback("cleared")(state, event, asked);
    state.cut = { response: state.responses.get(event.response_id), bySpeech: state.clearDue !== null };
    state.clearDue = null;
  },
};

function noteObfuscation(state: SessionState, event: WireEvent): void {
  state.obfuscates ??= typeof event.obfuscation === "string";
}
