/**
 * The recording of what a session heard. Samples are kept as they came, by format; beyond a limit the oldest are let go, while the counts go on.
 */
import { type AudioFormat, formatRate } from "@sidetone/core/protocol";
import { type AudioClip, bytesToMs, convertClip, joinClips, toFloat } from "../audio.ts";
import type { AppendRecord, InputRecord } from "./record.ts";
import { SampleStore } from "./sample-store.ts";

/** All audio that a session has received, in wire formats; beyond a limit, the oldest is let go. */
export class InputTape implements InputRecord {
  readonly #limitMs: number;
  readonly #segments: { readonly format: AudioFormat; readonly store: SampleStore }[] = [];
  readonly #appends: AppendRecord[] = [];
  #bytes = 0;
  #durationMs = 0;

  /** Keeps the newest `limitMs` milliseconds, and up to as much again. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get appends(): readonly AppendRecord[] {
    return this.#appends;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  clip(): AudioClip {
    const clips = this.#segments.map(({ format, store }) => ({ samples: store.slice(store.start, store.end), rate: formatRate(format) }));
    return joinClips(clips) ?? { samples: new Int16Array(0), rate: 24000 };
  }

  samples24k(): Float32Array {
    return toFloat(convertClip(this.clip(), 24000).samples);
  }

  /** Adds what came in one append: `bytes` bytes in `format`, which made these samples. */
  append(samples: Int16Array, bytes: number, format: AudioFormat, atMs: number): void {
    this.#appends.push({ atMs, bytes, mediaMs: this.#durationMs });
    this.#bytes += bytes;
    this.#durationMs += bytesToMs(bytes, format);
    let segment = this.#segments.at(-1);
    if (segment?.format.type !== format.type) {
      segment = { format, store: new SampleStore() };
      this.#segments.push(segment);
    }
    segment.store.append(samples);
    segment.store.dropBefore(segment.store.end - Math.round((this.#limitMs * formatRate(format)) / 1000));
  }
}
