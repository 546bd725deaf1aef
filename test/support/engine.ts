/** Test doubles of the engine's surroundings: time that moves when told, a server that says what it is told. */
import type { Clock } from "@sidetone/core";
import type { ClientEvent, ServerEvent } from "@sidetone/core/protocol";
import type { Transport, TransportHandlers } from "@sidetone/core/transport";

/** A clock that stands still until advanced. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; task: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets `ms` pass; due timers run in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = end;
  }
}

/** A transport whose server is the test. */
export class FakeTransport implements Transport {
  readonly specVersion = 1;
  readonly capabilities = { audio: "events", truncation: "client", turns: "turn" } as const;
  bufferedBytes = 0;
  readonly sent: ClientEvent[] = [];
  closed = 0;
  #handlers: TransportHandlers | null = null;

  async connect(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
  }

  send(event: ClientEvent): void {
    this.sent.push(event);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  /** The server sends an event; fields beyond `type` are as given. */
  emit(event: { type: string; [key: string]: unknown }): void {
    this.#handlers?.onEvent({ event_id: "event_x", ...event } as unknown as ServerEvent);
  }

  /** The connection ends. */
  end(code: number, reason: string): void {
    this.#handlers?.onClose({ code, reason });
  }

  /** Events sent of one type. */
  ofType<Type extends ClientEvent["type"]>(type: Type): Extract<ClientEvent, { type: Type }>[] {
    return this.sent.filter((event) => event.type === type) as Extract<ClientEvent, { type: Type }>[];
  }
}
