/**
 * Families of servers that speak about the same conversation in other words. A session speaks the GA interface; a dialect is the names, shapes and quirks in which one
 * connection says it, and makes a codec for each connection.
 */

import type { ProfileOverrides } from "../profiles.ts";
import type { Session } from "../session/session.ts";
import type { WireCodec } from "../wire.ts";

/**
 * `ga`: OpenAI's interface as it is. `azure`: the same as Azure serves it. `beta`: the interface before GA, flat settings and older event names. `azure-beta`: that, as
 * Azure's preview versions serve it. `voice-live`: Azure Voice Live, flat settings and older names with a few newer events.
 */
export type DialectName = "ga" | "azure" | "beta" | "azure-beta" | "voice-live";

/** What a codec must know about the session whose connection it serves. */
export interface DialectContext {
  /** `conv_...`, which the GA interface does not announce. */
  readonly conversationId: string;
  /** Makes the id of an event that the GA interface does not have. */
  eventId(): string;
  /** Whether the emulator reports rate limits at all. */
  readonly rateLimits: boolean;
}

/** One family of servers. */
export interface Dialect {
  readonly name: DialectName;
  /** Whether clients that announce the beta interface are refused. */
  readonly refusesBeta: boolean;
  /** What these servers do otherwise than OpenAI's with the same model; the `profile` option wins. Default: nothing. */
  readonly profile?: ProfileOverrides;
  /** A codec for one connection. */
  codec(context: DialectContext): WireCodec;
}

/** The codec of one more connection of `session`; `rateLimits` says whether the emulator reports any. */
export function sessionCodec(dialect: Dialect, session: Session, rateLimits: boolean): WireCodec {
  return dialect.codec({ conversationId: session.conversation.id, eventId: () => session.ids.next("event"), rateLimits });
}
