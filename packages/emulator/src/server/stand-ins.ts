/**
 * What stands in for sessions of the emulator's own: a service behind it, or recorded sessions.
 */
import { relayEndpoint } from "./relay.ts";
import { relayRoutes } from "./relay-http.ts";
import { replayEndpoint } from "./replay.ts";
import type { Route, ServerContext, UpgradeRoute } from "./routes.ts";

/** Rows for the server's tables, to come before its own; `alone` says that its own are not there. */
export interface StandIns {
  readonly routes: readonly Route[];
  readonly upgrades: readonly UpgradeRoute[];
  readonly alone: boolean;
}

/** The rows that the options ask for; none without `relay` and `replay`. */
export function standIns(context: ServerContext): StandIns {
  const { relay, replay } = context.options;
  // What lies below the path, such as translations, lies below the service's too.
  if (relay !== null) {
    return {
      routes: relayRoutes(context, /^\/v1\/realtime\/(.+)$/, relay),
      upgrades: [relayEndpoint(context, /^\/v1\/realtime(?:\/(.+))?$/, relay)],
      alone: true,
    };
  }
  return { routes: [], upgrades: replay === null ? [] : [replayEndpoint(context, /^\/v1\/realtime$/, replay)], alone: false };
}
