/**
 * The option `webhooks`: who is told about simulated phone calls.
 */
import { integerOption, requireKnown, requireObject, show } from "../option-checks.ts";

/** Where webhooks go. */
export interface WebhookOptions {
  /** The address, or several, http or https: each is told about every call. */
  readonly url: string | readonly string[];
  /** The secret that signs them: `whsec_` and base64, as the application's client has it. */
  readonly secret: string;
  /** How often a webhook is tried again that was not answered with a 2xx status, 0 to 20: after 500 ms, then after twice as long each time, while the phone rings. Default: 5. */
  readonly retries?: number;
  /** How long an answer may take, in ms, 1 to 60000. Default: 10000. */
  readonly timeoutMs?: number;
}

/** The option with nothing left open. */
export interface ResolvedWebhooks {
  readonly urls: readonly string[];
  /** The secret's bytes. */
  readonly key: Uint8Array;
  readonly retries: number;
  readonly timeoutMs: number;
}

/** The defaults. */
export const WEBHOOK_DEFAULTS = Object.freeze({
  /** A count. */
  retries: 5,
  timeoutMs: 10_000,
});

const SECRET_PREFIX = "whsec_";

/** Checks the option; null when there are no webhooks. @throws {TypeError | RangeError} */
export function webhooksOption(value: WebhookOptions | undefined): ResolvedWebhooks | null {
  if (value === undefined) return null;
  requireObject("webhooks", value);
  requireKnown("webhooks", value, ["url", "secret", "retries", "timeoutMs"]);
  const { url, secret } = value;
  const urls: readonly unknown[] = Array.isArray(url) ? url : [url];
  if (urls.length === 0 || !urls.every(isHttpUrl))
    throw new TypeError(`webhooks.url is ${show(url)}; allowed is an http or https address, or an array of them.`);
  // The secret is not shown: messages end up in logs.
  const encoded = typeof secret === "string" && secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : "";
  const key = Buffer.from(encoded, "base64");
  if (key.length === 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    throw new TypeError(`webhooks.secret is not of the right form; allowed is "${SECRET_PREFIX}" and base64.`);
  }
  return {
    urls: urls as string[],
    key,
    retries: integerOption("webhooks.retries", value.retries ?? WEBHOOK_DEFAULTS.retries, 0, 20),
    timeoutMs: integerOption("webhooks.timeoutMs", value.timeoutMs ?? WEBHOOK_DEFAULTS.timeoutMs, 1, 60_000),
  };
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
