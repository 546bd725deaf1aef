/**
 * What a session leaves behind for tests and tools to read: the audio it heard, the items it made with the audio that was sent for each, what was truncated, and every
 * event. Records are live while the session runs and stay readable when it is over.
 */
import type { AudioFormat } from "@sidetone/core/protocol";
import { formatRate } from "@sidetone/core/protocol";
import { type AudioClip, bytesToMs, convertClip, joinClips, toFloat } from "./audio.ts";
import type { Conversation, StoredItem } from "./conversation.ts";
import type { EventLog } from "./log.ts";
import { SampleStore } from "./sample-store.ts";
import type { EffectiveSession } from "./session-config.ts";

/** One `input_audio_buffer.append` that was accepted. */
export interface AppendRecord {
  /** Time since the emulator started, in ms. */
  readonly atMs: number;
  /** Bytes of audio. */
  readonly bytes: number;
  /** Media time of its first sample, in ms, not rounded. */
  readonly mediaMs: number;
}

/** A truncation that was accepted. */
export interface TruncationRecord {
  /** Time since the emulator started, in ms. */
  readonly atMs: number;
  readonly itemId: string;
  readonly contentIndex: number;
  /** What the client says was heard, in ms. */
  readonly audioEndMs: number;
}

/** How a session ended. */
export interface CloseRecord {
  /** Time since the emulator started, in ms. */
  readonly atMs: number;
  /** WebSocket close code. */
  readonly code: number;
  readonly reason: string;
}

/** All audio that a session has received, in wire formats; beyond a limit, the oldest is let go. */
export class InputTape {
  readonly #limitMs: number;
  readonly #segments: { readonly format: AudioFormat; readonly store: SampleStore }[] = [];
  readonly #appends: AppendRecord[] = [];
  #bytes = 0;
  #durationMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** The appends, oldest first. */
  get appends(): readonly AppendRecord[] {
    return this.#appends;
  }

  /** Bytes of audio received, in total. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Length of all audio received, in ms, not rounded. */
  get durationMs(): number {
    return this.#durationMs;
  }

  /** The audio received, at the rate of its format (of the first one, if the format changed); empty when there is none. */
  clip(): AudioClip {
    const clips = this.#segments.map(({ format, store }) => ({ samples: store.slice(store.start, store.end), rate: formatRate(format) }));
    return joinClips(clips) ?? { samples: new Int16Array(0), rate: 24000 };
  }

  /** The audio received as floats at 24 kHz. */
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

/** One session, as tests and tools see it. */
export interface SessionRecord {
  /** `sess_...`. */
  readonly id: string;
  /** The model asked for. */
  readonly model: string;
  /** Time since the emulator started, in ms. */
  readonly openedAtMs: number;
  /** How it ended, or null while it runs. */
  readonly closed: CloseRecord | null;
  /** The settings in effect. */
  readonly config: EffectiveSession;
  /** Events of this session, both ways. */
  readonly log: EventLog;
  /** The audio it received. */
  readonly input: InputTape;
  /** Every item ever made, in order of making, with its audio; also those that were deleted or never in the conversation. */
  readonly items: readonly StoredItem[];
  /** The conversation: its id, and the items now in it, in their order. */
  readonly conversation: Pick<Conversation, "id" | "items">;
  /** Truncations accepted, in order. */
  readonly truncations: readonly TruncationRecord[];
  /** Media time: audio appended so far, in ms. */
  readonly mediaMs: number;
  /** Ends the connection from the server's side. Default code: 1000. */
  close(code?: number, reason?: string): void;
  /** Breaks the connection without a close frame, as a lost network does. */
  drop(): void;
}
