/**
 * Who has the word: which responses are being generated, which of them were cut, and what an interruption tells the server.
 *
 * Thread: the engine's. Once a response is cut, its late deltas are dropped until its `response.done`; a response created after the cut is a new one and plays whole.
 */
import type { HeardReport } from "../playout/jitter-buffer.ts";
import type { ClientEvent, ServerEvent } from "../protocol/events.ts";
import { BENIGN_ERROR_CODES } from "../protocol/limits.ts";
import type { InterruptedItem } from "./ports.ts";

/** Keeps track of responses. */
export class Turn {
  /** Responses of the default conversation that are being generated, oldest first. */
  readonly #active = new Set<string>();
  /** Cut responses that may still send deltas. */
  readonly #cut = new Set<string>();
  /** Whether the server cancels its response by itself when the person speaks; the effective setting. */
  #serverInterrupts = true;

  /** Follows the server's events. */
  observe(event: ServerEvent): void {
    switch (event.type) {
      case "response.created":
        // Responses outside the conversation are not part of the turn: neither the server's VAD nor a cut ends them.
        if (event.response.id !== undefined && event.response.conversation_id !== null) this.#active.add(event.response.id);
        break;
      case "response.done":
        if (event.response.id !== undefined) {
          this.#active.delete(event.response.id);
          this.#cut.delete(event.response.id);
        }
        break;
      case "session.created":
      case "session.updated": {
        const detection = event.session.audio?.input?.turn_detection;
        this.#serverInterrupts = detection?.interrupt_response !== false;
        break;
      }
    }
  }

  /** Whether `speech_started` means that the reply is over. */
  get speechInterrupts(): boolean {
    return this.#serverInterrupts;
  }

  /** The response that `response.cancel` would end, or null. */
  get activeResponseId(): string | null {
    for (const id of this.#active) if (!this.#cut.has(id)) return id;
    return null;
  }

  /** Whether deltas of this response are to be dropped. */
  isCut(responseId: string): boolean {
    return this.#cut.has(responseId);
  }

  /** Cuts everything being generated; returns whether there was anything. */
  cut(): boolean {
    const before = this.#cut.size;
    for (const id of this.#active) this.#cut.add(id);
    return this.#cut.size > before;
  }
}

/** What became of each item that playback reports as not heard to its end. An item of which nothing was heard is removed: a truncation to 0 ms is refused by some servers. */
export function settleItems(report: HeardReport, clientTruncates: boolean): InterruptedItem[] {
  return report.items.map((item) => {
    const unheard = item.heardMs === 0 && item.contentIndex === 0;
    return { ...item, action: clientTruncates ? (unheard ? "delete" : "truncate") : "none" };
  });
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
