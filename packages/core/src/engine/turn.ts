/**
 * Who has the word: which replies are being generated, which of them were cut, what of them went to playback, and what an interruption tells the server.
 *
 * Thread: the engine's. Once a reply is cut, its late deltas are dropped; a response created after the cut is a new one and plays whole. Replies are remembered for a
 * while after their end, since playback lags behind generation by seconds.
 */
import type { HeardItem, HeardReport } from "../playout/jitter-buffer.ts";
import type { ClientEvent, ServerEvent } from "../protocol/events.ts";
import { BENIGN_ERROR_CODES } from "../protocol/limits.ts";
import type { InterruptedItem } from "./ports.ts";

/** Ended replies remembered; far more than can be queued for playback. */
const MAX_ENDED = 64;

/** A content part of a reply that went to playback. */
interface Part {
  readonly itemId: string;
  readonly contentIndex: number;
  ended: boolean;
}

interface Reply {
  /** Whether it stands beside the conversation (`conversation: "none"`): the server's VAD does not end it, and its items cannot be truncated. */
  readonly outside: boolean;
  generating: boolean;
  cut: boolean;
  readonly parts: Map<string, Part>;
  /** Items whose audio came only after the cut, so that nothing of them was heard. */
  readonly unheard: Set<string>;
}

/** What to do with an audio delta: play it, drop it because its reply was cut, or refuse it because its part had ended. */
export type DeltaVerdict = "play" | "late" | "ended";

/** Keeps track of replies. */
export class Turn {
  /** By response id, oldest first. */
  readonly #replies = new Map<string, Reply>();
  /** Whether the server cancels its response by itself when the person speaks; the effective setting. */
  #serverInterrupts = true;

  /** Follows the server's events. */
  observe(event: ServerEvent): void {
    if (event.type === "response.created") this.#add(event.response.id, event.response.conversation_id === null);
    else if (event.type === "session.created" || event.type === "session.updated") {
      this.#serverInterrupts = event.session.audio?.input?.turn_detection?.interrupt_response !== false;
    }
  }

  /** Whether `speech_started` means that the reply is over. */
  get speechInterrupts(): boolean {
    return this.#serverInterrupts;
  }

  /** The response that `response.cancel` would end, or null. */
  get activeResponseId(): string | null {
    for (const [id, reply] of this.#replies) if (reply.generating && !reply.cut && !reply.outside) return id;
    return null;
  }

  /** Takes note of an audio delta and says what to do with it. */
  delta(responseId: string, itemId: string, contentIndex: number): DeltaVerdict {
    const reply = this.#replies.get(responseId) ?? this.#add(responseId, false);
    const key = partKey(itemId, contentIndex);
    const part = reply.parts.get(key);
    if (reply.cut) {
      if (part === undefined) reply.unheard.add(itemId);
      return "late";
    }
    if (part === undefined) reply.parts.set(key, { itemId, contentIndex, ended: false });
    return part?.ended ? "ended" : "play";
  }

  /** Whether a response stands beside the conversation. */
  isBeside(responseId: string): boolean {
    return this.#replies.get(responseId)?.outside === true;
  }

  /** Whether an item stands beside the conversation. */
  isOutside(itemId: string): boolean {
    for (const reply of this.#replies.values()) {
      if (reply.outside) for (const part of reply.parts.values()) if (part.itemId === itemId) return true;
    }
    return false;
  }

  /** The response that an item belongs to; null when that is not known any more. */
  responseOf(itemId: string): string | null {
    for (const [id, reply] of this.#replies) for (const part of reply.parts.values()) if (part.itemId === itemId) return id;
    return null;
  }

  /** A content part is complete; returns whether it went to playback and had not ended before. */
  endPart(responseId: string, itemId: string, contentIndex: number): boolean {
    const part = this.#replies.get(responseId)?.parts.get(partKey(itemId, contentIndex));
    if (part === undefined || part.ended) return false;
    part.ended = true;
    return true;
  }

  /** A response is over, however it ended: returns the parts that nothing will end any more, and the items of a cut reply of which nothing was heard. */
  end(responseId: string): { parts: Part[]; unheard: string[] } {
    const reply = this.#replies.get(responseId);
    if (reply === undefined) return { parts: [], unheard: [] };
    reply.generating = false;
    const parts = [...reply.parts.values()].filter((part) => !part.ended);
    for (const part of parts) part.ended = true;
    const played = new Set([...reply.parts.values()].map((part) => part.itemId));
    const unheard = reply.outside ? [] : [...reply.unheard].filter((itemId) => !played.has(itemId));
    reply.unheard.clear();
    this.#forget();
    return { parts, unheard };
  }

  /** Cuts everything being generated; returns whether a reply of the conversation was among it. */
  cut(): boolean {
    let any = false;
    for (const reply of this.#replies.values()) {
      if (!reply.generating || reply.cut) continue;
      reply.cut = true;
      any ||= !reply.outside;
    }
    return any;
  }

  /**
   * What becomes of each item that playback reports as not heard to its end. An item of which nothing at all was heard is removed, since some servers refuse a truncation
   * to 0 ms; of an item with several parts, those that were not reached are cut to nothing.
   */
  settle(report: HeardReport, clientTruncates: boolean): InterruptedItem[] {
    const removed = new Set<string>();
    return report.items.map((item) => {
      if (!clientTruncates || this.isOutside(item.itemId) || removed.has(item.itemId)) return { ...item, action: "none" };
      if (this.#wasHeard(item.itemId, report.items)) return { ...item, action: "truncate" };
      removed.add(item.itemId);
      return { ...item, action: "delete" };
    });
  }

  /** Whether anything of an item reached the ear: a part that is reported as heard, or one that is not reported because it was heard to its end. */
  #wasHeard(itemId: string, items: readonly HeardItem[]): boolean {
    const own = items.filter((item) => item.itemId === itemId);
    if (own.some((item) => item.heardMs > 0)) return true;
    for (const reply of this.#replies.values()) {
      for (const part of reply.parts.values()) {
        if (part.itemId === itemId && !own.some((item) => item.contentIndex === part.contentIndex)) return true;
      }
    }
    return false;
  }

  #add(responseId: string | undefined, outside: boolean): Reply {
    const reply: Reply = { outside, generating: true, cut: false, parts: new Map(), unheard: new Set() };
    if (responseId !== undefined) this.#replies.set(responseId, reply);
    return reply;
  }

  #forget(): void {
    let ended = 0;
    for (const reply of this.#replies.values()) if (!reply.generating) ended++;
    for (const [id, reply] of this.#replies) {
      if (ended <= MAX_ENDED) return;
      if (reply.generating) continue;
      this.#replies.delete(id);
      ended--;
    }
  }
}

/** The event that tells the server about one item, or null when it needs none. */
export function truncationEvent(item: InterruptedItem, eventId: string): ClientEvent | null {
  if (item.action === "delete") return { type: "conversation.item.delete", event_id: eventId, item_id: item.itemId };
  if (item.action === "none") return null;
  return { type: "conversation.item.truncate", event_id: eventId, item_id: item.itemId, content_index: item.contentIndex, audio_end_ms: item.heardMs };
}

/** Whether a server error is a harmless race of an interruption: the response was over, or the item shorter or gone. */
export function isBenignRace(error: { readonly code?: string | null; readonly message: string }): boolean {
  return BENIGN_ERROR_CODES.includes(error.code ?? "") || /already shorter than \d+ ?ms/.test(error.message);
}

function partKey(itemId: string, contentIndex: number): string {
  return `${itemId}/${contentIndex}`;
}
