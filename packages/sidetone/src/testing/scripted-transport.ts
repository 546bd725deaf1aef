/**
 * A realtime server that is a script: what it says and when, in answer to what. Nothing goes over a network. It is a {@link Transport} for an engine of your own, and a
 * maker of sockets for `createPipeline` of `sidetone/node`.
 *
 * Steps are played one after another. What the client sends is looked at in order, and each event lets at most one step go on. Nothing is ever delivered from within
 * `send`: it comes in a microtask of its own at the earliest, as a wire does it.
 */
import { type Clock, SidetoneError } from "@sidetone/core";
import { asServerEvent, type ClientEvent, type ClientEventOf, type ClientEventType, type ServerEvent } from "@sidetone/core/protocol";
import type { SocketLike, Transport, TransportCapabilities, TransportHandlers } from "@sidetone/core/transport";

/** A server event as scripts write it; a missing `event_id` is made. */
export interface ScriptedEvent {
  /** Name of the event. */
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One step of a script. */
export interface ScriptStep {
  /** What the client must send first: an event of that type, or one of which the function says yes. Default: nothing. */
  readonly when?: ClientEventType | ((event: ClientEvent) => boolean);
  /** How long the server then takes, in ms, 0 or more. Default: 0. */
  readonly afterMs?: number;
  /** What it then says; a function is told the event that `when` has waited for, null without one. Default: nothing. */
  readonly send?: ScriptedEvent | readonly ScriptedEvent[] | ((event: ClientEvent | null) => ScriptedEvent | readonly ScriptedEvent[]);
  /** Ends the connection then, with a WebSocket close code. Default: it stays. */
  readonly close?: { readonly code: number; readonly reason?: string };
}

/** Options of {@link scriptedTransport}. */
export interface ScriptedTransportOptions {
  /** Time. Default: real time. */
  readonly clock?: Clock;
  /** What the transport says it can do. Default: audio by events, the client truncates, turns. */
  readonly capabilities?: Partial<TransportCapabilities>;
  /** What `connect` rejects with, to try what an app does then. Default: it connects. */
  readonly refuse?: SidetoneError;
}

/** A server that plays a script. */
export interface ScriptedTransport extends Transport {
  /** What the client has sent, oldest first. */
  readonly sent: readonly ClientEvent[];
  /** How many steps have been played. */
  readonly played: number;
  /** Events that the client has sent of one type. */
  sentOf<Type extends ClientEventType>(type: Type): ClientEventOf<Type>[];
  /** The `count`th event of that type that the client sends, from 1: now, or when it comes. */
  next<Type extends ClientEventType>(type: Type, count?: number): Promise<ClientEventOf<Type>>;
  /** Resolves when all steps have been played; rejects when the connection ends before. */
  finished(): Promise<void>;
  /** Says something that is not in the script, after what it is saying now. */
  say(...events: ScriptedEvent[]): void;
  /** Ends the connection from the server's side. Default code: 1006, as when a network is lost. */
  end(code?: number, reason?: string): void;
  /** A socket to the same server: `createPipeline({ transport: webSocket({ url: "ws://script" }), openSocket: server.openSocket, ... })`. */
  readonly openSocket: () => SocketLike;
}

const CAPABILITIES: TransportCapabilities = Object.freeze({ audio: "events", truncation: "client", turns: "turn" });
const LOST = 1006;

const realTime: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The first two steps of nearly every script: `session.created`, then `session.updated` in answer to `session.update`, with what that asked for over `session`. */
export function greeting(session: Readonly<Record<string, unknown>> = {}): ScriptStep[] {
  const whole = { type: "realtime", object: "realtime.session", id: "sess_scripted", ...session };
  const updated = (event: ClientEvent | null) => ({ ...whole, ...(event as { session?: object } | null)?.session });
  return [
    { send: { type: "session.created", session: whole } },
    { when: "session.update", send: (event) => ({ type: "session.updated", session: updated(event) }) },
  ];
}

/** A server that plays `script`, to one client. @throws {TypeError | RangeError} for a step or an option that is none. */
export function scriptedTransport(script: readonly ScriptStep[], options: ScriptedTransportOptions = {}): ScriptedTransport {
  return new Scripted(script, options);
}

/** How the server reaches its client. */
interface Line {
  event(event: ServerEvent): void;
  end(code: number, reason: string): void;
}

class Scripted implements ScriptedTransport {
  readonly specVersion = 1;
  readonly bufferedBytes = 0;
  readonly capabilities: TransportCapabilities;
  readonly sent: ClientEvent[] = [];
  readonly #script: readonly ScriptStep[];
  readonly #clock: Clock;
  readonly #refuse: SidetoneError | null;
  readonly #waiting = new Set<() => void>();
  #line: Line | null = null;
  #state: "new" | "open" | "over" = "new";
  #played = 0;
  #said = 0;
  /** How many of the client's events have been looked at. */
  #seen = 0;
  #running = false;
  #cancel: (() => void) | null = null;

  constructor(script: readonly ScriptStep[], options: ScriptedTransportOptions) {
    checkScript(script);
    const unknown = Object.keys(options).find((name) => !["clock", "capabilities", "refuse"].includes(name));
    if (unknown !== undefined) throw new TypeError(`options has an unknown property ${JSON.stringify(unknown)}; allowed are clock, capabilities, refuse.`);
    this.#script = script;
    this.#clock = options.clock ?? realTime;
    this.#refuse = options.refuse ?? null;
    this.capabilities = { ...CAPABILITIES, ...options.capabilities };
  }

  get played(): number {
    return this.#played;
  }

  async connect(handlers: TransportHandlers): Promise<void> {
    if (this.#refuse !== null) throw this.#refuse;
    this.#open({
      event: (event) => handlers.onEvent(event),
      end: (code, reason) => {
        const lost =
          code === 1000 ? {} : { error: new SidetoneError("connection-lost", `The script ended the connection (close code ${code}).`, { fatal: true }) };
        handlers.onClose({ code, reason, ...lost });
      },
    });
  }

  send(event: ClientEvent): void {
    if (this.#state !== "open") return;
    this.sent.push(structuredClone(event));
    this.#wake();
    this.#later();
  }

  async close(): Promise<void> {
    this.end(1000, "");
  }

  sentOf<Type extends ClientEventType>(type: Type): ClientEventOf<Type>[] {
    return this.sent.filter((event) => event.type === type) as ClientEventOf<Type>[];
  }

  async next<Type extends ClientEventType>(type: Type, count = 1): Promise<ClientEventOf<Type>> {
    await this.#until(
      () => this.sentOf(type).length >= count,
      () => `${count} ${type}`,
    );
    return this.sentOf(type)[count - 1];
  }

  finished(): Promise<void> {
    return this.#until(
      () => this.#played === this.#script.length,
      () => `step ${this.#played + 1} of ${this.#script.length}`,
    );
  }

  say(...events: ScriptedEvent[]): void {
    queueMicrotask(() => this.#say(events));
  }

  end(code = LOST, reason = ""): void {
    if (this.#state !== "open") return;
    this.#state = "over";
    this.#cancel?.();
    const line = this.#line;
    queueMicrotask(() => {
      line?.end(code, reason);
      this.#wake();
    });
  }

  readonly openSocket = (): SocketLike => {
    let state = 0;
    const socket: SocketLike = {
      get readyState() {
        return state;
      },
      bufferedAmount: 0,
      onopen: null,
      onmessage: null,
      onerror: null,
      onclose: null,
      send: (data) => this.send(JSON.parse(data) as ClientEvent),
      close: (code = 1000, reason = "") => {
        state = 2;
        this.end(code, reason);
      },
    };
    queueMicrotask(() => {
      if (this.#refuse !== null) {
        state = 3;
        socket.onerror?.({ message: this.#refuse.message });
        socket.onclose?.({ code: LOST, reason: "" });
        return;
      }
      state = 1;
      this.#open({
        event: (event) => socket.onmessage?.({ data: JSON.stringify(event) }),
        end: (code, reason) => {
          state = 3;
          socket.onclose?.({ code, reason });
        },
      });
      socket.onopen?.({});
    });
    return socket;
  };

  #open(line: Line): void {
    if (this.#state !== "new") throw new Error("This script plays to one client; make another for another connection.");
    this.#state = "open";
    this.#line = line;
    this.#later();
  }

  #later(): void {
    queueMicrotask(() => this.#play());
  }

  /** Plays what can be played now. */
  #play(): void {
    while (!this.#running && this.#state === "open" && this.#played < this.#script.length) {
      const step = this.#script[this.#played];
      const cause = this.#causeOf(step);
      if (cause === undefined) return;
      if (step.afterMs === undefined || step.afterMs === 0) {
        this.#do(step, cause);
        continue;
      }
      this.#running = true;
      this.#cancel = this.#clock.after(step.afterMs, () => {
        this.#running = false;
        this.#do(step, cause);
        this.#play();
      });
    }
  }

  /** The event that lets a step go on, null where it needs none, undefined while it has not come. */
  #causeOf({ when }: ScriptStep): ClientEvent | null | undefined {
    if (when === undefined) return null;
    while (this.#seen < this.sent.length) {
      const event = this.sent[this.#seen++];
      if (typeof when === "string" ? event.type === when : when(event)) return event;
    }
    return undefined;
  }

  #do({ send = [], close }: ScriptStep, cause: ClientEvent | null): void {
    const events = typeof send === "function" ? send(cause) : send;
    this.#say(Array.isArray(events) ? events : [events]);
    this.#played++;
    if (close !== undefined) this.end(close.code, close.reason);
    this.#wake();
  }

  #say(events: readonly ScriptedEvent[]): void {
    for (const event of events) {
      if (this.#state !== "open") return;
      this.#said++;
      // Through JSON, as over a wire: the script and its client share no objects.
      this.#line?.event(asServerEvent(JSON.parse(JSON.stringify({ event_id: `event_scripted_${this.#said}`, ...event }))));
    }
  }

  #until(condition: () => boolean, what: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition() && this.#state !== "over") return;
        this.#waiting.delete(check);
        if (condition()) resolve();
        else reject(new Error(`The connection ended before ${what()}.`));
      };
      this.#waiting.add(check);
      check();
    });
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}

function checkScript(script: readonly ScriptStep[]): void {
  if (!Array.isArray(script)) throw new TypeError("The script is no array; allowed is an array of steps.");
  const known = ["when", "afterMs", "send", "close"];
  for (const [i, step] of script.entries()) {
    if (typeof step !== "object" || step === null) throw new TypeError(`Step ${i} is ${JSON.stringify(step)}; allowed is an object with ${known.join(", ")}.`);
    const unknown = Object.keys(step).find((name) => !known.includes(name));
    if (unknown !== undefined) throw new TypeError(`Step ${i} has an unknown property ${JSON.stringify(unknown)}; allowed are ${known.join(", ")}.`);
    if (step.afterMs !== undefined && !(step.afterMs >= 0)) throw new RangeError(`afterMs of step ${i} is ${step.afterMs}; allowed is 0 or more.`);
  }
}
