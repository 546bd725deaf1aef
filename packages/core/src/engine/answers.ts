/**
 * Waits for the server's answers while a session starts. An end of the session, from whatever side, ends every wait, also one that begins only afterwards.
 *
 * Thread: the engine's.
 */
import type { Clock } from "../clock.ts";
import { SidetoneError } from "../errors.ts";
import type { ServerEventType } from "../protocol/events.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: SidetoneError) => void;
}

/** Answers that a start waits for. */
export class Answers {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiters = new Map<ServerEventType, Waiter>();
  #endedBy: SidetoneError | null = null;

  /** Each answer may take `timeoutMs` ms. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Starts to listen for an answer, before what asks for it is sent; the returned function waits for it. */
  expect(type: ServerEventType): () => Promise<void> {
    const answer = new Promise<void>((resolve, reject) => this.#waiters.set(type, { resolve, reject }));
    answer.catch(() => undefined); // it may be rejected before anyone waits
    return () => this.#wait(type, answer);
  }

  /** The server sent an event of this type. */
  came(type: ServerEventType): void {
    this.#waiters.get(type)?.resolve();
  }

  /** There will be no more answers. */
  end(error: SidetoneError): void {
    this.#endedBy ??= error;
    for (const waiter of this.#waiters.values()) waiter.reject(error);
  }

  async #wait(type: ServerEventType, answer: Promise<void>): Promise<void> {
    const cancel = this.#clock.after(this.#timeoutMs, () =>
      this.#waiters.get(type)?.reject(new SidetoneError("connect-timeout", `The server sent no ${type} within ${this.#timeoutMs} ms.`, { fatal: true })),
    );
    try {
      await answer;
    } finally {
      cancel();
      this.#waiters.delete(type);
    }
    if (this.#endedBy !== null) throw this.#endedBy;
  }
}
