/**
 * Keeps secrets out of what is written down: what a client sends to open the doors of other servers is replaced before it is logged.
 */

/** Fields of settings that hold secrets. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["authorization", "headers", "client_secret", "api_key", "api-key"]);
const REPLACEMENT = "(not kept)";

/** `message` of a client without the secrets in its settings; itself when it has no settings. What is said in a conversation is left alone. */
export function withoutSecrets<M extends object>(message: M): M {
  const { session, response } = message as { session?: unknown; response?: unknown };
  if (session === undefined && response === undefined) return message;
  return { ...message, ...(session === undefined ? {} : { session: clean(session) }), ...(response === undefined ? {} : { response: clean(response) }) };
}

/** Settings without secrets. The parameters of a function are a schema, in which such names mean something else. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    if (SECRET_FIELDS.has(name.toLowerCase()) && inner !== null) return [name, REPLACEMENT];
    return [name, name === "parameters" ? inner : clean(inner)];
  });
  return Object.fromEntries(entries);
}
