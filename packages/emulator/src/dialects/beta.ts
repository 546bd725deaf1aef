/**
 * The interface before GA, as OpenAI served it until 2026 and as compatible servers still do: flat settings, `response.audio.delta`, one `conversation.item.created` per
 * item, rate limits right after `response.created`, a temperature.
 */
import { decimal } from "../session/validate.ts";
import type { Dialect } from "./dialect.ts";
import { type FlatQuirks, flatCodec } from "./flat-codec.ts";

/** Sampling temperature of a new session, and its bounds. */
const TEMPERATURE = 0.8;
const MIN_TEMPERATURE = 0.6;
const MAX_TEMPERATURE = 1.2;

/** What is beta's own. */
export const BETA_QUIRKS: FlatQuirks = {
  sessionExtras: { temperature: decimal(MIN_TEMPERATURE, MAX_TEMPERATURE) },
  sessionDefaults: { temperature: TEMPERATURE },
  responseExtras: { temperature: decimal(MIN_TEMPERATURE, MAX_TEMPERATURE) },
  announcesConversation: true,
  rateLimits: true,
  userItemDone: false,
};

/** The beta interface of OpenAI. */
export const BETA: Dialect = { name: "beta", refusesBeta: false, codec: (context) => flatCodec(context, BETA_QUIRKS) };
