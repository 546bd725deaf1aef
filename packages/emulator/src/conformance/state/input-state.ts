/**
 * What is known about the user's side: how much audio was appended, whether they speak, and which item is due.
 */
import type { Fields } from "../wire-event.ts";

/** A turn that ended and is not an item yet. */
export interface EndedTurn {
  readonly itemId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** See the head of this file. Times are media time: audio appended since the session began. */
export class InputState {
  /** Audio appended so far, in ms, not rounded. */
  heardMs = 0;
  /** Of that, what was neither committed nor cleared. */
  bufferedMs = 0;
  /** Whether the input format changed, which moves the grid of frames. */
  formatChanged = false;
  /** The speech under way, or null. */
  speech: { readonly itemId: string; readonly startMs: number } | null = null;
  /** Speech that ended and was not committed yet. */
  ended: EndedTurn | null = null;
  /** An item that was committed and not added yet. */
  committed: { readonly itemId: string; readonly heardMs: number | null; readonly wantsResponse: boolean } | null = null;
  /** The newest start of speech, and the padding it was told with, null where that is not known. */
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #lastPaddingMs: number | null = null;
  lastStopMs = Number.NEGATIVE_INFINITY;
  /** Turns that ended by themselves and may be answered with a response. */
  unanswered = 0;
  #format: Fields | null = null;

  /** The settings in effect. */
  configure(format: Fields | undefined, turnDetection: Fields | null): void {
    if (turnDetection === null) this.speech = null;
    if (this.#format !== null && this.#format.type !== format?.type) {
      this.formatChanged = true;
      this.speech = null;
      this.bufferedMs = 0;
    }
    this.#format = format ?? null;
  }

  append(bytes: number): void {
    const type = this.#format?.type;
    const ms = type === "audio/pcmu" || type === "audio/pcma" ? bytes / 8 : bytes / 48;
    this.heardMs += ms;
    this.bufferedMs += ms;
  }

  started(itemId: string, startMs: number, paddingMs: number | null): void {
    this.speech = { itemId, startMs };
    this.#lastStartMs = startMs;
    this.#lastPaddingMs = paddingMs;
  }

  /** Whether speech from `startMs` would begin before the speech told before it did. A padding that grew in between reaches back further, so that onsets are compared. */
  startsBefore(startMs: number, paddingMs: number | null): boolean {
    const last = this.#lastStartMs;
    const lastPaddingMs = this.#lastPaddingMs;
    if (paddingMs === lastPaddingMs) return startMs < last;
    if (paddingMs === null || lastPaddingMs === null) return false;
    return startMs + paddingMs < last + (last <= 0 ? 0 : lastPaddingMs);
  }

  stopped(itemId: string, endMs: number): void {
    this.ended = { itemId, startMs: this.speech?.startMs ?? endMs, endMs };
    this.speech = null;
    this.lastStopMs = endMs;
  }

  /** `wantsResponse` is whether turns are answered by themselves. */
  commit(itemId: string, wantsResponse: boolean): void {
    const turn = this.ended;
    const byHand = this.speech === null ? this.bufferedMs : this.heardMs - this.speech.startMs;
    this.committed = { itemId, heardMs: turn === null ? byHand : turn.endMs - turn.startMs, wantsResponse: turn !== null && wantsResponse };
    if (this.committed.wantsResponse) this.unanswered++;
    this.ended = null;
    this.speech = null;
    this.bufferedMs = turn === null ? 0 : Math.max(0, this.heardMs - turn.endMs);
  }

  clear(): void {
    this.speech = null;
    this.bufferedMs = 0;
  }
}
