/**
 * From probabilities to turns, by the rules of Silero's VADIterator, which recorded sessions of the service follow to the millisecond:
 *
 * - not triggered and p >= threshold: triggered; speech started at the frame's start minus the prefix padding, never below 0;
 * - triggered and p < threshold - 0.15: the end of the first such frame is remembered; p >= threshold forgets it;
 * - a frame below threshold - 0.15 that ends at least `silenceMs` after the remembered point: speech stopped at the end of this frame.
 *
 * So the stop comes `silenceMs` rounded up to whole frames, plus one frame, after the last voiced frame. Times are media time: counted in samples, not on a clock.
 */
import { SERVER_VAD_GRID } from "@sidetone/core/protocol";
import { VAD_FRAME_MS } from "./vad.ts";

/** Parameters of `server_vad`. */
export interface VadIteratorSettings {
  /** Probability from which a frame counts as speech, 0 to 1. */
  readonly threshold: number;
  /** Audio kept before the first voiced frame, in ms. */
  readonly prefixPaddingMs: number;
  /** Silence that ends a turn, in ms. */
  readonly silenceMs: number;
}

/** A start or an end of speech at `atMs` of media time. */
export interface VadEdge {
  readonly type: "start" | "stop";
  readonly atMs: number;
}

/** A frame below this counts as silence even where the threshold is so low that the hysteresis would reach 0. */
const MIN_RELEASE_THRESHOLD = 0.01;

/** The state machine between a detector and the turns. */
export class VadIterator {
  #settings: VadIteratorSettings;
  #speaking = false;
  #quietSinceMs: number | null = null;

  constructor(settings: VadIteratorSettings) {
    this.#settings = settings;
  }

  /** Whether speech has started and not yet stopped. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Takes new settings without losing a turn that is under way. */
  configure(settings: VadIteratorSettings): void {
    this.#settings = settings;
  }

  /** One frame that began at `frameStartMs`; returns an edge when there is one. `silenceMs` is that of the settings, or what is known better for this pause. */
  next(probability: number, frameStartMs: number, silenceMs: number = this.#settings.silenceMs): VadEdge | null {
    const { threshold, prefixPaddingMs } = this.#settings;
    const frameEndMs = frameStartMs + VAD_FRAME_MS;
    if (probability >= threshold) {
      this.#quietSinceMs = null;
      if (this.#speaking) return null;
      this.#speaking = true;
      return { type: "start", atMs: Math.max(0, frameStartMs - prefixPaddingMs) };
    }
    if (!this.#speaking || probability >= Math.max(threshold - SERVER_VAD_GRID.releaseBelowThreshold, MIN_RELEASE_THRESHOLD)) return null;
    this.#quietSinceMs ??= frameEndMs;
    if (frameEndMs - this.#quietSinceMs < silenceMs) return null;
    this.reset();
    return { type: "stop", atMs: frameEndMs };
  }

  /** Forgets a turn under way, as after a commit or a clear by hand. */
  reset(): void {
    this.#speaking = false;
    this.#quietSinceMs = null;
  }
}
