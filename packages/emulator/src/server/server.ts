/**
 * The server: an HTTP server of its own, or one it is attached to, and what is served on which path.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { dialectRoutes, dialectUpgrades } from "../dialects/endpoints.ts";
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
import { KeyRing, unguessableText } from "./keys.ts";
import { isLoopbackName, OriginPolicy } from "./origins.ts";
import { offersOther, serveAsPlain } from "./plain-request.ts";
import { SessionRegistry } from "./registry.ts";
import { requestUrl } from "./request.ts";
import type { Route, ServerContext, UpgradeRoute } from "./routes.ts";
import { standIns } from "./stand-ins.ts";
import { keyPair, type TlsKeyPair } from "./tls.ts";
import { UpgradeGate } from "./upgrade-gate.ts";

/** Path of the Realtime API. */
const REALTIME_PATH = "/v1/realtime";

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
  readonly #gate: UpgradeGate;
  readonly #registry: SessionRegistry;
  readonly #keys: KeyRing;
  readonly #origins: OriginPolicy;
  readonly #calls: CallBook;
  readonly #live: LiveRegistry;
  readonly #translations: TranslationRegistry;
  readonly #routes: readonly Route[];
  readonly #upgrades: readonly UpgradeRoute[];
  readonly #detach: (() => void)[] = [];
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
    this.#gate = new UpgradeGate({ endpoints: this.#upgrades, origins: this.#origins, registry: this.#registry, keys: this.#keys });
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
    await this.#gate.close(1001, "The emulator is closing.");
    this.#live.endAll(1001, "The emulator is closing.");
    await this.#calls.close();
    this.#registry.endAll(1001, "The emulator is closing.");
    this.#translations.endAll(1001, "The emulator is closing.");
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
      else this.#gate.take(request, socket, head);
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

  /** Whether only this machine can reach the server, as far as it is known. */
  #isOnLoopback(): boolean {
    const address = this.#server.address();
    return typeof address === "object" && address !== null && isLoopbackName(address.address);
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

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
