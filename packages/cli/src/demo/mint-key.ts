/**
 * Ephemeral keys for the page, minted with the standard key of this process (`POST /realtime/client_secrets`). Neither the standard key nor any part of it
 * appears in what this returns or throws: the service's own words about a refused key contain pieces of it, so they are replaced.
 */
import { SESSION_DEFAULTS } from "@sidetone/core/protocol";
import type { OpenAiAccess } from "../keys.ts";

const TIMEOUT_MS = 10_000;

/** A key that a page may have. */
export interface EphemeralKey {
  /** `ek_...`. */
  readonly value: string;
  /** End of its life, in seconds since 1970; null when the service did not say. */
  readonly expiresAt: number | null;
}

/** No key could be minted; `status` is the HTTP status for the page. */
export class MintError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "MintError";
    this.status = status;
    this.code = code;
  }
}

/** Mints a key for one session of `model`. @throws {MintError} when that fails, within 10 s. */
export async function mintKey(access: OpenAiAccess, model: string): Promise<EphemeralKey> {
  const { host } = new URL(access.baseUrl);
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(`${access.baseUrl}/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: `Bearer ${access.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ expires_after: { anchor: "created_at", seconds: SESSION_DEFAULTS.clientSecretSeconds }, session: { type: "realtime", model } }),
      redirect: "manual", // the key must not travel on
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    body = await response.json().catch(() => null);
  } catch (error) {
    if ((error as Error).name === "TimeoutError")
      throw new MintError(504, "upstream_timeout", `${host} did not answer within ${TIMEOUT_MS / 1000} s; try again.`);
    throw new MintError(502, "upstream_unreachable", `${host} cannot be reached (${causeCode(error)}); check the network and OPENAI_BASE_URL.`);
  }
  if (status >= 200 && status < 300) return readKey(body, access, host);
  throw refusal(status, body, access, host);
}

function readKey(body: unknown, access: OpenAiAccess, host: string): EphemeralKey {
  const { value, expires_at: expiresAt } = (body ?? {}) as { value?: unknown; expires_at?: unknown };
  if (typeof value !== "string" || value === "" || value.includes(access.apiKey)) {
    throw new MintError(502, "upstream_malformed", `${host} answered without an ephemeral key; check OPENAI_BASE_URL.`);
  }
  return { value, expiresAt: typeof expiresAt === "number" ? expiresAt : null };
}

function refusal(status: number, body: unknown, access: OpenAiAccess, host: string): MintError {
  if (status === 401 || status === 403) {
    return new MintError(401, "invalid_api_key", `${host} refused the key in OPENAI_API_KEY (HTTP ${status}); check it, and that it may use the Realtime API.`);
  }
  const { code, message } = ((body as { error?: { code?: unknown; message?: unknown } } | null)?.error ?? {}) as { code?: unknown; message?: unknown };
  const said = typeof message === "string" ? `: ${redact(message, access.apiKey)}` : "";
  return new MintError(
    status === 429 ? 429 : 502,
    typeof code === "string" && code !== "" ? redact(code, access.apiKey) : status === 429 ? "rate_limited" : "upstream_error",
    `${host} refused to mint a key (HTTP ${status})${said || "."}`,
  );
}

function redact(text: string, apiKey: string): string {
  return text.replaceAll(apiKey, "***").replace(/\bsk-[\w*.-]+/g, "***");
}

/** Only the system's code: messages of fetch can quote a header. */
function causeCode(error: unknown): string {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return typeof code === "string" ? code : "no connection";
}
