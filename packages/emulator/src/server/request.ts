/**
 * What a request says about itself: its address and its key, however the client brings them.
 */
import type { IncomingMessage } from "node:http";
import { WireError } from "../errors.ts";
import { HttpError } from "./http-error.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const KEY_SUBPROTOCOL = "openai-insecure-api-key.";

/** Path and query of a request, without trusting its host. */
export function requestUrl(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? "/", "http://emulator");
  } catch {
    return new URL("http://emulator/");
  }
}

/** The key of a request: from `Authorization: Bearer`, from `api-key` in a header or the query as on Azure, or from the subprotocol that browsers use instead. */
export function requestKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "");
  if (bearer) return bearer[1] as string;
  const header = request.headers["api-key"];
  if (typeof header === "string" && header !== "") return header;
  const query = requestUrl(request).searchParams.get("api-key");
  if (query) return query;
  const offered = subprotocols(request).find((name) => name.startsWith(KEY_SUBPROTOCOL));
  return offered === undefined ? null : offered.slice(KEY_SUBPROTOCOL.length);
}

/** The subprotocols that a request offers. */
export function subprotocols(request: IncomingMessage): string[] {
  const header = request.headers["sec-websocket-protocol"];
  return header === undefined ? [] : header.split(",").map((name) => name.trim());
}

/** The body of a request. @throws {HttpError} 413 when it is longer than 1 MiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    if (length > MAX_BODY_BYTES) throw new HttpError(413, new WireError(`The body is larger than ${MAX_BODY_BYTES} bytes.`, { code: "request_too_large" }));
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
