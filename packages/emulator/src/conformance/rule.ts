/**
 * What a rule is: one fact about the order or the consistency of events, that looks at a server event before the state has taken it, or at a session that is over.
 */
import type { SessionTransport } from "../record/record.ts";
import type { SessionState } from "./state/session-state.ts";
import type { WireEvent } from "./wire-event.ts";

/** What a rule finds wrong, in words; nothing when all is well. */
export type Finding = string | readonly string[] | null | undefined;

/** What a rule is about. */
export interface RuleDescription {
  /** Short name, such as `speech-alternates`. */
  readonly id: string;
  /** The rule as one sentence. */
  readonly says: string;
  /** What is known about the service that the rule follows from. */
  readonly fact: string;
}

/** One rule. */
export interface Rule extends RuleDescription {
  /** Types of the server events it looks at; `*` stands for every one. */
  readonly on?: readonly string[];
  /** Looks at a server event of those types; `state` is what was known before it. */
  readonly check?: (event: WireEvent, state: SessionState) => Finding;
  /** Looks at a session that is over. */
  readonly atEnd?: (state: SessionState) => Finding;
}

/** A rule that was broken. */
export interface Violation {
  /** Id of the rule. */
  readonly rule: string;
  /** The rule as one sentence. */
  readonly says: string;
  /** What is known about the service that the rule follows from. */
  readonly fact: string;
  /** What was found here. */
  readonly problem: string;
  /** Position of the entry among those that were given, from 0; the number of entries for what shows only at the end. */
  readonly index: number;
  /** Time of the entry, in ms. */
  readonly atMs: number;
  /** Type of the event, or `(end)`. */
  readonly type: string;
  /** Id of the event, or null. */
  readonly eventId: string | null;
}

/** Settings of a check; all have defaults. */
export interface ConformanceOptions {
  /** How the client is connected: by a WebSocket alone, or by a call whose audio is a track (WebRTC, SIP); `sideband` is what a sideband of a call sees. Default: `"websocket"`. */
  readonly transport?: SessionTransport | "sideband";
  /** Whether `rate_limits.updated` follows each `response.done` (OpenAI), or never comes (Azure, Voice Live), or may do either. Default: `"after-response"`. */
  readonly rateLimits?: "after-response" | "never" | "any";
  /** Length of a voice activity frame, in ms, whose multiples the times of speech are; 0 for detectors that have none. Default: 32. */
  readonly vadFrameMs?: number;
  /** How long the server may take over the answer to a client's event, in ms. Default: 5000. */
  readonly replyWithinMs?: number;
  /** Whether the log goes on until everything was answered, so that what is open at its end is missing. Default: false. */
  readonly complete?: boolean;
  /** Ids of rules that are not to be looked at, for servers that are known to differ. Default: none. */
  readonly except?: readonly string[];
}

/** Settings with nothing left open. */
export type ResolvedConformance = Required<ConformanceOptions>;

/** The defaults; times in ms. */
export const CONFORMANCE_DEFAULTS: ResolvedConformance = Object.freeze({
  transport: "websocket",
  rateLimits: "after-response",
  /** ms. */
  vadFrameMs: 32,
  replyWithinMs: 5000,
  complete: false,
  except: Object.freeze([]),
});
