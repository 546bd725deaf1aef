/**
 * The plug point of what the emulator says: a voice sees the conversation and gives back a whole reply; how it is cut into events and paced is not its business.
 */
import type { ConversationItem } from "@sidetone/core/protocol";
import type { AudioClip } from "../audio.ts";

/** What a voice is asked to answer. */
export interface VoiceRequest {
  /** What the user said since the model's last message, joined; null when they wrote, or said nothing. */
  readonly userAudio: AudioClip | null;
  /** What the user wrote since the model's last message, joined by line breaks; empty when nothing. */
  readonly userText: string;
  /** The items the model sees, first to last, without audio. */
  readonly items: readonly ConversationItem[];
  /** Whether the reply is spoken or written. */
  readonly modality: "audio" | "text";
  /** Rate of the output format in Hz; audio at another rate is resampled. */
  readonly rate: number;
  /** The session's or the response's instructions. */
  readonly instructions: string;
  /** Aborted when the response is cancelled before the voice has answered. */
  readonly signal: AbortSignal;
}

/** Something that is said or written. */
export interface SpokenMessage {
  readonly type: "message";
  /** The words: a transcript beside `audio`, or the text itself when the modality is text. */
  readonly text: string;
  /** The sound; ignored when the modality is text. Without it the message has a transcript and no audio. */
  readonly audio?: AudioClip;
}

/** A call to one of the session's functions. */
export interface SpokenFunctionCall {
  readonly type: "function_call";
  /** The function to call. */
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** One item of a reply. */
export type SpokenItem = SpokenMessage | SpokenFunctionCall;

/** Answers for the model. */
export interface Voice {
  /** The items of the reply, in order. A rejection or an exception makes the response fail, and nothing else. */
  reply(request: VoiceRequest): readonly SpokenItem[] | Promise<readonly SpokenItem[]>;
}

/** `ms` as people read it: `2.8 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
