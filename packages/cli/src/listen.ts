/** Listening on a port, and saying what to do when it is taken. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CliError, isSystemError } from "./failure.ts";

/** Ports tried after a default one that is taken. */
export const NEXT_PORTS = 9;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** Whether the next ports will do when it is taken: yes for a default, no for one that somebody asked for. */
  readonly whenTaken: "fail" | "next";
}

/** A server that listens. */
export interface Listening {
  readonly server: Server;
  /** The port it got. */
  readonly port: number;
  /** `http://host:port`, with a host that a browser on this machine can use. */
  readonly url: string;
  /** Ends all connections and stops listening; idempotent. */
  close(): Promise<void>;
}

/** Starts an HTTP server. @throws {CliError} that says what to do. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listening> {
  const { host, port: wanted, whenTaken } = options;
  const last = whenTaken === "next" && wanted > 0 ? Math.min(wanted + NEXT_PORTS, 65_535) : wanted;
  for (let port = wanted; ; port++) {
    const server = createServer(handler);
    try {
      await bind(server, host, port);
      return started(server);
    } catch (error) {
      if (!isSystemError(error, "EADDRINUSE") || port === last) throw explained(error, options, last);
    }
  }
}

/** Refuses WebSockets outside `ownPath` (null: all of them), which would otherwise stay open with nobody to answer. */
export function refuseStrayUpgrades(server: Server, ownPath: string | null): void {
  server.on("upgrade", (request, socket) => {
    const path = (request.url ?? "").split("?", 1)[0] as string;
    if (ownPath !== null && (path === ownPath || path.startsWith(`${ownPath}/`))) return;
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function started(server: Server): Listening {
  const { address, family, port } = server.address() as AddressInfo;
  const wildcard = address === "0.0.0.0" || address === "::";
  const host = wildcard ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  let closing: Promise<void> | undefined;
  return {
    server,
    port,
    url: `http://${host}:${port}`,
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

function explained(error: unknown, { host, port, whenTaken }: ListenOptions, last: number): CliError {
  const say = (sentence: string): CliError => new CliError("listen-failed", sentence, { cause: error });
  if (isSystemError(error, "EADDRINUSE")) {
    if (whenTaken === "next")
      return say(`The ports ${port} to ${last} on ${host} are all taken; stop a program that holds one, or give --port 0 for any free port.`);
    return say(`Port ${port} on ${host} is taken by another program; stop that, or choose another with --port (0 takes any free one).`);
  }
  if (isSystemError(error, "EACCES")) return say(`This user may not listen on port ${port}; choose one from 1024 up with --port.`);
  if (isSystemError(error, "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN"))
    return say(`This machine has no address ${host} to listen on; leave --host out for 127.0.0.1.`);
  return say(`Listening on ${host}:${port} failed (${error instanceof Error ? error.message : String(error)}); try another --port or --host.`);
}
