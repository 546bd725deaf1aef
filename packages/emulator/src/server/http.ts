/**
 * The HTTP side: finds the route of a request, and turns what goes wrong into the service's error bodies. Which pages may ask is
 * decided before anything else.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { WireError } from "../errors.ts";
import type { EmulatorFaults } from "../faults/connect-faults.ts";
import { errorBody, HttpError } from "./http-error.ts";
import type { OriginPolicy } from "./origins.ts";
import { readBody, requestKey, requestUrl } from "./request.ts";
import type { Route, RouteReply, UpgradeRoute } from "./routes.ts";

/** What requests are answered from. */
export interface Answers {
  readonly routes: readonly Route[];
  /** Known, so that a plain request for one can be told what is missing. */
  readonly upgrades: readonly UpgradeRoute[];
  readonly origins: OriginPolicy;
  readonly faults: EmulatorFaults;
}

/** Answers `request`. Does not reject. */
export async function answer(request: IncomingMessage, response: ServerResponse, { routes, upgrades, origins, faults }: Answers): Promise<void> {
  origins.allow(request, response);
  try {
    origins.check(request);
    if (request.method !== "OPTIONS") faults.requested();
    if (request.method === "OPTIONS") response.writeHead(204).end();
    else send(response, await find(request, routes, upgrades));
  } catch (error) {
    if (!(error instanceof WireError || error instanceof HttpError)) {
      response.destroy(error as Error);
      return;
    }
    const { status, wire, headers } = error instanceof HttpError ? error : new HttpError(400, error);
    send(response, { status, headers, body: errorBody(wire) });
  }
}

async function find(request: IncomingMessage, routes: readonly Route[], upgrades: readonly UpgradeRoute[]): Promise<RouteReply> {
  const url = requestUrl(request);
  const key = requestKey(request);
  const here = routes.filter(({ path }) => path.test(url.pathname));
  for (const route of here) {
    const match = route.path.exec(url.pathname);
    if (match !== null && route.method === request.method) return route.handle({ request, url, match, key, body: () => readBody(request) });
  }
  if (here.length > 0) {
    const allowed = here.map(({ method }) => method).join(" or ");
    throw new HttpError(405, new WireError(`Not allowed method: ${request.method}. Use ${allowed}.`, { code: "method_not_supported" }), { allow: allowed });
  }
  // A plain request where a WebSocket belongs says whether the key is good, so that a client can tell a wrong key from a wrong address.
  for (const upgrade of upgrades) {
    const match = upgrade.path.exec(url.pathname);
    if (match === null) continue;
    upgrade.admit({ request, url, match, key });
    throw new HttpError(426, new WireError("This endpoint speaks WebSocket: the request has no upgrade.", { code: "upgrade_required" }));
  }
  throw new HttpError(404, new WireError(`Invalid URL (${request.method} ${url.pathname})`, { code: "unknown_url" }));
}

function send(response: ServerResponse, { status, headers = {}, body }: RouteReply): void {
  if (body === undefined) response.writeHead(status, headers).end();
  else if (typeof body === "string") response.writeHead(status, headers).end(body);
  else response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
