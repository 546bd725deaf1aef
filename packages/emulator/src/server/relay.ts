/**
 * Relays clients to a service: what either side sends goes to the other untouched and in order, and is noted on the way. The service is connected first, so that its refusal
 * of a connection is the client's refusal too.
 */
import type { IncomingMessage } from "node:http";
import { type RawData, WebSocket } from "ws";
import { WireError } from "../errors.ts";
import type { ObservedSession } from "../record/observed-session.ts";
import { isObject } from "../session/validate.ts";
import { HttpError, invalidKey } from "./http-error.ts";
import type { RelayTarget } from "./relay-option.ts";
import { subprotocols } from "./request.ts";
import type { ServerContext, UpgradeRequest, UpgradeRoute } from "./routes.ts";

/** Bytes that may wait for one side before the other is not read any more, and below which it is read again. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const LOW_WATER_BYTES = 1024 * 1024;
/** How often a side that is held is looked at, in ms. */
const DRAIN_LOOK_MS = 10;
/** How long the service may take to answer, in ms. */
const CONNECT_MS = 30_000;
/** Most bytes of a refusal's body. */
const MAX_REFUSAL_BYTES = 64 * 1024;
/** How long the client's close may stay unanswered by the service, in ms. */
const CLOSE_WAIT_MS = 2000;

const KEY_SUBPROTOCOL = "openai-insecure-api-key.";
/** Headers of the client that mean something to the service. */
const PASSED_HEADERS = /^(openai-|x-stainless-|user-agent$|api-key$|x-ms-)/;

/** The service's side of a connection whose client is not there yet. */
interface Connected {
  readonly service: WebSocket;
  /** The client is there: its end is not the service's at once any more. */
  release(): void;
}

/** The endpoint; `path` matches the address, its first group what follows the service's own path. */
export function relayEndpoint({ keys, registry }: ServerContext, path: RegExp, target: RelayTarget): UpgradeRoute {
  const connected = new WeakMap<IncomingMessage, Connected>();
  return {
    path,
    async admit(upgrade) {
      if (!keys.acceptsConnection(upgrade.key)) throw invalidKey(upgrade.key);
      // A plain request is only asked for its key.
      if (upgrade.request.headers.upgrade !== undefined) connected.set(upgrade.request, await connect(upgrade, target));
    },
    connect(client, upgrade) {
      const { service, release } = connected.get(upgrade.request) as Connected;
      release();
      const session = registry.observe({
        model: upgrade.url.searchParams.get("model") ?? "",
        source: "relay",
        close: (code, reason) => {
          client.close(code, reason);
          service.close(code, reason);
        },
        drop: () => {
          client.terminate();
          service.terminate();
        },
      });
      join(client, service, session);
    },
  };
}

/** Connects to the service as the client would have. @throws {HttpError} with the service's refusal, or 502 when it cannot be reached. */
function connect({ request, url, key, match }: UpgradeRequest, target: RelayTarget): Promise<Connected> {
  const address = new URL(target.url);
  if (match[1] !== undefined) address.pathname = `${address.pathname.replace(/\/$/, "")}/${match[1]}`;
  for (const [name, value] of url.searchParams) address.searchParams.set(name, value);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (PASSED_HEADERS.test(name) && typeof value === "string") headers[name] = value;
  const bearer = target.apiKey ?? key;
  if (target.apiKey !== null) delete headers["api-key"];
  if (bearer !== null && headers["api-key"] === undefined) headers.authorization = `Bearer ${bearer}`;
  // Keys travel in the header from here on.
  const protocols = subprotocols(request).filter((name) => !name.startsWith(KEY_SUBPROTOCOL));
  const service = new WebSocket(address, protocols, {
    headers: { ...headers, ...target.headers },
    perMessageDeflate: false,
    handshakeTimeout: CONNECT_MS,
    skipUTF8Validation: true,
  });
  return new Promise((resolve, reject) => {
    const gone = () => service.terminate();
    request.socket.once("close", gone);
    service.once("open", () => {
      // What the service says at once belongs to a client that is not there yet.
      service.pause();
      resolve({ service, release: () => request.socket.off("close", gone) });
    });
    service.once("unexpected-response", (_, response) => {
      request.socket.off("close", gone);
      void refusal(response)
        .then(reject)
        .finally(() => service.terminate());
    });
    service.on("error", (error) => {
      const message = `The service at ${address.host} cannot be reached: ${error.message}.`;
      reject(new HttpError(502, new WireError(message, { type: "server_error", code: "relay_failed" })));
    });
  });
}

/** The service's own words, with its status. */
async function refusal(response: IncomingMessage): Promise<HttpError> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response) {
      bytes += (part as Buffer).length;
      if (bytes > MAX_REFUSAL_BYTES) break;
      parts.push(part as Buffer);
    }
  } catch {}
  const status = Math.max(400, response.statusCode ?? 502);
  const text = Buffer.concat(parts).toString("utf8");
  let error: unknown = null;
  try {
    error = (JSON.parse(text) as { error?: unknown }).error;
  } catch {}
  const said = isObject(error) ? error : {};
  const of = (name: string) => (typeof said[name] === "string" ? (said[name] as string) : null);
  const message = of("message") ?? `The service refused the connection with status ${status}.`;
  return new HttpError(status, new WireError(message, { code: of("code"), param: of("param"), type: of("type") ?? "invalid_request_error" }));
}

function join(client: WebSocket, service: WebSocket, session: ObservedSession): void {
  service.removeAllListeners("error").on("error", () => {});
  pass(client, service, (text) => session.message("in", text));
  pass(service, client, (text) => session.message("out", text));
  client.on("close", (code, reason) => {
    session.ended(code, reason.toString("utf8"));
    closeLike(service, code, reason);
  });
  service.on("close", (code, reason) => {
    session.ended(code, reason.toString("utf8"));
    closeLike(client, code, reason);
  });
  if (service.readyState === WebSocket.CLOSED) closeLike(client, 1006, Buffer.alloc(0));
  if (client.readyState === WebSocket.CLOSED) closeLike(service, 1006, Buffer.alloc(0));
  service.resume();
}

/** Passes messages on, as long as the other side takes them. */
function pass(from: WebSocket, to: WebSocket, note: (text: string | null) => void): void {
  from.on("message", (data: RawData, isBinary: boolean) => {
    note(isBinary ? null : data.toString());
    if (to.readyState !== WebSocket.OPEN) return;
    to.send(data as Buffer, { binary: isBinary });
    if (to.bufferedAmount > HIGH_WATER_BYTES && !from.isPaused) hold(from, to);
  });
}

function hold(from: WebSocket, to: WebSocket): void {
  from.pause();
  const timer = setInterval(() => {
    if (to.bufferedAmount > LOW_WATER_BYTES && to.readyState === WebSocket.OPEN) return;
    clearInterval(timer);
    from.resume();
  }, DRAIN_LOOK_MS);
}

/** Ends a connection as the other one ended. Codes that only say how a connection ended (RFC 6455 section 7.4.1) cannot be sent. */
function closeLike(webSocket: WebSocket, code: number, reason: Buffer): void {
  if (webSocket.readyState === WebSocket.CLOSED) return;
  if (code === 1006 || code === 1015) webSocket.terminate();
  else if (code === 1005) webSocket.close();
  else webSocket.close(code, reason);
  // A side that is held does not see the answer, and a service may never give one.
  webSocket.resume();
  setTimeout(() => webSocket.terminate(), CLOSE_WAIT_MS).unref();
}
