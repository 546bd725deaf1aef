/** Who gets in: TLS, pages of other origins, bent names, limits of keys; and what is not written down. */

import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createServer as createTlsServer, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { RAMP, RawClient } from "../../test/fault-rig.ts";
import { WireClient } from "../../test/wire-client.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

const run = promisify(execFile);
const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1, transcriptionDelayMs: 1 };
const voice = { reply: () => [{ type: "message" as const, text: "one two three", audio: { rate: 24_000, samples: RAMP } }] };

const running: Emulator[] = [];

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await checkedEmulator({ profile: FAST, voice, ...options });
  running.push(emulator);
  return emulator;
}

afterEach(() => Promise.all(running.splice(0).map((emulator) => emulator.close())));

describe("TLS", () => {
  it("serves wss and https with a certificate for this machine's names", async () => {
    const emulator = await start({ tls: true });
    expect(emulator.url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/v1\/realtime$/);
    expect(emulator.httpUrl).toMatch(/^https:/);
    const certificate = new X509Certificate(emulator.certificate as string);
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(certificate.ca).toBe(false);
    expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(300 * 86_400_000);
    const trusting = new RawClient(emulator.url, { ca: emulator.certificate as string });
    await trusting.next("session.created");
    trusting.socket.terminate();
    const byName = new RawClient(emulator.url.replace("127.0.0.1", "localhost"), { ca: emulator.certificate as string });
    await byName.next("session.created");
    byName.socket.terminate();
    const status = await new Promise((resolve, reject) => {
      get(`${emulator.httpUrl}/v1/models`, { ca: emulator.certificate as string }, (response) => resolve(response.resume().statusCode)).on("error", reject);
    });
    expect(status).toBe(404);
    const strange = new RawClient(emulator.url);
    expect((await strange.ended).error).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it("is trusted by a program that is given the certificate", async () => {
    const emulator = await start({ tls: true });
    const folder = await mkdtemp(join(tmpdir(), "certificate-"));
    try {
      const file = join(folder, "ca.pem");
      await writeFile(file, emulator.certificate as string);
      const script = `fetch("${emulator.httpUrl}/v1/realtime/client_secrets", { method: "POST" }).then((r) => console.log(r.status))`;
      const { stdout } = await run(process.execPath, ["-e", script], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
      expect(stdout.trim()).toBe("200");
      await expect(run(process.execPath, ["-e", script])).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("takes a pair of one's own", async () => {
    const first = await start({ tls: true });
    const { generate } = await import("selfsigned");
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec", algorithm: "sha256" });
    const emulator = await start({ tls: { key, cert } });
    expect(emulator.certificate).toBe(cert);
    expect(first.certificate).not.toBe(cert);
    const client = new RawClient(emulator.url.replace("127.0.0.1", "localhost"), { ca: cert });
    await client.next("session.created");
    client.socket.terminate();
  });

  it("is a server's own, where it is attached to one", async () => {
    const { generate } = await import("selfsigned");
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec", algorithm: "sha256" });
    const server = createTlsServer({ key, cert });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const emulator = await start({ server });
    expect(emulator.url).toMatch(/^wss:/);
    expect(emulator.certificate).toBeNull();
    const client = new RawClient(emulator.url.replace("127.0.0.1", "localhost"), { ca: cert });
    await client.next("session.created");
    client.socket.terminate();
    await emulator.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(createEmulator({ server, tls: true })).rejects.toThrow("tls is given together with server");
  });

  it("meets faults too", async () => {
    const emulator = await start({
      tls: true,
      faults: {
        faults: [
          { fault: "disconnect", how: "reset", when: { nth: 1, session: 1 } },
          { fault: "half-open", when: { session: 2 } },
        ],
      },
    });
    const ca = emulator.certificate as string;
    expect((await new RawClient(emulator.url, { ca }).ended).code).toBe(1006);
    const silent = new RawClient(emulator.url, { ca });
    await silent.opened;
    await expect.poll(() => emulator.sessions[1]?.faults.injected.length).toBe(1);
    expect(silent.messages).toEqual([]);
    silent.socket.terminate();
  });

  it.each<[unknown, string]>([
    ["yes", 'tls is "yes"; allowed are true, false and an object with key and cert.'],
    [{ key: "k" }, 'tls.key is no PEM text; allowed is a string with "-----BEGIN".'],
    [{ key: "-----BEGIN", certificate: "x" }, 'tls has an unknown property "certificate"'],
  ])("is refused when it is %j", async (tls, message) => {
    await expect(createEmulator({ tls } as EmulatorOptions)).rejects.toThrow(message);
  });
});

describe("origins", () => {
  const refused = async (emulator: Emulator, headers: Record<string, string>) => {
    const { code, reason } = await new RawClient(emulator.url, { headers }).ended;
    return `${code} ${reason.startsWith("{") ? JSON.parse(reason).error.code : reason}`;
  };
  const served = async (emulator: Emulator, headers: Record<string, string>) => {
    const client = new RawClient(emulator.url, { headers });
    await client.next("session.created");
    client.socket.terminate();
  };
  const post = (emulator: Emulator, headers: Record<string, string>) => fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST", headers });
  /** A request with any `Host`, which `fetch` does not send. */
  const statusWithHost = (emulator: Emulator, host: string) =>
    new Promise((resolve, reject) => {
      const { port } = new URL(emulator.httpUrl);
      const ask = httpRequest({ port, host: "127.0.0.1", method: "POST", path: "/v1/realtime/client_secrets", headers: { host } }, (response) =>
        resolve(response.resume().statusCode),
      );
      ask.on("error", reject).end();
    });

  it("of this machine are served, and programs without one", async () => {
    const emulator = await start();
    for (const origin of ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:80", "http://app.localhost"]) await served(emulator, { origin });
    await served(emulator, {});
  });

  it.each(["https://example.org", "http://localhost.example.org", "http://127.0.0.1.example.org", "null", "file://", "ftp://localhost", "nonsense"])(
    "%s is refused",
    async (origin) => {
      const emulator = await start();
      expect(await refused(emulator, { origin })).toBe("403 origin_not_allowed");
      const response = await post(emulator, { origin });
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect((await response.json()).error.message).toContain("origins: [");
      expect(emulator.sessions).toEqual([]);
    },
  );

  it("are served when they are listed, and no others", async () => {
    const emulator = await start({ origins: ["https://app.example:8443", "null", "chrome-extension://abcdef"] });
    for (const origin of ["https://app.example:8443", "null", "chrome-extension://abcdef"]) {
      await served(emulator, { origin });
      expect((await post(emulator, { origin })).headers.get("access-control-allow-origin")).toBe(origin);
    }
    expect(await refused(emulator, { origin: "https://app.example" })).toBe("403 origin_not_allowed");
  });

  it("that are the address itself are served, where other machines reach it", async () => {
    const emulator = await start({ host: "0.0.0.0", apiKeys: "any" });
    await served(emulator, { origin: "http://192.168.1.5:8787", host: "192.168.1.5:8787" });
    expect(await refused(emulator, { origin: "http://192.168.1.5:9999", host: "192.168.1.5:8787" })).toBe("403 origin_not_allowed");
    expect(await refused(emulator, { origin: "http://bent.example:8787", host: "bent.example:8787" })).toBe("403 origin_not_allowed");
  });

  it("are all served when that is asked for", async () => {
    const emulator = await start({ origins: "*" });
    await served(emulator, { origin: "https://example.org" });
    const preflight = await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "OPTIONS", headers: { origin: "https://example.org" } });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://example.org");
  });

  it("are no help to a name that was bent to this machine", async () => {
    const emulator = await start();
    for (const host of ["evil.example", "evil.example:80", "localhost.evil.example", "10.0.0.1"]) {
      expect(await refused(emulator, { host })).toBe("403 host_not_allowed");
      expect(await statusWithHost(emulator, host)).toBe(403);
    }
    for (const host of ["localhost", "localhost:1234", "127.0.0.1", "[::1]:8787", "app.localhost"]) expect(await statusWithHost(emulator, host)).toBe(200);
    const listed = await start({ origins: ["https://tunnel.example"] });
    expect(await statusWithHost(listed, "tunnel.example")).toBe(200);
    expect(await statusWithHost(listed, "other.example")).toBe(403);
    expect(await statusWithHost(await start({ origins: "*" }), "other.example")).toBe(200);
  });

  it.each<[unknown, string]>([
    ["https://a.example", 'origins is "https://a.example"; allowed are "*" and an array'],
    [["https://a.example/"], 'origins[0] is "https://a.example/"; allowed is an origin as browsers send it'],
    [["a.example"], 'origins[0] is "a.example"'],
    [[7], "origins[0] is 7"],
  ])("are not %j", async (origins, message) => {
    await expect(createEmulator({ origins } as EmulatorOptions)).rejects.toThrow(message);
  });
});

describe("an address that other machines reach", () => {
  it("is not listened on without a word about keys", async () => {
    await expect(createEmulator({ host: "0.0.0.0" })).rejects.toThrow('host is "0.0.0.0", which other machines can reach, and apiKeys is not given');
    const open = await start({ host: "0.0.0.0", apiKeys: "any" });
    await new WireClient(open.url).next("session.created");
    const closed = await start({ host: "0.0.0.0", apiKeys: ["sk-mine"] });
    expect((await new RawClient(closed.url).ended).code).toBe(401);
  });
});

describe("limits of a key", () => {
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

  it("on sessions at once are for each key", async () => {
    const emulator = await start({ limits: { sessionsPerKey: 2 } });
    const one = new WireClient(emulator.url, bearer("sk-a"));
    await one.next("session.created");
    await new WireClient(emulator.url, bearer("sk-a")).next("session.created");
    const { code, reason } = await new RawClient(emulator.url, bearer("sk-a")).ended;
    expect(code).toBe(429);
    expect(JSON.parse(reason).error).toMatchObject({ code: "rate_limit_exceeded", message: expect.stringContaining("at most 2") });
    await new WireClient(emulator.url, bearer("sk-b")).next("session.created");
    await one.close();
    await expect.poll(() => emulator.sessions[0]?.closed).not.toBeNull();
    await new WireClient(emulator.url, bearer("sk-a")).next("session.created");
  });

  it("on sessions count those of every interface", async () => {
    const emulator = await start({ limits: { sessionsPerKey: 1 } });
    const addresses = [emulator.url, `${emulator.url}/translations`, emulator.url.replace("/realtime", "/live/sessions")];
    for (const first of addresses) {
      const client = new WireClient(first, bearer("sk-a"));
      await client.opened;
      for (const second of addresses) expect((await new RawClient(second, bearer("sk-a")).ended).code).toBe(429);
      await client.close();
      const all = () => [...emulator.sessions, ...emulator.translations, ...emulator.liveSessions];
      await expect.poll(() => all().every(({ closed }) => closed !== null)).toBe(true);
    }
  });

  it("on connections come with the time to wait", async () => {
    const emulator = await start({ limits: { connectsPerMinute: 2 } });
    for (let i = 0; i < 2; i++) await await new WireClient(emulator.url, bearer("sk-a")).next("session.created");
    const { code, headers } = await new RawClient(emulator.url, bearer("sk-a")).ended;
    expect(code).toBe(429);
    expect(Number(headers?.["retry-after"])).toBeGreaterThan(25);
    expect(Number(headers?.["retry-after"])).toBeLessThanOrEqual(30);
  });

  it("hold for client secrets as for the key that made them", async () => {
    const emulator = await start({ limits: { sessionsPerKey: 1 } });
    const mint = async (key: string) =>
      (await (await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST", ...bearer(key) })).json()).value;
    await new WireClient(emulator.url, bearer(await mint("sk-a"))).next("session.created");
    expect((await new RawClient(emulator.url, bearer(await mint("sk-a"))).ended).code).toBe(429);
    await new WireClient(emulator.url, bearer(await mint("sk-b"))).next("session.created");
  });

  it("on tokens are reported truly, and fail responses when they are used up", async () => {
    const emulator = await start({ limits: { tokensPerMinute: 60 } });
    const client = new WireClient(emulator.url, bearer("sk-a"));
    await client.next("session.created");
    client.send({ type: "response.create" });
    const used = (await client.next("response.done")).response.usage.total_tokens;
    expect(used).toBeGreaterThan(0);
    const [tokens] = (await client.next("rate_limits.updated")).rate_limits;
    expect(tokens).toMatchObject({ name: "tokens", limit: 60 });
    expect(tokens.remaining).toBeGreaterThanOrEqual(Math.floor(60 - used));
    expect(tokens.remaining).toBeLessThanOrEqual(60 - used + 1);
    expect(tokens.reset_seconds).toBeCloseTo(used, 0);
    let done = await client.next("response.done");
    for (let i = 2; done.response.status === "completed"; i++) {
      client.send({ type: "response.create" });
      done = await client.next("response.done", i);
    }
    expect(done.response.status_details).toEqual({
      type: "failed",
      error: {
        type: "invalid_request_error",
        code: "rate_limit_exceeded",
        message: expect.stringMatching(
          /^Rate limit reached for gpt-realtime-2\.1 on tokens per min \(TPM\): Limit 60, Used \d+, Requested 1\. Please try again in \d/,
        ),
      },
    });
    const other = new WireClient(emulator.url, bearer("sk-b"));
    await other.next("session.created");
    other.send({ type: "response.create" });
    expect((await other.next("response.done")).response.status).toBe("completed");
  });

  it("on requests are reported beside the tokens, and shared by the sessions of a key", async () => {
    const emulator = await start({ limits: { requestsPerMinute: 2 } });
    const clients = [new WireClient(emulator.url, bearer("sk-a")), new WireClient(emulator.url, bearer("sk-a"))];
    for (const client of clients) {
      await client.next("session.created");
      client.send({ type: "response.create" });
      expect((await client.next("response.done")).response.status).toBe("completed");
    }
    const [first, second] = clients as [WireClient, WireClient];
    const limits = (await second.next("rate_limits.updated")).rate_limits;
    expect(limits).toMatchObject([
      { name: "requests", limit: 2, remaining: 0 },
      { name: "tokens", limit: 40_000 },
    ]);
    expect(limits[0].reset_seconds).toBeGreaterThan(55);
    first.send({ type: "response.create" });
    expect((await first.next("response.done", 2)).response.status_details.error.message).toContain("requests per min (RPM): Limit 2, Used 2");
  });

  it.each<[unknown, string]>([
    [{ sessions: 1 }, 'limits has an unknown property "sessions"; allowed are sessionsPerKey,'],
    [{ tokensPerMinute: 0 }, "limits.tokensPerMinute is 0"],
    [7, "limits is 7"],
  ])("are not %j", async (limits, message) => {
    await expect(createEmulator({ limits } as EmulatorOptions)).rejects.toThrow(message);
  });
});

describe("secrets", () => {
  it("are in no record, log, error or event", async () => {
    const MARK = "MARKED";
    const key = `sk-${MARK}-api-key`;
    const emulator = await start({ apiKeys: [key] });
    const tools = (place: string) => [
      {
        type: "mcp",
        server_label: "shop",
        server_url: "https://shop.example/mcp",
        authorization: `${MARK}-${place}-authorization`,
        headers: { "x-api-key": `${MARK}-${place}-header`, Authorization: `Bearer ${MARK}-${place}-bearer` },
      },
    ];
    const session = { type: "realtime", model: "gpt-realtime-2.1", tools: tools("pinned") };
    const minted = await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ session }),
    });
    const { value, ...rest } = await minted.json();
    expect(value).toMatch(/^ek_/);
    expect(JSON.stringify(rest)).not.toContain(MARK);

    const clients = [
      new WireClient(emulator.url, { headers: { authorization: `Bearer ${key}` } }),
      new WireClient(emulator.url, { protocols: ["realtime", `openai-insecure-api-key.${value}`] }),
    ];
    for (const client of clients) {
      await client.next("session.created");
      client.send({ type: "session.update", session: { type: "realtime", tools: tools("update") } });
      expect((await client.next("session.updated")).session.tools).toMatchObject([
        { type: "mcp", server_label: "shop", server_url: "https://shop.example/mcp" },
      ]);
      client.send({ type: "response.create", response: { tools: tools("response") } });
      await client.next("response.done");
      // Mistakes that carry secrets: of type, of place, of form.
      client.send({ type: "session.update", session: { type: "realtime", tools: [{ ...tools("wrong")[0], type: "mpc" }] } });
      client.send({ type: "session.updat", session: { tools: tools("misspelt") } });
      client.send({ type: "response.create", response: { tools: { ...tools("shape") } } });
      client.send(`{"authorization":${MARK}}`);
      await client.next("error", 4);
    }
    const wrong = await new RawClient(emulator.url, { headers: { authorization: `Bearer sk-wrong-${MARK}-wrong` } }).ended;
    expect(wrong.code).toBe(401);
    const unprivileged = await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST", headers: { authorization: `Bearer ${value}` } });
    expect(unprivileged.status).toBe(401);

    const readable = JSON.stringify({
      received: clients.map(({ events }) => events),
      refusals: [wrong.reason, await unprivileged.text()],
      log: emulator.log.entries,
      sessions: emulator.sessions.map(({ id, config, log, items, conversation, truncations, closed, faults }) => [
        id,
        config,
        log.entries,
        items,
        conversation.items,
        truncations,
        closed,
        faults.injected,
      ]),
      faults: emulator.faults.injected,
      whole: [emulator, emulator.sessions],
    });
    expect(readable.length).toBeGreaterThan(20_000);
    expect(readable).not.toContain(MARK);
    expect(readable).not.toContain(value);
    expect(readable).not.toContain(value.slice(8, -8));
  });

  it("that are minted cannot be guessed from a seed that nobody gave, and repeat with one that was", async () => {
    const mint = async (options: EmulatorOptions) => {
      const emulator = await start(options);
      return (await (await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST" })).json()).value;
    };
    expect(await mint({ seed: 3 })).toBe(await mint({ seed: 3 }));
    expect(await mint({})).not.toBe(await mint({}));
  });

  it("of options are not quoted in errors", async () => {
    const failure = createEmulator({ apiKeys: "sk-MARKED" as "any" });
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.not.toThrow("MARKED");
    await expect(createEmulator({ tls: { key: "MARKED", cert: "MARKED" } })).rejects.not.toThrow("MARKED");
  });
});
