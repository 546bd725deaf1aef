/**
 * Refusals over HTTP: a status and the service's error body.
 */
import { errorPayload, WireError } from "../errors.ts";

/** A request that is answered with a status of its own; other {@link WireError}s become 400. */
export class HttpError extends Error {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** What the body says. */
  readonly wire: WireError;
  /** Headers beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, wire: WireError, headers: Readonly<Record<string, string>> = {}) {
    super(wire.message);
    this.name = "HttpError";
    this.status = status;
    this.wire = wire;
    this.headers = headers;
  }
}

/** The body of a refusal. */
export function errorBody(error: WireError): { error: object } {
  const { event_id: _, ...payload } = errorPayload(error, null);
  return { error: payload };
}

/** The refusal of a key, with most of the key hidden. */
export function invalidKey(key: string | null): HttpError {
  if (key === null) return new HttpError(401, new WireError("Missing bearer or basic authentication in header", { code: null }));
  const shown = key.length > 8 ? `${key.slice(0, 4)}***${key.slice(-4)}` : "***";
  return new HttpError(401, new WireError(`Incorrect API key provided: ${shown}.`, { code: "invalid_api_key" }));
}
