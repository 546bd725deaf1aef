/** A socket without a wire: it answers like a server that confirms every session, and lets a test say how much is stuck in it. */
import type { ClientEvent } from "@sidetone/core/protocol";
import type { SocketLike } from "@sidetone/core/transport";
import { SESSION } from "./support.ts";

/** See the head of this file. */
export class FakeSocket implements SocketLike {
  readyState = 0;
  /** Bytes that have not left, as far as the pipeline is told. */
  bufferedAmount = 0;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  /** Everything sent, in order. */
  readonly sent: ClientEvent[] = [];

  /** Opens, as `new WebSocket` does; give it as `openSocket`. */
  readonly dial = (): this => {
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.#answer({ type: "session.created", session: SESSION });
    });
    return this;
  };

  send(data: string): void {
    const event = JSON.parse(data) as ClientEvent;
    this.sent.push(event);
    if (event.type === "session.update") queueMicrotask(() => this.#answer({ type: "session.updated", session: SESSION }));
  }

  close(): void {
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code: 1000, reason: "" }));
  }

  #answer(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
}
