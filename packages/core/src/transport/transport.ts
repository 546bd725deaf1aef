/**
 * The seam between the engine and a wire. A transport knows events, not devices: it connects, turns client events into whatever the wire wants, and hands back
 * server events. It never throws on what the wire says; trouble arrives through the handlers.
 */
import type { SidetoneError } from "../errors.ts";
import type { ClientEvent, ServerEvent } from "../protocol/events.ts";

/** What a transport can do, so that the engine need not know which one it has. */
export interface TransportCapabilities {
  /** Whether audio travels as events (`input_audio_buffer.append`, `response.output_audio.delta`) or as a media track beside them. */
  readonly audio: "events" | "track";
  /** Who truncates a reply that was interrupted: the client on WebSocket, the server on WebRTC and SIP. */
  readonly truncation: "client" | "server";
  /** Whether replies come as items in turns, or as one continuous stream. */
  readonly turns: "turn" | "continuous";
}

/** Why a connection ended. */
export interface TransportClose {
  /** WebSocket close code, or 0 where the wire has none. */
  readonly code: number;
  /** The server's words, may be empty. */
  readonly reason: string;
  /** Set when the end was not asked for. */
  readonly error?: SidetoneError;
}

/** Callbacks of one connection, given once at `connect`; called in wire order, never re-entrantly from `send`. */
export interface TransportHandlers {
  /** One server event, already parsed. */
  onEvent(event: ServerEvent): void;
  /** Something on the wire that is not an event, or could not be sent; the connection goes on. */
  onError(error: SidetoneError): void;
  /** The connection ended; called exactly once after a successful `connect`, and nothing is called after it. */
  onClose(close: TransportClose): void;
}

/** The part of the platform's AbortSignal that transports use. */
export interface AbortSignalLike {
  /** Whether it was aborted already. */
  readonly aborted: boolean;
  /** What the aborter gave as reason. */
  readonly reason?: unknown;
  /** Calls `listener` when it is aborted. */
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  /** Undoes {@link addEventListener}. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A connection to a realtime server. One object is one connection: to connect again, make another. */
export interface Transport {
  /** Version of this contract. */
  readonly specVersion: 1;
  /** What this transport can do. */
  readonly capabilities: TransportCapabilities;
  /**
   * Opens the connection and resolves when events can be sent. Rejects with a SidetoneError (`connect-failed`, `connect-timeout`, `auth-failed`, `closed`), also when
   * `signal` aborts; after a rejection no handler is called.
   */
  connect(handlers: TransportHandlers, signal?: AbortSignalLike): Promise<void>;
  /** Sends one event, in order. Events sent when not connected are dropped. */
  send(event: ClientEvent): void;
  /** Bytes accepted by `send` that have not left yet; the engine's back-pressure gauge. */
  readonly bufferedBytes: number;
  /** Ends the connection; idempotent, resolves within a bounded time even if the server does not answer. */
  close(): Promise<void>;
}
