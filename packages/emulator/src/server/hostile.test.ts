/** Clients that do not play by the rules, and clients that are merely unusual: nothing of theirs may keep the emulator from closing or fill its memory. */
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

const leave: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of leave.splice(0).reverse()) await end();
});

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await createEmulator(options);
  leave.push(() => emulator.close());
  return emulator;
}

/** A TCP client that leaves its side open whatever the server does. */
function stubborn(port: number, text: string): { socket: Socket; until(part: string): Promise<string> } {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  leave.push(() => socket.destroy());
  let read = "";
  socket.on("error", () => {});
  socket.write(text);
  const until = (part: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => read.includes(part) && resolve(read);
      socket.on("data", (data) => {
        read += data;
        look();
      });
      socket.once("close", () => reject(new Error(`closed after ${JSON.stringify(read)}`)));
      look();
    });
  return { socket, until };
}

function portOf(emulator: Emulator): number {
  return Number(new URL(emulator.httpUrl).port);
}

function upgrade(path: string): string {
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
}

async function closesInTime(emulator: Emulator): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 1500);
  });
  const inTime = await Promise.race([emulator.close().then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}

/** A TCP server that takes connections and never says anything. */
async function muteServer(): Promise<number> {
  const server = createTcpServer((socket) => {
    leave.push(() => socket.destroy());
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  leave.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe("close()", () => {
  it("does not wait for a client that was refused and leaves its side open", async () => {
    const emulator = await start({ apiKeys: ["sk-right"] });
    await stubborn(portOf(emulator), upgrade("/v1/realtime?model=m")).until("401 Unauthorized");
    await stubborn(portOf(emulator), upgrade("/nowhere")).until("404 Not Found");
    expect(await closesInTime(emulator)).toBe(true);
  });

  it("does not wait for a service that does not answer, and lets its connections go", async () => {
    const emulator = await start({ relay: { url: `ws://127.0.0.1:${await muteServer()}/v1/realtime` } });
    const client = new WebSocket(`${emulator.url}?model=m`);
    const failed = new Promise<Error>((resolve) => client.once("error", resolve));
    const posted = fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST" }).catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await closesInTime(emulator)).toBe(true);
    expect((await failed).message).toContain("socket hang up");
    expect(await posted).toBeInstanceOf(Error);
  });
});

describe("a client that does not read", () => {
  it("is disconnected before what waits for it fills the memory", async () => {
    const emulator = await start();
    const client = new WebSocket(`${emulator.url}?model=m`);
    leave.push(() => client.terminate());
    client.on("error", () => {});
    await new Promise((resolve) => client.once("message", resolve));
    const audio = Buffer.alloc(6_000_000).toString("base64");
    const item = { id: "long", type: "message", role: "user", content: [{ type: "input_audio", audio }] };
    client.send(JSON.stringify({ type: "conversation.item.create", item }));
    client.pause();
    const session = emulator.sessions[0];
    for (let i = 0; i < 60 && session?.closed === null; i++) {
      // 8 MB each.
      client.send('{"type":"conversation.item.retrieve","item_id":"long"}');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(session?.closed).toMatchObject({ code: 1006 });
    const sent = session?.log.of("conversation.item.retrieved").length ?? 0;
    expect(sent).toBeGreaterThan(7);
    expect(sent).toBeLessThan(20);
  });
});

describe("an offer of HTTP/2", () => {
  const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__";
  const request = `POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: localhost\r\n${offer}\r\nContent-Length: 34\r\n\r\n{"expires_after":{"seconds":1200}}`;

  it("is ignored, and the request answered", async () => {
    const emulator = await start();
    const { socket, until } = stubborn(portOf(emulator), request);
    expect(await until('"expires_at"')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    // The connection goes on.
    socket.write(request.replace("client_secrets", "nothing"));
    await until("HTTP/1.1 404 Not Found");
    expect(await closesInTime(emulator)).toBe(true);
  });

  it("is ignored over TLS, and when the body comes late", async () => {
    const emulator = await start({ tls: true });
    const socket = connectTls({ port: portOf(emulator), host: "127.0.0.1", ca: emulator.certificate as string });
    leave.push(() => socket.destroy());
    const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    const bodyAt = request.indexOf("{");
    socket.write(request.slice(0, bodyAt));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write(request.slice(bodyAt));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe("attached to a server that has no listener of its own", () => {
  it("answers 404 to what nobody serves", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    leave.push(() => server.close());
    const emulator = await start({ server });
    const response = await fetch(`${emulator.httpUrl}/elsewhere`, { signal: AbortSignal.timeout(2000) });
    expect(response.status).toBe(404);
  });
});
