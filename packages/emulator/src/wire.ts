/**
 * The connections of a session. A session speaks the GA interface as objects; what carries them (a WebSocket, a data channel), in which dialect, is outside of it.
 */
import type { ServerEvent } from "@sidetone/core/protocol";

/** Kinds of connections. A sideband watches and steers a session whose audio goes another way. */
export type WireKind = "websocket" | "data-channel" | "sideband";

/** One connection that carries the events of a session. */
export interface SessionWire {
  readonly kind: WireKind;
  /** Sends one message. */
  send(text: string): void;
  /** Closes in an orderly way. */
  close(code: number, reason: string): void;
  /** Breaks off. */
  drop(): void;
  /** What only faults do to a connection; without it, faults break off where they would reset, and leave out what they cannot do. */
  readonly control?: WireControl;
}

/** Ways in which a connection can misbehave. */
export interface WireControl {
  /** Sends a binary message. */
  sendBinary(bytes: Uint8Array): void;
  /** Reads no more, so that nothing is answered: no pings, no close, no end. */
  freeze(): void;
  /** Ends the transport in order, without a close frame. */
  fin(): void;
  /** Ends the transport with a reset. */
  reset(): void;
  /** Leaves close frames of the client without an answer from here on. */
  ignoreClose(): void;
}

/** How events look on one connection, where that is not the GA interface. Holds no state but that of its connection. */
export interface WireCodec {
  /** What `event` becomes: no message, one, or several. */
  encode(event: ServerEvent): readonly object[];
  /** The GA events that a client's message stands for. @throws {WireError} when it stands for none. */
  decode(message: Record<string, unknown>): readonly Record<string, unknown>[];
}

/** A session's end of a connection. */
export interface Attachment {
  /** One message of the client; `null` stands for a binary one. Never throws. */
  receive(data: string | null): void;
  /** The connection is gone. Ends the session, unless the connection was a sideband. */
  ended(code: number, reason: string): void;
}

/** The GA interface as it is. */
export const GA_CODEC: WireCodec = Object.freeze({
  encode: (event: ServerEvent) => [event],
  decode: (message: Record<string, unknown>) => [message],
});
