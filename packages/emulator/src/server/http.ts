/**
 * The emulator's HTTP side: `POST /v1/realtime/client_secrets`, and honest 404s. Pages served from this machine may call it; pages from elsewhere get no CORS headers.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { PROTOCOL_LIMITS, SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { errorPayload, WireError } from "../errors.ts";
import { type ProfileOverrides, profileFor } from "../profiles.ts";
import { parseMessage } from "../session/client-events.ts";
import { newSession, updatedSession } from "../session/session-config.ts";
import { anything, integer, isObject, object, oneOf } from "../session/validate.ts";
import type { KeyRing } from "./keys.ts";

/** Path of the WebSocket endpoint. */
export const REALTIME_PATH = "/v1/realtime";
const SECRETS_PATH = `${REALTIME_PATH}/client_secrets`;

const MAX_BODY_BYTES = 1024 * 1024;
const ALLOWED_HEADERS = "authorization, content-type, openai-beta, openai-organization, openai-project, openai-safety-identifier";

/** What the routes need. */
export interface HttpContext {
  readonly keys: KeyRing;
  readonly profile: ProfileOverrides;
}

/** Whether the emulator answers requests for `path`. */
export function isEmulatorPath(path: string): boolean {
  return path === REALTIME_PATH || path.startsWith(`${REALTIME_PATH}/`);
}

/** Path and query of a request, without trusting its host. */
export function requestUrl(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? "/", "http://emulator");
  } catch {
    return new URL("http://emulator/");
  }
}

/** The key of a request: from `Authorization: Bearer`, or from the subprotocol that browsers use instead. */
export function requestKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "");
  if (bearer) return bearer[1] as string;
  const prefix = "openai-insecure-api-key.";
  const offered = subprotocols(request).find((name) => name.startsWith(prefix));
  return offered === undefined ? null : offered.slice(prefix.length);
}

/** The subprotocols that a request offers. */
export function subprotocols(request: IncomingMessage): string[] {
  const header = request.headers["sec-websocket-protocol"];
  return header === undefined ? [] : header.split(",").map((name) => name.trim());
}

/** Answers a request. */
export async function handleRequest(request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> {
  allowLoopbackOrigin(request, response);
  const { pathname } = requestUrl(request);
  try {
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else if (pathname === SECRETS_PATH && request.method === "POST") sendJson(response, 200, makeSecret(request, await readBody(request), context));
    else if (pathname === SECRETS_PATH)
      throw new HttpError(405, new WireError(`Not allowed method: ${request.method}. Use POST.`, { code: "method_not_supported" }));
    else if (pathname === REALTIME_PATH) throw refuseWithoutUpgrade(request, context);
    else throw new HttpError(404, new WireError(`Invalid URL (${request.method} ${pathname})`, { code: "unknown_url" }));
  } catch (error) {
    if (!(error instanceof WireError || error instanceof HttpError)) throw error;
    const { status, wire } = error instanceof HttpError ? error : new HttpError(400, error);
    sendJson(response, status, httpError(wire));
  }
}

/** A plain request where a WebSocket belongs says whether the key is good, so that a client can tell a wrong key from a wrong address. */
function refuseWithoutUpgrade(request: IncomingMessage, { keys }: HttpContext): HttpError {
  const key = requestKey(request);
  if (!keys.acceptsConnection(key)) return new HttpError(401, invalidKey(key));
  return new HttpError(426, new WireError("This endpoint speaks WebSocket: the request has no upgrade.", { code: "upgrade_required" }));
}

/** The body of a refusal. */
export function httpError(error: WireError): { error: object } {
  const { event_id: _, ...payload } = errorPayload(error, null);
  return { error: payload };
}

/** The refusal of a key, with most of the key hidden. */
export function invalidKey(key: string | null): WireError {
  if (key === null) return new WireError("Missing bearer or basic authentication in header", { code: null });
  const shown = key.length > 8 ? `${key.slice(0, 4)}***${key.slice(-4)}` : "***";
  return new WireError(`Incorrect API key provided: ${shown}.`, { code: "invalid_api_key" });
}

class HttpError extends Error {
  readonly status: number;
  readonly wire: WireError;

  constructor(status: number, wire: WireError) {
    super(wire.message);
    this.status = status;
    this.wire = wire;
  }
}

const secretBody = object({
  expires_after: object({ anchor: oneOf("created_at"), seconds: integer(PROTOCOL_LIMITS.clientSecretMinSeconds, PROTOCOL_LIMITS.clientSecretMaxSeconds) }),
  session: anything,
});

function makeSecret(request: IncomingMessage, body: string, { keys, profile }: HttpContext): object {
  const key = requestKey(request);
  if (!keys.acceptsApiKey(key)) throw new HttpError(401, invalidKey(key));
  const given = secretBody(body.trim() === "" ? {} : parseMessage(body), "");
  const pinned = given.session ?? null;
  const model = isObject(pinned) && typeof pinned.model === "string" ? pinned.model : null;
  const profileOfModel = profileFor(model ?? SESSION_DEFAULTS.model, profile);
  const session = newSession("", model ?? SESSION_DEFAULTS.model, profileOfModel, 0);
  const { id: _, ...effective } = pinned === null ? session : updatedSession(session, pinned, { profile: profileOfModel, voiceLocked: false });
  const secret = keys.mint(given.expires_after?.seconds ?? SESSION_DEFAULTS.clientSecretSeconds, pinned, model);
  return { value: secret.value, expires_at: secret.expiresAt, session: effective };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > MAX_BODY_BYTES) throw new HttpError(413, new WireError(`The body is larger than ${MAX_BODY_BYTES} bytes.`, { code: "request_too_large" }));
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}

function allowLoopbackOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  response.setHeader("vary", "origin");
  if (origin === undefined || !isLoopback(origin)) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-methods", "POST, OPTIONS");
  response.setHeader("access-control-allow-headers", ALLOWED_HEADERS);
  response.setHeader("access-control-expose-headers", "location, x-request-id");
  if (request.headers["access-control-request-private-network"] === "true") response.setHeader("access-control-allow-private-network", "true");
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
