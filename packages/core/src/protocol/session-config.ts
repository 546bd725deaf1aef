/**
 * The session's settings in the GA shape, as sent in `session.update` and as reported in `session.created` and `session.updated`.
 *
 * Everything but `type` is optional: what is absent keeps its value, and `null`, `""` or `[]` clears. The server fills what was left out (a transcription comes
 * back with `language: null`), and some defaults depend on the model, so effective values are read from `session.updated`, not from what was sent.
 */
import type { AudioFormat } from "./audio-format.ts";
import type { FunctionTool, McpTool, PromptReference, Reasoning, ToolChoice, Tracing, Truncation } from "./session-options.ts";

/** Models by name; others pass through. */
export type RealtimeModel =
  | "gpt-realtime-2.1"
  | "gpt-realtime-2.1-mini"
  | "gpt-realtime-2"
  | "gpt-realtime-1.5"
  | "gpt-realtime"
  | "gpt-realtime-mini"
  | (string & {});

/** Transcription models by name; others pass through. */
export type TranscriptionModel = "gpt-realtime-whisper" | "gpt-live-transcribe" | "gpt-transcribe" | (string & {});

/** Built-in voices by name; others pass through. */
export type VoiceName = "alloy" | "ash" | "ballad" | "coral" | "echo" | "sage" | "shimmer" | "verse" | "marin" | "cedar" | (string & {});

/** A built-in voice, or a custom one by its id. */
export type Voice = VoiceName | { id: string };

/** What the model answers with; `audio` includes a transcript, and asking for both at once is refused. */
export type OutputModality = "audio" | "text";

/** Most tokens of one response: 1 to 4096, or no limit. */
export type MaxOutputTokens = number | "inf";

/** Extra fields that events carry when asked for. */
export type SessionInclude = "item.input_audio_transcription.logprobs";

/** Filters the input before turn detection and the model hear it. */
export interface NoiseReduction {
  /** Headset or phone at the mouth, or microphone across the room. */
  type?: "near_field" | "far_field";
  /** How much is filtered. Default: 1. */
  strength?: number;
}

/** Turns the user's speech into text beside the model, which hears the audio itself. */
export interface InputTranscription {
  model?: TranscriptionModel;
  /** ISO 639-1 code of the spoken language. */
  language?: string | null;
  /** ISO 639-1 codes of the languages that may be spoken. */
  languages?: string[];
  /** Words or a sentence to expect. */
  prompt?: string | null;
  /** Names and terms to spell as given. */
  keywords?: string[];
  /** Trades latency for accuracy. */
  delay?: "minimal" | "low" | "medium" | "high" | "xhigh";
}

/** What either turn detection does with what it hears. */
export interface TurnDetectionActions {
  /** Whether the end of speech starts a response. Default: true. */
  create_response?: boolean;
  /** Whether the start of speech cancels the response under way. Default: true. */
  interrupt_response?: boolean;
}

/** Turns end after silence. */
export interface ServerVad extends TurnDetectionActions {
  type: "server_vad";
  /** Speech probability from which on it counts as speech, 0 to 1. Default: 0.5. */
  threshold?: number;
  /** Audio kept from before the start of speech, in ms. Default: 300. */
  prefix_padding_ms?: number;
  /** Silence that ends a turn, in ms. Default: 500; older models 200. */
  silence_duration_ms?: number;
  /** Silence after which the model speaks up by itself, in ms, 5000 to 30000, counted from the end of playback; `null` is never. Default: `null`. */
  idle_timeout_ms?: number | null;
}

/** Turns end when what was said sounds finished. */
export interface SemanticVad extends TurnDetectionActions {
  type: "semantic_vad";
  /** How soon it takes a turn as finished: waits at most 8 s (low), 4 s (medium, which `auto` means) or 2 s (high). Default: `auto`. */
  eagerness?: "low" | "medium" | "high" | "auto";
}

/** Who decides when the user's turn begins and ends; `null` in its place means the client does, with `input_audio_buffer.commit`. */
export type TurnDetection = ServerVad | SemanticVad;

/** The user's side of the audio. */
export interface SessionAudioInput {
  format?: AudioFormat;
  /** `null` is off. */
  noise_reduction?: NoiseReduction | null;
  /** `null` is off. */
  transcription?: InputTranscription | null;
  /** `null` is push-to-talk. */
  turn_detection?: TurnDetection | null;
}

/** The model's side of the audio. */
export interface SessionAudioOutput {
  format?: AudioFormat;
  /** Cannot be changed once the model has spoken. */
  voice?: Voice;
  /** Factor on the speaking rate, 0.25 to 1.5; can be changed between turns only. Default: 1. */
  speed?: number;
}

/** Settings of a speech-to-speech session. */
export interface SessionConfig {
  type: "realtime";
  /** Fixed once the session exists. */
  model?: RealtimeModel;
  instructions?: string;
  /** Default: `["audio"]`. */
  output_modalities?: OutputModality[];
  audio?: { input?: SessionAudioInput; output?: SessionAudioOutput };
  tools?: (FunctionTool | McpTool)[];
  /** Default: `auto`. */
  tool_choice?: ToolChoice;
  /** From gpt-realtime-2 on. */
  parallel_tool_calls?: boolean;
  /** From gpt-realtime-2 on. */
  reasoning?: Reasoning;
  /** Default: `inf`. */
  max_output_tokens?: MaxOutputTokens;
  /** What happens when the conversation outgrows the context. Default: `auto`. */
  truncation?: Truncation;
  /** Cannot be changed once on; `null` is off. */
  tracing?: Tracing | null;
  prompt?: PromptReference | null;
  include?: SessionInclude[] | null;
}

/** Settings of a session that only writes down what it hears. */
export interface TranscriptionSessionConfig {
  type: "transcription";
  audio?: { input?: SessionAudioInput };
  include?: SessionInclude[] | null;
}

/** What `session.update` may change: any part of the settings but the model. `type` must be there and must be the session's own. */
export type SessionUpdate = Omit<SessionConfig, "model"> | TranscriptionSessionConfig;

/** A speech-to-speech session as the server reports it. */
export interface RealtimeSession extends SessionConfig {
  id: string;
  object: "realtime.session";
  /** When the session will end, in seconds since 1970. */
  expires_at?: number;
}

/** A transcription session as the server reports it. */
export interface TranscriptionSession extends TranscriptionSessionConfig {
  id: string;
  object: string;
  /** When the session will end, in seconds since 1970. */
  expires_at?: number;
}
