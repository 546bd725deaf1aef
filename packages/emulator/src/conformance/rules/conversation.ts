/** Rules about items in the conversation: where they stand, how they look, what may happen to them. */
import type { Rule } from "../rule.ts";
import { type Fields, isObject, same, show } from "../wire-event.ts";

const ADDED = "conversation.item.added";
const DONE = "conversation.item.done";
const TRANSCRIPTION = "conversation.item.input_audio_transcription";
const TRANSCRIPTION_ENDS = [`${TRANSCRIPTION}.completed`, `${TRANSCRIPTION}.failed`];

function parts(item: Fields): Fields[] {
  return Array.isArray(item.content) ? item.content.filter(isObject) : [];
}

/** What the client gave and the item does not have. Audio is not told again. */
function unlike(given: Fields, item: Fields): string[] {
  const wrong = ["type", "role", "name", "call_id", "arguments", "output", "approval_request_id", "approve"].filter(
    (name) => given[name] !== undefined && !same(given[name], item[name]),
  );
  const texts = (whole: Fields) => parts(whole).map(({ type, text }) => ({ type, text }));
  return same(texts(given), texts(item)) ? wrong : [...wrong, "content"];
}

/** Rules about the conversation. */
export const CONVERSATION_RULES: readonly Rule[] = [
  {
    id: "item-added-once",
    says: "An item is added to the conversation once.",
    fact: "`conversation.item.added` says that an item entered the conversation.",
    on: [ADDED],
    check: ({ item }, { order }) => (order.includes(item.id) ? `${item.id} is in the conversation already` : null),
  },
  {
    id: "item-previous",
    says: "previous_item_id of an item that is added, or committed, is the id of the item before it.",
    fact: "The order of items is the chain of previous_item_id in `.added`; a client may insert elsewhere, everything else goes to the end.",
    on: [ADDED, "input_audio_buffer.committed"],
    check: (event, state) => {
      const last = state.order.at(-1) ?? null;
      const cause = state.causeOf(event);
      const given = event.type === ADDED && cause !== "server" ? cause?.event.previous_item_id : undefined;
      const expected = given === "root" ? null : (given ?? last);
      const told = event.previous_item_id ?? null;
      return told === expected ? null : `previous_item_id is ${show(told)}, the item before it is ${show(expected)}`;
    },
  },
  {
    id: "item-done-previous",
    says: "previous_item_id of an item that is done is where it stands; for an item of a response it may be null.",
    fact: "Recorded: `.done` of a response's item has lost its neighbour for the first output, for cancelled ones and for function calls, though `.added` was right.",
    on: [DONE],
    check: ({ item, previous_item_id: told = null }, { order, items }) => {
      const expected = order[order.indexOf(item.id) - 1] ?? null;
      const made = items.get(item.id)?.response !== null;
      return told === expected || (told === null && made) ? null : `previous_item_id is ${show(told)}, the item before it is ${show(expected)}`;
    },
  },
  {
    id: "item-done-after-added",
    says: "An item is done once, after it was added.",
    fact: "Every item gets `.added`, then `.done`.",
    on: [DONE],
    check: ({ item }, { items }) => {
      const known = items.get(item.id);
      if (!known?.added) return `${item.id} was not added`;
      return known.done ? `${item.id} was done before` : null;
    },
  },
  {
    id: "item-added-state",
    says: "The user's items are complete when they are added; those of a response are in progress and empty.",
    fact: "Recorded: user: completed; assistant: in_progress, content []; a function call has no arguments yet.",
    on: [ADDED, "response.output_item.added"],
    check: (event, state) => {
      const { item } = event;
      if (item.type !== "message" && item.type !== "function_call") return null;
      const made = event.type !== ADDED || state.entering(event) !== undefined;
      const expected = made ? "in_progress" : "completed";
      if (item.status !== expected) return `status is ${show(item.status)}, not ${expected}`;
      if (!made) return null;
      return parts(item).length > 0 || (item.arguments ?? "") !== "" ? "it is not empty" : null;
    },
  },
  {
    id: "item-done-state",
    says: "An item that is done is completed or incomplete, and has not changed its id, type or role.",
    fact: "`.done` is the item as it will stay.",
    on: [DONE, "response.output_item.done"],
    check: ({ item }, { items }) => {
      const known = items.get(item.id)?.wire;
      const wrong = known === undefined ? [] : ["type", "role", "call_id", "name"].filter((name) => !same(known[name], item[name]));
      if (wrong.length > 0) return `${wrong.join(", ")} changed`;
      const final = item.status === "completed" || item.status === "incomplete" || item.type.startsWith("mcp_");
      return final ? null : `status is ${show(item.status)}`;
    },
  },
  {
    id: "item-object",
    says: "Items have no `object`, but in conversation.item.retrieved, where it is `realtime.item`.",
    fact: "Recorded GA items lack `object`, except retrieved ones.",
    on: [ADDED, DONE, "conversation.item.retrieved", "response.output_item.added", "response.output_item.done"],
    check: ({ type, item }) => {
      const expected = type === "conversation.item.retrieved" ? "realtime.item" : undefined;
      return item.object === expected ? null : `item.object is ${show(item.object)}`;
    },
  },
  {
    id: "item-without-audio",
    says: "Only conversation.item.retrieved carries an item's audio.",
    fact: "Items of `.added` and `.done` have no audio bytes.",
    on: [ADDED, DONE, "response.output_item.added", "response.output_item.done"],
    check: ({ item }) => (parts(item).some(({ audio }) => typeof audio === "string") ? `${item.id} has audio` : null),
  },
  {
    id: "user-audio-item",
    says: "What the user said is a completed message of theirs, with one part of audio and no transcript yet.",
    fact: "Recorded: content is [{type: input_audio, transcript: null}].",
    on: [ADDED],
    check: ({ item }, { input }) => {
      if (input.committed?.itemId !== item.id) return null;
      const [part] = parts(item);
      const right = item.type === "message" && item.role === "user" && parts(item).length === 1 && part?.type === "input_audio" && part.transcript === null;
      return right ? null : `it is ${show(item)}`;
    },
  },
  {
    id: "created-item-as-given",
    says: "An item that the client creates is added as it was given.",
    fact: "The reply to `conversation.item.create` is the item.",
    on: [ADDED],
    check: (event, state) => {
      const cause = state.causeOf(event);
      if (cause === null || cause === "server") return null;
      const wrong = unlike(cause.event.item ?? {}, event.item);
      return wrong.length > 0 ? `${wrong.join(", ")} of ${event.item.id} differ` : null;
    },
  },
  {
    id: "item-exists",
    says: "Items that are retrieved, deleted, truncated or transcribed are in the conversation.",
    fact: "Unknown ids are refused: the item with that id does not exist.",
    on: ["conversation.item.retrieved", "conversation.item.deleted", "conversation.item.truncated"],
    check: (event, { order }) => {
      const id = event.item_id ?? event.item.id;
      return order.includes(id) ? null : `${id} is not in the conversation`;
    },
  },
  {
    id: "transcription-of-user-item",
    says: "A transcription is of something the user said, and ends after that was committed.",
    fact: "Deltas may come while the user still speaks; completed and failed come any time after the commit.",
    on: [`${TRANSCRIPTION}.delta`, ...TRANSCRIPTION_ENDS, `${TRANSCRIPTION}.segment`],
    check: ({ type, item_id }, { items, input, turnDetection }) => {
      const wire = items.get(item_id)?.wire;
      if (wire !== undefined) return wire.role === "user" ? null : `${item_id} is not the user's`;
      const speaking = turnDetection === null || [input.speech?.itemId, input.ended?.itemId, input.committed?.itemId].includes(item_id);
      return speaking && type.endsWith(".delta") ? null : `${item_id} was not committed`;
    },
  },
  {
    id: "transcription-ends-once",
    says: "A transcription is completed, or fails, once, and nothing comes of it afterwards.",
    fact: "`.completed` has the whole transcript.",
    on: [`${TRANSCRIPTION}.delta`, ...TRANSCRIPTION_ENDS],
    check: ({ type, item_id }, { items }) => (items.get(item_id)?.transcribed ? `${type} after the end` : null),
  },
  {
    id: "transcription-was-asked-for",
    says: "Transcriptions come only where they are switched on.",
    fact: "`audio.input.transcription` is null by default: no transcription events.",
    on: [`${TRANSCRIPTION}.delta`, ...TRANSCRIPTION_ENDS],
    check: (_event, { config, transcribes }) => (config !== null && !transcribes ? "transcription is off" : null),
  },
  {
    id: "transcription-usage",
    says: "A transcription that is completed says what it cost, in tokens or in seconds.",
    fact: "usage is {type: tokens, ...} or {type: duration, seconds}.",
    on: [`${TRANSCRIPTION}.completed`],
    check: ({ usage }) => {
      const right = usage.type === "tokens" ? typeof usage.total_tokens === "number" : usage.type === "duration" && usage.seconds >= 0;
      return right ? null : `usage is ${show(usage)}`;
    },
  },
];
