/**
 * The key services of the beta interface, `POST /v1/realtime/sessions` and `/v1/realtime/transcription_sessions`: the body is a flat session, and so is the answer, with the
 * key as its `client_secret`, which lives for a minute.
 */
import { SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { errorPayload, WireError } from "../errors.ts";
import { profileFor } from "../profiles.ts";
import { invalidKey } from "../server/http-error.ts";
import type { Route, RouteReply, RouteRequest, ServerContext } from "../server/routes.ts";
import { parseMessage } from "../session/client-events.ts";
import { newSession, newTranscriptionSession, updatedSession } from "../session/session-config.ts";
import { integer, type JsonObject, list, object, oneOf } from "../session/validate.ts";
import { BETA_QUIRKS } from "./beta.ts";
import { flatError, SESSION_PLACES, TRANSCRIPTION_PLACES } from "./flat-paths.ts";
import { sessionToFlat, toGa, transcriptionToFlat } from "./flat-shape.ts";

/** Life of a key, in seconds, and what a client may ask for. */
const LIFE_SECONDS = 60;
const MAX_LIFE_SECONDS = 7200;

const expiry = object({ anchor: oneOf("created_at"), seconds: integer(10, MAX_LIFE_SECONDS) });
const secretFields = object({ expires_at: expiry, expires_after: expiry });

/** One key service; `path` matches the address. */
export function betaSessionsRoute({ keys, options }: ServerContext, path: RegExp, type: "realtime" | "transcription"): Route {
  return {
    method: "POST",
    path,
    async handle({ key, body }: RouteRequest): Promise<RouteReply> {
      if (!keys.acceptsApiKey(key)) throw invalidKey(key);
      const text = (await body()).toString("utf8");
      return inFlatWords(() => answer(text, key));
    },
  };

  function answer(text: string, key: string | null): RouteReply {
    const { client_secret, ...flat } = text.trim() === "" ? ({} as JsonObject) : parseMessage(text);
    const asked = client_secret == null ? {} : secretFields(client_secret, "client_secret");
    const seconds = (asked.expires_after ?? asked.expires_at)?.seconds ?? LIFE_SECONDS;
    const { settings, extras } =
      type === "realtime" ? toGa(flat, "session", SESSION_PLACES, BETA_QUIRKS.sessionExtras) : toGa(flat, "session", TRANSCRIPTION_PLACES, modalities);
    const model = typeof settings.model === "string" ? settings.model : SESSION_DEFAULTS.model;
    const profile = profileFor(model, options.profile);
    const fresh = type === "realtime" ? newSession("", model, profile, 0) : newTranscriptionSession("", profile, 0);
    const session = updatedSession(fresh, { type, ...settings }, { profile, voiceLocked: false });
    const secret = keys.mint(seconds, { type, ...settings }, typeof settings.model === "string" ? model : null, key);
    const shown = type === "realtime" ? { ...sessionToFlat(session), ...BETA_QUIRKS.sessionDefaults, ...extras } : transcriptionToFlat(session);
    return { status: 200, body: { ...shown, client_secret: { value: secret.value, expires_at: secret.expiresAt } } };
  }
}

/** What `read` returns; what it throws, in the words of the body, which is the session itself. */
function inFlatWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const { message, param, code, type } = flatError(errorPayload(error, null));
    throw new WireError(message.replaceAll("'session.", "'"), { code, type, param: param?.replace(/^session\./, "") ?? null });
  }
}

/** Transcription sessions once had modalities; they mean nothing. */
const modalities = { modalities: list(oneOf("text", "audio")) };
