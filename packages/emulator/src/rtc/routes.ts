/**
 * The HTTP side of WebRTC calls: setting up and hanging up, and the refusal of the beta interface's address.
 */
import { WireError } from "../errors.ts";
import { invalidKey } from "../server/http-error.ts";
import type { Route, ServerContext } from "../server/routes.ts";
import { readCallRequest } from "./call-request.ts";
import { openWebRtcCall } from "./webrtc-call.ts";

/** `POST .../calls` with an offer; `path` matches the address. Answered with 201, the SDP answer, and the call's address in `Location`. */
export function createCallRoute(context: ServerContext, path: RegExp): Route {
  return {
    method: "POST",
    path,
    async handle(request) {
      const { key, url } = request;
      if (!context.keys.acceptsConnection(key)) throw invalidKey(key);
      const { id, answer } = await openWebRtcCall(await readCallRequest(request, context), context);
      // Recorded replies say text/plain; who asks for SDP gets it.
      const type = request.request.headers.accept?.includes("application/sdp") ? "application/sdp" : "text/plain; charset=utf-8";
      return { status: 201, headers: { location: `${url.pathname}/${id}`, "content-type": type }, body: answer };
    },
  };
}

/** `POST .../calls/{id}/hangup`; the path's first group is the id. */
export function hangUpRoute({ keys, calls }: ServerContext, path: RegExp): Route {
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
export function betaCallRoute({ keys }: ServerContext, path: RegExp): Route {
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
