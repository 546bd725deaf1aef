/** Rules about every event: that it can be read, its id, its name. */
import { isServerEventType } from "@sidetone/core/protocol";
import type { Rule } from "../rule.ts";
import type { SessionState } from "../state/session-state.ts";
import { isObject, show, unreadableFields, type WireEvent } from "../wire-event.ts";

const BASE62 = /^[0-9A-Za-z]+$/;
const DTMF = "input_audio_buffer.dtmf_event_received";

/** Whether `id` is a prefix, an underscore and that many base62 characters. */
function isId(id: unknown, prefix: string, length: number): boolean {
  if (typeof id !== "string" || !id.startsWith(`${prefix}_`)) return false;
  const rest = id.slice(prefix.length + 1);
  return rest.length === length && BASE62.test(rest);
}

/** Ids of an event's own making, with the kind each should be of. */
function madeIds(event: WireEvent, state: SessionState): [path: string, id: unknown, prefix: string, length: number][] {
  const ids: [string, unknown, string, number][] = [];
  const add = (path: string, id: unknown, prefix: string, length = 21) => {
    if (id !== undefined && id !== null && !state.clientIds.has(id as string)) ids.push([path, id, prefix, length]);
  };
  if (isObject(event.session)) add("session.id", event.session.id, "sess");
  if (isObject(event.response)) {
    add("response.id", event.response.id, "resp");
    add("response.conversation_id", event.response.conversation_id, "conv");
  }
  if (isObject(event.item)) {
    add("item.id", event.item.id, "item");
    if (event.item.type === "function_call") add("item.call_id", event.item.call_id, "call", 16);
  }
  if (event.type === "input_audio_buffer.speech_started" || event.type === "input_audio_buffer.committed") add("item_id", event.item_id, "item");
  return ids;
}

/** Rules about every event. */
export const ENVELOPE_RULES: readonly Rule[] = [
  {
    id: "event-fields",
    says: "An event has every field that its type requires.",
    fact: "The published types of the server events name their required fields.",
    on: ["*"],
    check: (event) => {
      const missing = unreadableFields(event);
      return missing.length > 0 ? `missing or of another kind: ${missing.join(", ")}` : null;
    },
  },
  {
    id: "event-type-known",
    says: "Server events have the names of the current interface.",
    fact: "44 event types and `error`; the names of the beta are gone, and `conversation.created` and `conversation.item.created` are never seen.",
    on: ["*"],
    check: ({ type }) => {
      if (type === "conversation.created" || type === "conversation.item.created") return `${type} is a name of the beta`;
      return isServerEventType(type) ? null : `${type} is no server event`;
    },
  },
  {
    id: "event-id-unique",
    says: "No two events of a session have the same event_id.",
    fact: "Every server event has an id of its own.",
    on: ["*"],
    check: ({ event_id }, state) => (typeof event_id === "string" && state.eventIds.has(event_id) ? `${event_id} was used before` : null),
  },
  {
    id: "event-id-shape",
    says: "event_id is `event_` and 21 base62 characters; a received DTMF tone has none.",
    fact: "All recorded ids have this shape; `input_audio_buffer.dtmf_event_received` is the one event without an id.",
    on: ["*"],
    check: ({ type, event_id }) => {
      if (type === DTMF) return event_id === undefined ? null : `${show(event_id)} on an event that has no id`;
      return isId(event_id, "event", 21) ? null : `event_id is ${show(event_id)}`;
    },
  },
  {
    id: "made-id-shape",
    says: "Ids that the server makes are a prefix and 21 base62 characters, those of function calls `call_` and 16.",
    fact: "Recorded ids: `item_`, `resp_`, `conv_`, `sess_` and 21 characters, `call_` and 16; ids of items that a client creates may be its own.",
    on: ["*"],
    check: (event, state) =>
      madeIds(event, state)
        .filter(([, id, prefix, length]) => !isId(id, prefix, length))
        .map(([path, id]) => `${path} is ${show(id)}`),
  },
  {
    id: "error-shape",
    says: "An error has a type and a message, and code, param and event_id that are text or null.",
    fact: "`error.error` is {type, message, code, param, event_id}.",
    on: ["error"],
    check: ({ error }) => {
      const wrong: string[] = [];
      for (const name of ["type", "message"]) if (typeof error[name] !== "string" || error[name] === "") wrong.push(`error.${name} is ${show(error[name])}`);
      for (const name of ["code", "param", "event_id"])
        if (error[name] !== null && typeof error[name] !== "string") wrong.push(`error.${name} is ${show(error[name])}`);
      return wrong;
    },
  },
  {
    id: "error-names-client-event",
    says: "An error's event_id is one that the client gave to an event of its own.",
    fact: "The `event_id` of a client event is echoed in `error.error.event_id`.",
    on: ["error"],
    check: ({ error }, state) =>
      typeof error.event_id === "string" && !state.requests.eventIds.has(error.event_id)
        ? `the client sent no event with the id ${show(error.event_id)}`
        : null,
  },
];
