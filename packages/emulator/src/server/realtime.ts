/**
 * The WebSocket endpoint `/v1/realtime`: a key (else an HTTP refusal), then a model and nothing of the beta interface (else an `error` event and a close code, which is
 * all that a browser can see).
 */
import { WireError } from "../errors.ts";
import { invalidKey } from "./http-error.ts";
import { subprotocols } from "./request.ts";
import type { ServerContext, UpgradeRequest, UpgradeRoute } from "./routes.ts";
import { serveSession } from "./socket-wire.ts";

const BETA_SUBPROTOCOL = "openai-beta.realtime-v1";

/** The endpoint; `path` matches the address. */
export function realtimeEndpoint({ keys, registry }: ServerContext, path: RegExp): UpgradeRoute {
  return {
    path,
    admit({ key }) {
      if (!keys.acceptsConnection(key)) throw invalidKey(key);
    },
    connect(webSocket, upgrade) {
      // A client secret is made for one model; the query cannot change it.
      const secret = keys.secret(upgrade.key);
      const model = requestedModel(upgrade, secret?.model ?? null);
      serveSession(registry.create({ model, pinned: secret?.session ?? null }), webSocket);
    },
  };
}

/** The model of a request. @throws {WireError} when the connection is not one that is served here. */
function requestedModel({ request, url }: UpgradeRequest, fixed: string | null): string {
  if (request.headers["openai-beta"] !== undefined || subprotocols(request).includes(BETA_SUBPROTOCOL)) {
    const message = "The Realtime Beta API is no longer supported. Please use the GA API: leave out 'OpenAI-Beta: realtime=v1' and the beta subprotocol.";
    throw new WireError(message, { code: "beta_api_shape_disabled" });
  }
  for (const name of ["call_id", "intent"]) {
    if (url.searchParams.has(name)) throw new WireError(`The emulator does not support '${name}' connections.`, { code: "unsupported_parameter", param: name });
  }
  const model = fixed ?? url.searchParams.get("model");
  if (model) return model;
  throw new WireError("You must provide a model parameter.", { code: "missing_model", param: "model" });
}
