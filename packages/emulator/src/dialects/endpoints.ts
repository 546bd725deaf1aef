/**
 * Where each dialect is served: `/v1/realtime` speaks what the `dialect` option says, Azure's addresses what Azure speaks there. Preview versions of Azure's first address
 * speak beta; so do the key services of that time, which are there when beta is.
 */

import { REALTIME_BASES, under } from "../server/base-paths.ts";
import { clientSecretsRoute } from "../server/client-secrets.ts";
import { realtimeEndpoint } from "../server/realtime.ts";
import type { Route, ServerContext, UpgradeRoute } from "../server/routes.ts";
import { betaSessionsRoute } from "./beta-sessions.ts";
import { DIALECTS } from "./dialects.ts";

/** The HTTP routes. */
export function dialectRoutes(context: ServerContext): Route[] {
  const routes = [
    clientSecretsRoute(context, under(REALTIME_BASES, "/client_secrets")),
    betaSessionsRoute(context, /^\/openai\/realtimeapi\/sessions$/, "realtime"),
    betaSessionsRoute(context, /^\/openai\/realtimeapi\/transcription_sessions$/, "transcription"),
  ];
  if (context.options.dialect.refusesBeta) return routes;
  const openai = [
    betaSessionsRoute(context, /^\/v1\/realtime\/sessions$/, "realtime"),
    betaSessionsRoute(context, /^\/v1\/realtime\/transcription_sessions$/, "transcription"),
  ];
  return [...routes, ...openai];
}

/** The WebSocket endpoints. */
export function dialectUpgrades(context: ServerContext): UpgradeRoute[] {
  const isPreview = (url: URL) => /preview/.test(url.searchParams.get("api-version") ?? "");
  return [
    realtimeEndpoint(context, /^\/v1\/realtime$/, { dialect: () => context.options.dialect, modelParameter: "model" }),
    realtimeEndpoint(context, /^\/openai\/v1\/realtime$/, { dialect: () => DIALECTS.azure, modelParameter: "model" }),
    realtimeEndpoint(context, /^\/openai\/realtime$/, {
      dialect: ({ url }) => (isPreview(url) ? DIALECTS["azure-beta"] : DIALECTS.azure),
      modelParameter: "deployment",
    }),
    realtimeEndpoint(context, /^\/voice-live\/realtime$/, { dialect: () => DIALECTS["voice-live"], modelParameter: "model" }),
  ];
}
