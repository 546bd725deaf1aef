/**
 * Who may talk to the demo server. A page from elsewhere must not: neither by a cross-site request nor by a host name of its own that resolves to this machine
 * (DNS rebinding). So every request must name this server, and what costs money must come from this server's own page.
 */
import type { IncomingHttpHeaders } from "node:http";
import { networkInterfaces } from "node:os";
import { isLoopback } from "../keys.ts";

/** Whether a `Host` header names this server when it listens on `listenHost`. */
export function isOwnHost(hostHeader: string | undefined, listenHost: string): boolean {
  if (hostHeader === undefined || !/^[\w.[\]:-]+$/.test(hostHeader) || !URL.canParse(`http://${hostHeader}`)) return false;
  const { hostname } = new URL(`http://${hostHeader}`);
  if (isLoopback(hostname)) return true;
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isWildcard(listenHost)) return ownAddresses().includes(bare);
  return bare === listenHost.toLowerCase().replace(/^\[|\]$/g, "");
}

/** Whether a request comes from this server's own page, as the browser tells; `host` has passed {@link isOwnHost}. */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  return headers.origin === `http://${headers.host}` && (site === undefined || site === "same-origin");
}

/** Whether listening on `host` means every address of this machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address.toLowerCase()));
}
