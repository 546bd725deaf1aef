/**
 * A WebSocket server that does what a test says and nothing else: it refuses, keeps silent, sends garbage, forgets to answer, falls over. Loopback, any free port.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ClientEvent } from "@sidetone/core/protocol";
import { type WebSocket, WebSocketServer } from "ws";

/** What a {@link ScriptedServer} does with those who knock. */
export interface ScriptedServerOptions {
  /** HTTP status that refuses every upgrade, and that plain requests get. Default: none, upgrades are accepted and plain requests get 426. */
  readonly refuse?: number;
  /** `accept` upgrades, or take the TCP connection and say nothing at all. Default: `accept`. */
  readonly manner?: "accept" | "silent";
  /** Called for every connection, in the tick in which it opens. */
  readonly onConnection?: (peer: Peer) => void;
}

/** The server's end of one connection. */
export class Peer {
  /** Everything that came, as text, in order. */
  readonly received: string[] = [];
  /** The upgrade request. */
  readonly request: IncomingMessage;
  /** Resolves when the connection is gone, with what the client's closing handshake said (1006 without one). */
  readonly gone: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #tcp: Socket;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.#tcp = request.socket;
    this.request = request;
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      this.received.push(data.toString());
      for (const check of [...this.#waiting]) check();
    });
    this.gone = new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
  }

  /** Everything that came, as events. */
  get events(): ClientEvent[] {
    return this.received.map((text) => JSON.parse(text) as ClientEvent);
  }

  /** Resolves when `count` events of `type` have come, with the last of them. */
  async event<Type extends ClientEvent["type"]>(type: Type, count = 1): Promise<Extract<ClientEvent, { type: Type }>> {
    const matching = () => this.events.filter((event) => event.type === type) as Extract<ClientEvent, { type: Type }>[];
    await this.until(() => matching().length >= count);
    return matching()[count - 1];
  }

  /** Resolves when `condition` holds after some message; also when it holds already. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Sends an event as JSON, a text as it is, bytes as a binary frame. */
  send(message: object | string | Uint8Array): void {
    this.#socket.send(message instanceof Uint8Array || typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Writes bytes under the WebSocket's feet. */
  sendRaw(bytes: Uint8Array): void {
    this.#tcp.write(bytes);
  }

  /** Everything sent by `script` leaves in one piece, so that the client gets it in one read. */
  inOnePiece(script: () => void): void {
    this.#tcp.cork();
    script();
    this.#tcp.uncork();
  }

  /** Closes properly. */
  close(code = 1000, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** Drops the connection without a word. */
  vanish(): void {
    this.#tcp.destroy();
  }

  /** Reads nothing any more and so answers nothing, not even a closing handshake; what is sent still goes out. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  listen(): void {
    this.#socket.resume();
  }
}

/** See the head of this file. */
export class ScriptedServer {
  /** Every connection so far. */
  readonly peers: Peer[] = [];
  /** Every TCP connection so far, upgraded or not. */
  tcpConnections = 0;
  readonly #options: ScriptedServerOptions;
  readonly #http = createServer((_request, response) => response.writeHead(this.#options.refuse ?? 426).end());
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #open = new Set<Socket>();
  readonly #waiting: ((peer: Peer) => void)[] = [];
  #taken = 0;

  private constructor(options: ScriptedServerOptions) {
    this.#options = options;
    this.#http.on("connection", (socket) => {
      this.tcpConnections++;
      this.#open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#open.delete(socket));
    });
    if (options.manner === "silent") {
      this.#http.removeAllListeners("request");
      this.#http.on("request", () => undefined);
      // Reads, or it would not notice that the client has left.
      this.#http.on("upgrade", (_request, socket) => socket.resume().on("end", () => socket.end()));
      return;
    }
    this.#http.on("upgrade", (request, socket, head) => {
      if (options.refuse !== undefined) {
        socket.end(`HTTP/1.1 ${options.refuse} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        return;
      }
      // The answer to the handshake and whatever onConnection sends leave together, as behind a proxy.
      socket.cork();
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        const peer = new Peer(client, request);
        options.onConnection?.(peer);
        this.peers.push(peer);
        this.#waiting.shift()?.(peer);
      });
      socket.uncork();
    });
  }

  /** Starts a server. */
  static async start(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** Where it listens. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/v1/realtime`;
  }

  /** The next connection that no earlier call has returned. */
  async peer(): Promise<Peer> {
    const index = this.#taken++;
    return this.peers[index] ?? (await new Promise<Peer>((resolve) => this.#waiting.push(resolve)));
  }

  /** TCP connections that are open now. */
  get openConnections(): number {
    return this.#open.size;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}

/** A URL where nothing listens: a port that was free a moment ago. */
export async function deadUrl(): Promise<string> {
  const server = await ScriptedServer.start();
  const { url } = server;
  await server.close();
  return url;
}
