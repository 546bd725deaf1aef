/**
 * Asks the server that serves this page where the model is: `POST session`, of the same origin, answers with an address and, for the real service, an ephemeral key.
 */
import { SidetoneError } from "sidetone";

/** Where to talk to, and as whom. */
export interface Service {
  /** `emulator`: on this machine, echoes what it hears; `openai`: the real service. */
  readonly service: "emulator" | "openai";
  /** `ws:` or `wss:` address. */
  readonly url: string;
  readonly model: string;
  /** An ephemeral key, or null where none is needed. */
  readonly apiKey: string | null;
}

/** Fetches an address and a fresh key. Rejects with a fatal SidetoneError whose message says what to do. */
export async function requestService(signal: AbortSignal): Promise<Service> {
  let response: Response;
  try {
    response = await fetch("session", { method: "POST", signal });
  } catch (cause) {
    throw new SidetoneError("connect-failed", "The program that serves this page does not answer any more. Start it again, then press Start.", {
      fatal: true,
      cause,
    });
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && isService(answer)) return answer;
  throw new SidetoneError("connect-failed", refusal(answer) ?? `The program that serves this page answered with HTTP ${response.status} and no reason.`, {
    fatal: true,
  });
}

function isService(answer: unknown): answer is Service {
  const { service, url, model, apiKey } = (answer ?? {}) as Partial<Record<keyof Service, unknown>>;
  const known = service === "emulator" || service === "openai";
  return known && typeof url === "string" && typeof model === "string" && (apiKey === null || typeof apiKey === "string");
}

/** The reason in `{ error: { code, message } }`. */
function refusal(answer: unknown): string | null {
  const message = (answer as { error?: { message?: unknown } } | null)?.error?.message;
  return typeof message === "string" && message !== "" ? message : null;
}
