/**
 * Options of a simulated call: who calls whom, over what line, and what they say first.
 */
import type { AudioClip } from "../audio.ts";
import { integerOption, requireKnown, requireObject, show } from "../option-checks.ts";
import type { LineCodec } from "./phone-line.ts";

/** A SIP header. */
export interface SipHeader {
  /** Its name, such as `X-Account`. */
  readonly name: string;
  /** Its text. */
  readonly value: string;
}

/** A call to make. */
export interface SipCallOptions {
  /** What the caller says as soon as the call is answered. Default: nothing, until `say` is called. */
  readonly audio?: AudioClip;
  /** Who calls: a SIP or tel address. Default: `sip:+14155550100@caller.example`. */
  readonly from?: string;
  /** Who is called. Default: `sip:proj_emulator@sip.api.openai.com;transport=tls`. */
  readonly to?: string;
  /** SIP headers beside `From`, `To` and `Call-ID`, or instead of them. Default: none. */
  readonly headers?: readonly SipHeader[];
  /** Whether the media is encrypted, as the webhook tells. Default: `srtp`. */
  readonly media?: "rtp" | "srtp";
  /** Codec of the line; `none` carries 24 kHz unchanged. Default: `PCMU`. */
  readonly codec?: LineCodec;
  /** How long the caller lets it ring, in ms, 1 to 600000. Default: 30000. */
  readonly ringMs?: number;
}

/** Options with nothing left open. */
export interface ResolvedSipCall {
  readonly audio: AudioClip | null;
  readonly headers: readonly SipHeader[];
  readonly media: "rtp" | "srtp";
  readonly codec: LineCodec;
  readonly ringMs: number;
}

/** The defaults. */
export const SIP_CALL_DEFAULTS = Object.freeze({
  from: "sip:+14155550100@caller.example",
  to: "sip:proj_emulator@sip.api.openai.com;transport=tls",
  media: "srtp",
  codec: "PCMU",
  ringMs: 30_000,
});

const CODECS: readonly LineCodec[] = ["PCMU", "PCMA", "none"];

/** Checks the options of a call whose SIP `Call-ID` is `callId`. @throws {TypeError | RangeError} */
export function resolveSipCall(options: SipCallOptions, callId: string): ResolvedSipCall {
  requireObject("options", options);
  requireKnown("options", options, ["audio", "from", "to", "headers", "media", "codec", "ringMs"]);
  const { audio = null, from = SIP_CALL_DEFAULTS.from, to = SIP_CALL_DEFAULTS.to, headers = [], media = SIP_CALL_DEFAULTS.media } = options;
  const codec = options.codec ?? SIP_CALL_DEFAULTS.codec;
  if (audio !== null && !(audio?.samples instanceof Int16Array && Number.isInteger(audio.rate) && audio.rate > 0)) {
    throw new TypeError(`audio is ${show(audio?.samples?.constructor?.name ?? audio)}; allowed is { samples: Int16Array, rate } with a rate in Hz.`);
  }
  for (const [name, value] of Object.entries({ from, to })) {
    if (typeof value !== "string" || value === "") throw new TypeError(`${name} is ${show(value)}; allowed is a non-empty string.`);
  }
  if (!Array.isArray(headers) || !headers.every((header) => typeof header?.name === "string" && typeof header.value === "string")) {
    throw new TypeError(`headers is ${show(headers)}; allowed is an array of { name, value }, both strings.`);
  }
  if (media !== "rtp" && media !== "srtp") throw new TypeError(`media is ${show(media)}; allowed are "rtp" and "srtp".`);
  if (!CODECS.includes(codec)) throw new TypeError(`codec is ${show(codec)}; allowed are ${CODECS.map(show).join(", ")}.`);
  const given = new Set(headers.map(({ name }) => name.toLowerCase()));
  const usual = [
    { name: "From", value: from },
    { name: "To", value: to },
    { name: "Call-ID", value: callId },
  ].filter(({ name }) => !given.has(name.toLowerCase()));
  return { audio, headers: [...usual, ...headers], media, codec, ringMs: integerOption("ringMs", options.ringMs ?? SIP_CALL_DEFAULTS.ringMs, 1, 600_000) };
}
