/** What a server says when the model answers by voice, in the order of recorded sessions: for scripts that need a reply and not its every event. */
import { encodeBase64, encodePcm16Bytes } from "@sidetone/core/dsp";
import type { ScriptedEvent } from "./scripted-transport.ts";

/** A reply by voice. */
export interface SpokenReply {
  /** The sound: mono floats at 24 kHz. */
  readonly samples: Float32Array;
  /** Its transcript. Default: none, an empty one. */
  readonly transcript?: string;
  /** Id of the response. Default: `resp_1`. */
  readonly responseId?: string;
  /** Id of its item. Default: `item_1`. */
  readonly itemId?: string;
  /** Audio in one delta, in ms, above 0. Default: 250. */
  readonly deltaMs?: number;
}

const RATE = 24_000;

/** The defaults of {@link replyEvents}. */
export const REPLY_DEFAULTS = Object.freeze({
  responseId: "resp_1",
  itemId: "item_1",
  /** ms. */
  deltaMs: 250,
});

/** All events of a reply, from `response.created` to `response.done`. */
export function replyEvents(reply: SpokenReply): ScriptedEvent[] {
  const { samples, transcript = "", responseId, itemId, deltaMs } = { ...REPLY_DEFAULTS, ...reply };
  if (!(deltaMs > 0)) throw new RangeError(`deltaMs is ${deltaMs}; allowed is more than 0.`);
  const place = { response_id: responseId, output_index: 0 };
  const part = { ...place, item_id: itemId, content_index: 0 };
  const item = (status: string, content: object[]) => ({ id: itemId, type: "message", role: "assistant", status, content });
  const done = item("completed", [{ type: "output_audio", transcript }]);
  const response = (status: string, output: object[]) => ({ object: "realtime.response", id: responseId, status, conversation_id: "conv_1", output });
  const events: ScriptedEvent[] = [
    { type: "response.created", response: response("in_progress", []) },
    { type: "response.output_item.added", ...place, item: item("in_progress", []) },
    { type: "conversation.item.added", previous_item_id: null, item: item("in_progress", []) },
    { type: "response.content_part.added", ...part, part: { type: "audio", transcript: "" } },
  ];
  if (transcript !== "") events.push({ type: "response.output_audio_transcript.delta", ...part, delta: transcript });
  const frames = Math.max(1, Math.round((deltaMs * RATE) / 1000));
  for (let at = 0; at < samples.length; at += frames) {
    const piece = samples.subarray(at, at + frames);
    const bytes = new Uint8Array(piece.length * 2);
    encodePcm16Bytes(piece, bytes);
    events.push({ type: "response.output_audio.delta", ...part, delta: encodeBase64(bytes) });
  }
  events.push(
    { type: "response.output_audio.done", ...part },
    { type: "response.output_audio_transcript.done", ...part, transcript },
    { type: "response.content_part.done", ...part, part: { type: "audio", transcript } },
    { type: "conversation.item.done", previous_item_id: null, item: done },
    { type: "response.output_item.done", ...place, item: done },
    { type: "response.done", response: response("completed", [done]) },
  );
  return events;
}
