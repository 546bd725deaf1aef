/** The engine: what runs between the audio device and the wire. */
export { CaptureHost, type CaptureHostOptions, type CaptureSettings, checkPacketMs } from "./capture-host.ts";
export { ENGINE_DEFAULTS, type EngineLimits, resolveLimits } from "./defaults.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { type EngineConfig, EngineHost, type EnginePorts } from "./engine-host.ts";
export { CAPTURE_PROCESSOR, PLAYBACK_PROCESSOR } from "./names.ts";
export { PlaybackHost, type PlaybackHostOptions, type PlaybackSettings } from "./playback-host.ts";
export { createPortPair } from "./port-pair.ts";
export type {
  CaptureAttach,
  CaptureMute,
  CapturePacket,
  CapturePageMessage,
  CaptureRecycle,
  EngineClientEvent,
  EngineErrorEvent,
  EngineEvent,
  EngineInterruptedEvent,
  EngineMeters,
  EnginePlayedEvent,
  EnginePlayoutLogEvent,
  EngineServerEvent,
  EngineState,
  EngineStateEvent,
  EngineStats,
  EngineStatsEvent,
  InterruptedItem,
  Interruption,
  InterruptReason,
  LevelReading,
  OutputMark,
  PlaybackAttach,
  PlaybackCommand,
  PlaybackEndOfItem,
  PlaybackFlush,
  PlaybackFlushed,
  PlaybackHold,
  PlaybackItem,
  PlaybackLatency,
  PlaybackLocate,
  PlaybackLocated,
  PlaybackLog,
  PlaybackPageMessage,
  PlaybackPosition,
  PlaybackReport,
  PlaybackSegment,
  PlaybackStats,
  PortLike,
  Retire,
} from "./ports.ts";
