/**
 * The HTTP side of WebRTC calls: setting up and hanging up, and what the beta interface's address says.
 */
import { AZURE_PAGE } from "../dialects/azure.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { DIALECTS } from "../dialects/dialects.ts";
import { WireError } from "../errors.ts";
import { REALTIME_BASES, under } from "../server/base-paths.ts";
import { invalidKey } from "../server/http-error.ts";
import type { Route, ServerContext } from "../server/routes.ts";
import { readCallRequest } from "./call-request.ts";
import { openWebRtcCall } from "./webrtc-call.ts";

/** All routes of calls, at OpenAI's addresses and Azure's. */
export function callRoutes(context: ServerContext): Route[] {
  const { dialect } = context.options;
  return [
    createCallRoute(context, /^\/v1\/realtime\/calls$/, dialect),
    createCallRoute(context, /^\/openai\/v1\/realtime\/calls$/, DIALECTS.azure),
    hangUpRoute(context, under(REALTIME_BASES, "/calls/([^/]+)/hangup")),
    dialect.refusesBeta ? betaCallRoute(context, /^\/v1\/realtime$/) : createCallRoute(context, /^\/v1\/realtime$/, dialect),
  ];
}

/** `POST` with an offer, answered with 201, the SDP answer, and the call's address in `Location`. */
function createCallRoute(context: ServerContext, path: RegExp, dialect: Dialect): Route {
  return {
    method: "POST",
    path,
    async handle(request) {
      const { key, url } = request;
      if (!context.keys.acceptsConnection(key)) throw invalidKey(key);
      context.registry.limits.admitSession(context.keys.owner(key));
      const spoken = dialect === DIALECTS.azure && url.searchParams.get("webrtcfilter") === "on" ? AZURE_PAGE : dialect;
      const opening = openWebRtcCall(await readCallRequest(request, context), context, spoken);
      context.calls.await(opening);
      const { id, answer } = await opening;
      // Recorded replies say text/plain; who asks for SDP gets it.
      const type = request.request.headers.accept?.includes("application/sdp") ? "application/sdp" : "text/plain; charset=utf-8";
      return { status: 201, headers: { location: `${url.pathname.replace(/\/calls$/, "")}/calls/${id}`, "content-type": type }, body: answer };
    },
  };
}

/** `POST .../calls/{id}/hangup`; the path's first group is the id. */
function hangUpRoute({ keys, calls }: ServerContext, path: RegExp): Route {
  return {
    method: "POST",
    path,
    handle({ key, match }) {
      if (!keys.acceptsApiKey(key)) throw invalidKey(key);
      calls.require(match[1] as string).hangUpByServer();
      return { status: 200 };
    },
  };
}

/** `POST /v1/realtime` with an offer, as the beta interface had it. */
function betaCallRoute({ keys }: ServerContext, path: RegExp): Route {
  return {
    method: "POST",
    path,
    handle({ key }) {
      if (!keys.acceptsConnection(key)) throw invalidKey(key);
      const message = "The Realtime Beta API is no longer supported. Please use the GA API: POST the offer to '/v1/realtime/calls'.";
      throw new WireError(message, { code: "beta_api_shape_disabled" });
    },
  };
}
