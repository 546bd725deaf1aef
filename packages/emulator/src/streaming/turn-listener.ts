/**
 * Hears a stream of frames and finds what was said in it, without telling anybody: the same detector and the same rules as server VAD. Knows also for how long somebody
 * has really been speaking, pauses not counted, so that a short "mhm" is not taken for an interruption.
 */
import type { AudioClip } from "../audio.ts";
import { SampleStore } from "../record/sample-store.ts";
import { TurnDetector } from "../vad/turn-detector.ts";
import { VAD_FRAME_MS, type Vad } from "../vad/vad.ts";

/** Audio kept while nobody speaks, for the padding of what begins next, and while somebody does, in ms. */
const IDLE_HISTORY_MS = 2000;
const TURN_HISTORY_MS = 120_000;

/** How turns are found. */
export interface TurnListenerOptions {
  readonly createVad: () => Vad;
  /** Samples per second, in Hz. */
  readonly rate: number;
  /** Probability from which a frame counts as speech. */
  readonly threshold: number;
  /** Audio kept before the first voiced frame, in ms. */
  readonly prefixPaddingMs: number;
  /** Silence that ends a turn, in ms. */
  readonly silenceMs: number;
  /** Somebody said something, from `startMs` to `endMs` of the stream, padding included. Called inside `push`. */
  readonly onTurn: (clip: AudioClip, startMs: number, endMs: number) => void;
}

/** Finds turns in a stream. */
export class TurnListener {
  readonly #options: TurnListenerOptions;
  readonly #detector: TurnDetector;
  readonly #store = new SampleStore();
  #voicedFrames = 0;
  #startMs: number | null = null;
  #toldMs = 0;

  constructor(options: TurnListenerOptions) {
    this.#options = options;
    const { createVad, rate, threshold, prefixPaddingMs, silenceMs } = options;
    const inner = createVad();
    const vad: Vad = {
      process: (frame) => {
        const probability = inner.process(frame);
        if (probability >= threshold) this.#voicedFrames++;
        return probability;
      },
      reset: () => inner.reset(),
    };
    this.#detector = new TurnDetector({
      vad,
      rate,
      originMs: 0,
      onEdge: ({ type, atMs }) => (type === "start" ? this.#begin(atMs) : this.#end(atMs)),
    });
    this.#detector.configure({ threshold, prefixPaddingMs, silenceMs });
  }

  /** For how long somebody has been speaking in the turn that goes on, pauses not counted, in ms; 0 when nobody does. */
  get voicedMs(): number {
    return this.#startMs === null ? 0 : this.#voicedFrames * VAD_FRAME_MS;
  }

  /** Where the turn that goes on began, in ms of the stream, or null. */
  get startMs(): number | null {
    return this.#startMs;
  }

  /** Hears the next samples. */
  push(samples: Int16Array): void {
    this.#store.append(samples);
    this.#detector.push(samples);
    this.#store.dropBefore(this.#store.end - this.#samples(this.#startMs === null ? IDLE_HISTORY_MS : TURN_HISTORY_MS));
  }

  /** Ends a turn that goes on, where the stream is now; speech that goes on begins another one. */
  cut(): void {
    if (this.#startMs === null) return;
    this.#detector.reset();
    this.#end(Math.floor((this.#store.end * 1000) / this.#options.rate));
  }

  #begin(atMs: number): void {
    // A padding never reaches back into what was told before.
    this.#startMs = Math.max(atMs, this.#toldMs);
    this.#voicedFrames = 1;
  }

  #end(atMs: number): void {
    const startMs = this.#startMs;
    if (startMs === null) return;
    this.#startMs = null;
    this.#toldMs = atMs;
    const samples = this.#store.slice(this.#samples(startMs), this.#samples(atMs));
    this.#options.onTurn({ samples, rate: this.#options.rate }, startMs, atMs);
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#options.rate) / 1000);
  }
}
