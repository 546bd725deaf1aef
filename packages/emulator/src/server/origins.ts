/**
 * Which web pages may use the emulator. Any page on the web can make a browser connect to this machine, so pages are told apart by the `Origin` that browsers add, and
 * names that were bent to point here (DNS rebinding) by the `Host`. Programs that are no browsers send no `Origin` and are not concerned.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { WireError } from "../errors.ts";
import { show } from "../option-checks.ts";
import { HttpError } from "./http-error.ts";

/** The option `origins`: those besides this machine's own, or all. */
export type OriginSetting = readonly string[] | "*";

const ALLOWED_HEADERS = "authorization, api-key, content-type, openai-beta, openai-organization, openai-project, openai-safety-identifier";

/** Checks the option. @throws {TypeError} */
export function originsOption(value: unknown): OriginSetting {
  if (value === undefined) return [];
  if (value === "*") return value;
  if (!Array.isArray(value)) throw new TypeError(`origins is ${show(value)}; allowed are "*" and an array such as ["https://app.example"].`);
  return value.map((origin, i) => {
    if (origin === "null") return origin;
    const parsed = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : null;
    // Schemes that are not the web's, such as those of browser extensions, have no origin of their own in URL.
    const normal = parsed === null ? null : parsed.origin === "null" ? `${parsed.protocol}//${parsed.host}` : parsed.origin;
    if (normal === null || normal !== (origin as string).toLowerCase()) {
      throw new TypeError(
        `origins[${i}] is ${show(origin)}; allowed is an origin as browsers send it, scheme, host and port alone, such as "https://app.example:8443".`,
      );
    }
    return normal;
  });
}

/** Decides about requests. */
export class OriginPolicy {
  readonly #origins: OriginSetting;
  readonly #onLoopback: () => boolean;

  /** `onLoopback` tells whether the server can be reached from this machine alone, which is when its `Host` is known. */
  constructor(origins: OriginSetting, onLoopback: () => boolean) {
    this.#origins = origins;
    this.#onLoopback = onLoopback;
  }

  /** @throws {HttpError} 403 when the request comes from a page that may not, or for a name that is not this machine's. */
  check({ headers: { host, origin } }: IncomingMessage): void {
    if (origin !== undefined && !this.#allows(origin, host)) {
      throw refusal(
        `The origin ${show(origin)} may not use this emulator. To allow it, start the emulator with the option origins: [${show(origin)}].`,
        "origin_not_allowed",
      );
    }
    if (host !== undefined && this.#origins !== "*" && this.#onLoopback() && !this.#knowsHost(host)) {
      throw refusal(
        `The host ${show(host)} is not this machine. To allow it, start the emulator with the option origins: [${show(`http://${host}`)}].`,
        "host_not_allowed",
      );
    }
  }

  /** Adds the headers that let an allowed page read the answer. */
  allow(request: IncomingMessage, response: ServerResponse): void {
    const { host, origin } = request.headers;
    response.setHeader("vary", "origin");
    if (origin === undefined || !this.#allows(origin, host)) return;
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-allow-methods", "GET, POST, DELETE, OPTIONS");
    response.setHeader("access-control-allow-headers", ALLOWED_HEADERS);
    response.setHeader("access-control-expose-headers", "location, x-request-id");
    if (request.headers["access-control-request-private-network"] === "true") response.setHeader("access-control-allow-private-network", "true");
  }

  #allows(origin: string, host: string | undefined): boolean {
    if (this.#origins === "*" || this.#origins.includes(origin)) return true;
    if (!URL.canParse(origin) || !isWeb(origin)) return false;
    const { host: place, hostname } = new URL(origin);
    // A page that comes from the very address it connects to, as in a local network. Only addresses count, since a name can be bent to any address.
    return isLoopbackName(hostname) || (place === host && isIP(hostname.replace(/^\[|\]$/g, "")) !== 0);
  }

  #knowsHost(host: string): boolean {
    const name = hostName(host);
    if (name === null) return false;
    return isLoopbackName(name) || (this.#origins !== "*" && this.#origins.some((origin) => URL.canParse(origin) && new URL(origin).hostname === name));
  }
}

/** Whether a name or address as it stands in a URL is this machine's own. Names under `localhost` are, RFC 6761 section 6.3. */
export function isLoopbackName(name: string): boolean {
  if (isIP(name) === 4) return name.startsWith("127.");
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || name === "::1";
}

function isWeb(origin: string): boolean {
  return origin.startsWith("http://") || origin.startsWith("https://");
}

function hostName(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

function refusal(message: string, code: string): HttpError {
  return new HttpError(403, new WireError(message, { code }));
}
