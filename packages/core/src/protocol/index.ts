/**
 * `@sidetone/core/protocol`: the Realtime API as types, limits and defaults, and the way between wire text and events.
 */

export type { AudioFormat } from "./audio-format.ts";
export { bytesPerFrame, checkAudioFormat, formatRate, PCM16_24K, silenceByte } from "./audio-format.ts";
export * from "./events.ts";
export type {
  AssistantContentPart,
  AssistantMessageItem,
  ConversationItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  InputAudioPart,
  InputImagePart,
  InputTextPart,
  ItemFields,
  ItemReference,
  ItemStatus,
  McpApprovalRequestItem,
  McpApprovalResponseItem,
  McpCallItem,
  McpError,
  McpListToolsItem,
  McpToolDescription,
  MessageItem,
  OutputAudioPart,
  OutputTextPart,
  ServerConversationItem,
  SystemMessageItem,
  UserContentPart,
  UserMessageItem,
} from "./items.ts";
export {
  BENIGN_ERROR_CODES,
  CLOSE_CODES,
  FATAL_ERROR_CODES,
  isFatalError,
  PROTOCOL_GRAINS,
  PROTOCOL_LIMITS,
  SEMANTIC_VAD_MAX_WAIT_MS,
  SERVER_VAD_GRID,
} from "./limits.ts";
export type { ParseFailure, ParseFailureReason, ParseOptions } from "./parse.ts";
export { isParseFailure, PARSE_DEFAULTS, parseServerEvent, ServerEventReader, serializeAppend, serializeClientEvent } from "./parse.ts";
export type {
  InputTokenDetails,
  Metadata,
  RealtimeResponse,
  ResponseCreateParams,
  ResponseStatus,
  ResponseStatusDetails,
  ResponseUsage,
  TokenCounts,
} from "./response.ts";
export type {
  InputTranscription,
  MaxOutputTokens,
  NoiseReduction,
  OutputModality,
  RealtimeModel,
  RealtimeSession,
  SemanticVad,
  ServerVad,
  SessionAudioInput,
  SessionAudioOutput,
  SessionConfig,
  SessionInclude,
  SessionUpdate,
  TranscriptionModel,
  TranscriptionSession,
  TranscriptionSessionConfig,
  TurnDetection,
  TurnDetectionActions,
  Voice,
  VoiceName,
} from "./session-config.ts";
export { defaultSession, defaultTranscriptionSession, SEMANTIC_VAD_DEFAULTS, SERVER_VAD_DEFAULTS, SESSION_DEFAULTS } from "./session-defaults.ts";
export type {
  FunctionTool,
  McpTool,
  McpToolFilter,
  PromptReference,
  Reasoning,
  RetentionRatioTruncation,
  ToolChoice,
  Tracing,
  Truncation,
} from "./session-options.ts";
