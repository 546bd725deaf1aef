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
