/** A bare WebSocket client: sends what it is told, keeps what comes, waits for events instead of for time. */
import { once } from "node:events";
import type { ServerEvent } from "@sidetone/core/protocol";
import { WebSocket } from "ws";

/** A connection that keeps every event. */
export class Wire {
  readonly events: ServerEvent[] = [];
  /** Resolves when the connection is there. */
  readonly opened: Promise<unknown>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(url: string) {
    this.#socket = new WebSocket(url, ["realtime"]);
    this.opened = once(this.#socket, "open");
    this.#socket.on("message", (data: Buffer) => {
      this.events.push(JSON.parse(data.toString("utf8")));
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#wake());
  }

  send(event: object): void {
    this.#socket.send(JSON.stringify(event));
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  async next(type: string, count = 1): Promise<ServerEvent> {
    for (;;) {
      const found = this.events.filter((event) => event.type === type)[count - 1];
      if (found !== undefined) return found;
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error(`Closed before ${type} number ${count}.`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
