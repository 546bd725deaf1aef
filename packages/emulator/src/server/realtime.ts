/**
 * The WebSocket endpoint `/v1/realtime`: a key (else an HTTP refusal), then a model and, where GA is spoken, nothing of the beta interface (else an `error` event and a
 * close code, which is all that a browser can see).
 */
import { type Dialect, sessionCodec } from "../dialects/dialect.ts";
import { WireError } from "../errors.ts";
import { isObject } from "../session/validate.ts";
import { invalidKey } from "./http-error.ts";
import { subprotocols } from "./request.ts";
import type { ServerContext, UpgradeRequest, UpgradeRoute } from "./routes.ts";
import { serveSession } from "./socket-wire.ts";

const BETA_SUBPROTOCOL = "openai-beta.realtime-v1";

/** Which dialect is spoken with a client, and where its request says the model. */
export interface RealtimeSurface {
  /** The dialect of a request. */
  dialect(upgrade: UpgradeRequest): Dialect;
  /** Name of the query parameter. */
  readonly modelParameter: "model" | "deployment";
}

/** The endpoint; `path` matches the address. */
export function realtimeEndpoint({ keys, options, registry }: ServerContext, path: RegExp, surface: RealtimeSurface): UpgradeRoute {
  return {
    path,
    admit({ key }) {
      if (!keys.acceptsConnection(key)) throw invalidKey(key);
      registry.limits.admitSession(keys.owner(key));
    },
    connect(webSocket, upgrade) {
      const dialect = surface.dialect(upgrade);
      if (dialect.refusesBeta) refuseBeta(upgrade);
      refuseUnserved(upgrade);
      const secret = keys.secret(upgrade.key);
      const pinned = secret?.session ?? null;
      const { searchParams } = upgrade.url;
      const kind = searchParams.get("intent") === "transcription" || (isObject(pinned) && pinned.type === "transcription") ? "transcription" : "realtime";
      // A client secret is made for one model; the query cannot change it.
      const parameter = surface.modelParameter;
      const model = secret?.model ?? searchParams.get(parameter) ?? "";
      if (model === "" && kind === "realtime") {
        throw new WireError(`You must provide a ${parameter} parameter.`, { code: `missing_${parameter}`, param: parameter });
      }
      const session = registry.create({ model, pinned, kind, profile: dialect.profile, owner: keys.owner(upgrade.key) });
      serveSession(session, webSocket, "websocket", sessionCodec(dialect, session, options.rateLimits));
    },
  };
}

/** @throws {WireError} when the client says that it speaks the interface that is no longer there. */
function refuseBeta({ request }: UpgradeRequest): void {
  if (request.headers["openai-beta"] === undefined && !subprotocols(request).includes(BETA_SUBPROTOCOL)) return;
  const message = "The Realtime Beta API is no longer supported. Please use the GA API: leave out 'OpenAI-Beta: realtime=v1' and the beta subprotocol.";
  throw new WireError(message, { code: "beta_api_shape_disabled" });
}

/** @throws {WireError} for what is not served here. */
function refuseUnserved({ url }: UpgradeRequest): void {
  if (url.searchParams.has("call_id")) {
    throw new WireError("The emulator does not support 'call_id' connections.", { code: "unsupported_parameter", param: "call_id" });
  }
  const intent = url.searchParams.get("intent");
  if (intent !== null && intent !== "transcription") {
    throw new WireError(`Invalid value: '${intent}'. Supported values are: 'transcription'.`, { code: "invalid_value", param: "intent" });
  }
}
