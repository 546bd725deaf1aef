/**
 * What a session leaves behind for tests and tools to read: the audio it heard, the items it made with the audio that was sent for each, what was truncated, and every
 * event. Records are live while the session runs and stay readable when it is over. Times named `atMs` count from the start of the emulator.
 */
import type { AudioFormat, ServerConversationItem } from "@sidetone/core/protocol";
import type { AudioClip } from "../audio.ts";
import type { SessionFaultsRecord } from "../faults/session-faults.ts";
import type { EffectiveSession } from "../session/session-config.ts";
import type { LogRecord } from "./log.ts";

/** One `input_audio_buffer.append` that was accepted. */
export interface AppendRecord {
  /** When it came, in ms. */
  readonly atMs: number;
  /** Bytes of audio. */
  readonly bytes: number;
  /** Media time of its first sample, in ms, not rounded. */
  readonly mediaMs: number;
}

/** All audio that a session has received. */
export interface InputRecord {
  /** The appends, oldest first. */
  readonly appends: readonly AppendRecord[];
  /** Bytes of audio received, in total. */
  readonly bytes: number;
  /** Length of all audio received, in ms, not rounded. */
  readonly durationMs: number;
  /** The audio received, at the rate of its format (of the first one, if the format changed); without the oldest part, if that was let go. */
  clip(): AudioClip;
  /** The same as floats at 24 kHz. */
  samples24k(): Float32Array;
}

/** What the model said in one item. */
export interface SpokenRecord {
  /** Format on the wire. */
  readonly format: AudioFormat;
  /** Number of deltas sent. */
  readonly deltas: number;
  /** Length of all that was sent, in ms, not rounded; a truncation does not change it. */
  readonly sentMs: number;
  /** Length of what the conversation still holds, in ms: less than `sentMs` after a truncation. */
  readonly keptMs: number;
  /** Everything that was sent, as bytes of `format`. */
  bytes(): Uint8Array;
  /** Everything that was sent, as samples at the format's rate. */
  clip(): AudioClip;
}

/** An item and the audio that belongs to it. */
export interface ItemRecord {
  /** The item as it goes over the wire; changes in place while it is being made. */
  readonly wire: ServerConversationItem;
  /** What the user said, by content index. */
  readonly heard: ReadonlyMap<number, AudioClip>;
  /** What the model said, or null when it is not speech of the model. */
  readonly spoken: SpokenRecord | null;
}

/** A conversation. */
export interface ConversationRecord {
  /** `conv_...`. */
  readonly id: string;
  /** The items now in it, in their order. */
  readonly items: readonly ItemRecord[];
}

/** A truncation that was accepted. */
export interface TruncationRecord {
  /** When it came, in ms. */
  readonly atMs: number;
  /** The item that was truncated. */
  readonly itemId: string;
  /** The content part that was truncated, from 0. */
  readonly contentIndex: number;
  /** What the client says was heard, in ms. */
  readonly audioEndMs: number;
}

/** How a session ended. */
export interface CloseRecord {
  /** When it ended, in ms. */
  readonly atMs: number;
  /** WebSocket close code. */
  readonly code: number;
  /** Words that came with the code, maybe none. */
  readonly reason: string;
}

/** How a client is connected: by events alone, or with the audio on a media track. */
export type SessionTransport = "websocket" | "webrtc" | "sip";

/** One session, as tests and tools see it. */
export interface SessionRecord {
  /** `sess_...`. */
  readonly id: string;
  /** The model asked for. */
  readonly model: string;
  /** How the client is connected. */
  readonly transport: SessionTransport;
  /** When it began, in ms. */
  readonly openedAtMs: number;
  /** How it ended, or null while it runs. */
  readonly closed: CloseRecord | null;
  /** The settings in effect. */
  readonly config: EffectiveSession;
  /** Events of this session, both ways. */
  readonly log: LogRecord;
  /** The audio it received. */
  readonly input: InputRecord;
  /** Every item ever made, in order of making, with its audio; also those that were deleted or never in the conversation. */
  readonly items: readonly ItemRecord[];
  /** The conversation as it is now. */
  readonly conversation: ConversationRecord;
  /** Truncations accepted, in order. */
  readonly truncations: readonly TruncationRecord[];
  /** Media time: audio appended so far, in ms, not rounded. */
  readonly mediaMs: number;
  /** What goes wrong on demand in this session, and what did. */
  readonly faults: SessionFaultsRecord;
  /** Ends the connection from the server's side. Default code: 1000. */
  close(code?: number, reason?: string): void;
  /** Breaks the connection without a close frame, as a lost network does. */
  drop(): void;
}
