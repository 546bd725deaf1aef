/**
 * A local, wire-level emulator of the OpenAI Realtime API: real audio, no key, no network.
 */
export type { AudioClip } from "./audio.ts";
export type { EmulatorClock } from "./clock.ts";
export {
  type CheckedEntry,
  CONFORMANCE_RULES,
  ConformanceChecker,
  checkConformance,
  checkSession,
  describeViolation,
  type SessionViolation,
} from "./conformance/checker.ts";
export { RECORDED_SEQUENCES } from "./conformance/recorded-sequences.ts";
export { CONFORMANCE_DEFAULTS, type ConformanceOptions, type RuleDescription, type Violation } from "./conformance/rule.ts";
export { type EventSequence, expectSequence, type SequenceStep } from "./conformance/sequence.ts";
export type { DialectName } from "./dialects/dialect.ts";
export type { EmulatorFaultsRecord } from "./faults/connect-faults.ts";
export type { Distribution } from "./faults/distribution.ts";
export type { InjectedFault } from "./faults/injected.ts";
export type {
  CommitFailsFault,
  ConnectFault,
  DisconnectFault,
  DropFault,
  DuplicateFault,
  ErrorFault,
  EventFault,
  ExpireFault,
  FailureWords,
  Fault,
  FaultBase,
  FaultKind,
  FaultPlan,
  FaultTrigger,
  HalfOpenFault,
  HangConnectFault,
  IgnoreCloseFault,
  LinkPlan,
  Malformation,
  MalformFault,
  OutageFault,
  RefuseFault,
  ReorderFault,
  ResetConnectFault,
  ResponseFailsFault,
  ServiceFault,
  SessionFault,
  SlowConnectFault,
  SlowGenerationFault,
  StallFault,
  TranscriptionFailsFault,
  WireFault,
} from "./faults/plan.ts";
export { FAULT_PRESETS, type FaultPreset } from "./faults/presets.ts";
export type { SessionFaultsRecord } from "./faults/session-faults.ts";
export { IN_PROCESS_DEFAULTS, type InProcessClient, type InProcessOptions, type SpeakOptions } from "./inprocess/client.ts";
export { VIRTUAL_CLOCK_DEFAULTS, type VirtualClock, type VirtualClockOptions, virtualClock } from "./inprocess/virtual-clock.ts";
export { LIVE_BEHAVIOUR } from "./live/live-audio.ts";
export type { LiveConfig } from "./live/live-config.ts";
export type { LiveServerEvent } from "./live/live-events.ts";
export type { LiveSessionRecord } from "./live/live-record.ts";
export { EMULATOR_DEFAULTS, type EmulatorOptions } from "./options.ts";
export { PROFILES, type Profile, type ProfileName, type ProfileOverrides, profileFor } from "./profiles.ts";
export type { LogEntry, LogRecord } from "./record/log.ts";
export type {
  AppendRecord,
  CloseRecord,
  ConversationRecord,
  InputRecord,
  ItemRecord,
  SessionRecord,
  SessionTransport,
  SpokenRecord,
  TruncationRecord,
} from "./record/record.ts";
export type { KeyLimits } from "./server/limits.ts";
export { createEmulator, type Emulator } from "./server/server.ts";
export type { TlsKeyPair } from "./server/tls.ts";
export type { McpServers, SimulatedMcpServer } from "./session/mcp.ts";
export type { EffectiveSession, SemanticVadConfig, ServerVadConfig } from "./session/session-config.ts";
export type { TranslationConfig } from "./translation/translation-config.ts";
export type { TranslationServerEvent } from "./translation/translation-events.ts";
export type { TranslationRecord } from "./translation/translation-session.ts";
export type { VadName, VadOption } from "./vad/choice.ts";
export { EnergyVad } from "./vad/energy.ts";
export { VAD_FRAME, VAD_FRAME_MS, VAD_RATE, type Vad } from "./vad/vad.ts";
export { echoVoice } from "./voices/echo.ts";
export { type ToneVoiceOptions, toneClip, toneVoice } from "./voices/tone.ts";
export type {
  ItemTiming,
  Reply,
  ReplyEnd,
  SpokenFunctionCall,
  SpokenItem,
  SpokenMcpCall,
  SpokenMcpListTools,
  SpokenMessage,
  TimedWord,
  UserTranscript,
  UserTurn,
  Voice,
  VoiceReply,
  VoiceRequest,
  VoiceSession,
} from "./voices/voice.ts";
