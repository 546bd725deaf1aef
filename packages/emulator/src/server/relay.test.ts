import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { deltaBytes, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import type { EmulatorOptions } from "../options.ts";
import { parseRecording, readRecording } from "../record/read-recording.ts";
import { redact } from "../record/redact.ts";
import { createEmulator, type Emulator } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-relay-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function emulator(options: EmulatorOptions = {}): Promise<Emulator> {
  // Relays and replays tell what others said; a bare service says anything, and a recording does not answer what was not in it.
  const own = options.relay === undefined && options.replay === undefined;
  const made = own ? await checkedEmulator(options) : await createEmulator(options);
  open.push(made);
  return made;
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

/** A service of which the test sees and says everything. */
async function bareService(): Promise<{ url: string; connection: Promise<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 2 ** 28 });
  await once(server, "listening");
  open.push({
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  });
  const connection = once(server, "connection").then(([socket]) => socket as WebSocket);
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`, connection };
}

describe("a relay", () => {
  it("passes a conversation on, both ways as it is, and records it without secrets", async () => {
    const service = await emulator({ seed: 1, profile: { firstAudioDelayMs: 10, transcriptLeadMs: 5, speedUp: 100 } });
    const directory = join(folder, "talk");
    const relay = await emulator({ relay: { url: service.url }, record: directory });
    const client = new WireClient(relay.url);
    await client.next("session.created");
    client.send({
      type: "session.update",
      session: { type: "realtime", tools: [{ type: "mcp", server_label: "x", server_url: "https://x.test", authorization: "hush-hush" }] },
    });
    client.append(pcmBytes(speech("speech-a", 24000), 1500));
    await client.next("rate_limits.updated");
    const [item] = client.all("response.output_item.added");
    client.send({ type: "conversation.item.truncate", item_id: item.item.id, content_index: 0, audio_end_ms: 500 });
    await client.next("conversation.item.truncated");

    const [there] = service.sessions;
    const [here] = relay.sessions;
    // Audio is cut out of logs; everything else went as it came.
    for (const direction of ["in", "out"] as const) {
      const events = (session: typeof here) => session?.log.entries.filter((entry) => entry.direction === direction).map(({ event }) => event);
      expect(events(here)).toEqual(redact(events(there)));
    }
    expect(here?.log.entries.filter(({ direction }) => direction === "out").map(({ type }) => type)).toEqual(client.events.map(({ type }) => type));
    expect(here?.input.samples24k()).toEqual(there?.input.samples24k());
    expect(here?.items.map(({ wire }) => wire.id)).toEqual(there?.items.map(({ wire }) => wire.id));
    expect(Buffer.from(here?.items.at(-1)?.spoken?.bytes() ?? [])).toEqual(Buffer.from(deltaBytes(client.events)));
    expect(here?.truncations.map(({ itemId, audioEndMs }) => [itemId, audioEndMs])).toEqual([[item.item.id, 500]]);
    expect(here?.items.at(-1)?.spoken?.keptMs).toBe(500);
    expect(here?.config.tools).toEqual(there?.config.tools);
    expect(JSON.stringify(here?.log.entries)).not.toContain("hush-hush");

    await client.close();
    await relay.close();
    const path = join(directory, readdirSync(directory)[0] as string);
    expect(readFileSync(path, "utf8")).not.toContain("hush-hush");
    const { sessions } = await readRecording(path);
    expect(sessions[0]?.header.source).toBe("relay");
    expect(sessions[0]?.events.filter(({ direction }) => direction === "out").map(({ event }) => event?.event_id)).toEqual(
      client.events.map(({ event_id }) => event_id),
    );
    expect(sessions[0]?.end?.closed.code).toBe(1005);
  });

  it("takes the client's key to the service, or the one that it is given, also from a browser", async () => {
    const service = await emulator({ apiKeys: ["right-key"] });
    const own = await emulator({ relay: { url: service.url } });
    await new WireClient(own.url, bearer("right-key")).next("session.created");
    await new WireClient(own.url, { protocols: ["realtime", "openai-insecure-api-key.right-key"] }).next("session.created");
    const given = await emulator({ relay: { url: service.url, apiKey: "right-key", headers: { "x-test": "1" } }, apiKeys: ["visitor"] });
    const visitor = new WireClient(given.url, { protocols: ["realtime", "openai-insecure-api-key.visitor"] });
    await visitor.next("session.created");
    expect(visitor.protocol).toBe("realtime");
    expect((await new WireClient(given.url, bearer("right-key")).ended).code).toBe(1006);
    expect(JSON.stringify(given.log.entries)).not.toContain("right-key");
  });

  it("refuses as the service refuses, and says when there is none", async () => {
    const service = await emulator({ apiKeys: ["right-key"] });
    const relay = await emulator({ relay: { url: service.url } });
    const refusal = (url: string) =>
      new Promise<{ status: number | undefined; body: string }>((resolve) => {
        const socket = new WebSocket(`${url}?model=m`, bearer("some-wrong-key"));
        socket.on("error", () => {});
        socket.on("unexpected-response", (_, response) => {
          let body = "";
          response.on("data", (part) => (body += part)).on("end", () => resolve({ status: response.statusCode, body }));
        });
      });
    const refused = await refusal(relay.url);
    expect(refused.status).toBe(401);
    expect(JSON.parse(refused.body).error).toMatchObject({ code: "invalid_api_key", message: "Incorrect API key provided: some***-key." });
    expect(refused).toEqual(await refusal(service.url));
    await service.close();
    const gone = await refusal(relay.url);
    expect(gone.status).toBe(502);
    expect(JSON.parse(gone.body).error).toMatchObject({
      code: "relay_failed",
      message: expect.stringMatching(/^The service at 127\.0\.0\.1:\d+ cannot be reached: /),
    });
  });

  it("ends as either side ends, with its code", async () => {
    const service = await emulator();
    const relay = await emulator({ relay: { url: service.url } });
    const client = new WireClient(relay.url);
    await client.next("session.created");
    service.sessions[0]?.close(1001, "Your session hit the maximum duration of 60 minutes.");
    expect(await client.ended).toEqual({ code: 1001, reason: "Your session hit the maximum duration of 60 minutes." });
    expect(relay.sessions[0]?.closed).toMatchObject({ code: 1001 });

    const dropped = new WireClient(relay.url);
    await dropped.next("session.created");
    service.sessions[1]?.drop();
    expect((await dropped.ended).code).toBe(1006);

    const beta = new WireClient(relay.url, { headers: { "openai-beta": "realtime=v1" } });
    expect(await beta.ended).toEqual({ code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" });
    expect(beta.types).toEqual(["error"]);

    const leaving = new WireClient(relay.url);
    await leaving.next("session.created");
    await leaving.close();
    while (service.sessions.some(({ closed }) => closed === null)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(service.sessions.at(-1)?.closed).toMatchObject({ code: 1005 });
    expect(relay.sessions.at(-1)?.closed).toMatchObject({ code: 1005 });
  });

  it("does not read more from one side than the other takes", async () => {
    const service = await bareService();
    const relay = await emulator({ relay: { url: service.url } });
    const client = new WebSocket(`${relay.url}?model=m`);
    await once(client, "open");
    const there = await service.connection;
    there.pause();
    const received: string[] = [];
    there.on("message", (data: Buffer) => received.push(data.toString("utf8").slice(0, 40)));
    const padding = "x".repeat(1_000_000);
    const count = 60;
    for (let i = 0; i < count; i++) client.send(JSON.stringify({ type: "note", number: i, padding }));
    const stands = async () => {
      for (let before = -1; client.bufferedAmount !== before; ) {
        before = client.bufferedAmount;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return client.bufferedAmount;
    };
    // The relay holds a few MB, and so do the buffers of four sockets; the rest stays with the client.
    expect(await stands()).toBeGreaterThan(20_000_000);
    there.resume();
    while (received.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(received).toEqual(Array.from({ length: count }, (_, i) => JSON.stringify({ type: "note", number: i, padding }).slice(0, 40)));
    client.terminate();
  });

  it("keeps the record of a transcription session, which has no output", async () => {
    const service = await emulator();
    const relay = await emulator({ relay: { url: service.url } });
    const client = new WireClient(`${relay.url}?intent=transcription`, { model: null });
    await client.next("session.created");
    client.send({ type: "session.update", session: { type: "transcription", audio: { input: { format: { type: "audio/pcmu" }, turn_detection: null } } } });
    await client.next("session.updated");
    client.append(new Uint8Array(1600).fill(0xff), 800);
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("input_audio_buffer.committed");
    expect(relay.sessions[0]?.config.audio.input.format).toEqual({ type: "audio/pcmu" });
    expect(relay.sessions[0]?.config.audio.output.format).toEqual({ type: "audio/pcm", rate: 24000 });
    expect(relay.sessions[0]?.input.durationMs).toBe(200);
    await client.close();
  });

  it("relays what lies below its path, too", async () => {
    const service = await emulator();
    const relay = await emulator({ relay: { url: service.url } });
    const socket = new WebSocket(`${relay.url}/translations?model=gpt-realtime-translate`);
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toMatchObject({ type: "session.created", session: { model: "gpt-realtime-translate" } });
    expect(service.translations).toHaveLength(1);
    socket.close();
  });

  it("relays requests for client secrets, whose sessions are the service's", async () => {
    const service = await emulator({ apiKeys: ["right-key"] });
    const relay = await emulator({ relay: { url: service.url, apiKey: "right-key" } });
    const ask = (path: string, method = "POST") =>
      fetch(`${relay.httpUrl}/v1/realtime/${path}`, { method, ...bearer("mine"), body: method === "POST" ? "{}" : undefined });
    const response = await ask("client_secrets");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(((await response.json()) as { value: string }).value).toMatch(/^ek_/);
    const unknown = await ask("nothing", "GET");
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "unknown_url" } }]);
    await service.close();
    expect((await ask("client_secrets")).status).toBe(502);
  });

  it.each([
    [{ url: "https://x.test" }, 'relay.url is "https://x.test"; allowed is a ws: or wss: URL.'],
    [{ url: "ws://x.test", apiKey: "two words" }, "relay.apiKey is not a key; allowed is a text of visible ASCII characters."],
    [{ url: "ws://x.test", headers: { a: "b\nc" } }, 'relay.headers has a wrong entry "a"'],
    [{ url: "ws://x.test", key: "a" }, 'relay has an unknown property "key"'],
  ])("refuses the option %j", async (relay, message) => {
    await expect(createEmulator({ relay: relay as never })).rejects.toThrow(message);
  });
});

describe("a recording", () => {
  it("is replayed to a client that does the same again: the same events, in their order", async () => {
    const directory = join(folder, "replayed");
    const recorded = await emulator({ seed: 5, record: directory, profile: { firstAudioDelayMs: 20, transcriptLeadMs: 10, speedUp: 50 } });
    const talk = async (url: string, itemId: string) => {
      const client = new WireClient(url);
      await client.next("session.created");
      client.send({ type: "conversation.item.create", item: { id: itemId, type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] } });
      client.send({ type: "response.create" });
      await client.next("response.done");
      await client.next("rate_limits.updated");
      client.append(pcmBytes(speech("speech-a", 24000), 1500), 9600);
      await client.next("rate_limits.updated", 2);
      await client.close();
      return client.events;
    };
    const first = await talk(recorded.url, "first_client");
    await recorded.close();
    const path = join(directory, readdirSync(directory)[0] as string);

    const told: string[] = [];
    const replaying = await emulator({ replay: { recording: path, onMismatch: ({ message }) => told.push(message) } });
    const second = await talk(replaying.url, "second_client");
    expect(JSON.stringify(second)).toBe(JSON.stringify(first).replaceAll("first_client", "second_client"));
    expect(replaying.mismatches).toEqual([]);
    expect(() => replaying.connect()).toThrow("connect() opens a session of the emulator's own; with replay, clients connect to its url.");
    expect(replaying.sessions[0]?.items.at(-1)?.spoken?.sentMs).toBe(recorded.sessions[0]?.items.at(-1)?.spoken?.sentMs);

    const stranger = new WireClient(replaying.url);
    await stranger.next("session.created");
    stranger.send({ type: "response.cancel" });
    await stranger.close();
    while (told.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).toEqual([
      "The client sent response.cancel; the recording has conversation.item.create here.",
      "The client ended without conversation.item.create, which it sent in the recording.",
      "The client ended without response.create, which it sent in the recording.",
    ]);
    expect(replaying.mismatches.map(({ kind }) => kind)).toEqual(["unexpected", "missing", "missing"]);
  });

  it.each([
    ["a code that only says how it ended", 1006, "gone"],
    ["a code that is reserved", 1004, "reserved"],
    ["a reason that is too long", 1011, "x".repeat(200)],
  ])("is cut off where it ended with %s, which nobody may send", async (_, code, reason) => {
    const lines = [
      { sidetone: "recording", version: 1, session: "s", model: "m", audio: "inline", atMs: 0 },
      { atMs: 1, session: "s", direction: "out", event: { type: "session.created", session: {} } },
      { atMs: 2, session: "s", closed: { code, reason } },
    ];
    const recording = parseRecording(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const replaying = await emulator({ replay: { recording } });
    const client = new WireClient(replaying.url);
    await client.next("session.created");
    expect((await client.ended).code).toBe(1006);
  });

  it("is not replayed and relayed at once", async () => {
    await expect(createEmulator({ relay: { url: "ws://x.test" }, replay: { recording: { sessions: [], torn: false } } })).rejects.toThrow(
      /The recording has no session|replay and relay are both given/,
    );
  });
});
