/**
 * Notices, from the worklet's reports, that playback has been at rest for long enough to ask whether a track is over. Time is counted in reports, which the worklet
 * sends by frames rendered, so that a page that was blocked does not take the time it lost for silence.
 *
 * Thread: the page.
 */
import { ENGINE_DEFAULTS, type PlaybackPosition } from "@sidetone/core/engine";

/** ms at rest after which what is queued, too little to start with, is played all the same: no longer than a refill may take. */
const REST_MS = 100;

/** ms of silence after which a track counts as over: more than a stream at real-time pace needs from one chunk to the next, less than a person's pause before an answer. */
const OVER_MS = 240;

/** Counts reports in which nothing moved. */
export class IdleWatch {
  #restMs = 0;
  #playedMs = -1;

  /** Takes a report. @returns whether the rest has lasted; says so once for each stretch of time. */
  observe({ playedMs, sounding, bufferedMs }: Pick<PlaybackPosition, "playedMs" | "sounding" | "bufferedMs">): boolean {
    const atRest = playedMs === this.#playedMs && !sounding;
    this.#playedMs = playedMs;
    this.#restMs = atRest ? this.#restMs + ENGINE_DEFAULTS.reportMs : 0;
    if (this.#restMs < (bufferedMs > 0 ? REST_MS : OVER_MS)) return false;
    this.#restMs = 0;
    return true;
  }

  /** New audio was sent: the time counts from now. */
  reset(): void {
    this.#restMs = 0;
  }
}
