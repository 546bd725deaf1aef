/**
 * The server: an HTTP server of its own, or one it is attached to, WebSocket connections, and one session for each.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { CLOSE_CODES } from "@sidetone/core/protocol";
import { WebSocket, WebSocketServer } from "ws";
import { asWireError, errorPayload, type WireError } from "../errors.ts";
import { Ids } from "../ids.ts";
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from "../options.ts";
import { profileFor } from "../profiles.ts";
import { EventLog, type LogRecord } from "../record/log.ts";
import type { SessionRecord } from "../record/record.ts";
import { Session } from "../session/session.ts";
import { refusal, requestedModel, selectSubprotocol } from "./gate.ts";
import { handleRequest, isEmulatorPath, REALTIME_PATH, requestKey, requestUrl } from "./http.ts";
import { KeyRing } from "./keys.ts";

/** Largest WebSocket message, in bytes: more than any event may need. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Close code for a failure of this side, RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL = 1011;
/** How long `close()` waits for a client to answer its close frame, in ms. */
const CLOSE_WAIT_MS = 250;

/** A running emulator. */
export interface Emulator {
  /** Where clients connect, `ws://host:port/v1/realtime`; they add `?model=`. */
  readonly url: string;
  /** Where HTTP requests go, `http://host:port`. */
  readonly httpUrl: string;
  /** All sessions so far, oldest first; of those that have ended, the newest few. */
  readonly sessions: readonly SessionRecord[];
  /** The events of all sessions. */
  readonly log: LogRecord;
  /** Ends all sessions and stops listening; an attached server goes on without the emulator. Idempotent, done within half a second. */
  close(): Promise<void>;
}

/**
 * Starts an emulator of the Realtime API.
 * @throws {TypeError | RangeError} for a wrong option, {Error} when the port cannot be listened on.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const emulator = new EmulatorServer(resolved);
  await emulator.listen();
  return emulator;
}

class EmulatorServer implements Emulator {
  readonly log: EventLog;
  readonly #options: ResolvedOptions;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #keys: KeyRing;
  readonly #epochMs: number;
  readonly #seed: number;
  readonly #detach: (() => void)[] = [];
  #address: AddressInfo | null = null;
  #sessions: Session[] = [];
  #sessionCount = 0;
  #closing: Promise<void> | null = null;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#epochMs = options.clock.nowMs();
    this.#keys = new KeyRing(options.apiKeys, new Ids(~this.#seed));
    this.log = new EventLog(options.logLimit);
    this.#server = options.server ?? createServer();
    this.#webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, handleProtocols: selectSubprotocol });
  }

  get sessions(): readonly SessionRecord[] {
    return this.#sessions;
  }

  get httpUrl(): string {
    const address = this.#server.address() ?? this.#address;
    if (address === null || typeof address === "string")
      throw new Error("The HTTP server given as `server` does not listen on a TCP port; call its listen() first.");
    this.#address = address;
    return `http://${urlHost(address)}:${address.port}`;
  }

  get url(): string {
    return `${this.httpUrl.replace(/^http/, "ws")}${REALTIME_PATH}`;
  }

  async listen(): Promise<void> {
    this.#attach();
    if (this.#options.server !== null) return;
    const { host, port } = this.#options;
    this.#server.listen(port, host);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, host, port);
    }
    this.#address = this.#server.address() as AddressInfo;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const undo of this.#detach) undo();
    const open = [...this.#webSockets.clients];
    for (const socket of open) socket.close(1001, "The emulator is closing.");
    await Promise.race([Promise.all(open.map(closed)), delay(CLOSE_WAIT_MS)]);
    for (const socket of open) socket.terminate();
    for (const session of this.#sessions) session.ended(1001, "The emulator is closing.");
    this.#webSockets.close();
    if (this.#options.server !== null || !this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Puts the emulator in front of the server's own listeners for its own paths. */
  #attach(): void {
    const server = this.#server;
    const others = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
    const shared = this.#options.server !== null;
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      if (shared && !isEmulatorPath(requestUrl(request).pathname)) for (const other of others) other.call(server, request, response);
      else handleRequest(request, response, { keys: this.#keys, profile: this.#options.profile }).catch((error) => response.destroy(error));
    };
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const others = shared && server.listenerCount("upgrade") > 1;
      if (!others || isEmulatorPath(requestUrl(request).pathname)) this.#upgrade(request, socket, head);
    };
    server.removeAllListeners("request");
    server.on("request", onRequest);
    server.on("upgrade", onUpgrade);
    this.#detach.push(() => {
      server.off("request", onRequest);
      server.off("upgrade", onUpgrade);
      for (const other of others) server.on("request", other);
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const refused = refusal(request, this.#keys);
    if (refused !== null) socket.end(refused);
    else this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#connect(webSocket, request));
  }

  #connect(webSocket: WebSocket, request: IncomingMessage): void {
    webSocket.on("error", () => {});
    const ids = this.#nextIds();
    let session: Session;
    try {
      const model = requestedModel(request, this.#keys);
      session = this.#newSession(webSocket, model, ids, this.#keys.secret(requestKey(request))?.session ?? null);
    } catch (error) {
      this.#dismiss(webSocket, asWireError(error), ids);
      return;
    }
    webSocket.on("message", (data: Buffer, isBinary) => session.receive(isBinary ? null : data.toString("utf8")));
    webSocket.on("close", (code, reason) => session.ended(code, reason.toString("utf8")));
    session.open();
  }

  /** Ends a connection that gets no session. Browsers cannot see an HTTP status, so it is an event and a close code. */
  #dismiss(webSocket: WebSocket, error: WireError, ids: Ids): void {
    const event = { type: "error" as const, event_id: ids.next("event"), error: errorPayload(error, null) };
    this.log.add({ atMs: this.#options.clock.nowMs() - this.#epochMs, sessionId: "", direction: "out", type: "error", event, audioBytes: 0 });
    webSocket.send(JSON.stringify(event));
    webSocket.close(error.type === "server_error" ? CLOSE_INTERNAL : CLOSE_CODES.betaRefused, `${error.type}.${error.code}`);
  }

  #newSession(webSocket: WebSocket, model: string, ids: Ids, pinned: unknown): Session {
    const { profile, voice, createVad, clock, logLimit, recordLimitMs, obfuscation, rateLimits, sessionLimitMs, keepSessions } = this.#options;
    const session = new Session({
      model,
      profile: profileFor(model, profile),
      voice,
      createVad,
      clock,
      epochMs: this.#epochMs,
      ids,
      sharedLog: this.log,
      logLimit,
      recordLimitMs,
      obfuscation,
      rateLimits,
      limitMs: sessionLimitMs,
      pinned,
      wire: {
        send: (text) => webSocket.send(text),
        close: (code, reason) => webSocket.close(code, reason),
        drop: () => webSocket.terminate(),
      },
    });
    const ended = this.#sessions.filter((other) => other.closed !== null);
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - keepSessions)));
    this.#sessions = [...this.#sessions.filter((other) => !surplus.has(other)), session];
    return session;
  }

  /** Each session draws from a sequence of its own, so that its ids do not depend on what others do. */
  #nextIds(): Ids {
    const count = this.#sessionCount++;
    const startSeconds = this.#options.seed === null ? Math.floor(Date.now() / 1000) : 0;
    return new Ids(this.#seed + Math.imul(count, 0x9e3779b1), startSeconds + count);
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken by another program (perhaps another emulator). Stop it, choose another port, or leave port out for a free one.`,
    EACCES: `This user may not listen on port ${port} on ${host}. Choose a port from 1024 up, or leave port out for a free one.`,
    EADDRNOTAVAIL: `This machine has no address ${host} to listen on. Leave host out for 127.0.0.1.`,
  };
  return new Error(reasons[error.code ?? ""] ?? `Cannot listen on ${host}:${port}: ${error.message}.`, { cause: error });
}

function urlHost({ address, family }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return "127.0.0.1";
  return family === "IPv6" ? `[${address}]` : address;
}

function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => (socket.readyState === WebSocket.CLOSED ? resolve() : socket.once("close", () => resolve())));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
