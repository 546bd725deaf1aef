/**
 * From an HTTP request to a WebSocket: who may come in is asked of the origins, the faults, the endpoint and the limits, in that order; what is refused is answered with a
 * status, and what no endpoint can serve after all with an event and a close code. Holds every socket that is on its way, since Node's server no longer knows it.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CLOSE_CODES } from "@sidetone/core/protocol";
import { WebSocket, WebSocketServer } from "ws";
import { asWireError, errorPayload, WireError } from "../errors.ts";
import { errorBody, HttpError } from "./http-error.ts";
import type { KeyRing } from "./keys.ts";
import type { OriginPolicy } from "./origins.ts";
import type { SessionRegistry } from "./registry.ts";
import { requestKey, requestUrl } from "./request.ts";
import type { UpgradeRequest, UpgradeRoute } from "./routes.ts";
import { rememberSocket } from "./socket-control.ts";

/** Largest WebSocket message, in bytes: more than any event may need. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Close code for a failure of this side, RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL = 1011;
/** How long `close()` waits for a client to answer its close frame, in ms. */
const CLOSE_WAIT_MS = 250;
/** How long a client that was refused may leave its side open, in ms. */
const REFUSED_WAIT_MS = 2000;
/** The one subprotocol that the service selects. */
const SUBPROTOCOL = "realtime";

/** What decides. */
export interface UpgradeGateOptions {
  readonly endpoints: readonly UpgradeRoute[];
  readonly origins: OriginPolicy;
  readonly registry: SessionRegistry;
  readonly keys: KeyRing;
}

/** Lets WebSockets in. */
export class UpgradeGate {
  readonly #endpoints: readonly UpgradeRoute[];
  readonly #origins: OriginPolicy;
  readonly #registry: SessionRegistry;
  readonly #keys: KeyRing;
  /** Sockets whose upgrade is not decided, or refused. Node's server does not know them any more, yet waits for them when it closes. */
  readonly #upgrading = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  constructor({ endpoints, origins, registry, keys }: UpgradeGateOptions) {
    this.#endpoints = endpoints;
    this.#origins = origins;
    this.#registry = registry;
    this.#keys = keys;
  }

  /** Takes a request for an upgrade, with the socket it came on and what came behind it. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    this.#upgrading.add(socket);
    socket.once("close", () => this.#upgrading.delete(socket));
    const url = requestUrl(request);
    const key = requestKey(request);
    for (const endpoint of this.#endpoints) {
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

  /** Lets go of those that wait, and closes those that are open, with a moment for their answer. */
  async close(code: number, reason: string): Promise<void> {
    for (const socket of this.#upgrading) socket.destroy();
    const open = [...this.#webSockets.clients];
    for (const socket of open) socket.close(code, reason);
    await Promise.race([Promise.all(open.map(closed)), delay(CLOSE_WAIT_MS)]);
    for (const socket of open) socket.terminate();
    this.#webSockets.close();
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

function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => (socket.readyState === WebSocket.CLOSED ? resolve() : socket.once("close", () => resolve())));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
