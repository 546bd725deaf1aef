/**
 * Takes secrets out of what is written down: keys, tokens, passwords and what goes to MCP servers as authorization. What is left has the same shape.
 */

/** What stands where a secret was. */
export const REDACTED = "[redacted]";

/** Names of fields whose text is a secret, whatever it holds. */
const SECRET_NAME =
  /^(proxy[-_]?)?authorization$|^cookie$|^set-cookie$|password|passwd|secret|api[-_]?key|[-_]key$|^key$|access[-_]?token|auth[-_]?token|refresh[-_]?token|id[-_]?token|^token$/i;
/** Texts that are keys by their look, wherever they stand. */
const SECRET_TEXT = /\b(?:sk|ek|rk|pk)[-_][A-Za-z0-9_-]{16,}|\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/gi;
/** Fields that hold nothing but encoded audio or pictures. */
const BULK = new Set(["audio", "image_url"]);
/** Name and password, or a query that may hold a key, in an address. */
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#@"]+@)?([^\s?#"]*)(\?[^\s#"]*)?/gi;

/** A copy of `value` (anything that came from JSON) without secrets; parts that hold none may be shared with it. */
export function redact(value: unknown): unknown {
  return walk(value, false);
}

/** `text` without secrets, for what is not JSON. */
export function redactText(text: string): string {
  const plain = cleaned(text).replace(/("headers"\s*:\s*)\{[^}]*\}?/g, `$1"${REDACTED}"`);
  return plain.replace(/("[^"]*(?:authorization|api[-_]?key|secret|password|token)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi, `$1"${REDACTED}"`);
}

function walk(value: unknown, allTexts: boolean): unknown {
  if (typeof value === "string") return allTexts ? REDACTED : cleaned(value);
  if (Array.isArray(value)) return value.map((entry) => walk(entry, allTexts));
  if (typeof value !== "object" || value === null) return value;
  // The headers of an MCP server are names of its own choice; any of them may be the key.
  const isServer = (value as { type?: unknown }).type === "mcp" || "server_url" in value || "server_label" in value;
  const out: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value)) {
    if (BULK.has(name) && typeof entry === "string") out[name] = entry;
    else if (typeof entry === "string" && SECRET_NAME.test(name)) out[name] = REDACTED;
    // `client_secret` is an object with a value.
    else if (name === "client_secret") out[name] = walk(entry, true);
    else out[name] = walk(entry, allTexts || (isServer && name === "headers"));
  }
  return out;
}

function cleaned(text: string): string {
  let out = text;
  if (out.includes("://")) {
    out = out.replace(ADDRESS, (_, scheme: string, user: string | undefined, rest: string, query: string | undefined) => {
      const safeQuery = query?.replace(/([?&][^=&]*(?:key|token|secret|password|auth|sig)[^=&]*=)[^&]*/gi, `$1${REDACTED}`) ?? "";
      return `${scheme}${user === undefined ? "" : `${REDACTED}@`}${rest}${safeQuery}`;
    });
  }
  return out.replace(SECRET_TEXT, REDACTED);
}
