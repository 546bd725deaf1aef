/**
 * The effective settings of a session: complete from the start, changed only by whole, checked updates. What an update leaves out keeps its value; objects that make
 * sense only as a whole (a format, a transcription) are replaced; turn detection keeps its numbers as long as its type stays.
 */
import {
  defaultSession,
  defaultTranscriptionSession,
  type RealtimeSession,
  SEMANTIC_VAD_DEFAULTS,
  SERVER_VAD_DEFAULTS,
  type SemanticVad,
  type ServerVad,
  type SessionAudioInput,
  type SessionAudioOutput,
  type TranscriptionSession,
} from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import type { Profile } from "../profiles.ts";
import { sessionUpdate, transcriptionUpdate } from "./session-schema.ts";
import { isObject, type JsonObject } from "./validate.ts";

/** `server_vad` with everything filled in. */
export type ServerVadConfig = Required<ServerVad>;

/** `semantic_vad` with everything filled in. */
export type SemanticVadConfig = Required<SemanticVad>;

/** What a session is for. */
export type SessionKind = "realtime" | "transcription";

/** A session's settings, complete: nothing that has a default is left open. */
export type EffectiveSession = Required<Omit<RealtimeSession, "type" | "audio" | "parallel_tool_calls" | "reasoning">> &
  Pick<RealtimeSession, "parallel_tool_calls" | "reasoning"> & {
    /** A conversation, or a session that only writes down what it hears; {@link reportedSession} leaves out what the latter does not have. */
    type: SessionKind;
    /** Both directions. */
    audio: { input: Required<SessionAudioInput> & { turn_detection: ServerVadConfig | SemanticVadConfig | null }; output: Required<SessionAudioOutput> };
  };

/** The service has instructions of its own when none are given; these are the emulator's. */
const INSTRUCTIONS = "You are a local emulator of a speech model. You hear, but you do not understand; you answer with sound.";

/** The settings of a new session. `expiresAt` in seconds since 1970. */
export function newSession(id: string, model: string, profile: Profile, expiresAt: number): EffectiveSession {
  const defaults = defaultSession(model) as unknown as EffectiveSession;
  defaults.audio.input.turn_detection = serverVadDefaults(profile);
  defaults.audio.output.voice = profile.voice;
  return { ...defaults, object: "realtime.session", id, expires_at: expiresAt, instructions: INSTRUCTIONS };
}

/** The settings of a new transcription session. `expiresAt` in seconds since 1970. */
export function newTranscriptionSession(id: string, profile: Profile, expiresAt: number): EffectiveSession {
  const session = newSession(id, "", profile, expiresAt);
  const { input } = defaultTranscriptionSession().audio as Pick<EffectiveSession["audio"], "input">;
  return { ...session, type: "transcription", audio: { input, output: session.audio.output } };
}

/** `session` as it is told to the client. */
export function reportedSession(session: EffectiveSession): RealtimeSession | TranscriptionSession {
  const whole = structuredClone(session);
  if (whole.type === "realtime") return whole as RealtimeSession;
  const { id, expires_at, include, audio } = whole;
  return { type: "transcription", object: "realtime.transcription_session", id, expires_at, audio: { input: audio.input }, include };
}

/** What an update is checked against besides its own form. */
export interface UpdateContext {
  /** The model's behaviour, for defaults. */
  readonly profile: Profile;
  /** Whether the model has spoken, which fixes its voice. */
  readonly voiceLocked: boolean;
}

/** `session` after `update` as it came over the wire. The given session stays as it is. @throws {WireError} when any part of the update is refused. */
export function updatedSession(session: EffectiveSession, update: unknown, context: UpdateContext): EffectiveSession {
  const { type, model, audio, ...rest } = (session.type === "transcription" && isTranscription(update) ? transcriptionUpdate : sessionUpdate)(
    update,
    "session",
  );
  if (type !== session.type) {
    const message = `Passing a ${type} session update event to a ${session.type} session is not allowed.`;
    throw new WireError(message, { code: "invalid_parameter", param: "session.type" });
  }
  if (model !== undefined && model !== session.model) {
    throw new WireError("Cannot update a session's model.", { code: "cannot_update_model", param: "session.model" });
  }
  const output = { ...session.audio.output, ...audio?.output } as EffectiveSession["audio"]["output"];
  if (context.voiceLocked && JSON.stringify(output.voice) !== JSON.stringify(session.audio.output.voice)) {
    throw new WireError("Cannot update a conversation's voice if assistant audio is present.", {
      code: "cannot_update_voice",
      param: "session.audio.output.voice",
    });
  }
  const input = { ...session.audio.input, ...audio?.input } as EffectiveSession["audio"]["input"];
  if (audio?.input?.transcription) input.transcription = { language: null, prompt: null, ...audio.input.transcription };
  if (STREAMING_ONLY.test(input.transcription?.model ?? "") && input.turn_detection !== null && session.type === "transcription") {
    if (audio?.input?.turn_detection !== undefined) {
      const message = `Turn detection is not supported with the transcription model '${input.transcription?.model}'; set it to null and commit by hand.`;
      throw new WireError(message, { code: "invalid_value", param: "session.audio.input.turn_detection" });
    }
    input.turn_detection = null;
  }
  if (isObject(audio?.input?.turn_detection)) input.turn_detection = mergedTurnDetection(session, audio.input.turn_detection, context.profile);
  return { ...session, ...rest, audio: { input, output } } as EffectiveSession;
}

/** The model that hears without turns. */
const STREAMING_ONLY = /^gpt-realtime-whisper/;

function isTranscription(update: unknown): boolean {
  return isObject(update) && update.type === "transcription";
}

function mergedTurnDetection(session: EffectiveSession, given: JsonObject, profile: Profile): ServerVadConfig | SemanticVadConfig {
  const current = session.audio.input.turn_detection;
  const base = current?.type === given.type ? current : given.type === "server_vad" ? serverVadDefaults(profile) : SEMANTIC_VAD_DEFAULTS;
  return { ...base, ...given } as ServerVadConfig | SemanticVadConfig;
}

function serverVadDefaults(profile: Profile): ServerVadConfig {
  return { ...SERVER_VAD_DEFAULTS, silence_duration_ms: profile.silenceDurationMs };
}
