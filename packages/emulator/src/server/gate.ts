/**
 * What a WebSocket request must bring: the right path and a key (else it is refused with an HTTP status), then a model and nothing of the beta interface (else it gets an
 * `error` event and a close code, which is all that a browser can see).
 */
import type { IncomingMessage } from "node:http";
import { WireError } from "../errors.ts";
import { httpError, invalidKey, REALTIME_PATH, requestKey, requestUrl, subprotocols } from "./http.ts";
import type { KeyRing } from "./keys.ts";

const BETA_SUBPROTOCOL = "openai-beta.realtime-v1";
const SUBPROTOCOL = "realtime";

/** Which of the offered subprotocols is selected; false for none. */
export function selectSubprotocol(offered: Set<string>): string | false {
  return offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false;
}

/** The HTTP refusal of an upgrade as it goes over the socket, or null when it may go on. */
export function refusal(request: IncomingMessage, keys: KeyRing): string | null {
  const { pathname } = requestUrl(request);
  if (pathname !== REALTIME_PATH) return httpResponse("404 Not Found", new WireError(`Invalid URL (GET ${pathname})`, { code: "unknown_url" }));
  const key = requestKey(request);
  return keys.acceptsConnection(key) ? null : httpResponse("401 Unauthorized", invalidKey(key));
}

/** The model of a request. @throws {WireError} when the connection is not one that is served here. */
export function requestedModel(request: IncomingMessage, keys: KeyRing): string {
  const { searchParams } = requestUrl(request);
  if (request.headers["openai-beta"] !== undefined || subprotocols(request).includes(BETA_SUBPROTOCOL)) {
    const message = "The Realtime Beta API is no longer supported. Please use the GA API: leave out 'OpenAI-Beta: realtime=v1' and the beta subprotocol.";
    throw new WireError(message, { code: "beta_api_shape_disabled" });
  }
  for (const name of ["call_id", "intent"]) {
    if (searchParams.has(name)) throw new WireError(`The emulator does not support '${name}' connections.`, { code: "unsupported_parameter", param: name });
  }
  // A client secret is made for one model; the query cannot change it.
  const model = keys.secret(requestKey(request))?.model ?? searchParams.get("model");
  if (model) return model;
  throw new WireError("You must provide a model parameter.", { code: "missing_model", param: "model" });
}

function httpResponse(status: string, error: WireError): string {
  const body = JSON.stringify(httpError(error));
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}
