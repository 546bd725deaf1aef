/**
 * The format of recordings: JSON lines. A header begins a session, then one line for each event in the order in which they were sent or received, then its end. A recording
 * that broke off in the middle is one without an end.
 */
import type { AudioFormat } from "@sidetone/core/protocol";
import type { SessionTransport } from "./record.ts";

/** Version of the format that is written. */
export const RECORDING_VERSION = 1;

/** First line of a session. */
export interface RecordingHeader {
  /** Says what the file is. */
  readonly sidetone: "recording";
  /** Version of the format. */
  readonly version: number;
  /** Version of the program that wrote it. */
  readonly by: string;
  /** Id of the session, `sess_...`. */
  readonly session: string;
  /** The model that was asked for. */
  readonly model: string;
  /** How the client was connected. */
  readonly transport: SessionTransport;
  /** Whose events these are: the emulator's own, or those of a service that it relayed to. */
  readonly source: "emulator" | "relay";
  /** When the session began, ISO 8601. */
  readonly startedAt: string;
  /** Format of the user's audio at the beginning; null where it is not known yet. */
  readonly input: AudioFormat | null;
  /** Format of the model's audio at the beginning; null where it is not known yet. */
  readonly output: AudioFormat | null;
  /** Where the audio is: in the events, or in a WAV file beside the recording, the user left and the model right. */
  readonly audio: "inline" | "wav";
}

/** One event. */
export interface RecordedEvent {
  /** Time since the session began, in ms. */
  readonly atMs: number;
  /** Id of the session. */
  readonly session: string;
  /** `in` came from the client, `out` went to it. */
  readonly direction: "in" | "out";
  /** The event, without secrets; null for a message that was none. */
  readonly event: Readonly<Record<string, unknown>> | null;
  /** The message, where it was no event; null for a binary one. */
  readonly text?: string | null;
  /** Audio on a media track: 24 kHz PCM16 as base64, and the item that it belongs to when it is the model's. */
  readonly track?: { readonly audio: string; readonly item_id?: string };
  /** Bytes of audio that are in the WAV file and not in the event. */
  readonly audioBytes?: number;
}

/** Last line of a session. */
export interface RecordedEnd {
  /** Time since the session began, in ms. */
  readonly atMs: number;
  /** Id of the session. */
  readonly session: string;
  /** How the connection ended. */
  readonly closed: { readonly code: number; readonly reason: string };
}

/** Stands where events are missing because the disk did not take them. */
export interface RecordedGap {
  /** Time since the session began, in ms. */
  readonly atMs: number;
  /** Id of the session. */
  readonly session: string;
  /** How many events are missing. */
  readonly dropped: number;
}

/** Any line. */
export type RecordingLine = RecordingHeader | RecordedEvent | RecordedEnd | RecordedGap;
