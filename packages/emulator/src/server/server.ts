/**
 * The server: an HTTP server of its own, or one it is attached to, WebSocket connections, and what is served on which path.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { CLOSE_CODES } from "@sidetone/core/protocol";
import { WebSocket, WebSocketServer } from "ws";
import { dialectRoutes, dialectUpgrades } from "../dialects/endpoints.ts";
import { asWireError, errorPayload, WireError } from "../errors.ts";
import type { EmulatorFaultsRecord } from "../faults/connect-faults.ts";
import { Ids } from "../ids.ts";
import { connectInProcess, type InProcessClient, type InProcessOptions } from "../inprocess/client.ts";
import { liveUpgrades } from "../live/live-endpoints.ts";
import type { LiveSessionRecord } from "../live/live-record.ts";
import { LiveRegistry } from "../live/live-registry.ts";
import { liveRoutes } from "../live/live-webrtc.ts";
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from "../options.ts";
import type { LogRecord } from "../record/log.ts";
import type { SessionRecord } from "../record/record.ts";
import type { ReplayMismatch } from "../record/replay-player.ts";
import { CallBook } from "../rtc/calls.ts";
import { callRoutes } from "../rtc/routes.ts";
import type { SipSimulator } from "../sip/caller.ts";
import { phoneRoutes } from "../sip/routes.ts";
import { sipSimulator } from "../sip/simulator.ts";
import { TranslationRegistry, translationRoutes, translationUpgrades } from "../translation/translation-endpoints.ts";
import type { TranslationRecord } from "../translation/translation-session.ts";
import { isApiPath } from "./base-paths.ts";
import { answer } from "./http.ts";
import { errorBody, HttpError } from "./http-error.ts";
import { KeyRing, unguessableText } from "./keys.ts";
import { isLoopbackName, OriginPolicy } from "./origins.ts";
import { offersOther, serveAsPlain } from "./plain-request.ts";
import { SessionRegistry } from "./registry.ts";
import { requestKey, requestUrl } from "./request.ts";
import type { Route, ServerContext, UpgradeRequest, UpgradeRoute } from "./routes.ts";
import { rememberSocket } from "./socket-control.ts";
import { standIns } from "./stand-ins.ts";
import { keyPair, type TlsKeyPair } from "./tls.ts";

/** Path of the Realtime API. */
const REALTIME_PATH = "/v1/realtime";
/** The one subprotocol that the service selects. */
const SUBPROTOCOL = "realtime";

/** Largest WebSocket message, in bytes: more than any event may need. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Close code for a failure of this side, RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL = 1011;
/** How long `close()` waits for a client to answer its close frame, in ms. */
const CLOSE_WAIT_MS = 250;
/** How long a client that was refused may leave its side open, in ms. */
const REFUSED_WAIT_MS = 2000;
/** How long after an outage to wait for a port that somebody else took meanwhile, in ms. */
const RELISTEN_MS = 100;

/** A running emulator. */
export interface Emulator {
  /** Where clients connect, `ws://host:port/v1/realtime`; they add `?model=`. */
  readonly url: string;
  /** Where HTTP requests go, `http://host:port`. */
  readonly httpUrl: string;
  /** The certificate that it serves with, in PEM, for clients to trust; null without TLS, and when `server` brings its own. */
  readonly certificate: string | null;
  /** All sessions so far, oldest first; of those that have ended, the newest few. */
  readonly sessions: readonly SessionRecord[];
  /** All sessions of the Live API so far, oldest first; of those that have ended, the newest few. */
  readonly liveSessions: readonly LiveSessionRecord[];
  /** All translation sessions so far, oldest first; of those that have ended, the newest few. */
  readonly translations: readonly TranslationRecord[];
  /** The events of all sessions. */
  readonly log: LogRecord;
  /** What goes wrong on demand: for connections, and for sessions to come. */
  readonly faults: EmulatorFaultsRecord;
  /** Makes phone calls to the emulator, without a phone. */
  readonly sip: SipSimulator;
  /** What clients did otherwise than in the recording that is replayed, oldest first; empty without `replay`. */
  readonly mismatches: readonly ReplayMismatch[];
  /**
   * Connects inside the process, without a socket, a key or a network. With a virtual clock as `clock`, what follows takes no time and is the same every time.
   * @throws {TypeError} for a wrong option, and with `relay` or `replay`, {Error} for settings that the session refuses.
   */
  connect(options?: InProcessOptions): InProcessClient;
  /** Ends all sessions and stops listening; an attached server goes on without the emulator. Idempotent, done within half a second. */
  close(): Promise<void>;
}

/**
 * Starts an emulator of the Realtime API.
 * @throws {TypeError | RangeError} for a wrong option, {Error} when the port cannot be listened on.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const emulator = new EmulatorServer(resolved, await keyPair(resolved.tls, resolved.host));
  await emulator.listen();
  return emulator;
}

class EmulatorServer implements Emulator {
  readonly certificate: string | null;
  readonly sip: SipSimulator;
  readonly #options: ResolvedOptions;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #registry: SessionRegistry;
  readonly #keys: KeyRing;
  readonly #origins: OriginPolicy;
  readonly #calls: CallBook;
  readonly #live: LiveRegistry;
  readonly #translations: TranslationRegistry;
  readonly #routes: readonly Route[];
  readonly #upgrades: readonly UpgradeRoute[];
  readonly #detach: (() => void)[] = [];
  /** Sockets whose upgrade is not decided, or refused. Node's server does not know them any more, yet waits for them when it closes. */
  readonly #upgrading = new Set<Duplex>();
  #address: AddressInfo | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ResolvedOptions, pair: TlsKeyPair | null) {
    this.#options = options;
    this.certificate = pair?.cert ?? null;
    this.#registry = new SessionRegistry(options);
    const ids = new Ids(this.#registry.random("keys").uint32());
    this.#keys = new KeyRing(options.apiKeys, ids, options.seed === null ? unguessableText : (length) => ids.text(length));
    const callIds = new Ids(this.#registry.random("calls").uint32());
    this.#calls = new CallBook((length) => callIds.text(length));
    const context: ServerContext = { options, keys: this.#keys, registry: this.#registry, calls: this.#calls };
    this.sip = sipSimulator(context);
    this.#translations = new TranslationRegistry(context);
    this.#live = new LiveRegistry(context);
    const { routes, upgrades, alone } = standIns(context);
    this.#routes = alone
      ? routes
      : [
          ...routes,
          ...dialectRoutes(context),
          ...translationRoutes(context),
          ...liveRoutes(context, this.#live),
          ...callRoutes(context),
          ...phoneRoutes(context),
        ];
    this.#upgrades = alone
      ? upgrades
      : [...upgrades, ...dialectUpgrades(context), ...liveUpgrades(context, this.#live), ...translationUpgrades(context, this.#translations)];
    this.#server = options.server ?? (pair === null ? createServer() : createTlsServer({ key: pair.key, cert: pair.cert }));
    this.#origins = new OriginPolicy(options.origins, () => this.#isOnLoopback());
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
  }

  get sessions(): readonly SessionRecord[] {
    return this.#registry.records;
  }

  get mismatches(): readonly ReplayMismatch[] {
    return this.#registry.mismatches;
  }

  get liveSessions(): readonly LiveSessionRecord[] {
    return this.#live.sessions;
  }

  get translations(): readonly TranslationRecord[] {
    return this.#translations.sessions;
  }

  get log(): LogRecord {
    return this.#registry.log;
  }

  get faults(): EmulatorFaultsRecord {
    return this.#registry.faults;
  }

  get httpUrl(): string {
    const address = this.#server.address() ?? this.#address;
    if (address === null || typeof address === "string")
      throw new Error("The HTTP server given as `server` does not listen on a TCP port; call its listen() first.");
    this.#address = address;
    return `${this.#server instanceof TlsServer ? "https" : "http"}://${urlHost(address)}:${address.port}`;
  }

  get url(): string {
    return `${this.httpUrl.replace(/^http/, "ws")}${REALTIME_PATH}`;
  }

  async listen(): Promise<void> {
    this.#attach();
    if (this.#options.server !== null) {
      this.#registry.faults.listening(null);
      return;
    }
    const { host, port } = this.#options;
    this.#server.listen(port, host);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, host, port);
    }
    this.#address = this.#server.address() as AddressInfo;
    this.#registry.faults.listening(() => this.#stopListening());
  }

  /** Stops listening for a while, without a word to those who are connected. */
  #stopListening(): () => void {
    // The HTTP server's own `close` would also end idle connections.
    NetServer.prototype.close.call(this.#server);
    const { address, port } = this.#address as AddressInfo;
    const again = () => {
      if (this.#closing !== null) return;
      const taken = () => void delay(RELISTEN_MS).then(again);
      this.#server.once("error", taken);
      this.#server.listen(port, address, () => this.#server.off("error", taken));
    };
    return again;
  }

  connect(options: InProcessOptions = {}): InProcessClient {
    const { relay, replay } = this.#options;
    if (relay !== null || replay !== null)
      throw new TypeError(`connect() opens a session of the emulator's own; with ${relay === null ? "replay" : "relay"}, clients connect to its url.`);
    return connectInProcess(this.#registry, this.#options.clock, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const undo of this.#detach) undo();
    this.#registry.faults.close();
    for (const socket of this.#upgrading) socket.destroy();
    const open = [...this.#webSockets.clients];
    for (const socket of open) socket.close(1001, "The emulator is closing.");
    await Promise.race([Promise.all(open.map(closed)), delay(CLOSE_WAIT_MS)]);
    for (const socket of open) socket.terminate();
    this.#live.endAll(1001, "The emulator is closing.");
    await this.#calls.close();
    this.#registry.endAll(1001, "The emulator is closing.");
    this.#translations.endAll(1001, "The emulator is closing.");
    this.#webSockets.close();
    if (this.#options.server !== null) return;
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Puts the emulator in front of the server's own listeners for its own paths. */
  #attach(): void {
    const server = this.#server;
    const others = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
    const shared = this.#options.server !== null;
    const requestIds = new Ids(this.#registry.random("requests").uint32());
    const requestId = () => requestIds.request();
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      if (shared && !this.#serves(requestUrl(request).pathname)) {
        for (const other of others) other.call(server, request, response);
        if (others.length > 0 || server.listenerCount("request") > 1) return;
      }
      void answer(request, response, { routes: this.#routes, upgrades: this.#upgrades, origins: this.#origins, faults: this.#registry.faults, requestId });
    };
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const others = shared && server.listenerCount("upgrade") > 1;
      if (others && !this.#serves(requestUrl(request).pathname)) return;
      if (offersOther(request)) serveAsPlain(server, request, socket, head);
      else this.#upgrade(request, socket, head);
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

  /** Whether a path is the emulator's; also those under the API's that it does not have, which it answers with the service's 404. */
  #serves(path: string): boolean {
    return isApiPath(path) || this.#routes.some((route) => route.path.test(path)) || this.#upgrades.some((upgrade) => upgrade.path.test(path));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    this.#upgrading.add(socket);
    socket.once("close", () => this.#upgrading.delete(socket));
    const url = requestUrl(request);
    const key = requestKey(request);
    for (const endpoint of this.#upgrades) {
      const match = endpoint.path.exec(url.pathname);
      if (match === null) continue;
      const upgrade: UpgradeRequest = { request, url, match, key };
      try {
        this.#origins.check(request);
      } catch (error) {
        refuse(socket, error as HttpError);
        return;
      }
      this.#registry.faults.connecting(socket, {
        serve: () => this.#admit(endpoint, upgrade, socket, head),
        refuse: (error) => refuse(socket, error),
      });
      return;
    }
    refuse(socket, new HttpError(404, new WireError(`Invalid URL (GET ${url.pathname})`, { code: "unknown_url" })));
  }

  /** Whether only this machine can reach the server, as far as it is known. */
  #isOnLoopback(): boolean {
    const address = this.#server.address();
    return typeof address === "object" && address !== null && isLoopbackName(address.address);
  }

  #admit(endpoint: UpgradeRoute, upgrade: UpgradeRequest, socket: Duplex, head: Buffer): void {
    const refused = (error: unknown) => refuse(socket, error instanceof HttpError ? error : new HttpError(400, asWireError(error)));
    const connect = () => {
      if (socket.destroyed) return;
      this.#registry.limits.connect(this.#keys.owner(upgrade.key));
      this.#webSockets.handleUpgrade(upgrade.request, socket, head, (webSocket) => {
        this.#upgrading.delete(socket);
        rememberSocket(webSocket, socket);
        this.#connect(webSocket, endpoint, upgrade);
      });
    };
    try {
      const admitted = endpoint.admit(upgrade);
      if (admitted === undefined) connect();
      else admitted.then(connect).catch(refused);
    } catch (error) {
      refused(error);
    }
  }

  #connect(webSocket: WebSocket, endpoint: UpgradeRoute, upgrade: UpgradeRequest): void {
    webSocket.on("error", () => {});
    try {
      endpoint.connect(webSocket, upgrade);
    } catch (error) {
      this.#dismiss(webSocket, asWireError(error));
    }
  }

  /** Ends a connection that gets no session. Browsers cannot see an HTTP status, so it is an event and a close code. */
  #dismiss(webSocket: WebSocket, error: WireError): void {
    const event = { type: "error" as const, event_id: this.#registry.nextIds().next("event"), error: errorPayload(error, null) };
    this.#registry.log.add({ atMs: this.#registry.nowMs, sessionId: "", direction: "out", type: "error", event, audioBytes: 0 });
    webSocket.send(JSON.stringify(event));
    webSocket.close(error.type === "server_error" ? CLOSE_INTERNAL : CLOSE_CODES.betaRefused, `${error.type}.${error.code}`);
  }
}

/** Answers with a status, and lets go of the socket when the client has closed its side too, or does not in time. */
function refuse(socket: Duplex, error: HttpError): void {
  socket.end(rawResponse(error));
  const late = setTimeout(() => socket.destroy(), REFUSED_WAIT_MS).unref();
  // Without a reader, the client's end would never be seen.
  socket.once("close", () => clearTimeout(late)).resume();
}

/** A refusal as it goes over a socket that was not upgraded. */
function rawResponse({ status, wire, headers }: HttpError): string {
  const body = JSON.stringify(errorBody(wire));
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extra.join("")}Connection: close\r\n\r\n${body}`;
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
