/**
 * A response: what the client may ask for in `response.create`, and what the server reports about it.
 */
import type { AudioFormat } from "./audio-format.ts";
import type { ConversationItem, ItemReference, ServerConversationItem } from "./items.ts";
import type { MaxOutputTokens, OutputModality, Voice, VoiceName } from "./session-config.ts";
import type { FunctionTool, McpTool, PromptReference, Reasoning, ToolChoice } from "./session-options.ts";

/** Up to 16 pairs; keys of up to 64 and values of up to 512 characters. Comes back in the response's events, so that a client can tell its responses apart. */
export type Metadata = Record<string, string>;

/** What `response.create` may ask for; everything absent is as the session has it. */
export interface ResponseCreateParams {
  audio?: { output?: { format?: AudioFormat; voice?: Voice } };
  /** Whether the result enters the conversation (`auto`) or stays beside it (`none`); several responses may run beside it at once. Default: `auto`. */
  conversation?: "auto" | "none" | (string & {});
  /** What the model sees instead of the conversation; `[]` is nothing at all. */
  input?: (ConversationItem | ItemReference)[];
  instructions?: string;
  max_output_tokens?: MaxOutputTokens;
  metadata?: Metadata | null;
  output_modalities?: OutputModality[];
  parallel_tool_calls?: boolean;
  prompt?: PromptReference | null;
  reasoning?: Reasoning;
  tool_choice?: ToolChoice;
  tools?: (FunctionTool | McpTool)[];
}

/** How a response stands, or ended. */
export type ResponseStatus = "in_progress" | "completed" | "cancelled" | "incomplete" | "failed";

/** Why a response ended the way it did. */
export interface ResponseStatusDetails {
  type?: "completed" | "cancelled" | "incomplete" | "failed";
  /** Cancelled: the user spoke, or the client asked. Incomplete: too long, or filtered. */
  reason?: "turn_detected" | "client_cancelled" | "max_output_tokens" | "content_filter";
  /** Failed: with what. Rate limits arrive here, as `rate_limit_exceeded`. */
  error?: { type?: string; code?: string; message?: string };
}

/** Counts by kind, in tokens. */
export interface TokenCounts {
  text_tokens?: number;
  /** 1 per 100 ms of the user's speech, 1 per 50 ms of the model's. */
  audio_tokens?: number;
  image_tokens?: number;
}

/** Where the input tokens of a response came from. */
export interface InputTokenDetails extends TokenCounts {
  cached_tokens?: number;
  cached_tokens_details?: TokenCounts;
}

/** Tokens that one response used. */
export interface ResponseUsage {
  total_tokens?: number;
  input_tokens?: number;
  output_tokens?: number;
  input_token_details?: InputTokenDetails;
  output_token_details?: { text_tokens?: number; audio_tokens?: number };
}

/** A response as the server reports it. */
export interface RealtimeResponse {
  id: string;
  object?: "realtime.response";
  status: ResponseStatus;
  status_details?: ResponseStatusDetails | null;
  /** Empty in `response.created`, complete in `response.done`; without the audio itself. */
  output: ServerConversationItem[];
  /** `null` when the response was asked for beside the conversation. */
  conversation_id?: string | null;
  output_modalities?: OutputModality[];
  max_output_tokens?: MaxOutputTokens;
  audio?: { output?: { format?: AudioFormat; voice?: VoiceName } };
  /** `null` until `response.done`. */
  usage?: ResponseUsage | null;
  metadata?: Metadata | null;
}
