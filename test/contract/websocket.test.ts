/** The WebSocket transport over the contract, on the two platforms of a Node process: its own WebSocket, and the `ws` client. */
import type { Clock } from "@sidetone/core";
import { type SocketLike, type WebSocketPlatform, type WebSocketSettings, WebSocketTransport } from "@sidetone/core/transport";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket as WsClient } from "ws";
import { ManualClock } from "./manual-clock.ts";
import { deadUrl, ScriptedServer } from "./scripted-server.ts";
import { type TransportHarness, transportContract } from "./transport-contract.ts";

const realClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

type OpenSocket = WebSocketPlatform["openSocket"];

const openNodeSocket: OpenSocket = ({ url, protocols }) => new WebSocket(url, [...protocols]) as unknown as SocketLike;
const openWsSocket: OpenSocket = ({ url, protocols, headers }) => new WsClient(url, [...protocols], { headers });

async function probe({ url }: WebSocketSettings): Promise<number | null> {
  try {
    return (await fetch(url.replace(/^ws/, "http"))).status;
  } catch {
    return null;
  }
}

function settings(url: string, connectTimeoutMs = 10_000): WebSocketSettings {
  return { kind: "websocket", url, protocols: ["realtime"], headers: {}, connectTimeoutMs };
}

function harness(openSocket: OpenSocket): TransportHarness {
  return {
    tellsWrongKey: true,
    async serve(manner, greet) {
      const server = await ScriptedServer.start({
        manner: manner === "mute" ? "silent" : "accept",
        ...(manner === "forbids" ? { refuse: 401 } : {}),
        ...(greet === undefined ? {} : { onConnection: greet }),
      });
      const url = manner === "absent" ? await deadUrl() : server.url;
      return {
        transport: ({ connectTimeoutMs, clock = realClock } = {}) => new WebSocketTransport(settings(url, connectTimeoutMs), { clock, openSocket, probe }),
        peer: () => server.peer(),
        get openConnections() {
          return server.openConnections;
        },
        close: () => server.close(),
      };
    },
  };
}

transportContract("WebSocketTransport on Node's WebSocket", harness(openNodeSocket));
transportContract("WebSocketTransport on ws", harness(openWsSocket));

const platforms: { name: string; openSocket: OpenSocket; says: RegExp }[] = [
  { name: "Node's WebSocket", openSocket: openNodeSocket, says: /close code 1006/ },
  { name: "ws", openSocket: openWsSocket, says: /close code 1006, Invalid WebSocket frame/ },
];

describe.each(platforms)("what is special about WebSockets, on $name", ({ openSocket, says }) => {
  const servers: ScriptedServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function start(...options: Parameters<typeof ScriptedServer.start>): Promise<ScriptedServer> {
    const server = await ScriptedServer.start(...options);
    servers.push(server);
    return server;
  }

  const ignore = { onEvent: () => undefined, onError: () => undefined, onClose: () => undefined };

  test("a wrong path: connect-failed, with the status that the address answers", async () => {
    const server = await start({ refuse: 404 });
    const transport = new WebSocketTransport(settings(server.url), { clock: realClock, openSocket, probe });
    await expect(transport.connect(ignore)).rejects.toMatchObject({ code: "connect-failed", fatal: true, message: expect.stringContaining("HTTP 404") });
  });

  test.each(["", "nowhere", "mailto:someone", "ws://user name@:port"])('a URL that is none ("%s"): connect-failed, naming it', async (url) => {
    const transport = new WebSocketTransport(settings(url), { clock: realClock, openSocket, probe });
    await expect(transport.connect(ignore)).rejects.toMatchObject({ code: "connect-failed", fatal: true, message: expect.stringContaining(`"${url}"`) });
    await transport.close();
  });

  test("without a way to ask, a refused key is a connection that failed, and says what to look at", async () => {
    const server = await start({ refuse: 401 });
    const transport = new WebSocketTransport(settings(server.url), { clock: realClock, openSocket });
    await expect(transport.connect(ignore)).rejects.toMatchObject({ code: "connect-failed", message: expect.stringContaining("the key is valid") });
  });

  test("bytes that are no WebSocket frame end the connection, with what the platform says about them", async () => {
    const server = await start();
    const lost = await new Promise<{ code: number; error?: { code: string; message: string } }>((onClose) => {
      const transport = new WebSocketTransport(settings(server.url), { clock: realClock, openSocket, probe });
      void transport.connect({ ...ignore, onClose }).then(async () => (await server.peer()).sendRaw(new Uint8Array([0xff, 0xff, 0xff, 0xff])));
    });
    expect(lost.error?.code).toBe("connection-lost");
    expect(lost.error?.message).toMatch(says);
  });

  test("an event in many frames arrives whole, one in two bytes of UTF-8 per frame too", async () => {
    const server = await start();
    const got = new Promise<unknown>((onEvent) => {
      void new WebSocketTransport(settings(server.url), { clock: realClock, openSocket }).connect({ ...ignore, onEvent });
    });
    const text = Buffer.from(JSON.stringify({ type: "vendor.thing", say: "äöü\u{1F600}" }));
    const peer = await server.peer();
    for (let i = 0; i < text.length; i++) {
      const last = i === text.length - 1;
      peer.sendRaw(new Uint8Array([(last ? 0x80 : 0) | (i === 0 ? 1 : 0), 1, text[i]]));
    }
    expect(await got).toEqual({ type: "vendor.thing", say: "äöü\u{1F600}" });
  });
});

test("on ws, a server that never answers the closing handshake keeps no socket alive", async () => {
  const server = await ScriptedServer.start();
  const clock = new ManualClock();
  let client: WsClient | undefined;
  const openSocket: OpenSocket = ({ url, protocols }) => (client = new WsClient(url, [...protocols]));
  const transport = new WebSocketTransport(settings(server.url), { clock, openSocket });
  await transport.connect({ onEvent: () => undefined, onError: () => undefined, onClose: () => undefined });
  (await server.peer()).deafen();
  const closing = transport.close();
  clock.advance(2000);
  await closing;
  // Left to itself `ws` waits half a minute; a test that had to wait for that would fail by its own limit.
  while (client?.readyState !== WsClient.CLOSED) await new Promise((resolve) => setImmediate(resolve));
  await server.close();
});
