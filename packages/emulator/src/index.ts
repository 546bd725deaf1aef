/**
 * A local, wire-level emulator of the OpenAI Realtime API: real audio, no key, no network.
 */
export type { AudioClip } from "./audio.ts";
export type { EmulatorClock } from "./clock.ts";
export { EMULATOR_DEFAULTS, type EmulatorOptions } from "./options.ts";
export { PROFILES, type Profile, type ProfileName, type ProfileOverrides } from "./profiles.ts";
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
export { createEmulator, type Emulator } from "./server/server.ts";
export type { EffectiveSession, SemanticVadConfig, ServerVadConfig } from "./session/session-config.ts";
export { EnergyVad } from "./vad/energy.ts";
export { VAD_FRAME, VAD_FRAME_MS, VAD_RATE, type Vad } from "./vad/vad.ts";
export { echoVoice } from "./voices/echo.ts";
export { type ToneVoiceOptions, toneClip, toneVoice } from "./voices/tone.ts";
export type { SpokenFunctionCall, SpokenItem, SpokenMessage, Voice, VoiceRequest } from "./voices/voice.ts";
