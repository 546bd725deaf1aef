/**
 * How long a person waits for an answer: from the end of their speech to the first sample of the reply at the ear.
 *
 * The server says where speech ended in ms of appended audio; the uplink knows when that audio was captured; playback says how much of the reply was heard at a moment.
 */
export class ResponseLatency {
  /** ms for the last turn that was answered; -1 before the first. */
  lastMs = -1;
  #speechEndAtMs = -1;
  /** The item at the ear when the speech ended: the reply is the next one. */
  #itemBefore: string | null = null;

  /** Speech ended at `audioEndMs` of the appended audio, of which `silenceMs` were silence; `sentMs` had been appended at clock time `nowMs`. */
  speechStopped(audioEndMs: number, silenceMs: number, sentMs: number, nowMs: number, itemAtEar: string | null): void {
    this.#speechEndAtMs = nowMs - Math.max(0, sentMs - (audioEndMs - silenceMs));
    this.#itemBefore = itemAtEar;
  }

  /** At clock time `nowMs`, `heardMs` of `itemId` had reached the ear. */
  heard(itemId: string | null, heardMs: number, nowMs: number): void {
    if (this.#speechEndAtMs < 0 || itemId === null || itemId === this.#itemBefore || heardMs === 0) return;
    this.lastMs = Math.max(0, nowMs - heardMs - this.#speechEndAtMs);
    this.#speechEndAtMs = -1;
  }
}
