/**
 * What the client asked for and was not answered yet. Each kind of client event has one event that grants it; an `error` refuses it. Appended audio gets no answer.
 */
import type { Fields, WireEvent } from "../wire-event.ts";

/** A client event that must be answered. */
export interface Request {
  /** Type of the client's event; `(malformed)` for what is none. */
  readonly type: string;
  /** Its `event_id`, if it had one. */
  readonly eventId: string | null;
  readonly event: Fields;
  readonly atMs: number;
  /** Whether it was noted that the answer is overdue. */
  late: boolean;
}

/** The event that grants a request, by its type. */
export const GRANTED_BY: Readonly<Record<string, string>> = {
  "session.update": "session.updated",
  "input_audio_buffer.commit": "input_audio_buffer.committed",
  "input_audio_buffer.clear": "input_audio_buffer.cleared",
  "output_audio_buffer.clear": "output_audio_buffer.cleared",
  "conversation.item.create": "conversation.item.added",
  "conversation.item.retrieve": "conversation.item.retrieved",
  "conversation.item.truncate": "conversation.item.truncated",
  "conversation.item.delete": "conversation.item.deleted",
  "response.create": "response.created",
  "response.cancel": "response.done",
};

/** Whether `event`, of the type that grants `request`, says what was asked for. */
const GRANTS: Readonly<Record<string, (request: Fields, event: WireEvent) => boolean>> = {
  "conversation.item.create": (request, event) => request.item?.id === undefined || request.item.id === event.item.id,
  "conversation.item.retrieve": (request, event) => request.item_id === event.item.id,
  "conversation.item.truncate": (request, event) =>
    request.item_id === event.item_id && request.content_index === event.content_index && request.audio_end_ms === event.audio_end_ms,
  "conversation.item.delete": (request, event) => request.item_id === event.item_id,
  "response.create": (request, event) => (request.response?.conversation === "none") === (event.response.conversation_id === null),
  "response.cancel": (request, event) =>
    ["cancelled", "failed"].includes(event.response.status) && (request.response_id ?? event.response.id) === event.response.id,
};

/** Beginnings of codes of errors, by the type of the client event that they refuse. */
const REFUSED_BY: Readonly<Record<string, string>> = {
  conversation_already_has_active_response: "response.create",
  response_cancel_not_active: "response.cancel",
  input_audio_buffer_commit_empty: "input_audio_buffer.commit",
  cannot_update_voice: "session.update",
  item_create_: "conversation.item.create",
  item_retrieve_: "conversation.item.retrieve",
  item_truncate_: "conversation.item.truncate",
  item_delete_: "conversation.item.delete",
};

/** Requests that wait. */
export class Requests {
  /** Ids of all client events so far. */
  readonly eventIds = new Set<string>();
  #open: Request[] = [];

  /** Those that wait, oldest first. */
  get open(): readonly Request[] {
    return this.#open;
  }

  /** A client event came. */
  add(request: Request): void {
    if (request.eventId !== null) this.eventIds.add(request.eventId);
    if (request.type !== "input_audio_buffer.append") this.#open.push(request);
  }

  /** The oldest request that `event` grants, or undefined. */
  grantedBy(event: WireEvent): Request | undefined {
    return this.#open.find(({ type, event: asked }) => GRANTED_BY[type] === event.type && (GRANTS[type]?.(asked, event) ?? true));
  }

  /** The request that an `error` refuses: the one it names; if it names none, the newest of its kind, or of those that have no id of their own or are truncations. */
  refusedBy(error: Fields): Request | undefined {
    const { event_id: id = null, code } = error;
    if (id !== null) return this.#open.find(({ eventId }) => eventId === id);
    const kind = typeof code === "string" ? Object.keys(REFUSED_BY).find((start) => code.startsWith(start)) : undefined;
    if (kind !== undefined) return this.#open.findLast(({ type }) => type === REFUSED_BY[kind]);
    return this.#open.findLast(({ eventId, type }) => eventId === null || type === "conversation.item.truncate");
  }

  /** Those that came before `sinceMs` and were not noted as late. */
  overdue(sinceMs: number): Request[] {
    return this.#open.filter(({ atMs, late }) => !late && atMs < sinceMs);
  }

  /** The request was answered. */
  settle(request: Request | undefined): void {
    if (request !== undefined) this.#open = this.#open.filter((other) => other !== request);
  }
}
