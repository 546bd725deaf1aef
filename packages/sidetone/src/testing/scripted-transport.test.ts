import { type Clock, SidetoneError } from "@sidetone/core";
import type { ServerEvent } from "@sidetone/core/protocol";
import type { TransportHandlers } from "@sidetone/core/transport";
import { describe, expect, test, vi } from "vitest";
import { createPipeline, pcmSink, pcmSource } from "../node/index.ts";
import { webSocket } from "../websocket.ts";
import { alignSegments, coverage, greeting, noise, replyEvents, scriptedTransport, toPcm16 } from "./index.ts";

/** Handlers that write down what they are told. */
function recorder(): TransportHandlers & { readonly told: string[]; readonly events: ServerEvent[] } {
  const told: string[] = [];
  const events: ServerEvent[] = [];
  return {
    told,
    events,
    onEvent: (event) => {
      events.push(event);
      told.push(event.type);
    },
    onError: (error) => told.push(`error ${error.code}`),
    onClose: ({ code, reason, error }) => told.push(`close ${code} ${reason}${error ? ` ${error.code}` : ""}`),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Time by hand. */
function handClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  let timers: { dueMs: number; task: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    after(delayMs, task) {
      const timer = { dueMs: nowMs + delayMs, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      nowMs += ms;
      const due = timers.filter(({ dueMs }) => dueMs <= nowMs);
      timers = timers.filter(({ dueMs }) => dueMs > nowMs);
      for (const { task } of due) task();
    },
  };
}

describe("a scripted transport", () => {
  test("plays its steps in order, each when it is asked for", async () => {
    const server = scriptedTransport([
      ...greeting({ voice: "marin" }),
      { when: "response.create", send: [{ type: "response.created" }, { type: "response.done", event_id: "mine" }] },
    ]);
    const client = recorder();
    await server.connect(client);
    await settle();
    expect(client.told).toEqual(["session.created"]);
    server.send({ type: "response.create" });
    server.send({ type: "session.update", session: { type: "realtime", instructions: "Be brief." } });
    await settle();
    expect(client.told).toEqual(["session.created", "session.updated"]);
    expect(client.events[1]).toMatchObject({ session: { id: "sess_scripted", voice: "marin", instructions: "Be brief." } });
    server.send({ type: "response.create" });
    await server.finished();
    expect(client.told.slice(2)).toEqual(["response.created", "response.done"]);
    expect(client.events.map((event) => (event as { event_id: string }).event_id)).toEqual([
      "event_scripted_1",
      "event_scripted_2",
      "event_scripted_3",
      "mine",
    ]);
    expect(server.played).toBe(3);
    expect(server.sentOf("response.create")).toHaveLength(2);
  });

  test("never speaks from within send", async () => {
    const server = scriptedTransport([{ when: "response.create", send: { type: "response.created" } }]);
    const client = recorder();
    await server.connect(client);
    server.send({ type: "response.create" });
    expect(client.told).toEqual([]);
    await settle();
    expect(client.told).toEqual(["response.created"]);
  });

  test("takes its time, by the clock it is given", async () => {
    const clock = handClock();
    const server = scriptedTransport(
      [
        { afterMs: 100, send: { type: "first" } },
        { when: (event) => event.type === "response.create", afterMs: 50, send: (event) => ({ type: "second", asked: event?.type }) },
      ],
      { clock },
    );
    const client = recorder();
    await server.connect(client);
    await settle();
    clock.advance(99);
    expect(client.told).toEqual([]);
    server.send({ type: "response.create" });
    clock.advance(1);
    expect(client.told).toEqual(["first"]);
    await settle();
    clock.advance(49);
    expect(client.told).toEqual(["first"]);
    clock.advance(1);
    expect(client.events[1]).toMatchObject({ type: "second", asked: "response.create" });
  });

  test("ends the connection, as a step or by hand", async () => {
    const closing = scriptedTransport([
      { when: "response.create", send: { type: "error" }, close: { code: 1001, reason: "expired" } },
      { send: { type: "never" } },
    ]);
    const client = recorder();
    await closing.connect(client);
    closing.send({ type: "response.create" });
    await expect(closing.finished()).rejects.toThrow("The connection ended before step 2 of 2.");
    await settle();
    expect(client.told).toEqual(["error", "close 1001 expired connection-lost"]);
    closing.send({ type: "response.create" });
    expect(closing.sent).toHaveLength(1);

    const lost = scriptedTransport([]);
    const other = recorder();
    await lost.connect(other);
    lost.end();
    lost.end();
    await settle();
    expect(other.told).toEqual(["close 1006  connection-lost"]);
  });

  test("closes when the client does, and tells it so once", async () => {
    const server = scriptedTransport(greeting());
    const client = recorder();
    await server.connect(client);
    await settle();
    await server.close();
    await server.close();
    await settle();
    expect(client.told).toEqual(["session.created", "close 1000 "]);
  });

  test("says what is not in the script, shares no objects, and waits for what is sent", async () => {
    const server = scriptedTransport([]);
    const client = recorder();
    await server.connect(client);
    const event = { type: "response.done", response: { id: "r1" } };
    server.say(event);
    const soon = server.next("response.cancel", 2);
    const sent = { type: "response.cancel", response_id: "r1" } as { type: "response.cancel"; response_id: string };
    server.send(sent);
    sent.response_id = "r2";
    server.send(sent);
    expect(await soon).toEqual({ type: "response.cancel", response_id: "r2" });
    expect(await server.next("response.cancel")).toEqual({ type: "response.cancel", response_id: "r1" });
    expect(client.events[0]).toMatchObject(event);
    expect((client.events[0] as unknown as typeof event).response).not.toBe(event.response);
    server.end();
    await expect(server.next("session.update")).rejects.toThrow("The connection ended before 1 session.update.");
  });

  test("refuses a connection, a second client, and steps that are none", async () => {
    const refuse = new SidetoneError("auth-failed", "No.", { fatal: true });
    await expect(scriptedTransport([], { refuse }).connect(recorder())).rejects.toBe(refuse);
    const server = scriptedTransport([]);
    await server.connect(recorder());
    await expect(server.connect(recorder())).rejects.toThrow("This script plays to one client");
    expect(() => scriptedTransport([{ wen: "x" } as never])).toThrow('Step 0 has an unknown property "wen"; allowed are when, afterMs, send, close.');
    expect(() => scriptedTransport([{ afterMs: -1 }])).toThrow("afterMs of step 0 is -1; allowed is 0 or more.");
    expect(() => scriptedTransport("x" as never)).toThrow("The script is no array");
    expect(() => scriptedTransport([], { clok: 1 } as never)).toThrow('options has an unknown property "clok"');
  });

  test("says what it can do", () => {
    expect(scriptedTransport([]).capabilities).toEqual({ audio: "events", truncation: "client", turns: "turn" });
    expect(scriptedTransport([], { capabilities: { truncation: "server" } }).capabilities).toEqual({ audio: "events", truncation: "server", turns: "turn" });
  });
});

describe("a scripted server behind a pipeline", () => {
  const RATE = 24_000;

  test("is heard, and hears", async () => {
    const said = noise({ color: "soft", ms: 1000, rate: RATE, seed: 4 });
    const server = scriptedTransport([...greeting(), { when: "input_audio_buffer.append", send: replyEvents({ samples: said, transcript: "shh" }) }]);
    const source = pcmSource({ rate: RATE });
    const sink = pcmSink({ rate: RATE });
    const pipeline = createPipeline({ transport: webSocket({ url: "ws://script" }), openSocket: server.openSocket, source, sink });
    await pipeline.start();
    source.write(noise({ ms: 100, rate: RATE }));
    await server.finished();
    const heard = new Float32Array(RATE * 2);
    const quantum = new Float32Array(128);
    for (let at = 0; at + 128 <= heard.length; at += 128) {
      sink.pull(quantum);
      heard.set(quantum, at);
      if (at % 2560 === 0) await settle();
    }
    expect(coverage(alignSegments(heard, said, RATE), said.length).share).toBeGreaterThan(0.95);
    await vi.waitFor(() => expect(server.sentOf("input_audio_buffer.append").length).toBeGreaterThanOrEqual(5));
    await pipeline.close();
  });

  test("that refuses is a pipeline's error", async () => {
    const server = scriptedTransport([], { refuse: new SidetoneError("connect-failed", "No such server.", { fatal: true }) });
    const pipeline = createPipeline({
      transport: webSocket({ url: "ws://127.0.0.1:9/script" }),
      openSocket: server.openSocket,
      source: pcmSource({ rate: RATE }),
      sink: pcmSink({ rate: RATE }),
    });
    await expect(pipeline.start()).rejects.toMatchObject({ code: "connect-failed" });
    await pipeline.close();
  });
});

describe("a reply", () => {
  test("has its events in the recorded order, and all of its sound", () => {
    const samples = noise({ ms: 600, rate: 24_000 });
    const events = replyEvents({ samples, transcript: "hello", responseId: "resp_9", itemId: "item_9" });
    expect(events.map(({ type }) => type)).toEqual([
      "response.created",
      "response.output_item.added",
      "conversation.item.added",
      "response.content_part.added",
      "response.output_audio_transcript.delta",
      "response.output_audio.delta",
      "response.output_audio.delta",
      "response.output_audio.delta",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
    ]);
    const deltas = events.filter(({ type }) => type === "response.output_audio.delta").map(({ delta }) => Buffer.from(delta as string, "base64"));
    const pcm = toPcm16(samples);
    expect(Buffer.concat(deltas).equals(Buffer.from(pcm.buffer))).toBe(true);
    expect(events.at(-1)).toMatchObject({ response: { id: "resp_9", output: [{ id: "item_9", content: [{ transcript: "hello" }] }] } });
    expect(() => replyEvents({ samples, deltaMs: 0 })).toThrow("deltaMs is 0; allowed is more than 0.");
  });
});
