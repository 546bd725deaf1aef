/**
 * Requests that offer an upgrade nobody takes, such as to HTTP/2 (`Upgrade: h2c`, which Java's client and `curl --http2` send along with any request). RFC 9110 section 7.8 lets
 * a server ignore the offer. Node hands over the bare socket instead as soon as there is any offer, so the request is put back in front of it without the offer.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";

/** Whether a request offers an upgrade, and to something else than WebSocket. */
export function offersOther({ headers: { upgrade = "" } }: IncomingMessage): boolean {
  return !upgrade.toLowerCase().includes("websocket");
}

/** Lets `server` have the request on `socket` again, as one without an offer; `head` is what came behind its headers. */
export function serveAsPlain(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    lines.push(`${name}: ${/^connection$/i.test(name) ? withoutOffer(rawHeaders[i + 1] as string) : rawHeaders[i + 1]}`);
  }
  // Header values are Latin-1 in Node.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit(server instanceof TlsServer ? "secureConnection" : "connection", socket);
}

function withoutOffer(connection: string): string {
  const kept = connection.split(",").filter((option) => !/^\s*(upgrade|http2-settings)\s*$/i.test(option));
  return kept.join(",").trim() || "keep-alive";
}
