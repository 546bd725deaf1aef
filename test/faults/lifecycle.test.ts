/** Calls at every moment, also at those nobody plans for: twice, too early, too late, while something else is under way, from a listener. */
import { afterEach, describe, expect, test } from "vitest";
import { ScriptedServer } from "../contract/scripted-server.ts";
import {
  type Bench,
  beginReply,
  bench,
  confirm,
  endReply,
  eventually,
  findWhole,
  SESSION,
  sendDelta,
  sessionServer,
  settle,
  speech,
  toBytes,
} from "./support.ts";

const NOTHING = { reason: "interrupt", items: [] };

const servers: ScriptedServer[] = [];
const benches: Bench[] = [];
afterEach(async () => {
  for (const { pipeline } of benches.splice(0)) await pipeline.close();
  for (const server of servers.splice(0)) await server.close();
});

async function against(options?: Parameters<typeof ScriptedServer.start>[0]): Promise<Bench & { server: ScriptedServer }> {
  const server = await (options === undefined ? sessionServer() : ScriptedServer.start(options));
  servers.push(server);
  const made = bench(server.url);
  benches.push(made);
  return { ...made, server };
}

describe("start()", () => {
  test("twice at once: the second is refused, the first is not disturbed", async () => {
    const { pipeline, states, errors, server } = await against();
    const first = pipeline.start();
    await expect(pipeline.start()).rejects.toMatchObject({ code: "closed" });
    await first;
    await expect(pipeline.start()).rejects.toMatchObject({ code: "closed" });
    expect(states).toEqual(["connecting", "open"]);
    expect(errors).toEqual([]);
    expect(server.tcpConnections).toBe(1);
  });

  test("after close(): refused, nothing is opened", async () => {
    const { pipeline, states, server } = await against();
    await pipeline.close();
    await expect(pipeline.start()).rejects.toMatchObject({ code: "closed" });
    expect(states).toEqual(["closed"]);
    expect(server.tcpConnections).toBe(0);
  });
});

describe("close()", () => {
  test("twice at once and once more: one promise each, one end", async () => {
    const { pipeline, states, closed, server } = await against();
    await pipeline.start();
    const peer = await server.peer();
    await Promise.all([pipeline.close(), pipeline.close()]);
    await pipeline.close();
    expect((await peer.gone).code).toBe(1000);
    expect(states).toEqual(["connecting", "open", "closing", "closed"]);
    expect(closed).toEqual({ source: 1, sink: 1 });
  });

  /** Servers that stop at each step of a start. */
  const STEPS: [string, Parameters<typeof ScriptedServer.start>[0]][] = [
    ["before the connection opens", { manner: "silent" }],
    ["before session.created", {}],
    ["before session.updated", { onConnection: (peer) => peer.send({ type: "session.created", session: SESSION }) }],
  ];

  test.each(STEPS)("while connecting, %s: start() rejects with closed, the end is no failure", async (_name, options) => {
    const { pipeline, states, errors, closed, server } = await against(options);
    const starting = pipeline.start();
    const outcome = starting.catch((error: unknown) => error);
    await eventually(() => server.openConnections > 0);
    await settle();
    await pipeline.close();
    expect(await outcome).toMatchObject({ code: "closed", fatal: true });
    await eventually(() => server.openConnections === 0);
    await settle();
    expect(states.at(-1)).toBe("closed");
    expect(states).not.toContain("failed");
    expect(errors).toEqual([]);
    expect(pipeline.getSnapshot()).toMatchObject({ state: "closed", error: null });
    expect(closed).toEqual({ source: 1, sink: 1 });
  });

  test("while the key is being fetched: no connection is opened for it", async () => {
    const server = await sessionServer();
    servers.push(server);
    let giveKey: (key: string) => void = () => undefined;
    const key = new Promise<string>((resolve) => {
      giveKey = resolve;
    });
    const { pipeline, states } = bench(server.url, { apiKey: () => key });
    const outcome = pipeline.start().catch((error: unknown) => error);
    await pipeline.close();
    giveKey("late");
    expect(await outcome).toMatchObject({ code: "closed" });
    await settle();
    expect(server.tcpConnections).toBe(0);
    expect(states).toEqual(["connecting", "closed"]);
  });

  test.each(["session.created", "session.updated"])("from a listener of %s: the end is an end, at once", async (moment) => {
    const { pipeline, states, errors, server, events } = await against();
    pipeline.on("event", ({ type }) => {
      if (type === moment) void pipeline.close();
    });
    await expect(pipeline.start()).rejects.toMatchObject({ code: "closed" });
    await pipeline.close();
    await eventually(() => server.openConnections === 0);
    expect(states).toEqual(["connecting", "closing", "closed"]);
    expect(errors).toEqual([]);
    expect(events.map(({ type }) => type)).toContain(moment);
  });

  test("a server that does not answer the closing handshake holds nobody up", async () => {
    const { pipeline, server, states } = await against();
    await pipeline.start();
    (await server.peer()).deafen();
    const begun = performance.now();
    await pipeline.close();
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(states.at(-1)).toBe("closed");
  });

  test("a device that cannot be closed is told of, and holds nobody up", async () => {
    const server = await sessionServer();
    servers.push(server);
    const plain = bench(server.url);
    const stuck = bench(server.url, {}, { source: { ...plain.source, close: () => Promise.reject(new Error("stuck")) } });
    await stuck.pipeline.start();
    await stuck.pipeline.close();
    expect(stuck.states.at(-1)).toBe("closed");
    expect(stuck.closed.sink).toBe(1);
    expect(stuck.errors).toMatchObject([{ code: "internal", fatal: false, message: expect.stringContaining("stuck") }]);
    await eventually(() => server.openConnections === 0);
  });

  test("nothing is told afterwards", async () => {
    const { pipeline, server } = await against();
    await pipeline.start();
    const peer = await server.peer();
    await pipeline.close();
    let told = 0;
    for (const name of ["state", "event", "sent", "error", "interrupted", "stats"] as const) pipeline.on(name, () => told++);
    pipeline.subscribe(() => told++);
    pipeline.send({ type: "input_audio_buffer.commit" });
    await pipeline.interrupt();
    await peer.gone;
    // Longer than the interval of statistics.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told).toBe(0);
  });
});

describe("interrupt()", () => {
  test("before start", async () => {
    const { pipeline } = await against();
    expect(await pipeline.interrupt()).toEqual(NOTHING);
  });

  test("while connecting", async () => {
    const { pipeline, server, errors } = await against({});
    const outcome = pipeline.start().catch((error: unknown) => error);
    expect(await pipeline.interrupt()).toEqual(NOTHING);
    const peer = await server.peer();
    expect(await pipeline.interrupt()).toEqual(NOTHING);
    confirm(peer);
    expect(await outcome).toBeUndefined();
    expect(errors).toEqual([]);
  });

  test("when nothing plays: nothing is sent, nothing is told", async () => {
    const { pipeline, server } = await against();
    let told = 0;
    pipeline.on("interrupted", () => told++);
    await pipeline.start();
    const peer = await server.peer();
    expect(await pipeline.interrupt()).toEqual(NOTHING);
    pipeline.send({ type: "input_audio_buffer.clear" });
    await peer.event("input_audio_buffer.clear");
    expect(peer.events.map(({ type }) => type)).toEqual(["session.update", "input_audio_buffer.clear"]);
    expect(told).toBe(0);
  });

  test("twice at once while a reply plays: cut once", async () => {
    const { pipeline, server, events, pull } = await against();
    await pipeline.start();
    const peer = await server.peer();
    const reply = { responseId: "r1", itemId: "i1" };
    beginReply(peer, reply);
    sendDelta(peer, reply, toBytes(speech(500)));
    await eventually(() => events.some(({ type }) => type === "response.output_audio.delta"));
    pull(50);
    const [first, second] = await Promise.all([pipeline.interrupt(), pipeline.interrupt()]);
    expect(first.items).toMatchObject([{ itemId: "i1", heardMs: 50, action: "truncate" }]);
    expect(second).toEqual(NOTHING);
    pipeline.send({ type: "input_audio_buffer.clear" });
    await peer.event("input_audio_buffer.clear");
    expect(peer.events.map(({ type }) => type)).toEqual(["session.update", "response.cancel", "conversation.item.truncate", "input_audio_buffer.clear"]);
  });

  test("after close() and after the connection was lost", async () => {
    const closed = await against();
    await closed.pipeline.start();
    await closed.pipeline.close();
    expect(await closed.pipeline.interrupt()).toEqual(NOTHING);
    const lost = await against();
    await lost.pipeline.start();
    (await lost.server.peer()).vanish();
    await eventually(() => lost.pipeline.getSnapshot().state === "failed");
    expect(await lost.pipeline.interrupt()).toEqual(NOTHING);
  });
});

test("a listener that throws harms neither the others nor the reply, and its error is not lost", async () => {
  const { pipeline, server, events, errors, pull } = await against();
  const previous = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  const thrown: unknown[] = [];
  process.on("unhandledRejection", (reason) => thrown.push(reason));
  try {
    const mine = new Error("mine");
    pipeline.on("event", () => {
      throw mine;
    });
    let heardAfter = 0;
    pipeline.on("event", () => heardAfter++);
    await pipeline.start();
    const peer = await server.peer();
    const reply = { responseId: "r1", itemId: "i1" };
    const sent = speech(300);
    beginReply(peer, reply);
    sendDelta(peer, reply, toBytes(sent));
    endReply(peer, reply);
    await eventually(() => events.some(({ type }) => type === "response.done"));
    await settle();
    expect(findWhole(pull(500), sent)).toBeGreaterThanOrEqual(0);
    expect(heardAfter).toBe(events.length);
    expect(thrown).toEqual(Array(events.length).fill(mine));
    expect(errors).toEqual([]);
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of previous) process.on("unhandledRejection", listener);
  }
});
