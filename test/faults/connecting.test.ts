/** Sessions that never come about: each ends `start()` with one typed error, frees everything, and leaves the process able to start another. */
import { afterEach, describe, expect, test } from "vitest";
import { deadUrl, type Peer, ScriptedServer } from "../contract/scripted-server.ts";
import { type Bench, bench, eventually, SESSION, sessionServer, settle } from "./support.ts";

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Parameters<typeof ScriptedServer.start>[0]): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(options);
  servers.push(server);
  return server;
}

/** Starts, expects the failure everywhere it must show, and expects everything to be free afterwards. */
async function expectFailure(failing: Bench, expected: { code: string; message?: RegExp }): Promise<void> {
  const error = await failing.pipeline.start().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "SidetoneError", code: expected.code, fatal: true });
  if (expected.message !== undefined) expect((error as Error).message).toMatch(expected.message);
  expect(failing.errors.map(({ code }) => code)).toEqual([expected.code]);
  expect(failing.states).toEqual(["connecting", "failed"]);
  expect(failing.pipeline.getSnapshot()).toMatchObject({ state: "failed", error: { code: expected.code } });
  expect(failing.closed.source).toBeGreaterThan(0);
  expect(failing.closed.sink).toBeGreaterThan(0);
  for (const server of servers) await eventually(() => server.openConnections === 0);
  await failing.pipeline.close();
  expect(failing.pipeline.getSnapshot().state).toBe("failed");
}

/** A session in the same process that works. */
async function expectAnother(): Promise<void> {
  const server = await sessionServer();
  servers.push(server);
  const another = bench(server.url);
  await another.pipeline.start();
  expect(another.pipeline.getSnapshot().state).toBe("open");
  await another.pipeline.close();
  expect(another.states).toEqual(["connecting", "open", "closing", "closed"]);
  expect(another.errors).toEqual([]);
}

describe("no connection", () => {
  test("nothing listening", async () => {
    await expectFailure(bench(await deadUrl()), { code: "connect-failed", message: /Check that the server runs/ });
    await expectAnother();
  });

  test("a wrong path", async () => {
    const server = await start({ refuse: 404 });
    await expectFailure(bench(server.url), { code: "connect-failed", message: /HTTP 404/ });
  });

  test.each([401, 403])("a wrong key (%i)", async (status) => {
    const server = await start({ refuse: status });
    await expectFailure(bench(server.url, { apiKey: "wrong" }), { code: "auth-failed", message: /refused the key/ });
    await expectAnother();
  });

  test("a server that accepts and is silent", async () => {
    const server = await start({ manner: "silent" });
    await expectFailure(bench(server.url, { connectTimeoutMs: 100 }), { code: "connect-timeout", message: /100 ms/ });
  });

  test.each(["nowhere", "http//x", "ftp://nowhere/"])("an address that is none: %s", async (url) => {
    await expectFailure(bench(url), { code: "connect-failed", message: /ws: or wss: URL/ });
  });

  test("a key that cannot be fetched", async () => {
    const server = await start({});
    const failing = bench(server.url, { apiKey: () => Promise.reject(new TypeError("fetch failed")) });
    await expectFailure(failing, { code: "connect-failed", message: /fetch failed/ });
    expect(server.tcpConnections).toBe(0);
  });
});

describe("a connection, but no session", () => {
  const limits = { answerTimeoutMs: 60 };

  async function against(onConnection: (peer: Peer) => void): Promise<Bench> {
    const server = await start({ onConnection });
    return bench(server.url, {}, { limits });
  }

  test("no session.created", async () => {
    await expectFailure(await against(() => undefined), { code: "connect-timeout", message: /session\.created within 60 ms/ });
    await expectAnother();
  });

  test("no session.updated", async () => {
    const failing = await against((peer) => peer.send({ type: "session.created", session: SESSION }));
    await expectFailure(failing, { code: "connect-timeout", message: /session\.updated within 60 ms/ });
  });

  test("an error instead of session.updated", async () => {
    const failing = await against((peer) => {
      peer.send({ type: "session.created", session: SESSION });
      void peer.event("session.update").then(() => {
        peer.send({ type: "error", error: { type: "invalid_request_error", code: "invalid_value", message: "Invalid voice 'bob'." } });
      });
    });
    await expectFailure(failing, { code: "server-error", message: /Invalid voice 'bob'/ });
    await expectAnother();
  });

  test("an error and a close in one breath, right at the handshake", async () => {
    const failing = await against((peer) => {
      peer.send({ type: "error", error: { type: "invalid_request_error", code: "beta_api_shape_disabled", message: "The beta shape is disabled." } });
      peer.close(4000, "beta_api_shape_disabled");
    });
    await expectFailure(failing, { code: "server-error", message: /beta shape/ });
  });

  test("invalid_api_key, then close 3000", async () => {
    const failing = await against((peer) => {
      peer.send({ type: "error", error: { type: "invalid_request_error", code: "invalid_api_key", message: "Incorrect API key provided." } });
      peer.close(3000, "invalid_request_error.invalid_api_key");
    });
    await expectFailure(failing, { code: "auth-failed", message: /Incorrect API key/ });
  });

  test.each(["right away", "after session.created"])("a close without an error, %s", async (when) => {
    const failing = await against((peer) => {
      if (when !== "right away") peer.send({ type: "session.created", session: SESSION });
      peer.close(1013, "try again later");
    });
    await expectFailure(failing, { code: "connection-lost", message: /1013, try again later/ });
  });

  test("a connection that drops while the settings are under way", async () => {
    const failing = await against((peer) => {
      peer.send({ type: "session.created", session: SESSION });
      void peer.event("session.update").then(() => peer.vanish());
    });
    await expectFailure(failing, { code: "connection-lost" });
  });

  test("garbage before the session is reported and does not count as an answer", async () => {
    const server = await start({
      onConnection: (peer) => {
        peer.send("<html>");
        peer.send({ type: "session.created" });
        peer.send(new Uint8Array([0]));
      },
    });
    const failing = bench(server.url, {}, { limits });
    await expect(failing.pipeline.start()).rejects.toMatchObject({ code: "connect-timeout" });
    expect(failing.errors.map(({ code }) => code)).toEqual(["malformed-event", "malformed-event", "malformed-event", "connect-timeout"]);
    expect(failing.pipeline.getSnapshot().error?.code).toBe("connect-timeout");
  });

  test("session.updated and the end in one piece: not open, or lost", async () => {
    const server = await start({
      onConnection: (peer) => {
        peer.send({ type: "session.created", session: SESSION });
        void peer.event("session.update").then(() => {
          peer.inOnePiece(() => {
            peer.send({ type: "session.updated", session: SESSION });
            peer.close(1001, "going away");
          });
        });
      },
    });
    const failing = bench(server.url);
    await failing.pipeline.start().catch(() => undefined);
    await settle();
    await eventually(() => failing.pipeline.getSnapshot().state === "failed");
    expect(failing.errors.map(({ code }) => code)).toEqual(["connection-lost"]);
  });
});

describe("devices that do not open", () => {
  test("the session is not opened behind a failed start, even when the key comes late", async () => {
    const server = await sessionServer();
    servers.push(server);
    let giveKey: (key: string) => void = () => undefined;
    const refused = { ...bench(server.url).source, open: () => Promise.reject(new Error("no device")) };
    const key = new Promise<string>((resolve) => {
      giveKey = resolve;
    });
    const failing = bench(server.url, { apiKey: () => key }, { source: refused });
    await expect(failing.pipeline.start()).rejects.toMatchObject({ fatal: true, message: expect.stringContaining("no device") });
    giveKey("late");
    await settle();
    expect(server.tcpConnections).toBe(0);
    expect(failing.states).toEqual(["connecting", "failed"]);
  });

  test("a device that fails in a way of its own: told with its error as the cause, and everything is free", async () => {
    const server = await sessionServer();
    servers.push(server);
    const refusing = { ...bench(server.url).source, open: () => Promise.reject(new RangeError("no such rate")) };
    const failing = bench(server.url, {}, { source: refusing });
    await expect(failing.pipeline.start()).rejects.toMatchObject({ code: "internal", fatal: true, cause: expect.any(RangeError) });
    expect(failing.pipeline.getSnapshot()).toMatchObject({ state: "failed", error: { code: "internal" } });
    expect(failing.closed.sink).toBeGreaterThan(0);
    await eventually(() => server.openConnections === 0);
  });
});
