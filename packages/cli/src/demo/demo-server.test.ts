import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { assertConformance, checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type DemoServer, startDemoServer } from "./demo-server.ts";

const KEY = "sk-test-0123456789abcdef";
const base = mkdtempSync(join(tmpdir(), "sidetone-demo-"));
const pageFolder = join(base, "page");
const closing: (() => unknown)[] = [];

beforeAll(() => {
  mkdirSync(join(pageFolder, "assets"), { recursive: true });
  writeFileSync(join(base, "secret.txt"), "secret");
  writeFileSync(join(pageFolder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(pageFolder, "assets", "a b.js"), "export {};");
  writeFileSync(join(pageFolder, "sample.wav"), "RIFF");
  symlinkSync(join(base, "secret.txt"), join(pageFolder, "link.txt"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => rmSync(base, { recursive: true }));

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is written: fetch would tidy up the path and set its own Host. */
function ask(server: DemoServer, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    outgoing.on("error", reject).end();
  });
}

async function start(openAi: { apiKey: string; baseUrl: string } | null = null): Promise<DemoServer> {
  const server = await startDemoServer({ host: "127.0.0.1", port: 0, whenTaken: "fail", pageFolder, model: "gpt-test", voice: "echo", openAi });
  closing.push(async () => {
    await server.close();
    if (server.emulator !== null) assertConformance(server.emulator);
  });
  return server;
}

const own = (server: DemoServer) => ({ origin: `http://127.0.0.1:${server.port}` });
const askSession = (server: DemoServer) => ask(server, "POST", "/session", own(server));

/** A stand-in for the service that always answers the same. */
async function upstream(status: number, body: string): Promise<{ baseUrl: string; requests: { url?: string; authorization?: string; body: string }[] }> {
  const requests: { url?: string; authorization?: string; body: string }[] = [];
  const server = createServer(async (incoming, response) => {
    let text = "";
    for await (const part of incoming) text += part;
    requests.push({ url: incoming.url, authorization: incoming.headers.authorization, body: text });
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return { baseUrl: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`, requests };
}

describe("static files", () => {
  test("the page, assets and the sample come with their types and the security headers", async () => {
    const server = await start();
    const page = await ask(server, "GET", "/");
    expect(page).toMatchObject({ status: 200, body: "<!doctype html><title>page</title>" });
    expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect((await ask(server, "GET", "/assets/a%20b.js?v=1")).headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect((await ask(server, "GET", "/sample.wav")).headers["content-type"]).toBe("audio/wav");
    expect(await ask(server, "HEAD", "/sample.wav")).toMatchObject({ status: 200, body: "", headers: { "content-length": "4" } });
    expect((await ask(server, "DELETE", "/")).status).toBe(405);
  });

  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/....//secret.txt",
    "//secret.txt",
    "/link.txt",
    "/index.html%00.txt",
    "/%",
    "/assets",
    "/assets/",
    "/missing.js",
    "secret.txt",
    "http://127.0.0.1/../secret.txt",
  ])("%s is not found", async (path) => {
    const answer = await ask(await start(), "GET", path);
    expect(answer.status === 404 || answer.status === 400).toBe(true);
    expect(answer.body).not.toContain("secret");
  });

  test("only under its own name (DNS rebinding)", async () => {
    const server = await start();
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "169.254.169.254"]) {
      expect((await ask(server, "GET", "/", { host })).status).toBeGreaterThanOrEqual(400);
    }
    for (const host of [`localhost:${server.port}`, `[::1]:${server.port}`, "127.0.0.1"]) expect((await ask(server, "GET", "/", { host })).status).toBe(200);
  });
});

describe("POST /session", () => {
  test("names the embedded emulator, which answers on the same port", async () => {
    const server = await start();
    const { status, body, headers } = await askSession(server);
    const url = `ws://127.0.0.1:${server.port}/v1/realtime`;
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(body)).toEqual({ service: "emulator", url, model: "gpt-test", apiKey: null, expiresAt: null });
    const socket = new WebSocket(`${url}?model=gpt-test`, ["realtime"]);
    const first = await new Promise<string>((resolve) => {
      socket.onmessage = (event) => resolve(event.data as string);
    });
    expect(JSON.parse(first).type).toBe("session.created");
    expect(server.emulator?.sessions.length).toBe(1);
    socket.close();
  });

  test("is refused to every other page", async () => {
    const server = await start();
    const origin = own(server).origin;
    const attempts: Record<string, string>[] = [
      {},
      { origin: "null" },
      { origin: "https://evil.example" },
      { origin: `http://127.0.0.1:${server.port + 1}` },
      { origin: `https://127.0.0.1:${server.port}` },
      { origin, host: "evil.example" },
      { origin: "http://evil.example", host: "evil.example" },
      { origin, "sec-fetch-site": "cross-site" },
      { origin, "sec-fetch-site": "same-site" },
      { origin, "sec-fetch-site": "none" },
    ];
    for (const headers of attempts) expect(await ask(server, "POST", "/session", headers)).toMatchObject({ status: 403 });
    expect((await ask(server, "GET", "/session", { origin })).status).toBe(405);
    expect((await ask(server, "POST", "/session", { origin, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("mints a key at the service, which a client can use", async () => {
    const service = await checkedEmulator({ apiKeys: [KEY] });
    closing.push(() => service.close());
    const server = await start({ apiKey: KEY, baseUrl: `${service.httpUrl}/v1` });
    const { status, body } = await askSession(server);
    const ticket = JSON.parse(body);
    expect(status).toBe(200);
    expect(ticket).toMatchObject({ service: "openai", url: service.url, model: "gpt-test", apiKey: expect.stringMatching(/^ek_/) });
    expect(ticket.expiresAt).toBeGreaterThan(Date.now() / 1000);
    expect(body).not.toContain(KEY);
    expect(server.emulator).toBeNull();
    const socket = new WebSocket(ticket.url, ["realtime", `openai-insecure-api-key.${ticket.apiKey}`]);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    socket.close();
  });

  test("asks for a key of the model, with the standard key in the header alone", async () => {
    const service = await upstream(200, JSON.stringify({ value: "ek_1", expires_at: 5 }));
    const { body } = await askSession(await start({ apiKey: KEY, baseUrl: service.baseUrl }));
    expect(JSON.parse(body)).toMatchObject({ apiKey: "ek_1", expiresAt: 5 });
    const [sent] = service.requests;
    expect(sent).toMatchObject({ url: "/v1/realtime/client_secrets", authorization: `Bearer ${KEY}` });
    expect(JSON.parse(sent?.body ?? "")).toMatchObject({ session: { type: "realtime", model: "gpt-test" } });
  });

  test.each([
    ["a wrong key", 401, JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY.slice(0, 8)}***cdef.` } }), 401, "invalid_api_key"],
    ["a key that may not", 403, "", 401, "invalid_api_key"],
    ["too much", 429, JSON.stringify({ error: { code: "insufficient_quota", message: `Quota of ${KEY} used up.` } }), 429, "insufficient_quota"],
    ["a model that is not there", 404, JSON.stringify({ error: { code: "model_not_found", message: "No such model." } }), 502, "model_not_found"],
    ["an outage", 500, "<html>", 502, "upstream_error"],
    ["an answer without a key", 200, "{}", 502, "upstream_malformed"],
    ["the standard key as the answer", 200, JSON.stringify({ value: KEY }), 502, "upstream_malformed"],
    ["a redirection", 307, "", 502, "upstream_error"],
  ])("tells of %s", async (_name, upstreamStatus, upstreamBody, status, code) => {
    const service = await upstream(upstreamStatus, upstreamBody);
    const answer = await askSession(await start({ apiKey: KEY, baseUrl: service.baseUrl }));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ error: { code, message: expect.stringMatching(/\.$/) } });
    expect(answer.body).not.toContain(KEY.slice(0, 8));
  });

  test("tells when nothing listens", async () => {
    const gone = await upstream(200, "{}");
    await closing.pop()?.();
    const answer = await askSession(await start({ apiKey: KEY, baseUrl: gone.baseUrl }));
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body).error).toEqual({ code: "upstream_unreachable", message: expect.stringContaining("ECONNREFUSED") });
    expect(answer.body).not.toContain(KEY);
  });
});

test("a WebSocket to another path is refused", async () => {
  const server = await start();
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const answer = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
  expect(answer).toContain("404");
  socket.destroy();
});
