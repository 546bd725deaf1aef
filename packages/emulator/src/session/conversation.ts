/**
 * The conversation: items in order, each with the audio that belongs to it. Items carry no audio on the wire (but in `conversation.item.retrieved`), so it is kept
 * beside them. An item keeps its identity for the whole session, also after it was deleted from the conversation.
 */
import type { AudioFormat } from "@sidetone/core/protocol";
import { formatRate } from "@sidetone/core/protocol";
import { type AudioClip, bytesToMs, decodeWire } from "../audio.ts";
import { WireError } from "../errors.ts";
import type { ConversationRecord, ItemRecord, SpokenRecord } from "../record/record.ts";

/** What the model said in one item, as the bytes that were sent. */
export class SpokenAudio implements SpokenRecord {
  readonly format: AudioFormat;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #keptMs = Number.POSITIVE_INFINITY;

  constructor(format: AudioFormat) {
    this.format = format;
  }

  get deltas(): number {
    return this.#parts.length;
  }

  get sentMs(): number {
    return bytesToMs(this.#bytes, this.format);
  }

  get keptMs(): number {
    return Math.min(this.#keptMs, this.sentMs);
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  clip(): AudioClip {
    return { samples: decodeWire(this.bytes(), this.format), rate: formatRate(this.format) };
  }

  /** Adds one delta. */
  append(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Forgets what lies beyond `ms`. */
  keep(ms: number): void {
    this.#keptMs = ms;
  }
}

/** An item and what belongs to it. */
export interface StoredItem extends ItemRecord {
  /** What the model said, once it has begun to. */
  spoken: SpokenAudio | null;
}

/** What is wrong with an item whose id is taken. */
export function duplicateItem(id: string): WireError {
  return new WireError(`Error adding item: an item with id '${id}' already exists.`, { code: "item_create_duplicate_item_id", param: "item.id" });
}

/** Items in order. */
export class Conversation implements ConversationRecord {
  readonly id: string;
  readonly #unanswered = new WeakSet<StoredItem>();
  /** Ids of items in the making, also of those beside the conversation or taken out of it. */
  readonly #making = new Set<string>();
  #items: StoredItem[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get items(): readonly StoredItem[] {
    return this.#items;
  }

  /** Id of the last item, or null. */
  get lastId(): string | null {
    return this.#items.at(-1)?.wire.id ?? null;
  }

  /** The item of that id, or undefined. */
  find(id: string): StoredItem | undefined {
    return this.#items.find((item) => item.wire.id === id);
  }

  /** The item of that id begins to be made: events about it will come, so nothing else may have its id. */
  begin(id: string): void {
    this.#making.add(id);
  }

  /** The item of that id is done. */
  finish(id: string): void {
    this.#making.delete(id);
  }

  /** Whether the item of that id is being made. */
  making(id: string): boolean {
    return this.#making.has(id);
  }

  /** Id of the item before `id`, or null for the first. */
  previousOf(id: string): string | null {
    const at = this.#items.findIndex((item) => item.wire.id === id);
    return this.#items[at - 1]?.wire.id ?? null;
  }

  /**
   * Adds an item after `after`: an item's id, `"root"` for the first place, or undefined for the last.
   * @throws {WireError} when there is no such item, or one with the new item's id.
   */
  add(item: StoredItem, after?: string): void {
    if (this.find(item.wire.id)) throw duplicateItem(item.wire.id);
    let at = this.#items.length;
    if (after === "root") at = 0;
    else if (after !== undefined) {
      at = this.#items.findIndex((other) => other.wire.id === after) + 1;
      const message = `Error adding item: the previous item with id '${after}' does not exist.`;
      if (at === 0) throw new WireError(message, { code: "item_create_invalid_previous_item_id", param: "previous_item_id" });
    }
    this.#items.splice(at, 0, item);
  }

  /** The item of that id. @throws {WireError} in the words of the service, `doing` being `truncating`, `deleting` or `retrieving`. */
  require(id: string, doing: "truncating" | "deleting" | "retrieving"): StoredItem {
    const item = this.find(id);
    if (item !== undefined) return item;
    const code = { truncating: "item_truncate_invalid_item_id", deleting: "item_delete_invalid_item_id", retrieving: "item_retrieve_invalid_item_id" }[doing];
    throw new WireError(`Error ${doing} item: the item with id '${id}' does not exist.`, { code, param: "item_id" });
  }

  /** The model begins a message that answers `seen`. What is not among the `known` came too late for it, although it stands before it. */
  answer(seen: readonly StoredItem[], known: ReadonlySet<StoredItem>): void {
    for (const item of this.#items) if (!known.has(item)) this.#unanswered.add(item);
    for (const item of seen) this.#unanswered.delete(item);
  }

  /** What of `input` waits for an answer: what follows the model's last message, and what came in too late for it. */
  open(input: readonly StoredItem[]): StoredItem[] {
    const last = input.findLastIndex(({ wire }) => wire.type === "message" && wire.role === "assistant");
    return input.filter((item, i) => i > last || this.#unanswered.has(item));
  }

  /** Takes an item out. */
  remove(id: string): void {
    this.#items = this.#items.filter((item) => item.wire.id !== id);
  }
}
