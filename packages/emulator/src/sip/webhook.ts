/**
 * Webhooks as the service sends them: a JSON event, signed after the Standard Webhooks specification, tried again while nobody has taken it.
 */
import { createHmac } from "node:crypto";
import type { EmulatorClock } from "../clock.ts";
import type { ResolvedWebhooks } from "./options.ts";

/** Wait before the second try, in ms; doubled for each one after. */
const FIRST_RETRY_MS = 500;

/** A webhook. */
export interface Webhook {
  /** `webhook-id`: the same for every try, so that a receiver can tell a repetition. */
  readonly id: string;
  /** The event, which is sent as JSON. */
  readonly event: object;
}

/** What became of a webhook at one address. */
export interface WebhookDelivery {
  /** The address. */
  readonly url: string;
  /** Tries so far. */
  readonly attempts: number;
  /** Status of the last answer, or null when there was none. */
  readonly status: number | null;
}

/** The headers of a webhook whose body is `body`, sent at `sentSeconds` since 1970. */
export function signatureHeaders(id: string, body: string, key: Uint8Array, sentSeconds: number): Record<string, string> {
  const signature = createHmac("sha256", key).update(`${id}.${sentSeconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(sentSeconds), "webhook-signature": `v1,${signature}` };
}

/** Sends `webhook` to all addresses until each has answered with a 2xx status, the tries are used up, or `signal` aborts. Never rejects. */
export function deliverWebhook(webhook: Webhook, options: ResolvedWebhooks, clock: EmulatorClock, signal: AbortSignal): Promise<readonly WebhookDelivery[]> {
  const body = JSON.stringify(webhook.event);
  return Promise.all(options.urls.map((url) => deliver(url, webhook.id, body, options, clock, signal)));
}

async function deliver(url: string, id: string, body: string, options: ResolvedWebhooks, clock: EmulatorClock, signal: AbortSignal): Promise<WebhookDelivery> {
  let delivery: WebhookDelivery = { url, attempts: 0, status: null };
  for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs *= 2) {
    delivery = { url, attempts: delivery.attempts + 1, status: await post(url, id, body, options, signal) };
    const { attempts, status } = delivery;
    if ((status !== null && status >= 200 && status < 300) || attempts > options.retries) break;
    await pause(waitMs, clock, signal);
  }
  return delivery;
}

/** One try; the status, or null when there was no answer. Each try is signed anew, since signatures grow old. */
async function post(url: string, id: string, body: string, { key, timeoutMs }: ResolvedWebhooks, signal: AbortSignal): Promise<number | null> {
  try {
    const headers = { "content-type": "application/json", "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)" };
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, ...signatureHeaders(id, body, key, Math.floor(Date.now() / 1000)) },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}

function pause(ms: number, clock: EmulatorClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener("abort", finish);
  });
}
