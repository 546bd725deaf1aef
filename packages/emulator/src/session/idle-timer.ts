/**
 * `idle_timeout_ms`: how long the user may be silent after the model has spoken. It counts in media time from the end of what is heard of the response, on the grid of
 * 32 ms frames, as recorded sessions have it.
 */
import { SERVER_VAD_GRID } from "@sidetone/core/protocol";

/** Waits for silence to last. */
export class IdleTimer {
  #fromMs: number | null = null;

  /** Silence counts from `fromMs` of media time, in ms. */
  arm(fromMs: number): void {
    this.#fromMs = Math.ceil(fromMs / SERVER_VAD_GRID.frameMs) * SERVER_VAD_GRID.frameMs;
  }

  /** The limit is new: what has passed at `nowMs` of media time does not count against it. */
  limited(nowMs: number): void {
    if (this.#fromMs !== null && this.#fromMs < nowMs) this.arm(nowMs);
  }

  /** Nothing is waited for. */
  disarm(): void {
    this.#fromMs = null;
  }

  /** The media time from which it has been silent, once `idleMs` have passed at `nowMs`, and null before; tells it once. `idleMs` null is no limit. */
  expired(nowMs: number, idleMs: number | null): number | null {
    const fromMs = this.#fromMs;
    if (fromMs === null || idleMs === null || nowMs - fromMs < idleMs) return null;
    this.#fromMs = null;
    return fromMs;
  }
}
