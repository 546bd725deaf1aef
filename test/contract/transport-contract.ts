/**
 * What every Transport must keep, whatever its wire. A wire joins in with a harness: a way to make transports, and a server whose misbehaviour can be scripted.
 */
import type { Clock, SidetoneErrorCode } from "@sidetone/core";
import { SidetoneError } from "@sidetone/core";
import type { ClientEvent, ServerEvent } from "@sidetone/core/protocol";
import type { Transport, TransportClose } from "@sidetone/core/transport";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "./manual-clock.ts";

/** The server's end of a connection, as far as the contract needs it. */
export interface ContractPeer {
  /** Everything that came, as events. */
  readonly events: ClientEvent[];
  /** Resolves when the client's end is gone. */
  readonly gone: Promise<{ readonly code: number }>;
  event(type: ClientEvent["type"], count?: number): Promise<ClientEvent>;
  send(message: object | string | Uint8Array): void;
  inOnePiece(script: () => void): void;
  close(code?: number, reason?: string): void;
  vanish(): void;
  deafen(): void;
  listen(): void;
}

/** How a server greets. `mute` takes the connection and says nothing; `absent` is not there; `forbids` refuses the key. */
export type ContractManner = "accepts" | "mute" | "absent" | "forbids";

/** One server of a harness. */
export interface ContractServer {
  /** A fresh transport to it. */
  transport(options?: { readonly connectTimeoutMs?: number; readonly clock?: Clock }): Transport;
  peer(): Promise<ContractPeer>;
  /** Connections that are open now, upgraded or not. */
  readonly openConnections: number;
  close(): Promise<void>;
}

/** A wire. */
export interface TransportHarness {
  /** Starts a server; `greet` is called in the tick in which a connection opens. */
  serve(manner: ContractManner, greet?: (peer: ContractPeer) => void): Promise<ContractServer>;
  /** Whether the wire tells a refused key from a missing server. */
  readonly tellsWrongKey: boolean;
}

/** Everything a transport told, in order. */
class Recorder {
  readonly told: string[] = [];
  readonly events: ServerEvent[] = [];
  readonly errors: SidetoneError[] = [];
  readonly closes: TransportClose[] = [];
  readonly #waiting = new Set<() => void>();

  readonly handlers = {
    onEvent: (event: ServerEvent) => this.#note(`event ${event.type}`, () => this.events.push(event)),
    onError: (error: SidetoneError) => this.#note(`error ${error.code}`, () => this.errors.push(error)),
    onClose: (close: TransportClose) => this.#note("close", () => this.closes.push(close)),
  };

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

  #note(line: string, keep: () => void): void {
    keep();
    this.told.push(line);
    for (const check of [...this.#waiting]) check();
  }
}

/** What `promise` rejects with; fails when it does not, or with something that is no fatal SidetoneError. */
async function rejection(promise: Promise<unknown>): Promise<{ code: SidetoneErrorCode; message: string }> {
  const error = await promise.then(
    () => new Error("it was resolved"),
    (reason: unknown) => reason,
  );
  if (!SidetoneError.is(error)) throw error;
  expect(error.fatal).toBe(true);
  return { code: error.code, message: error.message };
}

/** Lets everything that is under way in this process happen: several rounds of the event loop. */
async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
}

const COMMIT = { type: "input_audio_buffer.commit" } as const;

/** Runs the contract. */
export function transportContract(name: string, harness: TransportHarness): void {
  describe(`${name} keeps the contract of a transport`, () => {
    const servers: ContractServer[] = [];
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
    });

    async function serve(manner: ContractManner, greet?: (peer: ContractPeer) => void): Promise<ContractServer> {
      const server = await harness.serve(manner, greet);
      servers.push(server);
      return server;
    }

    async function connected(options?: { clock?: Clock }) {
      const server = await serve("accepts");
      const recorder = new Recorder();
      const transport = server.transport(options);
      const [peer] = await Promise.all([server.peer(), transport.connect(recorder.handlers)]);
      return { server, recorder, transport, peer };
    }

    describe("connecting", () => {
      test("resolves when events can be sent, and calls no handler for it", async () => {
        const { recorder, transport, peer } = await connected();
        transport.send(COMMIT);
        await peer.event("input_audio_buffer.commit");
        expect(recorder.told).toEqual([]);
        await transport.close();
      });

      test("events that come together with the handshake are not lost", async () => {
        const server = await serve("accepts", (peer) => {
          peer.send({ type: "session.created", event_id: "e1" });
          peer.send({ type: "session.updated", event_id: "e2" });
        });
        const recorder = new Recorder();
        const transport = server.transport();
        await transport.connect(recorder.handlers);
        await recorder.until(() => recorder.events.length === 2);
        expect(recorder.told).toEqual(["event session.created", "event session.updated"]);
        await transport.close();
      });

      test("a connection that ends right after the handshake has ended for the handlers too", async () => {
        const server = await serve("accepts", (peer) => {
          peer.send({ type: "error", event_id: "e1", error: { message: "no" } });
          peer.close(4000, "no");
        });
        const recorder = new Recorder();
        await server.transport().connect(recorder.handlers);
        await recorder.until(() => recorder.closes.length > 0);
        expect(recorder.told).toEqual(["event error", "close"]);
        expect(recorder.closes[0].error?.code).toBe("connection-lost");
      });

      test("nothing listening: connect-failed with the address", async () => {
        const server = await serve("absent");
        const recorder = new Recorder();
        const { code, message } = await rejection(server.transport().connect(recorder.handlers));
        expect(code).toBe("connect-failed");
        expect(message).toMatch(/ws:\/\/127\.0\.0\.1:\d+|https?:\/\/127/);
        expect(recorder.told).toEqual([]);
      });

      if (harness.tellsWrongKey) {
        test("refused key: auth-failed", async () => {
          const server = await serve("forbids");
          const recorder = new Recorder();
          expect((await rejection(server.transport().connect(recorder.handlers))).code).toBe("auth-failed");
          expect(recorder.told).toEqual([]);
        });
      }

      test("no answer: connect-timeout after exactly the stated time, and the attempt is dropped", async () => {
        const server = await serve("mute");
        const clock = new ManualClock();
        const recorder = new Recorder();
        const failure = rejection(server.transport({ clock, connectTimeoutMs: 700 }).connect(recorder.handlers));
        while (server.openConnections === 0) await settle();
        clock.advance(699);
        expect(await Promise.race([failure, settle()])).toBeUndefined();
        clock.advance(1);
        expect((await failure).code).toBe("connect-timeout");
        while (server.openConnections > 0) await settle();
        expect(clock.pending).toBe(0);
        expect(recorder.told).toEqual([]);
      });

      test("abort while connecting: closed, and the attempt is dropped", async () => {
        const server = await serve("mute");
        const clock = new ManualClock();
        const recorder = new Recorder();
        const controller = new AbortController();
        const failure = rejection(server.transport({ clock }).connect(recorder.handlers, controller.signal));
        while (server.openConnections === 0) await settle();
        controller.abort();
        expect((await failure).code).toBe("closed");
        while (server.openConnections > 0) await settle();
        expect(clock.pending).toBe(0);
        expect(recorder.told).toEqual([]);
      });

      test("an aborted signal opens nothing", async () => {
        const server = await serve("mute");
        const transport = server.transport();
        expect((await rejection(transport.connect(new Recorder().handlers, AbortSignal.abort()))).code).toBe("closed");
        await settle();
        expect(server.openConnections).toBe(0);
      });

      test("abort after connecting changes nothing", async () => {
        const server = await serve("accepts");
        const recorder = new Recorder();
        const controller = new AbortController();
        const transport = server.transport();
        await transport.connect(recorder.handlers, controller.signal);
        const peer = await server.peer();
        controller.abort();
        transport.send(COMMIT);
        await peer.event("input_audio_buffer.commit");
        expect(recorder.told).toEqual([]);
        await transport.close();
      });

      test("close while connecting: connect rejects with closed, close resolves, the attempt is dropped", async () => {
        const server = await serve("mute");
        const recorder = new Recorder();
        const transport = server.transport();
        const failure = rejection(transport.connect(recorder.handlers));
        while (server.openConnections === 0) await settle();
        await transport.close();
        expect((await failure).code).toBe("closed");
        while (server.openConnections > 0) await settle();
        expect(recorder.told).toEqual([]);
      });

      test("close before connect: resolves, and connect opens nothing", async () => {
        const server = await serve("mute");
        const transport = server.transport();
        await transport.close();
        expect((await rejection(transport.connect(new Recorder().handlers))).code).toBe("closed");
        await settle();
        expect(server.openConnections).toBe(0);
      });

      test("one object is one connection: a second connect is refused and leaves the first alone", async () => {
        const { server, recorder, transport, peer } = await connected();
        expect((await rejection(transport.connect(new Recorder().handlers))).code).toBe("closed");
        peer.send({ type: "session.created" });
        await recorder.until(() => recorder.events.length === 1);
        expect(server.openConnections).toBe(1);
        await transport.close();
        expect(recorder.closes).toHaveLength(1);
      });
    });

    describe("events", () => {
      test("are sent in order, each once", async () => {
        const { transport, peer } = await connected();
        const sent: ClientEvent[] = [];
        for (let i = 0; i < 200; i++) {
          const event = i % 3 === 0 ? { ...COMMIT, event_id: `c${i}` } : { type: "input_audio_buffer.append" as const, audio: "AAAA", event_id: `a${i}` };
          sent.push(event);
          transport.send(event);
        }
        await peer.event("input_audio_buffer.commit", 67);
        expect(peer.events).toEqual(sent);
        await transport.close();
      });

      test("arrive in order, unknown ones and unknown fields untouched", async () => {
        const { recorder, transport, peer } = await connected();
        const events = [
          { type: "session.created", event_id: "1", session: { odd: [1, null] } },
          { type: "vendor.thing", deep: { umlaut: "ü", pair: "\u{1F600}" } },
          { type: "response.done", event_id: "3" },
        ];
        for (const event of events) peer.send(event);
        await recorder.until(() => recorder.events.length === 3);
        expect(recorder.events).toEqual(events);
        await transport.close();
      });

      test("sent before connecting and after closing are dropped without a word", async () => {
        const server = await serve("accepts");
        const transport = server.transport();
        transport.send({ ...COMMIT, event_id: "early" });
        await transport.connect(new Recorder().handlers);
        const peer = await server.peer();
        transport.send({ ...COMMIT, event_id: "now" });
        await peer.event("input_audio_buffer.commit");
        await transport.close();
        transport.send({ ...COMMIT, event_id: "late" });
        await peer.gone;
        expect(peer.events.map(({ event_id }) => event_id)).toEqual(["now"]);
        expect(transport.bufferedBytes).toBe(0);
      });

      test("that are none are reported one by one, and the connection goes on", async () => {
        const { recorder, transport, peer } = await connected();
        const garbage = ["", "{", "null", "[]", "7", '"text"', "{}", '{"type":7}', '{"type":""}'];
        for (const text of garbage) peer.send(text);
        peer.send(new Uint8Array([1, 2, 3]));
        peer.send({ type: "session.created" });
        await recorder.until(() => recorder.events.length === 1);
        expect(recorder.told).toEqual([...Array(garbage.length + 1).fill("error malformed-event"), "event session.created"]);
        for (const error of recorder.errors) expect(error.fatal).toBe(false);
        await transport.close();
      });

      test("bufferedBytes grows while the other side takes nothing, and is 0 when everything has left", async () => {
        const { transport, peer } = await connected();
        expect(transport.bufferedBytes).toBe(0);
        peer.deafen();
        const audio = "A".repeat(1 << 20);
        for (let i = 0; i < 24; i++) transport.send({ type: "input_audio_buffer.append", audio });
        await settle();
        expect(transport.bufferedBytes).toBeGreaterThan(1 << 20);
        peer.listen();
        await peer.event("input_audio_buffer.append", 24);
        while (transport.bufferedBytes > 0) await settle();
        await transport.close();
      });
    });

    describe("the end", () => {
      test("closing: the server hears it, onClose comes once without an error, nothing after it", async () => {
        const { recorder, transport, peer } = await connected();
        await transport.close();
        expect((await peer.gone).code).toBe(1000);
        expect(recorder.told).toEqual(["close"]);
        expect(recorder.closes[0].error).toBeUndefined();
      });

      test("closing twice at once and once more later ends once", async () => {
        const clock = new ManualClock();
        const { recorder, transport, peer } = await connected({ clock });
        await Promise.all([transport.close(), transport.close()]);
        await transport.close();
        await peer.gone;
        // A guard left behind would strike now.
        clock.advance(60_000);
        await settle();
        expect(recorder.told).toEqual(["close"]);
        expect(clock.pending).toBe(0);
      });

      test("a server that does not answer the closing handshake delays nothing for long, and is let go of", async () => {
        const clock = new ManualClock();
        const { server, recorder, transport, peer } = await connected({ clock });
        peer.deafen();
        const closing = transport.close();
        await settle();
        expect(recorder.told).toEqual([]);
        clock.advance(2000);
        await closing;
        expect(recorder.told).toEqual(["close"]);
        expect(recorder.closes[0].error).toBeUndefined();
        // Whatever the server says afterwards is nobody's business any more.
        peer.send({ type: "session.created" });
        peer.vanish();
        while (server.openConnections > 0) await settle();
        expect(recorder.told).toEqual(["close"]);
      });

      test("the server closes with a code: connection-lost with code and reason, once", async () => {
        const { recorder, transport, peer } = await connected();
        peer.send({ type: "session.created" });
        peer.close(1001, "Your session hit the maximum duration of 60 minutes.");
        await recorder.until(() => recorder.closes.length > 0);
        expect(recorder.told).toEqual(["event session.created", "close"]);
        const [close] = recorder.closes;
        expect(close.code).toBe(1001);
        expect(close.reason).toContain("60 minutes");
        expect(close.error).toMatchObject({ code: "connection-lost", fatal: true });
        expect(close.error?.message).toContain("60 minutes");
        await transport.close();
        expect(recorder.closes).toHaveLength(1);
      });

      test("the server closes properly without having been asked: connection-lost all the same", async () => {
        const { recorder, peer } = await connected();
        peer.close(1000);
        await recorder.until(() => recorder.closes.length > 0);
        expect(recorder.closes[0].error?.code).toBe("connection-lost");
      });

      test("the connection drops: connection-lost, once", async () => {
        const { recorder, transport, peer } = await connected();
        peer.vanish();
        await recorder.until(() => recorder.closes.length > 0);
        expect(recorder.told.at(-1)).toBe("close");
        expect(recorder.closes[0].error).toMatchObject({ code: "connection-lost", fatal: true });
        await transport.close();
        await settle();
        expect(recorder.closes).toHaveLength(1);
        expect(transport.bufferedBytes).toBe(0);
      });
    });
  });
}
