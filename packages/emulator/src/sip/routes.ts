/**
 * The HTTP side of phone calls: what the application decides about one. Hanging up is the same for all calls.
 */
import { SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { REALTIME_BASES, under } from "../server/base-paths.ts";
import { HttpError, invalidKey } from "../server/http-error.ts";
import type { Route, RouteRequest, ServerContext } from "../server/routes.ts";
import { parseMessage } from "../session/client-events.ts";
import { integer, isObject, missing, object, text } from "../session/validate.ts";
import { SipCall } from "./simulated-call.ts";

/** What a caller is told who is rejected without a reason: "Decline", RFC 3261 section 21.6.2. */
const DECLINE = 603;

const rejection = object({ status_code: integer(300, 699) });
const referral = object({ target_uri: text() }, ["target_uri"]);

/** The routes: `POST .../calls/{id}/accept`, `/reject` and `/refer`. */
export function phoneRoutes(context: ServerContext): Route[] {
  return [decisionRoute(context, under(REALTIME_BASES, "/calls/([^/]+)/(accept|reject|refer)"))];
}

/** The groups of `path` are the id and the verb. */
function decisionRoute(context: ServerContext, path: RegExp): Route {
  return {
    method: "POST",
    path,
    async handle(request) {
      if (!context.keys.acceptsApiKey(request.key)) throw invalidKey(request.key);
      const body = await readJson(request);
      const call = requireSipCall(context, request.match[1] as string);
      const verb = request.match[2];
      if (verb === "accept") accept(call, body, context.keys.owner(request.key));
      else if (verb === "reject") call.reject(rejection(body, "").status_code ?? DECLINE);
      else refer(call, body);
      return { status: 200 };
    },
  };
}

function accept(call: SipCall, session: Record<string, unknown>, owner: string | null): void {
  if (session.type === undefined) throw missing("type");
  call.accept(typeof session.model === "string" ? session.model : SESSION_DEFAULTS.model, session, owner);
}

function refer(call: SipCall, body: Record<string, unknown>): void {
  const { target_uri } = referral(body, "");
  if (!target_uri) throw new WireError("Invalid 'target_uri': expected a SIP or tel address.", { code: "invalid_value", param: "target_uri" });
  call.refer(target_uri);
}

async function readJson({ body }: RouteRequest): Promise<Record<string, unknown>> {
  const json = (await body()).toString("utf8");
  const value = json.trim() === "" ? {} : parseMessage(json);
  return isObject(value) ? value : {};
}

/** The phone call of that id. @throws {HttpError} 404 when there is none, it is over, or it is no phone call. */
function requireSipCall({ calls }: ServerContext, id: string): SipCall {
  const call = calls.require(id);
  if (call instanceof SipCall) return call;
  throw new HttpError(404, new WireError(`No phone call found for call_id '${id}'.`, { code: "call_id_not_found", param: "call_id" }));
}
