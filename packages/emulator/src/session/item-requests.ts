/**
 * What clients ask of single items: to truncate the model's speech to what was heard, and to give an item back with its audio.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { type AudioFormat, bytesPerFrame, formatRate, type ServerConversationItem } from "@sidetone/core/protocol";
import { convertClip, encodeWire } from "../audio.ts";
import { WireError } from "../errors.ts";
import { snapshot } from "./context.ts";
import type { SpokenAudio, StoredItem } from "./conversation.ts";

/**
 * `conversation.item.truncate`: cuts `item`'s audio to its first `audioEndMs` milliseconds and deletes its transcript. The audio the server holds is what it has sent so
 * far; claiming to have heard more is refused and changes nothing. @throws {WireError} when it is not the model's speech, or shorter than that.
 */
export function truncateItem(item: StoredItem, contentIndex: number, audioEndMs: number): void {
  const part = item.wire.type === "message" ? item.wire.content[contentIndex] : undefined;
  const isSpeech = item.wire.type === "message" && item.wire.role === "assistant" && (part === undefined ? contentIndex === 0 : part.type === "output_audio");
  if (!isSpeech || item.spoken === null || item.spoken.sentMs === 0) {
    throw new WireError("Only model output audio messages can be truncated", { code: "unsupported_content_type" });
  }
  const heldMs = item.spoken.keptMs;
  if (audioEndMs > heldMs) {
    throw new WireError(`Audio content of ${Math.floor(heldMs)}ms is already shorter than ${audioEndMs}ms`, { code: "invalid_value", param: "audio_end_ms" });
  }
  item.spoken.keep(audioEndMs);
  if (part?.type === "output_audio") delete part.transcript;
}

/** `conversation.item.retrieve`: the item with the audio the conversation holds for it, the user's in `inputFormat`, the model's in the format it was sent in. */
export function itemWithAudio(item: StoredItem, inputFormat: AudioFormat): ServerConversationItem {
  const wire = Object.assign(snapshot(item.wire), { object: "realtime.item" as const });
  if (wire.type !== "message") return wire;
  wire.content.forEach((part, i) => {
    const clip = item.heard.get(i);
    if (part.type === "input_audio" && clip !== undefined)
      part.audio = encodeBase64(encodeWire(convertClip(clip, formatRate(inputFormat)).samples, inputFormat));
    if (part.type === "output_audio" && item.spoken !== null) part.audio = encodeBase64(keptBytes(item.spoken));
  });
  return wire;
}

function keptBytes(spoken: SpokenAudio): Uint8Array {
  const frames = Math.round((spoken.keptMs * formatRate(spoken.format)) / 1000);
  return spoken.bytes().subarray(0, frames * bytesPerFrame(spoken.format));
}
