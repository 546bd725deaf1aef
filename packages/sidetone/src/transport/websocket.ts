/**
 * Where the server is and how to be let in: a WebSocket to OpenAI, to the emulator, or to a compatible server.
 */
import { describe, SidetoneError } from "@sidetone/core";
import { KEY_PROTOCOL, type WebSocketSettings } from "@sidetone/core/transport";

/** A key, or a function that fetches a fresh one for each connection (for browsers: an ephemeral key minted by your server). */
export type ApiKey = string | (() => string | Promise<string>);

/** Options of {@link webSocket}. */
export interface WebSocketOptions {
  /** `ws:` or `wss:` URL of the Realtime endpoint, or a function that finds it. Default: `wss://api.openai.com/v1/realtime`. */
  readonly url?: string | (() => string | Promise<string>);
  /** Model, added to the URL as `?model=`. Default: `gpt-realtime-2.1`, unless the URL says itself what it connects to (`model`, `call_id`, `intent`, `deployment`). */
  readonly model?: string;
  /** Sent as subprotocol `openai-insecure-api-key.<key>` by browsers and as `Authorization: Bearer` elsewhere. Default: none. */
  readonly apiKey?: ApiKey;
  /** More request headers, where the platform can send them. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More subprotocols to offer. Default: none. */
  readonly protocols?: readonly string[];
  /** ms until a connection that does not open is given up: 100 to 120000. Default: 10000. */
  readonly connectTimeoutMs?: number;
}

/** How the platform carries the key. */
export type KeyCarrier = "header" | "subprotocol";

/** Makes the settings of one connection; a pipeline asks once, when it starts. */
export interface TransportFactory {
  /** Version of this contract. */
  readonly specVersion: 1;
  /** Fetches what has to be fetched (the key) and returns everything as plain data. */
  prepare(carrier: KeyCarrier): Promise<WebSocketSettings>;
}

/** Defaults of {@link webSocket}. */
export const WEBSOCKET_DEFAULTS = Object.freeze({
  /** OpenAI's endpoint. */
  url: "wss://api.openai.com/v1/realtime",
  /** The newest speech-to-speech model. */
  model: "gpt-realtime-2.1",
  /** ms until a connection that does not open is given up. */
  connectTimeoutMs: 10_000,
});

/** Query parameters that say what a URL connects to: a model, a call under way, a transcription session, an Azure deployment. The service takes exactly one. */
const NAMES_TARGET = ["model", "call_id", "intent", "deployment"];

const OPTIONS = ["url", "model", "apiKey", "headers", "protocols", "connectTimeoutMs"];

/**
 * A WebSocket transport for `createPipeline`.
 * @throws {TypeError} for an unknown option, {RangeError} for a timeout out of range.
 */
export function webSocket(options: WebSocketOptions = {}): TransportFactory {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`webSocket() has no option "${name}"; it knows ${OPTIONS.join(", ")}.`);
  }
  const connectTimeoutMs = options.connectTimeoutMs ?? WEBSOCKET_DEFAULTS.connectTimeoutMs;
  if (!(connectTimeoutMs >= 100 && connectTimeoutMs <= 120_000)) {
    throw new RangeError(`connectTimeoutMs is ${connectTimeoutMs} ms; allowed are 100 to 120000 ms.`);
  }
  return {
    specVersion: 1,
    async prepare(carrier) {
      const url = (await given("url", options.url)) ?? WEBSOCKET_DEFAULTS.url;
      const key = await given("apiKey", options.apiKey);
      // Offered only where it is needed: a server that selects no subprotocol would have to be refused.
      const protocols = carrier === "subprotocol" ? ["realtime"] : [];
      const headers: Record<string, string> = { ...options.headers };
      if (key !== undefined && carrier === "header") headers.Authorization = `Bearer ${checkHeaderKey(key)}`;
      if (key !== undefined && carrier === "subprotocol") protocols.push(KEY_PROTOCOL + checkBrowserKey(key));
      protocols.push(...(options.protocols ?? []));
      return { kind: "websocket", url: withModel(url, options.model), protocols, headers, connectTimeoutMs };
    },
  };
}

/** What the app gives, or what its function finds; that one failing (no network, a server without a key) is trouble while running, not a wrong option. */
async function given(option: "url" | "apiKey", value: string | (() => string | Promise<string>) | undefined): Promise<string | undefined> {
  let found: unknown = value;
  if (typeof value === "function") {
    try {
      found = await value();
    } catch (cause) {
      throw SidetoneError.from(cause, "connect-failed", `The function given as ${option} failed`, { fatal: true });
    }
  }
  if (value === undefined || (typeof found === "string" && found !== "")) return found as string | undefined;
  throw new TypeError(`${option} is ${found === "" ? "empty" : describe(found)}; it must be a text, or a function that returns one.`);
}

/** A line break at the end of a key file would fail much later, as a wrong address. */
function checkHeaderKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError("apiKey has white space or characters that a header cannot carry; is it a key?");
  return key;
}

/** A standard key in a page is a key given away; the service's ephemeral keys start with `ek_`. */
function checkBrowserKey(key: string): string {
  if (key.startsWith("sk-")) {
    throw new TypeError(
      "apiKey is a standard OpenAI key (sk-...), which must never reach a page; mint an ephemeral key (ek_...) on your server and give that.",
    );
  }
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key)) throw new TypeError("apiKey has characters that a WebSocket subprotocol cannot carry; is it a key?");
  return key;
}

/** Adds the model unless the URL says itself what it connects to. A URL that cannot be parsed is left to the socket, whose error names it. */
function withModel(url: string, model: string | undefined): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return url;
  }
  const named = NAMES_TARGET.some((name) => parsed.searchParams.has(name));
  if (model !== undefined || !named) parsed.searchParams.set("model", model ?? WEBSOCKET_DEFAULTS.model);
  return parsed.href;
}
