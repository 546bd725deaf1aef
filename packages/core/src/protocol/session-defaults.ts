/**
 * The settings that a session has when nothing is asked for. Defaults depend on the model, and servers change them: what counts is `session.updated`.
 */
import { PCM16_24K } from "./audio-format.ts";
import type { SemanticVad, ServerVad, SessionConfig, TranscriptionSessionConfig } from "./session-config.ts";

/** Effective `server_vad`. */
export const SERVER_VAD_DEFAULTS: Readonly<Required<ServerVad>> = Object.freeze({
  type: "server_vad",
  /** Speech probability, 0 to 1. */
  threshold: 0.5,
  /** In ms. */
  prefix_padding_ms: 300,
  /** In ms. */
  silence_duration_ms: 500,
  /** In ms; `null` is never. */
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
});

/** Effective `semantic_vad`. */
export const SEMANTIC_VAD_DEFAULTS: Readonly<Required<SemanticVad>> = Object.freeze({
  type: "semantic_vad",
  eagerness: "auto",
  create_response: true,
  interrupt_response: true,
});

/** The defaults that are single values; {@link defaultSession} has them in the API's shape. */
export const SESSION_DEFAULTS = Object.freeze({
  model: "gpt-realtime-2.1",
  voice: "marin",
  /** Factor on the speaking rate. */
  speed: 1,
  toolChoice: "auto",
  /** In tokens. */
  maxOutputTokens: "inf",
  truncation: "auto",
  /** Life of a client secret, in s. */
  clientSecretSeconds: 600,
  /** Voice of gpt-realtime and gpt-realtime-mini. */
  olderVoice: "alloy",
  /** `silence_duration_ms` of gpt-realtime and gpt-realtime-mini, in ms. */
  olderSilenceDurationMs: 200,
});

/** gpt-realtime and gpt-realtime-mini, dated or not; not 1.5 and later. */
const OLDER = /^gpt-realtime(-mini)?(-20\d\d-\d\d-\d\d)?$/;

/** A new session of `model`, every setting spelled out; each call makes a new object. */
export function defaultSession(model: string = SESSION_DEFAULTS.model): SessionConfig {
  const older = OLDER.test(model);
  const silence = older ? SESSION_DEFAULTS.olderSilenceDurationMs : SERVER_VAD_DEFAULTS.silence_duration_ms;
  return {
    type: "realtime",
    model,
    instructions: "",
    output_modalities: ["audio"],
    audio: {
      input: {
        format: PCM16_24K,
        noise_reduction: null,
        transcription: null,
        turn_detection: { ...SERVER_VAD_DEFAULTS, silence_duration_ms: silence },
      },
      output: { format: PCM16_24K, voice: older ? SESSION_DEFAULTS.olderVoice : SESSION_DEFAULTS.voice, speed: SESSION_DEFAULTS.speed },
    },
    tools: [],
    tool_choice: SESSION_DEFAULTS.toolChoice,
    max_output_tokens: SESSION_DEFAULTS.maxOutputTokens,
    truncation: SESSION_DEFAULTS.truncation,
    tracing: null,
    prompt: null,
    include: null,
  };
}

/** A new transcription session, every setting spelled out; each call makes a new object. */
export function defaultTranscriptionSession(): TranscriptionSessionConfig {
  return {
    type: "transcription",
    audio: { input: { format: PCM16_24K, noise_reduction: null, transcription: null, turn_detection: { ...SERVER_VAD_DEFAULTS } } },
    include: null,
  };
}
