/**
 * Sidebands: a WebSocket of the application's server beside a call of its user. It gets the session's events from then on, without the model's audio and without a
 * greeting, and may send any event of a client. It ends with the call; the call goes on without it.
 */
import type { WebSocket } from "ws";
import { type Dialect, sessionCodec } from "../dialects/dialect.ts";
import { asWireError } from "../errors.ts";
import { HttpError, invalidKey } from "../server/http-error.ts";
import type { ServerContext, UpgradeRequest } from "../server/routes.ts";
import { serveSession } from "../server/socket-wire.ts";

/** Whether a request is for a sideband, as its `call_id` says. */
export function isSideband({ url }: UpgradeRequest): boolean {
  return url.searchParams.has("call_id");
}

/** Looks at a request for a sideband. @throws {HttpError} 401 for a key that is not an API key (a client's secret is not), 404 when there is no such call. */
export function admitSideband({ url, key }: UpgradeRequest, { keys, calls }: ServerContext): void {
  if (!keys.acceptsApiKey(key)) throw invalidKey(key);
  calls.requireSession(url.searchParams.get("call_id") ?? "");
}

/** Takes the connection, which speaks `dialect`. @throws {WireError} when the call has ended meanwhile. */
export function connectSideband(webSocket: WebSocket, { url }: UpgradeRequest, { calls, options }: ServerContext, dialect: Dialect): void {
  try {
    const session = calls.requireSession(url.searchParams.get("call_id") ?? "");
    serveSession(session, webSocket, "sideband", sessionCodec(dialect, session, options.rateLimits));
  } catch (error) {
    throw error instanceof HttpError ? error.wire : asWireError(error);
  }
}
