/** Rules about the session: its beginning, its settings, its answers, its end. */
import type { ResolvedConformance, Rule } from "../rule.ts";
import type { Request } from "../state/requests.ts";
import { type Fields, isObject, same, show } from "../wire-event.ts";

/** Settings that an update changes to exactly what it says. */
const EXACT: readonly (readonly string[])[] = [
  ["instructions"],
  ["output_modalities"],
  ["max_output_tokens"],
  ["tool_choice"],
  ["audio", "input", "format", "type"],
  ["audio", "output", "format", "type"],
  ["audio", "output", "voice"],
  ["audio", "output", "speed"],
  ["audio", "input", "turn_detection", "type"],
];

function at(value: Fields | null | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Fields | null | undefined)?.[name], value);
}

function unanswered(requests: readonly Request[]): string[] {
  return requests.map(({ type, eventId }) => `no answer to ${type}${eventId === null ? "" : ` ${eventId}`}`);
}

/** The connection of a SIP call is a sideband, too. */
function isSideband({ transport }: ResolvedConformance): boolean {
  return transport === "sideband" || transport === "sip";
}

/** Rules about the session. */
export const SESSION_RULES: readonly Rule[] = [
  {
    id: "session-created-first",
    says: "The first event of a session is session.created.",
    fact: "First event after connecting over WebSocket and WebRTC, before anything else.",
    on: ["*"],
    check: ({ type }, { options, sent }) =>
      !isSideband(options) && sent === 0 && type !== "session.created" && type !== "error" ? `${type} came first` : null,
  },
  {
    id: "session-created-once",
    says: "session.created comes once, and not at all when a sideband attaches.",
    fact: "Recorded sidebands get no `session.created`; nothing else sends it again.",
    on: ["session.created"],
    check: (_event, { options, sent }) => {
      if (isSideband(options)) return "it came over a sideband";
      return sent > 0 ? `it came after ${sent} other events` : null;
    },
  },
  {
    id: "session-identity",
    says: "A session keeps its id, its type and its model.",
    fact: "`session.update` never changes `model`, and a session's settings carry its id, type and `object`.",
    on: ["session.created", "session.updated"],
    check: ({ session }, { config }) => {
      if (session.type !== "realtime" && session.type !== "transcription") return `session.type is ${show(session.type)}`;
      if (config === null) return null;
      return ["id", "object", "model"].filter((name) => !same(session[name], config[name])).map((name) => `session.${name} changed to ${show(session[name])}`);
    },
  },
  {
    id: "session-updated-as-asked",
    says: "session.updated tells the settings that the update asked for.",
    fact: "`session.updated` is the full effective configuration; only the fields that are present change.",
    on: ["session.updated"],
    check: (event, state) => {
      const asked = state.requests.grantedBy(event)?.event.session;
      return EXACT.filter((path) => at(asked, path) !== undefined && at(asked, path) !== null && !same(at(asked, path), at(event.session, path))).map(
        (path) => `session.${path.join(".")} is ${show(at(event.session, path))}, asked for was ${show(at(asked, path))}`,
      );
    },
  },
  {
    id: "session-updated-keeps",
    says: "session.updated changes nothing that the update does not name.",
    fact: "An update is partial: only the fields that are present change.",
    on: ["session.updated"],
    check: (event, state) => {
      const asked = state.requests.grantedBy(event)?.event.session;
      if (state.config === null || !isObject(asked) || event.session.type !== "realtime") return null;
      return EXACT.filter((path) => at(asked, path.slice(0, -1)) === undefined || (path.length === 1 && asked[path[0] as string] === undefined))
        .filter((path) => !same(at(state.config, path), at(event.session, path)))
        .map((path) => `session.${path.join(".")} changed to ${show(at(event.session, path))}`);
    },
  },
  {
    id: "voice-locked",
    says: "The voice does not change once the model has spoken.",
    fact: "`cannot_update_voice`: a conversation's voice cannot be updated if assistant audio is present.",
    on: ["session.updated"],
    check: ({ session }, { config, spoke }) =>
      spoke && !same(session.audio.output?.voice, config?.audio?.output?.voice) ? `the voice changed to ${show(session.audio.output?.voice)}` : null,
  },
  {
    id: "asked-for",
    says: "What answers a request does not come without one.",
    fact: "Each of these events has one client event that it answers; by itself the server only commits turns, answers them, and truncates in calls.",
    on: [
      "session.updated",
      "input_audio_buffer.committed",
      "input_audio_buffer.cleared",
      "conversation.item.added",
      "conversation.item.retrieved",
      "conversation.item.deleted",
      "conversation.item.truncated",
      "output_audio_buffer.cleared",
      "response.created",
    ],
    check: (event, state) => (state.causeOf(event) === null ? `nothing asked for ${event.type}` : null),
  },
  {
    id: "request-answered",
    says: "Every client event but appended audio is answered: by the event that grants it, or by an error.",
    fact: "Each client event has its server reply, or `error`; `input_audio_buffer.append` alone is not acknowledged.",
    on: ["*"],
    check: (event, state) => {
      const granted = state.requests.grantedBy(event) ?? (event.type === "error" ? state.requests.refusedBy(event.error) : undefined);
      return unanswered(state.requests.overdue(state.nowMs - state.options.replyWithinMs).filter((request) => request !== granted));
    },
    atEnd: ({ requests, fatal, options }) => (options.complete && fatal === null ? unanswered(requests.open.filter(({ late }) => !late)) : null),
  },
  {
    id: "nothing-after-the-end",
    says: "After an error that ends the session, no event comes.",
    fact: "`session_expired` and `beta_api_shape_disabled` are fatal: the connection is closed.",
    on: ["*"],
    check: ({ type }, { fatal }) => (fatal === null ? null : `${type} came after ${fatal}`),
  },
  {
    id: "close-code",
    says: "A session that expired is closed with 1001, a beta client with 4000.",
    fact: "Recorded close codes of the two fatal errors.",
    atEnd: ({ fatal, closeCode }) => {
      if (fatal === null || closeCode === null) return null;
      const expected = fatal === "session_expired" ? 1001 : 4000;
      return closeCode === expected ? null : `closed with ${closeCode} after ${fatal}`;
    },
  },
];
