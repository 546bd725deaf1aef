/**
 * Sessions with faults, without a network: on a manual clock with a wire that writes down what it is told. And a WebSocket client that takes anything, also what is not
 * an event.
 */
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { resolvePlan } from "../src/faults/options.ts";
import type { SessionFaultsOptions } from "../src/faults/session-faults.ts";
import type { EmulatorClock, EmulatorOptions, FaultPlan } from "../src/index.ts";
import { resolveOptions } from "../src/options.ts";
import { Random } from "../src/random.ts";
import { SessionRegistry } from "../src/server/registry.ts";
import type { Session } from "../src/session/session.ts";
import type { Attachment, SessionWire, WireKind } from "../src/wire.ts";
import { ManualClock } from "./manual-clock.ts";
import type { Ending, Event } from "./wire-client.ts";

/** Something that a wire was told. */
export interface Told {
  readonly atMs: number;
  readonly what: "send" | "binary" | "close" | "drop" | "freeze" | "fin" | "reset" | "ignore-close";
  readonly text: string;
}

/** A wire to nowhere. */
export class FakeWire implements SessionWire {
  readonly kind: WireKind;
  readonly told: Told[] = [];
  readonly control;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, kind: WireKind = "websocket") {
    this.kind = kind;
    this.#clock = clock;
    this.control = {
      sendBinary: (bytes: Uint8Array) => this.#tell("binary", new TextDecoder().decode(bytes)),
      freeze: () => this.#tell("freeze"),
      fin: () => this.#tell("fin"),
      reset: () => this.#tell("reset"),
      ignoreClose: () => this.#tell("ignore-close"),
    };
  }

  /** The events that were sent. */
  get events(): Event[] {
    return this.told.filter(({ what }) => what === "send").map(({ text }) => JSON.parse(text));
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** When the events of a type were sent, in ms. */
  timesOf(type: string): number[] {
    return this.told.filter(({ what, text }) => what === "send" && JSON.parse(text).type === type).map(({ atMs }) => atMs);
  }

  /** What it was told besides events. */
  get rest(): string[] {
    return this.told.filter(({ what }) => what !== "send").map(({ what, text }) => (text === "" ? what : `${what} ${text}`));
  }

  send(text: string): void {
    this.#tell("send", text);
  }

  close(code: number, reason: string): void {
    this.#tell("close", `${code} ${reason}`.trim());
  }

  drop(): void {
    this.#tell("drop");
  }

  #tell(what: Told["what"], text = ""): void {
    this.told.push({ atMs: this.#clock.nowMs(), what, text });
  }
}

/** The faults of a session that is made by hand. */
export function faultsOf(clock: EmulatorClock, plan: FaultPlan = {}): SessionFaultsOptions {
  return { plan: resolvePlan(plan), random: new Random(1), clock, epochMs: 0, ordinal: 1 };
}

/** A session on a manual clock. */
export interface Rig {
  readonly clock: ManualClock;
  readonly registry: SessionRegistry;
  readonly session: Session;
  readonly wire: FakeWire;
  readonly network: Attachment;
  /** The client sends an event, or any text. */
  send(event: object | string): void;
}

/** One second of a ramp that is easy to tell apart. */
export const RAMP = Int16Array.from({ length: 24_000 }, (_, i) => (i % 200) * 100 - 10_000);

/** Starts a session whose model says three words in one second. */
export function rig(options: EmulatorOptions, kind: WireKind = "websocket"): Rig {
  const clock = new ManualClock();
  const voice = { reply: () => [{ type: "message" as const, text: "one two three", audio: { rate: 24_000, samples: RAMP } }] };
  const registry = new SessionRegistry(resolveOptions({ clock, seed: 7, voice, ...options }));
  return { clock, registry, ...join(registry, clock, kind) };
}

/** One more session of the same emulator. */
export function join(registry: SessionRegistry, clock: ManualClock, kind: WireKind = "websocket"): Omit<Rig, "clock" | "registry"> {
  const session = registry.create({ model: "gpt-realtime-2.1", pinned: null });
  const wire = new FakeWire(clock, kind);
  const network = session.attach(wire);
  return { session, wire, network, send: (event) => network.receive(typeof event === "string" ? event : JSON.stringify(event)) };
}

/** A WebSocket client that parses nothing. */
export class RawClient {
  readonly socket: WebSocket;
  readonly messages: { readonly atMs: number; readonly text: string; readonly binary: boolean }[] = [];
  readonly pongs: number[] = [];
  /** How TCP failed, or null; `ws` keeps that to itself once a connection is open. */
  tcpError: string | null = null;
  /** How the connection ended; a connection that was refused ends with its HTTP status as the code. */
  readonly ended: Promise<Ending & { readonly headers?: Record<string, unknown>; readonly error?: string }>;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, options: { headers?: Record<string, string>; ca?: string } = {}) {
    this.socket = new WebSocket(`${url}?model=gpt-realtime-2.1`, options);
    this.socket.on("message", (data: Buffer, binary) => {
      this.messages.push({ atMs: performance.now(), text: data.toString("utf8"), binary });
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    });
    this.socket.on("open", () => {
      const { _socket } = this.socket as unknown as { _socket: Socket };
      _socket.on("error", (problem: NodeJS.ErrnoException) => {
        this.tcpError = problem.code ?? problem.message;
      });
    });
    this.socket.on("pong", () => this.pongs.push(performance.now()));
    let error = "";
    this.socket.on("error", (problem: NodeJS.ErrnoException) => {
      error = problem.code ?? problem.message;
    });
    this.ended = new Promise((resolve) => {
      this.socket.on("unexpected-response", (_, response) => {
        let reason = "";
        response.on("data", (part) => (reason += part));
        response.on("end", () => resolve({ code: response.statusCode ?? 0, reason, headers: response.headers }));
      });
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString(), ...(error === "" ? {} : { error }) }));
    });
    void this.ended.then(() => {
      for (const resolve of this.#waiting) resolve();
    });
  }

  get opened(): Promise<unknown> {
    return this.socket.readyState === WebSocket.OPEN ? Promise.resolve() : new Promise((resolve) => this.socket.once("open", resolve));
  }

  /** What came, as events; anything that is none is left out. */
  get events(): Event[] {
    return this.messages.flatMap(({ text }) => {
      try {
        return [JSON.parse(text)];
      } catch {
        return [];
      }
    });
  }

  get types(): (string | undefined)[] {
    return this.events.map(({ type }) => type);
  }

  send(event: object | string): void {
    this.socket.send(typeof event === "string" ? event : JSON.stringify(event));
  }

  /** Waits until `enough` of what came so far. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`Closed; got ${this.types.join(", ")}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Waits for the `count`th event of a type. */
  async next(type: string, count = 1): Promise<Event> {
    const found = () => this.events.filter((event) => event.type === type);
    await this.until(() => found().length >= count);
    return found()[count - 1];
  }
}
