/**
 * The plug point of what the emulator says: a voice sees the conversation and gives back a whole reply; how it is cut into events and paced is not its business.
 */
import type { ConversationItem, FunctionTool, McpTool, McpToolDescription, ToolChoice } from "@sidetone/core/protocol";
import type { AudioClip } from "../audio.ts";
import type { ProfileOverrides } from "../profiles.ts";

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
  /** Name of the voice that the session or the response asks for, such as `marin`; the id of a custom one. */
  readonly voice: string;
  /** The session's or the response's instructions. */
  readonly instructions: string;
  /** The tools that the model may use. */
  readonly tools: readonly (FunctionTool | McpTool)[];
  /** Which of them it may or must use. */
  readonly toolChoice: ToolChoice;
  /** Aborted when the response is cancelled before the voice has answered. */
  readonly signal: AbortSignal;
}

/** When an item of a reply begins. */
export interface ItemTiming {
  /** What the item follows: the end of the item before it, or its beginning, so that both are made at once. Default: `end`. */
  readonly follows?: "end" | "start";
  /** Wait after that, in ms of wall time, 0 to 600000. Default: 0. */
  readonly delayMs?: number;
}

/** A piece of a transcript and its place in the sound. */
export interface TimedWord {
  /** The piece as it is sent, with its white space. */
  readonly text: string;
  /** When it is heard, in ms from the start of the message's audio; it is sent before the audio delta that holds this moment. */
  readonly atMs: number;
}

/** Something that is said or written. */
export interface SpokenMessage extends ItemTiming {
  readonly type: "message";
  /** The words: a transcript beside `audio`, or the text itself when the modality is text. */
  readonly text: string;
  /** The sound; ignored when the modality is text. Without it the message has a transcript and no audio. */
  readonly audio?: AudioClip;
  /** The transcript with its timing, instead of an even spread of `text` over the sound; together they should say the same. */
  readonly words?: readonly TimedWord[];
  /** Whether it is written although the reply is spoken. Default: false. */
  readonly written?: boolean;
  /** `phase` of the message. Default: the profile's. */
  readonly phase?: "commentary" | "final_answer";
}

/** A call to one of the session's functions. */
export interface SpokenFunctionCall extends ItemTiming {
  readonly type: "function_call";
  /** The function to call. */
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** A call to a tool of an MCP server, which the service makes itself; it has either an output or an error. */
export interface SpokenMcpCall extends ItemTiming {
  readonly type: "mcp_call";
  /** Label of the server, as in the session's tools. */
  readonly server_label: string;
  /** The tool to call. */
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
  /** What the tool gave back. */
  readonly output?: string;
  /** What went wrong instead. */
  readonly error?: string;
  /** Whether the client is asked first, and the call is made when it approves. Default: false. */
  readonly approval?: boolean;
}

/** The import of an MCP server's list of tools. */
export interface SpokenMcpListTools extends ItemTiming {
  readonly type: "mcp_list_tools";
  /** Label of the server, as in the session's tools. */
  readonly server_label: string;
  /** The tools it has. */
  readonly tools: readonly McpToolDescription[];
}

/** One item of a reply. */
export type SpokenItem = SpokenMessage | SpokenFunctionCall | SpokenMcpCall | SpokenMcpListTools;

/** How a reply ends when it does not simply complete. */
export type ReplyEnd =
  | {
      readonly status: "failed";
      /** The service's error class. Default: `server_error`. */
      readonly type?: string;
      /** The service's code, such as `rate_limit_exceeded`. */
      readonly code: string;
      /** Words for people. */
      readonly message?: string;
    }
  | {
      readonly status: "incomplete";
      /** Why it stopped short. */
      readonly reason: "max_output_tokens" | "content_filter";
    };

/** A reply with more to it than its items. */
export interface Reply {
  /** The items, in order. */
  readonly items: readonly SpokenItem[];
  /** Wait before the first item, in ms of wall time, on top of the profile's delay. Default: 0. */
  readonly delayMs?: number;
  /** What differs from the profile's behaviour in this reply. Default: nothing. */
  readonly pace?: ProfileOverrides;
  /** How it ends. Default: completed. */
  readonly end?: ReplyEnd;
}

/** A piece of the user's speech that is to be transcribed. */
export interface UserTurn {
  /** Id of the item that it is, or will be. */
  readonly itemId: string;
  /** Position among the session's pieces of speech, from 0. */
  readonly index: number;
  /** The speech; null while the user still speaks. */
  readonly audio: AudioClip | null;
}

/** What the user is taken to have said. */
export interface UserTranscript {
  /** The words. */
  readonly text: string;
  /** Whether deltas come while the user still speaks, as from streaming transcribers; else they come after the commit. Default: false. */
  readonly streaming?: boolean;
  /** From the commit to the completed transcription, in ms of wall time, 0 to 600000. Default: the profile's. */
  readonly delayMs?: number;
  /** Code of a transcription that fails. Default: it succeeds. */
  readonly failure?: string;
}

/** The session that a voice is to answer. */
export interface VoiceSession {
  /** `sess_...`. */
  readonly id: string;
  /** The model asked for. */
  readonly model: string;
  /** Where the session's random choices come from: a 32-bit integer, the same in each run of a seeded emulator. */
  readonly seed: number;
}

/** Answers for the model. */
export interface Voice {
  /** The items of the reply, in order, or a whole {@link Reply}. A rejection or an exception makes the response fail, and nothing else. */
  reply(request: VoiceRequest): VoiceReply | Promise<VoiceReply>;
  /**
   * What the user said in a piece of speech, or null when the voice does not know. Asked when speech begins and, unless it was known then, when it is committed. Without
   * this, transcriptions tell how long the speech was.
   */
  transcript?(turn: UserTurn): UserTranscript | null;
  /** Called once for each session; what it returns answers that session. Without this, one voice answers all of them. */
  open?(session: VoiceSession): Voice;
}

/** What a voice may give back. */
export type VoiceReply = readonly SpokenItem[] | Reply;

/** `ms` as people read it: `2.8 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
