/** Rules about how a response makes an item: announced, filled piece by piece, closed in order, and the same in all its reports. */
import type { Rule } from "../rule.ts";
import { type ItemState, outputFormat } from "../state/response-state.ts";
import type { SessionState } from "../state/session-state.ts";
import { itemOf, partOf } from "../state/take-response-event.ts";
import { type Fields, isObject, show, type WireEvent } from "../wire-event.ts";

const PART_ADDED = "response.content_part.added";
const PART_DONE = "response.content_part.done";
const ITEM_ADDED = "response.output_item.added";
const ITEM_DONE = "response.output_item.done";
const AUDIO = "response.output_audio.delta";
const AUDIO_DONE = "response.output_audio.done";
const TRANSCRIPT = "response.output_audio_transcript.delta";
const TRANSCRIPT_DONE = "response.output_audio_transcript.done";
const TEXT = "response.output_text.delta";
const TEXT_DONE = "response.output_text.done";
const CALL = "response.function_call_arguments.delta";
const CALL_DONE = "response.function_call_arguments.done";
const MCP = "response.mcp_call_arguments.delta";
const MCP_DONE = "response.mcp_call_arguments.done";

/** Of which kind the part is that an event belongs to. */
const PART_OF: Readonly<Record<string, string>> = {
  [AUDIO]: "audio",
  [AUDIO_DONE]: "audio",
  [TRANSCRIPT]: "audio",
  [TRANSCRIPT_DONE]: "audio",
  [TEXT]: "text",
  [TEXT_DONE]: "text",
};
/** Of which type the item is that an event belongs to. */
const ITEM_OF: Readonly<Record<string, string>> = { [CALL]: "function_call", [CALL_DONE]: "function_call", [MCP]: "mcp_call", [MCP_DONE]: "mcp_call" };

/** Text of a part as it is reported; undefined where it was truncated. */
function textOf(part: Fields): unknown {
  return part.type === "text" || part.type === "output_text" ? part.text : part.transcript;
}

/** What keeps an item from being closed. */
function openIn(item: ItemState): string[] {
  const open = [...item.parts.values()].filter(({ done }) => !done).map(({ index }) => `part ${index} is open`);
  if ((item.wire.type === "function_call" || item.wire.type === "mcp_call") && item.argumentsDone === null) open.push("its arguments are open");
  return open;
}

/** Where an item's report differs from what was said in its parts. */
function unlikeParts(event: WireEvent, state: SessionState): string[] {
  const known = state.items.get(event.item.id);
  if (known === undefined || known.response === null) return [];
  if (known.argumentsDone !== null && event.item.arguments !== known.argumentsDone) return [`arguments are ${show(event.item.arguments)}`];
  if (event.item.type !== "message") return [];
  const content = Array.isArray(event.item.content) ? event.item.content : [];
  if (content.length !== known.parts.size) return [`${content.length} parts, ${known.parts.size} were made`];
  return [...known.parts.values()]
    .filter(({ index, kind, text }) => {
      const part: Fields = isObject(content[index]) ? content[index] : {};
      const truncated = kind === "audio" && known.truncatedMs !== null && part.transcript === undefined;
      return part.type !== `output_${kind}` || !(truncated || textOf(part) === text);
    })
    .map(({ index, text }) => `part ${index} is ${show(content[index])}, said was ${show(text)}`);
}

/** Rules about the content of responses. */
export const CONTENT_RULES: readonly Rule[] = [
  {
    id: "output-index-order",
    says: "The items of a response are added with output_index 0, 1, 2 and so on.",
    fact: "output_index is the position in the response's output; a next item may be added before the one before is done.",
    on: [ITEM_ADDED],
    check: ({ response_id, output_index, item }, { responses, items }) => {
      if (items.has(item.id)) return `${item.id} exists already`;
      const expected = responses.get(response_id)?.items.length;
      return expected === undefined || expected === output_index ? null : `output_index is ${output_index}, expected was ${expected}`;
    },
  },
  {
    id: "item-enters-conversation",
    says: "An item of a response in the conversation enters it before anything is said in it; one of a response beside the conversation never does.",
    fact: "Recorded order: response.output_item.added, conversation.item.added, response.content_part.added; items of out-of-band responses are not added.",
    on: ["conversation.item.added", "conversation.item.done", PART_ADDED, CALL, CALL_DONE, MCP, ITEM_DONE],
    check: (event, state) => {
      const item = event.type === "conversation.item.added" ? state.entering(event) : state.items.get(event.item_id ?? event.item.id);
      if (!item?.response) return null;
      if (event.type.startsWith("conversation.")) return item.response.inConversation ? null : `${item.id} is beside the conversation`;
      return item.response.inConversation && !item.added ? `${item.id} is not in the conversation yet` : null;
    },
  },
  {
    id: "part-added-in-order",
    says: "The parts of a message are added with content_index 0, 1, 2 and so on, empty, of the response's modality.",
    fact: 'Recorded: part {type: audio, transcript: ""} or {type: text, text: ""}; a function call has no parts.',
    on: [PART_ADDED],
    check: (event, state) => {
      const item = itemOf(state, event);
      if (!item) return null;
      if (item.wire.type !== "message") return `a part of a ${item.wire.type}`;
      if (event.content_index !== item.parts.size) return `content_index is ${event.content_index}, expected was ${item.parts.size}`;
      if (event.part.type !== "audio" && event.part.type !== "text") return `part.type is ${show(event.part.type)}`;
      if (event.part.type === "audio" && item.response?.created.output_modalities?.[0] === "text") return "sound in a written response";
      return textOf(event.part) === "" ? null : `it begins with ${show(textOf(event.part))}`;
    },
  },
  {
    id: "content-in-open-part",
    says: "What is said belongs to a part, of its kind, that was added and is not done.",
    fact: "Within one part deltas come between content_part.added and their own done, which comes before content_part.done.",
    on: [AUDIO, AUDIO_DONE, TRANSCRIPT, TRANSCRIPT_DONE, TEXT, TEXT_DONE, PART_DONE],
    check: (event, state) => {
      const part = partOf(state, event);
      if (!part) return `part ${event.content_index} of ${event.item_id} was not added`;
      if (part.done) return `part ${part.index} is done`;
      const kind = PART_OF[event.type] ?? event.part.type;
      if (part.kind !== kind) return `part ${part.index} is ${part.kind}`;
      if (event.type === AUDIO || event.type === AUDIO_DONE) return part.audioDone ? "its audio is done" : null;
      return event.type !== PART_DONE && part.textDone !== null ? "its text is done" : null;
    },
  },
  {
    id: "arguments-in-open-call",
    says: "Arguments belong to a call that is open, and carry its call_id and its name.",
    fact: "A function call has no parts: output_item.added, arguments deltas, arguments done, output_item.done.",
    on: [CALL, CALL_DONE, MCP, MCP_DONE],
    check: (event, state) => {
      const item = itemOf(state, event);
      if (!item) return null;
      if (item.wire.type !== ITEM_OF[event.type]) return `${item.id} is a ${item.wire.type}`;
      if (item.argumentsDone !== null) return "its arguments are done";
      return ["call_id", "name"]
        .filter((name) => event[name] !== undefined && event[name] !== item.wire[name])
        .map((name) => `${name} is ${show(event[name])}, not ${show(item.wire[name])}`);
    },
  },
  {
    id: "transcript-leads",
    says: "The transcript of a part begins before its audio.",
    fact: "Recorded: the first transcript deltas come 100 to 200 ms before the first audio.",
    on: [TRANSCRIPT],
    check: (event, state) => {
      const part = partOf(state, event);
      return part && part.textDeltas === 0 && part.audioDeltas > 0 ? "its audio came first" : null;
    },
  },
  {
    id: "audio-whole-samples",
    says: "An audio delta is some whole samples.",
    fact: "Recorded deltas are always whole samples of the response's format.",
    on: [AUDIO],
    check: (event, state) => {
      const { frameBytes } = outputFormat(state.responses.get(event.response_id) ?? null);
      return state.audioBytes > 0 && state.audioBytes % frameBytes === 0 ? null : `${state.audioBytes} bytes`;
    },
  },
  {
    id: "deltas-make-text",
    says: "The deltas of a text, a transcript or arguments are together what its done says.",
    fact: "Deltas are in order; `.done` has the whole.",
    on: [TEXT_DONE, TRANSCRIPT_DONE, CALL_DONE, MCP_DONE],
    check: (event, state) => {
      const said = ITEM_OF[event.type] === undefined ? partOf(state, event)?.text : itemOf(state, event)?.arguments;
      const told = event.text ?? event.transcript ?? event.arguments;
      return said === undefined || said === told ? null : `it is ${show(told)}, the deltas were ${show(said)}`;
    },
  },
  {
    id: "part-closes-in-order",
    says: "A part is done after its audio, then its transcript or text, are done.",
    fact: "Recorded order: output_audio.done, output_audio_transcript.done, content_part.done.",
    on: [TRANSCRIPT_DONE, PART_DONE],
    check: (event, state) => {
      const part = partOf(state, event);
      if (!part) return null;
      if (part.kind === "audio" && !part.audioDone) return "its audio is not done";
      return event.type === PART_DONE && part.textDone === null ? "its text is not done" : null;
    },
  },
  {
    id: "part-done-as-said",
    says: "The part that is done has the text that was said in it.",
    fact: "content_part.done repeats the transcript, or the text, of its part.",
    on: [PART_DONE],
    check: (event, state) => {
      const said = partOf(state, event)?.textDone;
      return said === undefined || said === null || textOf(event.part) === said ? null : `it is ${show(textOf(event.part))}, said was ${show(said)}`;
    },
  },
  {
    id: "item-closes-in-order",
    says: "An item is done in the conversation when its parts are, and then in its response.",
    fact: "Recorded order: content_part.done, conversation.item.done, response.output_item.done.",
    on: ["conversation.item.done", ITEM_DONE],
    check: (event, { items }) => {
      const item = items.get(event.item.id);
      if (!item?.response) return null;
      if (event.type === "conversation.item.done" && item.outputDone !== null) return "it was done in its response before";
      if (event.type === ITEM_DONE && item.outputDone !== null) return "it was done before";
      if (event.type === ITEM_DONE && item.added && !item.done) return "it is not done in the conversation";
      return openIn(item);
    },
  },
  {
    id: "item-as-said",
    says: "An item that is done has the content that was said in it.",
    fact: "Item content is output_audio with its transcript, or output_text; what was truncated has no transcript.",
    on: ["conversation.item.done", ITEM_DONE],
    check: unlikeParts,
  },
  {
    id: "obfuscation-length",
    says: "Text deltas and their padding have a length that is a multiple of 16; either all of a session have padding or none.",
    fact: "Recorded on 403 deltas: len(delta) + len(obfuscation) is 16.",
    on: [TEXT, TRANSCRIPT, CALL],
    check: ({ delta, obfuscation }, { obfuscates }) => {
      if (obfuscation === undefined || obfuscation === null) return obfuscates === true ? "it has no padding" : null;
      if (obfuscates === false) return "it has padding, others have none";
      return typeof obfuscation === "string" && (delta.length + obfuscation.length) % 16 === 0 ? null : `${delta.length} and ${obfuscation.length} characters`;
    },
  },
  {
    id: "obfuscation-on-text-alone",
    says: "Only deltas of text are padded.",
    fact: "Recorded: padding on every text-like delta, not on audio deltas, nor on anything else.",
    on: ["*"],
    check: ({ type, obfuscation }) => (obfuscation !== undefined && (type === AUDIO || !type.endsWith(".delta")) ? "it has padding" : null),
  },
];
