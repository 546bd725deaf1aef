/** Everything that came out of the speaker side, silence included, and when each item of it began and ended. Times are ms from the start of the stream. */

/** A sample counts as sound from half a step of PCM16 up; below it the file shows nothing. */
const AUDIBLE = 0.5 / 32768;
/** How far before its reported start an item's first sound is looked for, in ms: reports are whole ms, fades begin at nothing. */
const SLACK_MS = 2;

/** When an item was at the ear. */
export interface HeardSpan {
  readonly itemId: string;
  /** First audible sample. */
  readonly startMs: number;
  /** Last time at which more of it was heard, to 20 ms. */
  readonly endMs: number;
  /** ms of the item heard. */
  readonly heardMs: number;
}

/** A recording that grows. */
export class ReplyTape {
  /** Frames per second, in Hz. */
  readonly rate: number;
  #samples: Float32Array;
  #frames = 0;
  readonly #spans = new Map<string, { startMs: number; endMs: number; heardMs: number }>();

  constructor(rate: number) {
    this.rate = rate;
    this.#samples = new Float32Array(rate * 30);
  }

  /** Length so far. */
  get durationMs(): number {
    return (this.#frames * 1000) / this.rate;
  }

  /** Adds what was rendered. */
  append(samples: Float32Array): void {
    if (this.#frames + samples.length > this.#samples.length) {
      const grown = new Float32Array(2 * (this.#frames + samples.length));
      grown.set(this.samples());
      this.#samples = grown;
    }
    this.#samples.set(samples, this.#frames);
    this.#frames += samples.length;
  }

  /** Notes that now, at the end of the tape, `heardMs` of `itemId` had been heard. */
  mark(itemId: string | null, heardMs: number): void {
    if (itemId === null || heardMs <= 0) return;
    const span = this.#spans.get(itemId);
    if (span === undefined) {
      const reportedMs = this.durationMs - heardMs;
      this.#spans.set(itemId, { startMs: this.firstSoundMs(reportedMs - SLACK_MS) ?? reportedMs, endMs: this.durationMs, heardMs });
    } else if (heardMs > span.heardMs) {
      span.endMs = this.durationMs;
      span.heardMs = heardMs;
    }
  }

  /** The items heard, in order of hearing. */
  get spans(): readonly HeardSpan[] {
    return [...this.#spans].map(([itemId, span]) => ({ itemId, ...span }));
  }

  /** Time of the first audible sample at or after `fromMs`; null when there is none. */
  firstSoundMs(fromMs: number): number | null {
    for (let i = Math.max(0, Math.ceil((fromMs * this.rate) / 1000)); i < this.#frames; i++) {
      if (Math.abs(this.#samples[i]) >= AUDIBLE) return (i * 1000) / this.rate;
    }
    return null;
  }

  /** All samples; a view, valid until the next {@link append}. */
  samples(): Float32Array {
    return this.#samples.subarray(0, this.#frames);
  }
}
