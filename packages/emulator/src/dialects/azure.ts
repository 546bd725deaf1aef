/**
 * What Azure does to an interface, GA or beta: content part events carry their part twice, and rate limits are never reported.
 */
import type { ServerEvent } from "@sidetone/core/protocol";
import type { ProfileOverrides } from "../profiles.ts";
import { GA_CODEC, type WireCodec } from "../wire.ts";
import { BETA_QUIRKS } from "./beta.ts";
import type { Dialect } from "./dialect.ts";
import { flatCodec } from "./flat-codec.ts";

/** Turns in recorded sessions on Azure are those of the older detector. */
export const AZURE_PROFILE: ProfileOverrides = Object.freeze({ vad: "silero-v5" });

/** GA on Azure, `/openai/v1/realtime`. */
export const AZURE: Dialect = { name: "azure", refusesBeta: true, profile: AZURE_PROFILE, codec: () => azureCodec(GA_CODEC) };

/** Beta on Azure, the preview versions of `/openai/realtime`. */
export const AZURE_BETA: Dialect = {
  name: "azure-beta",
  refusesBeta: false,
  profile: AZURE_PROFILE,
  codec: (context) => azureCodec(flatCodec(context, { ...BETA_QUIRKS, rateLimits: false })),
};

/** What a page gets with `webrtcfilter=on`: who speaks, and what was said; nothing of settings and tools. */
const PAGE_EVENTS: ReadonlySet<string> = new Set([
  "error",
  "input_audio_buffer.speech_started",
  "input_audio_buffer.speech_stopped",
  "output_audio_buffer.started",
  "output_audio_buffer.stopped",
  "conversation.item.input_audio_transcription.completed",
  "conversation.item.added",
  "conversation.item.created",
  "response.output_text.delta",
  "response.output_text.done",
  "response.output_audio_transcript.delta",
  "response.output_audio_transcript.done",
]);

/** GA on Azure for a page that may not know everything. */
export const AZURE_PAGE: Dialect = {
  ...AZURE,
  codec: (context) => {
    const inner = AZURE.codec(context);
    return { encode: (event) => (PAGE_EVENTS.has(event.type) ? inner.encode(event) : []), decode: (message) => inner.decode(message) };
  },
};

function azureCodec(inner: WireCodec): WireCodec {
  return {
    encode: (event: ServerEvent) => (event.type === "rate_limits.updated" ? [] : inner.encode(event).map(withTwin)),
    decode: (message) => inner.decode(message),
  };
}

function withTwin(message: object): object {
  const { type, part } = message as { type?: string; part?: object };
  if (type !== "response.content_part.added" && type !== "response.content_part.done") return message;
  return { ...message, content: { ...part } };
}
