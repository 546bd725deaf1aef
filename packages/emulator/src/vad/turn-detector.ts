/**
 * Listens to the input stream for turns: resamples whatever the client sends to 16 kHz, cuts it into 32 ms frames counted from the first sample of the session, and
 * asks the detector. The frame grid belongs to the session and does not move when turn detection is reconfigured; it restarts only with a new input format.
 */
import { Resampler } from "@sidetone/core/dsp";
import { toFloat } from "../audio.ts";
import { VAD_FRAME, VAD_FRAME_MS, VAD_RATE, type Vad } from "./vad.ts";
import { type VadEdge, VadIterator, type VadIteratorSettings } from "./vad-iterator.ts";

/** What a {@link TurnDetector} needs. */
export interface TurnDetectorOptions {
  /** The detector. */
  readonly vad: Vad;
  /** Rate of the samples that will be pushed, in Hz. */
  readonly rate: number;
  /** Media time of the first sample that will be pushed, in ms. */
  readonly originMs: number;
  /** Called for each start and stop of speech, inside `push`. */
  readonly onEdge: (edge: VadEdge) => void;
  /** Called after each frame of 32 ms, and after what came of it, with the media time at its end, in ms. */
  readonly onFrame?: (endMs: number) => void;
}

/** Turns a stream of samples into starts and stops of speech. */
export class TurnDetector {
  readonly #vad: Vad;
  readonly #onEdge: (edge: VadEdge) => void;
  readonly #onFrame: ((endMs: number) => void) | undefined;
  readonly #resampler: Resampler | null;
  readonly #originMs: number;
  readonly #frame = new Float32Array(VAD_FRAME);
  #skip: number;
  #filled = 0;
  #frames = 0;
  #iterator: VadIterator | null = null;

  constructor(options: TurnDetectorOptions) {
    this.#vad = options.vad;
    this.#onEdge = options.onEdge;
    this.#onFrame = options.onFrame;
    this.#originMs = options.originMs;
    this.#resampler = options.rate === VAD_RATE ? null : new Resampler(options.rate, VAD_RATE);
    this.#skip = Math.round(this.#resampler?.delayFrames ?? 0);
  }

  /** Whether speech has started and not yet stopped. */
  get speaking(): boolean {
    return this.#iterator?.speaking ?? false;
  }

  /** Sets the rules of turns, or null for none. A turn under way goes on under new rules and is forgotten without rules. */
  configure(settings: VadIteratorSettings | null): void {
    if (settings === null) this.#iterator = null;
    else if (this.#iterator === null) this.#iterator = new VadIterator(settings);
    else this.#iterator.configure(settings);
  }

  /** Forgets a turn under way; if speech goes on, a new one starts with the next voiced frame. */
  reset(): void {
    this.#iterator?.reset();
  }

  /** Hears samples that follow those pushed before. */
  push(samples: Int16Array): void {
    let at16k = toFloat(samples);
    if (this.#resampler !== null) {
      const out = new Float32Array(this.#resampler.maxOutputFrames(samples.length));
      at16k = out.subarray(0, this.#resampler.process(at16k, out));
    }
    let at = Math.min(this.#skip, at16k.length);
    this.#skip -= at;
    while (at < at16k.length) {
      const count = Math.min(VAD_FRAME - this.#filled, at16k.length - at);
      this.#frame.set(at16k.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === VAD_FRAME) this.#complete();
    }
  }

  #complete(): void {
    this.#filled = 0;
    const startMs = this.#originMs + this.#frames++ * VAD_FRAME_MS;
    const edge = this.#iterator?.next(this.#vad.process(this.#frame), startMs);
    if (edge) this.#onEdge(edge);
    this.#onFrame?.(startMs + VAD_FRAME_MS);
  }
}
