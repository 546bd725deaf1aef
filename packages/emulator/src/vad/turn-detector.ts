/**
 * Listens to the input stream for turns: resamples whatever the client sends to 16 kHz, cuts it into 32 ms frames counted from the first sample of the session, and
 * asks the detector. The frame grid belongs to the session and does not move when turn detection is reconfigured; it restarts only with a new input format.
 *
 * The resampler delays all frequencies alike and its delay is taken out, so that frame k holds what was appended from 32 k to 32 (k + 1) ms: up to 4 ms more must have been appended
 * before a frame is complete. The detector hears only while turns are wanted, and begins anew when they are wanted again.
 */
import { decodePcm16, Resampler } from "@sidetone/core/dsp";
import { UtteranceEnd } from "./utterance-end.ts";
import { VAD_FRAME, VAD_FRAME_MS, VAD_RATE, type Vad } from "./vad.ts";
import { type VadEdge, VadIterator, type VadIteratorSettings } from "./vad-iterator.ts";

/** Rules of turns. */
export interface TurnRules extends VadIteratorSettings {
  /**
   * Longest silence that ends a turn, in ms; `silenceMs` is then the shortest. How finished the words before it sound decides between the two (see {@link UtteranceEnd}). Default: every
   * silence is `silenceMs`.
   */
  readonly longestSilenceMs?: number;
}

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

/** Samples that are converted at once. */
const BLOCK = 2048;

/** Turns a stream of samples into starts and stops of speech. */
export class TurnDetector {
  readonly #vad: Vad;
  readonly #onEdge: (edge: VadEdge) => void;
  readonly #onFrame: ((endMs: number) => void) | undefined;
  readonly #resampler: Resampler | null;
  readonly #originMs: number;
  readonly #floats = new Float32Array(BLOCK);
  readonly #at16k: Float32Array;
  readonly #frame = new Float32Array(VAD_FRAME);
  #skip: number;
  #filled = 0;
  #frames = 0;
  #rules: TurnRules | null = null;
  #iterator: VadIterator | null = null;
  #end: UtteranceEnd | null = null;

  constructor(options: TurnDetectorOptions) {
    this.#vad = options.vad;
    this.#onEdge = options.onEdge;
    this.#onFrame = options.onFrame;
    this.#originMs = options.originMs;
    this.#resampler = options.rate === VAD_RATE ? null : new Resampler(options.rate, VAD_RATE, { profile: "linear-phase" });
    this.#at16k = this.#resampler === null ? this.#floats : new Float32Array(this.#resampler.maxOutputFrames(BLOCK));
    this.#skip = Math.round(this.#resampler?.delayFrames ?? 0);
  }

  /** Whether speech has started and not yet stopped. */
  get speaking(): boolean {
    return this.#iterator?.speaking ?? false;
  }

  /** Sets the rules of turns, or null for none. A turn under way goes on under new rules and is forgotten without rules. */
  configure(rules: TurnRules | null): void {
    this.#rules = rules;
    if (rules === null) this.#iterator = null;
    else if (this.#iterator === null) {
      this.#iterator = new VadIterator(rules);
      this.#vad.reset();
    } else this.#iterator.configure(rules);
    if (rules?.longestSilenceMs === undefined) this.#end = null;
    else this.#end ??= new UtteranceEnd();
  }

  /** Forgets a turn under way; if speech goes on, a new one starts with the next voiced frame. */
  reset(): void {
    this.#iterator?.reset();
    this.#end?.reset();
  }

  /** Hears samples that follow those pushed before. */
  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += BLOCK) {
      const block = samples.subarray(at, at + BLOCK);
      const floats = this.#floats.subarray(0, block.length);
      decodePcm16(block, floats);
      this.#hear(this.#resampler === null ? block.length : this.#resampler.process(floats, this.#at16k));
    }
  }

  /** Takes the first `count` samples at 16 kHz. */
  #hear(count: number): void {
    let at = Math.min(this.#skip, count);
    this.#skip -= at;
    while (at < count) {
      const part = Math.min(VAD_FRAME - this.#filled, count - at);
      this.#frame.set(this.#at16k.subarray(at, at + part), this.#filled);
      this.#filled += part;
      at += part;
      if (this.#filled === VAD_FRAME) this.#complete();
    }
  }

  #complete(): void {
    this.#filled = 0;
    const startMs = this.#originMs + this.#frames++ * VAD_FRAME_MS;
    const edge = this.#iterator === null || this.#rules === null ? null : this.#decide(this.#iterator, this.#rules, startMs);
    if (edge) this.#onEdge(edge);
    this.#onFrame?.(startMs + VAD_FRAME_MS);
  }

  #decide(iterator: VadIterator, rules: TurnRules, startMs: number): VadEdge | null {
    const probability = this.#vad.process(this.#frame);
    const { silenceMs, longestSilenceMs } = rules;
    if (this.#end === null || longestSilenceMs === undefined) return iterator.next(probability, startMs);
    const voiced = probability >= rules.threshold;
    this.#end.hear(this.#frame, voiced);
    const edge = iterator.next(probability, startMs, voiced ? silenceMs : this.#end.silenceMs(silenceMs, longestSilenceMs));
    if (edge !== null) {
      this.#end.reset();
      if (edge.type === "start") this.#end.hear(this.#frame, true);
    }
    return edge;
  }
}
