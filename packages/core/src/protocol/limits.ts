/**
 * What the Realtime API allows, measures in and decides by, as data. Figures are the published ones, or measured on recorded sessions where nothing is
 * published.
 */
import type { RealtimeError } from "./server-events.ts";

/** Bounds that the server enforces; units are in the names. */
export const PROTOCOL_LIMITS = Object.freeze({
  /** Most audio in one `input_audio_buffer.append`, 15 MiB. Whether before or after base64 is not published; keep the base64 text below it. */
  appendMaxBytes: 15 * 1024 * 1024,
  /** Least audio that `input_audio_buffer.commit` accepts. */
  commitMinMs: 100,
  /** A session ends after 60 minutes, with `session_expired` and close code 1001. */
  sessionMaxMs: 60 * 60 * 1000,
  /** Largest number for `max_output_tokens`. */
  outputTokensMax: 4096,
  /** Pairs in `metadata` of a response. */
  metadataPairsMax: 16,
  /** Length of a key in `metadata`. */
  metadataKeyMaxChars: 64,
  /** Length of a value in `metadata`. */
  metadataValueMaxChars: 512,
  /** Length of an item id that a client chooses; reported for the beta and not published since. */
  itemIdMaxChars: 32,
  /** Smallest `idle_timeout_ms`. */
  idleTimeoutMinMs: 5000,
  /** Largest `idle_timeout_ms`. */
  idleTimeoutMaxMs: 30_000,
  /** Smallest `audio.output.speed`. */
  speedMin: 0.25,
  /** Largest `audio.output.speed`. */
  speedMax: 1.5,
  /** Shortest life of a client secret. */
  clientSecretMinSeconds: 10,
  /** Longest life of a client secret. */
  clientSecretMaxSeconds: 7200,
});

/** How long the user's and the model's audio is for one token, and in which steps the server truncates by itself. */
export const PROTOCOL_GRAINS = Object.freeze({
  /** User audio per token. */
  inputAudioTokenMs: 100,
  /** Model audio per token. */
  outputAudioTokenMs: 50,
  /** Values of `audio_end_ms` in truncations by the server (WebRTC, SIP) are multiples of it. */
  serverTruncationMs: 20,
});

/** How `server_vad` hears, as far as recorded sessions tell: all its `audio_end_ms`, and its `audio_start_ms` plus padding, are multiples of `frameMs`. */
export const SERVER_VAD_GRID = Object.freeze({
  /** Input is resampled to this rate, in Hz. */
  sampleRate: 16_000,
  frameSamples: 512,
  frameMs: 32,
  /** Speech goes on until its probability falls this far below `threshold`. */
  releaseBelowThreshold: 0.15,
});

/** Longest wait of `semantic_vad` for a turn to go on, by `eagerness`, in ms. */
export const SEMANTIC_VAD_MAX_WAIT_MS = Object.freeze({ low: 8000, medium: 4000, high: 2000, auto: 4000 });

/** WebSocket close codes with a meaning of their own. */
export const CLOSE_CODES = Object.freeze({
  /** The session reached its longest duration; the reason says so too. */
  sessionExpired: 1001,
  /** The connection asked for the beta interface, which no longer exists. */
  betaRefused: 4000,
});

/** Values of `error.code` after which the session is over; every other error leaves it running. */
export const FATAL_ERROR_CODES: readonly string[] = Object.freeze([
  "beta_api_shape_disabled",
  "session_expired",
  "invalid_api_key",
  "model_not_found",
  "insufficient_quota",
]);

/** Values of `error.code` that come of a race with the server and need no action: what was to be stopped or cut was already gone. */
export const BENIGN_ERROR_CODES: readonly string[] = Object.freeze([
  "response_cancel_not_active",
  "item_truncate_invalid_item_id",
  "item_delete_invalid_item_id",
]);

/** Whether the session is over after `error`. */
export function isFatalError(error: RealtimeError): boolean {
  return typeof error.code === "string" && FATAL_ERROR_CODES.includes(error.code);
}
