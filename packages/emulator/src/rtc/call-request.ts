/**
 * What a request for a WebRTC call says: an SDP offer as it is, from a client with a secret of its own, or a form with the offer and the session's settings, from a server.
 */
import { WireError } from "../errors.ts";
import type { RouteRequest, ServerContext } from "../server/routes.ts";
import { parseMessage } from "../session/client-events.ts";
import type { SessionKind } from "../session/session-config.ts";
import { isObject, missing } from "../session/validate.ts";

/** A request for a call. */
export interface CallRequest {
  /** The offer, byte for byte. */
  readonly sdp: string;
  /** The model that the call is for; may be empty when the session only transcribes. */
  readonly model: string;
  /** The session's settings, as in `session.update`, or null. */
  readonly pinned: unknown;
  /** What the session is for. */
  readonly kind: SessionKind;
  /** On whose account it is. */
  readonly owner: string | null;
}

/** Reads a request. @throws {WireError} when something is wrong or missing. */
export async function readCallRequest({ request, url, key, body }: RouteRequest, { keys }: Pick<ServerContext, "keys">): Promise<CallRequest> {
  const type = request.headers["content-type"] ?? "";
  const media = type.split(";", 1)[0]?.trim().toLowerCase();
  if (media !== "application/sdp" && media !== "multipart/form-data") throw unsupported(type);
  const bytes = await body();
  const { sdp, session } = media === "application/sdp" ? { sdp: bytes.toString("utf8"), session: null } : await readForm(bytes, type);
  const secret = keys.secret(key);
  const pinned = session ?? secret?.session ?? null;
  const named = isObject(session) && typeof session.model === "string" ? session.model : null;
  // A client secret is made for one model; what the client says cannot change it.
  const model = secret?.model ?? named ?? url.searchParams.get("model") ?? "";
  const kind = url.searchParams.get("intent") === "transcription" || (isObject(pinned) && pinned.type === "transcription") ? "transcription" : "realtime";
  if (model === "" && kind === "realtime") throw new WireError("You must provide a model parameter.", { code: "missing_model", param: "model" });
  return { sdp, model, pinned, kind, owner: keys.owner(key) };
}

async function readForm(bytes: Buffer, type: string): Promise<{ sdp: string; session: unknown }> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  } catch (error) {
    throw new WireError(`Could not parse the multipart form: ${(error as Error).message}.`, { code: "invalid_multipart" });
  }
  const sdp = await part(form, "sdp");
  if (sdp === null) throw missing("sdp");
  const session = await part(form, "session");
  return { sdp, session: session === null ? null : parseMessage(session) };
}

/** A part as text, whether it came as a field or as a file. */
async function part(form: FormData, name: string): Promise<string | null> {
  const value = form.get(name);
  return value === null || typeof value === "string" ? value : value.text();
}

function unsupported(type: string): WireError {
  const message = `Unsupported content type. This API method only accepts 'application/sdp' and 'multipart/form-data' requests, but you specified the header 'Content-Type: ${type}'. Please try again with a supported content type.`;
  return new WireError(message, { code: "unsupported_content_type" });
}
