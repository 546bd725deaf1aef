/** Two ends of an in-process port: what MessageChannel is between threads, without the thread. Delivery is synchronous and in order; nothing is copied. */
import type { PortLike } from "./ports.ts";

class LocalPort<Out, In> implements PortLike<Out, In> {
  #onmessage: ((event: { readonly data: In }) => void) | null = null;
  peer: LocalPort<In, Out> | null = null;
  /** Messages that came before anyone listened wait here, as in a MessagePort that was not started. */
  #waiting: In[] = [];

  get onmessage() {
    return this.#onmessage;
  }

  set onmessage(listener) {
    this.#onmessage = listener;
    if (listener === null) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener({ data: message });
  }

  postMessage(message: Out): void {
    this.peer?.deliver(message);
  }

  deliver(message: In): void {
    // A sender may use one object again and again; what waits must not change with it.
    if (this.#onmessage === null) this.#waiting.push(typeof message === "object" ? { ...message } : message);
    else this.#onmessage({ data: message });
  }

  close(): void {
    if (this.peer !== null) this.peer.peer = null;
    this.peer = null;
    this.onmessage = null;
  }
}

/** A connected pair: what `first` posts arrives at `second`, and the other way round. */
export function createPortPair<FirstOut, SecondOut>(): { first: PortLike<FirstOut, SecondOut>; second: PortLike<SecondOut, FirstOut> } {
  const first = new LocalPort<FirstOut, SecondOut>();
  const second = new LocalPort<SecondOut, FirstOut>();
  first.peer = second;
  second.peer = first;
  return { first, second };
}
