/**
 * The option `relay`.
 */
import { requireKnown, requireObject, show } from "../option-checks.ts";

/** A service to relay to. */
export interface RelayOptions {
  /** Address of its WebSocket, such as `wss://api.openai.com/v1/realtime`; the client's query goes with it. */
  readonly url: string;
  /** The key to the service. Default: the client's own. */
  readonly apiKey?: string;
  /** Headers for the service besides the usual ones. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A service, with nothing left open. */
export interface RelayTarget {
  readonly url: string;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Checks the option; null when it is not given. @throws {TypeError} for a wrong one; the message never holds the key. */
export function relayOption(option: RelayOptions | undefined): RelayTarget | null {
  if (option === undefined) return null;
  requireObject("relay", option);
  requireKnown("relay", option, ["url", "apiKey", "headers"]);
  const { url, apiKey = null, headers = {} } = option;
  const protocol = typeof url === "string" && URL.canParse(url) ? new URL(url).protocol : null;
  if (protocol !== "ws:" && protocol !== "wss:") throw new TypeError(`relay.url is ${show(url)}; allowed is a ws: or wss: URL.`);
  if (apiKey !== null && (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey))) {
    throw new TypeError("relay.apiKey is not a key; allowed is a text of visible ASCII characters.");
  }
  requireObject("relay.headers", headers);
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string" || /[\r\n]/.test(value) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new TypeError(`relay.headers has a wrong entry ${show(name)}; allowed are names of headers, with texts of one line.`);
    }
  }
  return { url, apiKey, headers };
}
