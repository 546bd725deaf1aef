/**
 * Trouble on the wire. A mistake of the client becomes a {@link WireError} where it is found and an `error` event where the message was received; it never ends the
 * connection, and nothing of what the message asked for is done. Messages and codes are the service's own where they have been recorded.
 */

/** What an `error` event carries. */
export interface WireErrorDetails {
  /** The service's machine-readable code. */
  readonly code: string | null;
  /** Path of the offending field, such as `session.audio.input.format`, or null. */
  readonly param?: string | null;
  /** The service's error class. Default: `invalid_request_error`. */
  readonly type?: string;
}

/** A request of the client that cannot be granted. */
export class WireError extends Error {
  /** The service's machine-readable code. */
  readonly code: string | null;
  /** Path of the offending field, or null. */
  readonly param: string | null;
  /** The service's error class. */
  readonly type: string;

  /** Makes an error with the service's wording. */
  constructor(message: string, details: WireErrorDetails) {
    super(message);
    this.name = "WireError";
    this.code = details.code;
    this.param = details.param ?? null;
    this.type = details.type ?? "invalid_request_error";
  }
}

/** `error` itself when it is about the wire; anything else (a detector or a voice of the user's own that throws) becomes an error of the server. */
export function asWireError(error: unknown): WireError {
  if (error instanceof WireError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new WireError(`The emulator failed: ${message}`, { type: "server_error", code: "internal_error" });
}

/** The payload of an `error` event; `clientEventId` is the `event_id` of the message that caused it, if it had one. */
export function errorPayload(error: WireError, clientEventId: string | null): ErrorPayload {
  return { type: error.type, code: error.code, message: error.message, param: error.param, event_id: clientEventId };
}

/** The `error` member of an `error` event. */
export interface ErrorPayload {
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
  readonly event_id: string | null;
}
