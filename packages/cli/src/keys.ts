/** Where the real service is and the key to it: from the environment, checked, and never part of a message. */
import { CliError } from "./failure.ts";
import type { Io } from "./io.ts";

const DEFAULT_BASE_URL = "https://api.openai.com/v1";

/** The real service. */
export interface OpenAiAccess {
  /** Standard key; stays in this process. */
  readonly apiKey: string;
  /** REST address without a slash at its end. */
  readonly baseUrl: string;
}

/** The key in OPENAI_API_KEY, or null when there is none. @throws {CliError} when it cannot be a key. */
export function openAiKey(env: Io["env"]): string | null {
  const key = env.OPENAI_API_KEY?.trim() ?? "";
  if (key === "") return null;
  if (!isHeaderSafe(key)) throw new CliError("bad-key", "OPENAI_API_KEY has characters that no key has (a space or a line break inside?); set it again.");
  return key;
}

/** Whether `key` can go into a request header. */
export function isHeaderSafe(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

/** OPENAI_BASE_URL, or OpenAI's own address; without a slash at its end. @throws {CliError} when it is not an http: or https: URL. */
export function openAiBaseUrl(env: Io["env"]): string {
  const text = env.OPENAI_BASE_URL?.trim() || DEFAULT_BASE_URL;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliError("bad-base-url", `OPENAI_BASE_URL is "${text}"; it must be an http: or https: URL such as ${DEFAULT_BASE_URL}.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** The Realtime endpoint beside a REST address. */
export function realtimeUrl(baseUrl: string): string {
  return `${baseUrl.replace(/^http/, "ws")}/realtime`;
}

/** Whether `hostname` (as in a URL) is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
