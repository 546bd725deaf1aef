/**
 * The Realtime API over a WebSocket: one JSON event per text frame, audio as base64 inside events.
 *
 * Thread: the engine's. The socket comes from a platform function, so that the same code runs in a worker (subprotocol keys), in Node (headers) and in tests.
 */
import type { Clock } from "../clock.ts";
import { describe, SidetoneError } from "../errors.ts";
import type { ClientEvent } from "../protocol/events.ts";
import { isParseFailure, ServerEventReader, serializeClientEvent } from "../protocol/parse.ts";
import type { Handler } from "./handler.ts";
import type { AbortSignalLike, Transport, TransportCapabilities, TransportHandlers } from "./transport.ts";

/** The part of the platform's WebSocket that is used. */
export interface SocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedAmount: number;
  /** Called when data can be sent. */
  onopen: Handler<unknown> | null;
  /** Called with every frame. */
  onmessage: Handler<{ readonly data: unknown }> | null;
  /** Called before `onclose` when the connection failed. */
  onerror: Handler<unknown> | null;
  /** Called once, at the end. */
  onclose: Handler<{ readonly code: number; readonly reason: string }> | null;
  /** Queues a text frame. */
  send(data: string): void;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a handshake, where the platform can (`ws` would otherwise wait half a minute for a server that does not answer). */
  terminate?(): void;
}

/** What a connection needs, as plain data that can cross threads. */
export interface WebSocketSettings {
  readonly kind: "websocket";
  /** `ws:` or `wss:` URL with everything in its query. */
  readonly url: string;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** Request headers, where the platform can send them (not in browsers). */
  readonly headers: Readonly<Record<string, string>>;
  /** ms until a connection that does not open is given up. */
  readonly connectTimeoutMs: number;
}

/** What the platform lends a WebSocket transport. */
export interface WebSocketPlatform {
  /** Time. */
  readonly clock: Clock;
  /** Opens a socket; may throw on a URL it cannot use. */
  openSocket(settings: WebSocketSettings): SocketLike;
  /** HTTP status that the server gives for the URL, to tell a wrong key from a wrong address after a failure; null when it cannot be known. */
  probe?(settings: WebSocketSettings): Promise<number | null>;
}

/** The plain request that shows why a connection was refused: the same address and key, without the upgrade. */
export function probeRequest(settings: WebSocketSettings): { url: string; headers: Record<string, string> } {
  const key = settings.protocols.find((name) => name.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length);
  return { url: settings.url.replace(/^ws/, "http"), headers: { ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }), ...settings.headers } };
}

/** Subprotocol by which a browser carries the key, since it cannot send headers. */
export const KEY_PROTOCOL = "openai-insecure-api-key.";

const CAPABILITIES: TransportCapabilities = Object.freeze({ audio: "events", truncation: "client", turns: "turn" });

/** ms a closing handshake may take; servers are known not to answer it. */
const CLOSE_WAIT_MS = 1000;

const OPEN = 1;

/** One WebSocket connection. */
export class WebSocketTransport implements Transport {
  readonly specVersion = 1;
  readonly capabilities = CAPABILITIES;
  readonly #settings: WebSocketSettings;
  readonly #platform: WebSocketPlatform;
  readonly #reader = new ServerEventReader();
  #socket: SocketLike | null = null;
  #used = false;
  #closing: Promise<void> | null = null;
  #closed: (() => void) | null = null;
  #abortConnecting: (() => void) | null = null;

  /** A connection that is not opened yet. */
  constructor(settings: WebSocketSettings, platform: WebSocketPlatform) {
    this.#settings = settings;
    this.#platform = platform;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  async connect(handlers: TransportHandlers, signal?: AbortSignalLike): Promise<void> {
    const { url, connectTimeoutMs } = this.#settings;
    if (signal?.aborted || this.#closing !== null) throw new SidetoneError("closed", "Closed before the connection was opened.", { fatal: true });
    if (this.#used) throw new SidetoneError("closed", "connect() was called again; one transport is one connection, make another.", { fatal: true });
    this.#used = true;
    let socket: SocketLike;
    try {
      socket = this.#platform.openSocket(this.#settings);
    } catch (cause) {
      throw new SidetoneError("connect-failed", `"${url}" cannot be connected to: ${describe(cause)}. Give a ws: or wss: URL.`, { fatal: true, cause });
    }
    this.#socket = socket;
    try {
      await this.#opened(socket, connectTimeoutMs, handlers, signal);
    } catch (error) {
      this.#release(socket);
      throw SidetoneError.is(error) && error.code === "connect-failed" ? await this.#diagnose(error) : error;
    }
  }

  send(event: ClientEvent): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(serializeClientEvent(event));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abortConnecting?.();
    const socket = this.#socket;
    if (socket === null) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#platform.clock.after(CLOSE_WAIT_MS, () => {
        const onclose = socket.onclose;
        this.#release(socket);
        onclose?.({ code: 1006, reason: "the server did not answer the closing handshake" });
      });
      this.#closed = () => {
        cancel();
        resolve();
      };
      socket.close(1000);
    });
  }

  /** In the very call that opens the socket: some platforms deliver what came with the handshake before a promise's next step. */
  #listen(socket: SocketLike, handlers: TransportHandlers): void {
    let detail = "";
    socket.onmessage = (event) => this.#receive(event.data, handlers);
    socket.onerror = (event) => {
      detail = messageOf(event);
    };
    socket.onclose = ({ code, reason }) => {
      socket.onmessage = null;
      socket.onclose = null;
      this.#socket = null;
      this.#closed?.();
      if (this.#closing !== null) handlers.onClose({ code, reason });
      else handlers.onClose({ code, reason, error: lost(this.#settings.url, code, reason || detail) });
    };
  }

  #receive(data: unknown, handlers: TransportHandlers): void {
    if (typeof data !== "string") {
      handlers.onError(new SidetoneError("malformed-event", "The server sent a binary frame; Realtime events are text. It was skipped."));
      return;
    }
    const event = this.#reader.read(data);
    if (isParseFailure(event))
      handlers.onError(new SidetoneError("malformed-event", `The server sent something that is no event (${event.message}); it was skipped.`));
    else handlers.onEvent(event);
  }

  #opened(socket: SocketLike, timeoutMs: number, handlers: TransportHandlers, signal: AbortSignalLike | undefined): Promise<void> {
    const { url } = this.#settings;
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: SidetoneError): void => {
        cancelTimer();
        signal?.removeEventListener("abort", onAbort);
        this.#abortConnecting = null;
        if (error === undefined) resolve();
        else reject(error);
      };
      const onAbort = (): void => {
        // At once, so that close() can rely on it.
        this.#release(socket);
        settle(new SidetoneError("closed", "Closed while connecting.", { fatal: true }));
      };
      const fail = (detail: string): void =>
        settle(new SidetoneError("connect-failed", `No connection to ${url}${detail === "" ? "" : ` (${detail})`}.`, { fatal: true }));
      const cancelTimer = this.#platform.clock.after(timeoutMs, () =>
        settle(new SidetoneError("connect-timeout", `${url} did not open a connection within ${timeoutMs} ms.`, { fatal: true })),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#abortConnecting = onAbort;
      let detail = "";
      socket.onopen = () => {
        this.#listen(socket, handlers);
        settle();
      };
      socket.onerror = (event) => {
        detail = messageOf(event);
      };
      socket.onclose = (event) => fail(detail || event.reason);
    });
  }

  /** A browser does not say why a WebSocket failed, and a wrong key looks like a wrong address; ask over HTTP where the platform can. */
  async #diagnose(error: SidetoneError): Promise<SidetoneError> {
    const status = (await this.#platform.probe?.(this.#settings)) ?? null;
    if (status === 401 || status === 403) {
      return new SidetoneError("auth-failed", `${this.#settings.url} refused the key (HTTP ${status}).`, { fatal: true, cause: error });
    }
    const hint = status === null ? " Check that the server runs, that the URL is right and that the key is valid." : ` The address answers HTTP ${status}.`;
    return new SidetoneError("connect-failed", error.message + hint, { fatal: true, cause: error.cause });
  }

  #release(socket: SocketLike): void {
    socket.onopen = null;
    socket.onmessage = null;
    // Not null: `ws` reports a handshake that was called off as an error, and an error that nobody listens to ends a Node process.
    socket.onerror = () => undefined;
    socket.onclose = null;
    this.#socket = null;
    try {
      if (socket.terminate) socket.terminate();
      else socket.close();
    } catch {
      // A socket that never opened may refuse to be closed; there is nothing left to do for it.
    }
  }
}

/** What an error event says; browsers say nothing. */
function messageOf(event: unknown): string {
  const message = (event as { message?: unknown } | null)?.message;
  return typeof message === "string" ? message : "";
}

function lost(url: string, code: number, reason: string): SidetoneError {
  return new SidetoneError("connection-lost", `The connection to ${url} ended (close code ${code}${reason ? `, ${reason}` : ""}).`, { fatal: true });
}
