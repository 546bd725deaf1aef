/**
 * Relays HTTP requests to a service: client secrets, calls and whatever else it has under the path of its WebSocket.
 */
import { WireError } from "../errors.ts";
import { HttpError, invalidKey } from "./http-error.ts";
import type { RelayTarget } from "./relay-option.ts";
import type { Route, RouteReply, RouteRequest, ServerContext } from "./routes.ts";

const METHODS = ["GET", "POST", "DELETE"] as const;
/** Headers of the client that mean something to the service, and headers of the answer that mean something to the client. */
const PASSED = /^(content-type$|accept$|openai-|x-stainless-|api-key$)/;
const RETURNED = /^(content-type|location|x-request-id|retry-after|x-ratelimit-.*)$/;

/** The routes; the first group of `path` is the part of a path behind the one of the WebSocket. */
export function relayRoutes({ keys }: ServerContext, path: RegExp, target: RelayTarget): Route[] {
  return METHODS.map((method) => ({
    method,
    path,
    handle: (request) => {
      if (!keys.acceptsConnection(request.key)) throw invalidKey(request.key);
      return relay(method, request, target);
    },
  }));
}

async function relay(method: string, { request, url, match, key, body }: RouteRequest, target: RelayTarget): Promise<RouteReply> {
  const address = new URL(target.url);
  address.protocol = address.protocol.replace("ws", "http");
  address.pathname = `${address.pathname.replace(/\/$/, "")}/${match[1] ?? ""}`;
  for (const [name, value] of url.searchParams) address.searchParams.set(name, value);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (PASSED.test(name) && typeof value === "string") headers[name] = value;
  if (target.apiKey !== null) delete headers["api-key"];
  const bearer = target.apiKey ?? key;
  if (bearer !== null && headers["api-key"] === undefined) headers.authorization = `Bearer ${bearer}`;
  const gone = new AbortController();
  const abandon = () => gone.abort();
  request.socket.once("close", abandon);
  const content = method === "GET" ? undefined : new Uint8Array(await body());
  try {
    const response = await fetch(address, { method, headers: { ...headers, ...target.headers }, body: content, redirect: "manual", signal: gone.signal });
    const returned = [...response.headers].filter(([name]) => RETURNED.test(name));
    return { status: response.status, headers: Object.fromEntries(returned), body: await response.text() };
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new HttpError(502, new WireError(`The service at ${address.host} cannot be reached: ${reason}.`, { type: "server_error", code: "relay_failed" }));
  } finally {
    request.socket.off("close", abandon);
  }
}
