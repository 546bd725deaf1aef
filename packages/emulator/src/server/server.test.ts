import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { WireClient } from "../../test/wire-client.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

describe("the server", () => {
  const running: Emulator[] = [];

  async function start(options: EmulatorOptions = {}): Promise<Emulator> {
    const emulator = await checkedEmulator(options);
    running.push(emulator);
    return emulator;
  }

  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(running.splice(0).map((emulator) => emulator.close()));
  });

  /** The HTTP status and body with which an upgrade is refused. */
  function refusal(
    url: string,
    options: { protocols?: string[]; headers?: Record<string, string> } = {},
  ): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers });
      socket.on("error", () => {});
      socket.on("open", () => reject(new Error("was accepted")));
      socket.on("unexpected-response", (_, response) => {
        let body = "";
        response.on("data", (part) => (body += part)).on("end", () => resolve({ status: response.statusCode, body }));
      });
    });
  }

  it("says where it is", async () => {
    const emulator = await start();
    expect(emulator.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime$/);
    expect(emulator.httpUrl).toBe(emulator.url.replace("ws", "http").replace("/v1/realtime", ""));
  });

  it("says what to do about a port that is taken", async () => {
    const { port } = new URL((await start()).httpUrl);
    await expect(createEmulator({ port: Number(port) })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program`);
  });

  it("repeats its ids with the same seed", async () => {
    const ids = async () => {
      const emulator = await start({ seed: 42 });
      const clients = [new WireClient(emulator.url)];
      await clients[0]?.next("session.created");
      clients.push(new WireClient(emulator.url));
      await clients[1]?.next("session.created");
      return clients.map(({ events }) => [events[0].event_id, events[0].session.id]);
    };
    const first = await ids();
    expect(await ids()).toEqual(first);
    expect(new Set(first.flat()).size).toBe(4);
  });

  it("takes any key, or none, unless it is given keys", async () => {
    const emulator = await start();
    for (const headers of [undefined, { authorization: "Bearer anything" }]) {
      const client = new WireClient(emulator.url, { headers });
      await client.next("session.created");
    }
  });

  it("takes its own keys only, in the header or in the subprotocol", async () => {
    const emulator = await start({ apiKeys: ["sk-right"] });
    const url = `${emulator.url}?model=gpt-realtime-2.1`;
    const refused = await refusal(url, { headers: { authorization: "Bearer sk-wrong-key" } });
    expect(refused.status).toBe(401);
    expect(JSON.parse(refused.body).error).toEqual({
      type: "invalid_request_error",
      code: "invalid_api_key",
      message: "Incorrect API key provided: sk-w***-key.",
      param: null,
    });
    expect((await refusal(url)).status).toBe(401);
    expect((await refusal(url, { protocols: ["realtime", "openai-insecure-api-key.sk-wrong"] })).status).toBe(401);
    await new WireClient(emulator.url, { headers: { authorization: "Bearer sk-right" } }).next("session.created");
    const browser = new WireClient(emulator.url, { protocols: ["realtime", "openai-insecure-api-key.sk-right", "openai-agents-sdk.0.20.0"] });
    await browser.next("session.created");
    expect(browser.protocol).toBe("realtime");
  });

  it("answers other paths with 404", async () => {
    const emulator = await start();
    const base = emulator.url.replace("/v1/realtime", "");
    for (const path of ["/", "/v1/realtime/", "/v1/realtimes", "/v1/live/other"]) expect((await refusal(base + path)).status).toBe(404);
    const response = await fetch(`${emulator.httpUrl}/v1/models`);
    expect(response.status).toBe(404);
    expect((await response.json()).error.message).toBe("Invalid URL (GET /v1/models)");
  });

  it.each([
    ["the beta header", { headers: { "openai-beta": "realtime=v1" } }],
    ["the beta subprotocol", { protocols: ["realtime", "openai-insecure-api-key.k", "openai-beta.realtime-v1"] }],
  ])("refuses %s with an error and close code 4000", async (_, options) => {
    const client = new WireClient((await start()).url, options);
    expect(await client.ended).toEqual({ code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" });
    expect(client.events).toHaveLength(1);
    expect(client.events[0]).toMatchObject({ type: "error", error: { type: "invalid_request_error", code: "beta_api_shape_disabled" } });
  });

  it("refuses a connection without a model, and kinds of connection it does not know", async () => {
    const emulator = await start();
    const client = new WireClient(emulator.url, { model: null });
    expect((await client.ended).code).toBe(4000);
    expect(client.events[0].error).toMatchObject({ code: "missing_model", param: "model" });
    const other = new WireClient(`${emulator.url}?intent=dictation`, { model: null });
    expect((await other.ended).code).toBe(4000);
    expect(other.events[0].error.code).toBe("invalid_value");
    expect(emulator.sessions).toEqual([]);
    expect(emulator.log.of("error", "out").map(({ sessionId }) => sessionId)).toEqual(["", ""]);
  });

  it("survives a detector that cannot be made, and one that fails", async () => {
    const broken = await start({
      vad: () => {
        throw new Error("no model");
      },
    });
    const refused = new WireClient(broken.url);
    expect((await refused.ended).code).toBe(1011);
    expect(refused.events[0].error).toMatchObject({ type: "server_error", message: "The emulator failed: no model" });
    const process = () => {
      throw new Error("no memory");
    };
    const client = new WireClient((await start({ vad: () => ({ process, reset: () => {} }) })).url);
    await client.next("session.created");
    client.append(new Uint8Array(4800));
    expect((await client.next("error")).error).toMatchObject({ type: "server_error", code: "internal_error", message: "The emulator failed: no memory" });
    client.send({ type: "input_audio_buffer.clear" });
    await client.next("input_audio_buffer.cleared");
  });

  it("closes everything in bounded time, twice if asked, even when a client does not answer", async () => {
    const emulator = await start();
    const polite = new WireClient(emulator.url);
    await polite.next("session.created");
    const deaf = new WebSocket(`${emulator.url}?model=m`);
    deaf.on("error", () => {});
    await new Promise((resolve) => deaf.once("message", resolve));
    (deaf as unknown as { _socket: { pause(): void } })._socket.pause();
    const { url } = emulator;
    const begun = performance.now();
    await Promise.all([emulator.close(), emulator.close()]);
    await emulator.close();
    expect(performance.now() - begun).toBeLessThan(2000);
    expect((await polite.ended).code).toBe(1001);
    expect(emulator.sessions.map(({ closed }) => closed?.code)).toEqual([1001, 1001]);
    expect(emulator.url).toBe(url);
    deaf.terminate();
    await expect(fetch(emulator.httpUrl)).rejects.toThrow();
  });

  it("forgets the oldest ended sessions", async () => {
    const emulator = await start({ keepSessions: 1 });
    for (let i = 0; i < 4; i++) {
      const client = new WireClient(emulator.url, { model: `m${i}` });
      await client.next("session.created");
      await client.close();
      await expect.poll(() => emulator.sessions.every(({ closed }) => closed !== null)).toBe(true);
    }
    expect(emulator.sessions.map(({ model }) => model)).toEqual(["m2", "m3"]);
  });

  describe("attached to another", () => {
    const servers: Server[] = [];

    afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

    async function host(): Promise<Server> {
      const server = createServer((_, response) => response.end("mine"));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }

    it("answers its own paths only, and leaves when it is closed", async () => {
      const server = await host();
      const emulator = await start({ server });
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(emulator.httpUrl).toBe(base);
      await new WireClient(emulator.url).next("session.created");
      expect(await (await fetch(`${base}/page`)).text()).toBe("mine");
      expect((await fetch(`${base}/v1/realtime/client_secrets`, { method: "POST" })).status).toBe(200);
      await emulator.close();
      expect(await (await fetch(`${base}/v1/realtime/client_secrets`, { method: "POST" })).text()).toBe("mine");
      expect(server.listenerCount("upgrade")).toBe(0);
      server.closeAllConnections();
    });

    it("leaves other upgrades to whoever else listens, and refuses them when nobody does", async () => {
      const server = await host();
      const emulator = await start({ server });
      const other = `${emulator.httpUrl.replace("http", "ws")}/other`;
      expect((await refusal(other)).status).toBe(404);
      server.on("upgrade", (request, socket) => request.url === "/other" && socket.end("HTTP/1.1 418 Mine\r\n\r\n"));
      expect((await refusal(other)).status).toBe(418);
      server.closeAllConnections();
    });

    it("says so when that server does not listen", async () => {
      const emulator = await start({ server: createServer() });
      expect(() => emulator.url).toThrow("does not listen");
    });
  });

  describe("client secrets", () => {
    const mint = (emulator: Emulator, body?: object | string, headers: Record<string, string> = {}) =>
      fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST", headers, body: typeof body === "object" ? JSON.stringify(body) : body });

    it("let a client in and pin its session", async () => {
      const emulator = await start({ apiKeys: ["sk-right"] });
      const session = { type: "realtime", model: "gpt-realtime", instructions: "Be brief.", audio: { output: { voice: "cedar" } } };
      expect((await mint(emulator, { session })).status).toBe(401);
      const response = await mint(emulator, { session }, { authorization: "Bearer sk-right" });
      expect(response.status).toBe(200);
      const secret = await response.json();
      expect(secret.value).toMatch(/^ek_[0-9A-Za-z]{32}$/);
      expect(secret.expires_at - Date.now() / 1000).toBeGreaterThan(590);
      expect(secret.session).toMatchObject({ ...session, object: "realtime.session", expires_at: 0, audio: { output: { voice: "cedar", speed: 1 } } });

      const client = new WireClient(emulator.url, { model: null, protocols: ["realtime", `openai-insecure-api-key.${secret.value}`] });
      const created = await client.next("session.created");
      expect(created.session).toMatchObject({ model: "gpt-realtime", instructions: "Be brief.", audio: { output: { voice: "cedar" } } });
      expect((await mint(emulator, {}, { authorization: `Bearer ${secret.value}` })).status).toBe(401);
      const other = new WireClient(emulator.url, { model: "gpt-other", headers: { authorization: `Bearer ${secret.value}` } });
      expect((await other.next("session.created")).session.model).toBe("gpt-realtime");
    });

    it("end", async () => {
      const emulator = await start();
      const secret = await (await mint(emulator, { expires_after: { anchor: "created_at", seconds: 10 } })).json();
      const connect = { headers: { authorization: `Bearer ${secret.value}` } };
      await new WireClient(emulator.url, connect).next("session.created");
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11_000 });
      expect((await refusal(`${emulator.url}?model=m`, connect)).status).toBe(401);
    });

    it.each([
      [{ expires_after: { anchor: "created_at", seconds: 9 } }, "integer_below_min_value", "expires_after.seconds"],
      [{ expires_after: { anchor: "now" } }, "invalid_value", "expires_after.anchor"],
      [{ session: { type: "realtime", voice: "cedar" } }, "unknown_parameter", "session.voice"],
      [{ model: "m" }, "unknown_parameter", "model"],
      ["{", "invalid_json", null],
    ])("are refused for %j", async (body, code, param) => {
      const response = await mint(await start(), body);
      expect(response.status).toBe(400);
      expect((await response.json()).error).toMatchObject({ type: "invalid_request_error", code, param });
    });

    it("are for pages of this machine", async () => {
      const emulator = await start();
      for (const origin of ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:80", "http://app.localhost"]) {
        const preflight = await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "OPTIONS", headers: { origin } });
        expect(preflight.status).toBe(204);
        expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
        expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
        expect((await mint(emulator, {}, { origin })).headers.get("access-control-allow-origin")).toBe(origin);
      }
      for (const origin of ["https://example.org", "http://localhost.example.org", "null"]) {
        expect((await mint(emulator, {}, { origin })).headers.get("access-control-allow-origin")).toBeNull();
      }
    });

    it("are made by POST", async () => {
      const emulator = await start();
      expect((await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`)).status).toBe(405);
    });
  });
});
