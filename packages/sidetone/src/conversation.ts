/**
 * The conversation as a UI shows it: who said what, how far it got, what of it was heard. Built from server events; every change makes new objects, so that a
 * framework can compare by identity. Events that lack what their type promises change nothing: what a UI gets has the types that it says.
 */
import type { Interruption } from "@sidetone/core/engine";
import type { ServerConversationItem, ServerEvent } from "@sidetone/core/protocol";

/** One message of the conversation. */
export interface ConversationEntry {
  /** The item's id. */
  readonly id: string;
  /** Who it is from. */
  readonly role: "user" | "assistant" | "system";
  /** What was said or written, as far as it is known; of a spoken user message it comes only when the session asks for transcription. */
  readonly text: string;
  /** `active`: being spoken or generated; `done`; `interrupted`: cut by the person or the app. */
  readonly status: "active" | "done" | "interrupted";
  /** ms of it that were heard when it was interrupted; null otherwise. */
  readonly heardMs: number | null;
  /** ms of it that had been received then; null otherwise. */
  readonly totalMs: number | null;
}

/** Follows the events of a session. */
export class Conversation {
  #entries: readonly ConversationEntry[] = [];
  /** Items that are no messages (function calls and their like), by id, with the item before each, so that an order that runs through them holds. */
  readonly #hidden = new Map<string, string | null>();

  /** All entries in conversation order; a new array after every change. */
  get entries(): readonly ConversationEntry[] {
    return this.#entries;
  }

  /** Takes one server event; returns whether anything changed. */
  observe(event: ServerEvent): boolean {
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        return this.#put(event.item_id, { role: "user", status: "active" });
      case "input_audio_buffer.speech_stopped":
        return this.#change(event.item_id, { status: "done" });
      case "input_audio_buffer.committed":
        // Without VAD this is the first that is heard of the item, and its transcription may come before conversation.item.added.
        return this.#put(event.item_id, { role: "user", status: "done" }, event.previous_item_id ?? null);
      case "conversation.item.added":
        return this.#added(event.item, event.previous_item_id ?? null);
      case "conversation.item.input_audio_transcription.delta":
        return this.#append(event.item_id, event.delta);
      case "conversation.item.input_audio_transcription.completed":
        return this.#setText(event.item_id, event.transcript, "trim");
      case "response.output_audio_transcript.delta":
      case "response.output_text.delta":
        return this.#append(event.item_id, event.delta);
      case "response.output_audio_transcript.done":
        return this.#setText(event.item_id, event.transcript, "as it is");
      case "response.output_text.done":
        return this.#setText(event.item_id, event.text, "as it is");
      case "conversation.item.done":
        return event.item?.type === "message" && this.#finish(event.item.id ?? "", event.item.status === "incomplete");
      case "conversation.item.deleted":
        return this.#remove(event.item_id);
      default:
        return false;
    }
  }

  /** Marks what an interruption cut; returns whether anything changed. */
  interrupted(interruption: Interruption): boolean {
    let changed = false;
    for (const { itemId, heardMs, totalMs } of interruption.items) {
      changed = this.#change(itemId, { status: "interrupted", heardMs, totalMs }) || changed;
    }
    return changed;
  }

  #added(item: ServerConversationItem | undefined, previousId: string | null): boolean {
    if (typeof item?.id !== "string") return false;
    if (item.type !== "message") {
      this.#hidden.set(item.id, previousId);
      return false;
    }
    const status = item.role === "assistant" && item.status === "in_progress" ? "active" : "done";
    return this.#put(item.id, { role: item.role, status, text: textOf(item) }, previousId);
  }

  #put(id: string, fields: Pick<ConversationEntry, "role" | "status"> & { text?: string }, previousId: string | null = null): boolean {
    if (typeof id !== "string") return false;
    const known = this.#entries.find((entry) => entry.id === id);
    if (known !== undefined) return this.#change(id, { status: fields.status, text: fields.text || known.text });
    const entry: ConversationEntry = { id, text: "", heardMs: null, totalMs: null, ...fields };
    const before = this.#visible(previousId);
    const after = before === null ? this.#entries.length - 1 : this.#entries.findIndex((candidate) => candidate.id === before);
    const at = after < 0 ? this.#entries.length : after + 1;
    this.#entries = [...this.#entries.slice(0, at), entry, ...this.#entries.slice(at)];
    return true;
  }

  /** The message nearest before a place in the conversation, given the item there. */
  #visible(id: string | null): string | null {
    let nearest = id;
    for (let steps = this.#hidden.size; steps > 0 && nearest !== null && this.#hidden.has(nearest); steps--) nearest = this.#hidden.get(nearest) ?? null;
    return nearest;
  }

  #append(id: string, text: string | undefined): boolean {
    const entry = this.#entries.find((candidate) => candidate.id === id);
    return entry !== undefined && typeof text === "string" && this.#change(id, { text: entry.text + text });
  }

  #setText(id: string, text: string, edges: "trim" | "as it is"): boolean {
    return typeof text === "string" && this.#change(id, { text: edges === "trim" ? text.trim() : text });
  }

  #finish(id: string, incomplete: boolean): boolean {
    const entry = this.#entries.find((candidate) => candidate.id === id);
    if (entry === undefined || entry.status === "interrupted") return false;
    return this.#change(id, { status: incomplete ? "interrupted" : "done" });
  }

  #change(id: string, fields: Partial<ConversationEntry>): boolean {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index < 0) return false;
    const entry = this.#entries[index];
    if ((Object.keys(fields) as (keyof ConversationEntry)[]).every((name) => entry[name] === fields[name])) return false;
    this.#entries = this.#entries.with(index, { ...entry, ...fields });
    return true;
  }

  #remove(id: string): boolean {
    const rest = this.#entries.filter((entry) => entry.id !== id);
    if (rest.length === this.#entries.length) return false;
    this.#entries = rest;
    return true;
  }
}

function textOf(item: ServerConversationItem & { type: "message" }): string {
  if (!Array.isArray(item.content)) return "";
  let text = "";
  for (const part of item.content as readonly ({ readonly text?: unknown; readonly transcript?: unknown } | null)[]) {
    const said = part?.text ?? part?.transcript;
    if (typeof said === "string") text += said;
  }
  return text;
}
