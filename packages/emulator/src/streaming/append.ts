/**
 * Audio that a client appends to a session that streams: checked for size, for being base64, and for not running too far ahead of real time.
 */
import { PROTOCOL_LIMITS } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { audioBytes } from "../session/item-schema.ts";
import type { FramePump } from "./frame-pump.ts";

/** Input that may wait when a client sends faster than real time, in ms. */
const BACKLOG_MAX_MS = 600_000;

/** The bytes of an append's `audio`, which goes on to `pump`. @throws {WireError} when they are refused. */
export function appendedBytes(base64: string, pump: FramePump): Uint8Array {
  if (base64.length > Math.ceil(PROTOCOL_LIMITS.appendMaxBytes / 3) * 4) {
    const message = `Invalid 'audio': at most ${PROTOCOL_LIMITS.appendMaxBytes} bytes of audio are allowed in one event.`;
    throw new WireError(message, { code: "string_above_max_length", param: "audio" });
  }
  if (pump.backlogMs > BACKLOG_MAX_MS) {
    throw new WireError("Too much audio is waiting: send it in real time.", { code: "input_audio_too_fast", param: "audio" });
  }
  return audioBytes(base64, "audio");
}
