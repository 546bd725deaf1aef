/**
 * The WebSocket endpoints of the Live API: a client's own connection at `/v1/live/sessions`, and sidebands at `/v1/live/sessions/{id}/attach`.
 */
import type { WebSocket } from "ws";
import { WireError } from "../errors.ts";
import { LIVE_BASES, under } from "../server/base-paths.ts";
import { HttpError, invalidKey } from "../server/http-error.ts";
import type { ServerContext, UpgradeRoute } from "../server/routes.ts";
import { socketWire } from "../server/socket-wire.ts";
import type { WireKind } from "../wire.ts";
import type { LiveRegistry } from "./live-registry.ts";
import type { LiveSession } from "./live-session.ts";

/** The endpoints. */
export function liveUpgrades({ keys, registry: { limits } }: ServerContext, registry: LiveRegistry): UpgradeRoute[] {
  return [
    {
      path: under(LIVE_BASES, "/sessions"),
      admit({ key }) {
        if (!keys.acceptsConnection(key)) throw invalidKey(key);
        limits.admitSession(keys.owner(key));
      },
      connect: (webSocket, { key }) => serve(registry.create(keys.owner(key)), webSocket, "websocket"),
    },
    {
      path: under(LIVE_BASES, "/sessions/([^/]+)/attach"),
      admit({ key, match }) {
        if (!keys.acceptsApiKey(key)) throw invalidKey(key);
        if (registry.find(match[1] as string) !== undefined) return;
        throw new HttpError(404, new WireError(`Live session '${match[1]}' not found.`, { code: "session_not_found" }));
      },
      connect(webSocket, { match }) {
        const session = registry.find(match[1] as string);
        if (session === undefined) throw new WireError(`Live session '${match[1]}' not found.`, { code: "session_not_found" });
        serve(session, webSocket, "sideband");
      },
    },
  ];
}

function serve(session: LiveSession, webSocket: WebSocket, kind: WireKind): void {
  const attachment = session.attach(socketWire(webSocket, kind));
  webSocket.on("message", (data: Buffer, isBinary) => attachment.receive(isBinary ? null : data.toString("utf8")));
  webSocket.on("close", (code, reason) => attachment.ended(code, reason.toString("utf8")));
}
