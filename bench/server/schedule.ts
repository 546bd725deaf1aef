/**
 * When the events of a reply are due, seen from its `response.created`: the first audio delta after the profile's delay, each next one when the audio before it is over at the
 * pace of the profile. Lateness is arrival minus that, so what the network and the client's own loop add counts as well.
 */

/** Pace of a reply. */
export interface Pace {
  /** From `response.created` to the first audio delta, in ms. */
  readonly firstAudioDelayMs: number;
  /** How many times faster than real time audio comes. */
  readonly speedUp: number;
}

/** Follows one session's replies. */
export class ReplySchedule {
  readonly #pace: Pace;
  #createdMs = 0;
  #sentMs = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** `response.created` came at `nowMs`. */
  created(nowMs: number): void {
    this.#createdMs = nowMs;
    this.#sentMs = 0;
  }

  /** A delta with `audioMs` of audio came at `nowMs`; returns how late it was, in ms. */
  delta(nowMs: number, audioMs: number): number {
    const { firstAudioDelayMs, speedUp } = this.#pace;
    const dueMs = this.#createdMs + firstAudioDelayMs + this.#sentMs / speedUp;
    this.#sentMs += audioMs;
    return nowMs - dueMs;
  }
}
