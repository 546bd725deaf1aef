/**
 * `POST /v1/realtime/client_secrets`: short-lived keys for browsers, with the settings they pin.
 */
import { PROTOCOL_LIMITS, SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { profileFor } from "../profiles.ts";
import { parseMessage } from "../session/client-events.ts";
import { newSession, newTranscriptionSession, reportedSession, updatedSession } from "../session/session-config.ts";
import { anything, integer, isObject, object, oneOf } from "../session/validate.ts";
import { invalidKey } from "./http-error.ts";
import type { Route, RouteReply, RouteRequest, ServerContext } from "./routes.ts";

const secretBody = object({
  expires_after: object({ anchor: oneOf("created_at"), seconds: integer(PROTOCOL_LIMITS.clientSecretMinSeconds, PROTOCOL_LIMITS.clientSecretMaxSeconds) }),
  session: anything,
});

/** The route; `path` matches the address. */
export function clientSecretsRoute({ keys, options }: Pick<ServerContext, "keys" | "options">, path: RegExp): Route {
  return {
    method: "POST",
    path,
    async handle({ key, body }: RouteRequest): Promise<RouteReply> {
      if (!keys.acceptsApiKey(key)) throw invalidKey(key);
      const text = (await body()).toString("utf8");
      const given = secretBody(text.trim() === "" ? {} : parseMessage(text), "");
      const pinned = given.session ?? null;
      const model = isObject(pinned) && typeof pinned.model === "string" ? pinned.model : null;
      const profile = profileFor(model ?? SESSION_DEFAULTS.model, options.profile);
      const writes = isObject(pinned) && pinned.type === "transcription";
      // The id is of no session that will ever be, since a secret may open any number of them; the service gives one all the same.
      const id = keys.sessionId();
      const session = writes ? newTranscriptionSession(id, profile, 0) : newSession(id, model ?? SESSION_DEFAULTS.model, profile, 0);
      const effective = reportedSession(pinned === null ? session : updatedSession(session, pinned, { profile, voiceLocked: false }));
      const secret = keys.mint(given.expires_after?.seconds ?? SESSION_DEFAULTS.clientSecretSeconds, pinned, model, key);
      return { status: 200, body: { value: secret.value, expires_at: secret.expiresAt, session: effective } };
    },
  };
}
