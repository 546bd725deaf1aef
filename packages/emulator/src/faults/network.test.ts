/** The faults as a real WebSocket client meets them. */

import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { RAMP, RawClient } from "../../test/fault-rig.ts";
import { WireClient } from "../../test/wire-client.ts";
import type { Emulator, EmulatorOptions, Fault, Malformation } from "../index.ts";

const RESPOND = { type: "response.create" };
const CLEAR = { type: "input_audio_buffer.clear" };
const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1, transcriptionDelayMs: 1 };
const voice = { reply: () => [{ type: "message" as const, text: "one two three", audio: { rate: 24_000, samples: RAMP } }] };

describe("over a real WebSocket", () => {
  const running: Emulator[] = [];
  const clients: RawClient[] = [];

  async function start(options: EmulatorOptions): Promise<Emulator> {
    const emulator = await checkedEmulator({ seed: 5, profile: FAST, voice, ...options });
    running.push(emulator);
    return emulator;
  }

  async function meet(fault: Fault, options: EmulatorOptions = {}): Promise<{ client: RawClient; emulator: Emulator }> {
    const emulator = await start({ faults: { faults: [fault] }, ...options });
    return { client: join(emulator), emulator };
  }

  function join(emulator: Emulator): RawClient {
    const client = new RawClient(emulator.url);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await Promise.all(running.splice(0).map((emulator) => emulator.close()));
  });

  const injected = (emulator: Emulator) => emulator.sessions[0]?.faults.injected.map(({ fault }) => fault) ?? [];
  const later = (ms: number) => new Promise<"nothing">((resolve) => setTimeout(() => resolve("nothing"), ms));

  /** Whether somebody listens. */
  const reach = (emulator: Emulator) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(emulator.httpUrl).port), "127.0.0.1", () => {
        socket.destroy();
        resolve("reached");
      });
      socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
    });

  describe("the network", () => {
    it("is late both ways", async () => {
      const emulator = await start({ faults: { out: { delayMs: 80 }, in: { delayMs: 70 } } });
      const client = join(emulator);
      await client.next("session.created");
      const begun = performance.now();
      client.send(CLEAR);
      await client.next("input_audio_buffer.cleared");
      expect(performance.now() - begun).toBeGreaterThanOrEqual(147);
    });

    it("is narrow", async () => {
      const emulator = await start({ faults: { out: { bytesPerSecond: 200_000 } } });
      const client = join(emulator);
      await client.next("session.created");
      client.send(RESPOND);
      await client.next("response.done");
      const bytes = client.messages.slice(1).reduce((total, { text }) => total + text.length, 0);
      const tookMs = (client.messages.at(-1)?.atMs ?? 0) - (client.messages[1]?.atMs ?? 0);
      expect(tookMs).toBeGreaterThan((bytes - 3000) / 200 - 20);
    });

    it("stalls and bursts", async () => {
      const { client, emulator } = await meet({ fault: "stall", blocks: "out", forMs: 400, when: { type: "response.created" } });
      await client.next("session.created");
      client.send(RESPOND);
      const created = await client.next("response.created").then(() => performance.now());
      await client.next("response.done");
      const times = client.messages.slice(2).map(({ atMs }) => atMs);
      expect((times[0] as number) - created).toBeGreaterThan(390);
      expect((times.at(-1) as number) - (times[0] as number)).toBeLessThan(300);
      expect(injected(emulator)).toEqual(["stall"]);
    });

    it("reorders", async () => {
      const { client } = await meet({ fault: "reorder", when: { type: "response.created" } });
      await client.next("session.created");
      client.send(RESPOND);
      await client.next("response.done");
      expect(client.types.slice(1, 3)).toEqual(["response.output_item.added", "response.created"]);
    });
  });

  describe("the end of a connection", () => {
    it.each([1001, 1011, 1012, 1013, 4000])("is a close frame with %i", async (code) => {
      const { client, emulator } = await meet({ fault: "disconnect", code, reason: "because", when: { nth: 1 } });
      expect(await client.ended).toEqual({ code, reason: "because" });
      expect(client.types).toEqual(["session.created"]);
      await expect.poll(() => emulator.sessions[0]?.closed?.code).toBe(code);
    });

    it("is a FIN without a close frame", async () => {
      const { client, emulator } = await meet({ fault: "disconnect", how: "fin", when: { nth: 1 } });
      expect(await client.ended).toEqual({ code: 1006, reason: "" });
      expect(client.tcpError).toBeNull();
      expect(client.types).toEqual(["session.created"]);
      await expect.poll(() => emulator.sessions[0]?.closed?.code).toBe(1006);
    });

    it("is a reset", async () => {
      const { client, emulator } = await meet({ fault: "disconnect", how: "reset", when: { direction: "in", nth: 1 } });
      await client.next("session.created");
      client.send(CLEAR);
      expect(await client.ended).toEqual({ code: 1006, reason: "" });
      expect(client.tcpError).toBe("ECONNRESET");
      await expect.poll(() => emulator.sessions[0]?.closed?.code).toBe(1006);
    });

    it("comes after some bytes", async () => {
      const { client } = await meet({ fault: "disconnect", how: "fin", when: { afterBytes: 30_000 } });
      await client.next("session.created");
      client.send(RESPOND);
      expect((await client.ended).code).toBe(1006);
      const sizes = client.messages.map(({ text }) => text.length);
      expect(sizes.reduce((total, size) => total + size, 0)).toBeGreaterThanOrEqual(30_000);
      expect(sizes.slice(0, -1).reduce((total, size) => total + size, 0)).toBeLessThan(30_000);
    });
  });

  describe("a half-open connection", () => {
    it("says nothing: no events, no pong, no answer to a close frame", async () => {
      const { client, emulator } = await meet({ fault: "half-open", when: { direction: "in", nth: 2 } });
      await client.next("session.created");
      client.socket.ping();
      await expect.poll(() => client.pongs.length).toBe(1);
      client.send(CLEAR);
      await client.next("input_audio_buffer.cleared");
      client.send(CLEAR);
      await expect.poll(() => injected(emulator)).toEqual(["half-open"]);
      const before = client.messages.length;
      client.socket.ping();
      client.send(RESPOND);
      client.socket.close();
      expect(await Promise.race([client.ended, later(300)])).toBe("nothing");
      expect(client.pongs).toHaveLength(1);
      expect(client.messages.length).toBe(before);
      expect(emulator.sessions[0]?.closed).toBeNull();
    });

    it("does not keep the emulator from closing", async () => {
      const { client, emulator } = await meet({ fault: "half-open" });
      await client.opened;
      const begun = performance.now();
      await emulator.close();
      expect(performance.now() - begun).toBeLessThan(1000);
      expect(emulator.sessions[0]?.closed?.code).toBe(1001);
    });
  });

  it("leaves a close frame without an answer, and everything else goes on", async () => {
    const { client, emulator } = await meet({ fault: "ignore-close", when: { afterMs: 20 } });
    await client.next("session.created");
    await expect.poll(() => injected(emulator)).toEqual(["ignore-close"]);
    client.socket.ping();
    await expect.poll(() => client.pongs.length).toBe(1);
    client.send(CLEAR);
    await client.next("input_audio_buffer.cleared");
    client.socket.close(1000);
    expect(await Promise.race([client.ended, later(300)])).toBe("nothing");
    expect(emulator.sessions[0]?.closed).toBeNull();
    client.socket.terminate();
    await expect.poll(() => emulator.sessions[0]?.closed).toMatchObject({ code: expect.any(Number) });
  });

  it("still closes from its own side while it ignores the client's close frames", async () => {
    const { client, emulator } = await meet({ fault: "ignore-close" });
    await client.next("session.created");
    emulator.sessions[0]?.close(1012, "restart");
    expect(await client.ended).toEqual({ code: 1012, reason: "restart" });
  });

  it("never says session.created", async () => {
    const { client } = await meet({ fault: "drop", when: { type: "session.created" } });
    await client.opened;
    client.send(CLEAR);
    await client.next("input_audio_buffer.cleared");
    expect(client.types).toEqual(["input_audio_buffer.cleared"]);
  });

  it("doubles and drops events of both directions", async () => {
    const faults: Fault[] = [
      { fault: "duplicate", when: { type: "input_audio_buffer.cleared", nth: 1 } },
      { fault: "drop", when: { direction: "in", type: "input_audio_buffer.clear", nth: 2 } },
      { fault: "duplicate", when: { direction: "in", type: "response.cancel" } },
    ];
    const emulator = await start({ faults: { faults } });
    const client = join(emulator);
    await client.next("session.created");
    client.send(CLEAR);
    client.send(CLEAR);
    client.send({ type: "response.cancel" });
    await client.next("error", 2);
    expect(client.types).toEqual(["session.created", "input_audio_buffer.cleared", "input_audio_buffer.cleared", "error", "error"]);
    expect(injected(emulator)).toEqual(["duplicate", "drop", "duplicate"]);
  });

  it.each<[Malformation, (text: string, binary: boolean) => boolean]>([
    ["truncated", (text) => text.startsWith('{"event_id"') && !text.endsWith("}")],
    ["not-json", (text) => text.startsWith("<html>")],
    ["not-object", (text) => Array.isArray(JSON.parse(text))],
    ["empty", (text) => text === ""],
    ["binary", (text, binary) => binary && JSON.parse(text).type === "response.output_audio.delta"],
    ["no-type", (text) => !("type" in JSON.parse(text)) && "delta" in JSON.parse(text)],
    ["wrong-types", (text) => typeof JSON.parse(text).delta === "number"],
    ["unknown-type", (text) => JSON.parse(text).type === "response.unheard_of.delta"],
    ["huge", (text) => text.length > 1_000_000],
    ["bad-base64", (text) => JSON.parse(text).delta?.startsWith("%")],
    ["odd-bytes", (text) => text.includes('"response.output_audio.delta"') && Buffer.from(JSON.parse(text).delta ?? "", "base64").length % 2 === 1],
    ["empty-delta", (text) => JSON.parse(text).delta === "" && JSON.parse(text).type === "response.output_audio.delta"],
    ["wrong-encoding", (text) => Buffer.from(JSON.parse(text).delta ?? "", "base64").length === 800],
    ["wrong-rate", (text) => Buffer.from(JSON.parse(text).delta ?? "", "base64").length === 3200],
  ])("sends an event that is spoilt: %s", async (as, recognised) => {
    const { client, emulator } = await meet({ fault: "malform", as, bytes: 1_000_000, when: { type: "response.output_audio.delta", nth: 1 } });
    await client.next("session.created");
    client.send(RESPOND);
    await client.next("response.done");
    const spoilt = client.messages.filter(({ text, binary }) => {
      try {
        return recognised(text, binary);
      } catch {
        return false;
      }
    });
    expect(spoilt).toHaveLength(1);
    expect(emulator.sessions[0]?.faults.injected).toMatchObject([{ fault: "malform", eventType: "response.output_audio.delta", detail: as }]);
  });

  it("fails responses, commits and transcriptions, and goes on", async () => {
    const faults: Fault[] = [
      { fault: "response-fails", code: "insufficient_quota", when: { nth: 1 } },
      { fault: "commit-fails", when: { nth: 1 } },
      { fault: "transcription-fails", when: { nth: 1 } },
    ];
    const client = join(await start({ faults: { faults } }));
    await client.next("session.created");
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } } } });
    client.send(RESPOND);
    expect((await client.next("response.done")).response.status_details.error.code).toBe("insufficient_quota");
    client.send(RESPOND);
    expect((await client.next("response.done", 2)).response.status).toBe("completed");
    client.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(9600).toString("base64") });
    client.send({ type: "input_audio_buffer.commit" });
    expect((await client.next("error")).error.code).toBe("input_audio_buffer_commit_empty");
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("conversation.item.input_audio_transcription.failed");
  });

  it("generates slowly", async () => {
    const { client } = await meet({ fault: "slow-generation", speedUp: 2, thinkMs: 100 });
    await client.next("session.created");
    client.send(RESPOND);
    await client.next("response.done");
    const times = client.messages.filter(({ text }) => text.includes('"response.output_audio.delta"')).map(({ atMs }) => atMs);
    // All of the second but the last delta, at twice real time.
    expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThan(140);
  });

  it("expires, and errors with a close code", async () => {
    const { client } = await meet({ fault: "expire", when: { afterMs: 30 } });
    expect(await client.ended).toEqual({ code: 1001, reason: "Your session hit the maximum duration of 60 minutes." });
    expect(client.events.at(-1).error.code).toBe("session_expired");
    const other = await meet({ fault: "error", code: "model_not_found", close: 4004 });
    expect(await other.client.ended).toEqual({ code: 4004, reason: "invalid_request_error.model_not_found" });
    expect(other.client.types).toEqual(["session.created", "error"]);
  });

  describe("connecting", () => {
    it.each([
      [429, "rate_limit_exceeded"],
      [500, "server_error"],
      [503, "server_error"],
    ])("is refused with %i, as often as it is told", async (status, code) => {
      const { client, emulator } = await meet({ fault: "refuse", status, retryAfterSeconds: 7, times: 2 });
      for (const refused of [client, join(emulator)]) {
        const { code: got, reason, headers } = await refused.ended;
        expect(got).toBe(status);
        expect(JSON.parse(reason).error).toMatchObject({ code, message: expect.stringMatching(/\w/) });
        expect(headers?.["retry-after"]).toBe("7");
      }
      await join(emulator).next("session.created");
      expect(emulator.faults.injected.map(({ fault, detail }) => `${fault} ${detail}`)).toEqual(Array(2).fill(`refuse HTTP ${status}`));
    });

    it("is reset", async () => {
      const { client, emulator } = await meet({ fault: "reset-connect", times: 1 });
      expect(await client.ended).toMatchObject({ code: 1006, error: "ECONNRESET" });
      await join(emulator).next("session.created");
    });

    it("is never answered, which does not keep the emulator from closing", async () => {
      const { client, emulator } = await meet({ fault: "hang-connect", times: 1 });
      expect(await Promise.race([client.ended, client.opened, later(200)])).toBe("nothing");
      await join(emulator).next("session.created");
      await emulator.close();
      expect((await client.ended).code).toBe(1006);
    });

    it("is slow", async () => {
      const begun = performance.now();
      const { client, emulator } = await meet({ fault: "slow-connect", delayMs: 150 });
      await client.next("session.created");
      expect(performance.now() - begun).toBeGreaterThan(148);
      expect(emulator.faults.injected).toMatchObject([{ fault: "slow-connect", detail: "150 ms" }]);
    });

    it("is given up by a client that does not wait", async () => {
      const { client, emulator } = await meet({ fault: "slow-connect", delayMs: 1500 });
      await expect.poll(() => emulator.faults.injected.length).toBe(1);
      client.socket.terminate();
      await later(1700);
      expect(emulator.sessions).toEqual([]);
      await join(emulator).next("session.created");
    });

    it("finds nobody listening for a while, at a time or behind a connection", async () => {
      const { client, emulator } = await meet({ fault: "outage", forMs: 250, when: { nth: 1 } });
      await client.next("session.created");
      const begun = performance.now();
      expect(await join(emulator).ended).toMatchObject({ code: 1006, error: "ECONNREFUSED" });
      client.send(CLEAR);
      await client.next("input_audio_buffer.cleared");
      await expect.poll(() => reach(emulator), { interval: 20 }).toBe("reached");
      expect(performance.now() - begun).toBeGreaterThan(230);
      await join(emulator).next("session.created");
      expect(emulator.faults.injected).toMatchObject([{ fault: "outage", detail: "250 ms" }]);
      emulator.faults.set({ faults: [{ fault: "outage", forMs: 60_000, when: { afterMs: 30 } }] });
      await expect.poll(() => reach(emulator), { interval: 20 }).toBe("ECONNREFUSED");
      client.send(CLEAR);
      await client.next("input_audio_buffer.cleared", 2);
      await emulator.close();
    });

    it("finds nobody listening from the start, until it is told otherwise", async () => {
      const emulator = await start({ faults: { faults: [{ fault: "outage", forMs: 60_000 }] } });
      expect(emulator.url).toMatch(/^ws:/);
      expect(await reach(emulator)).toBe("ECONNREFUSED");
      emulator.faults.set({});
      await expect.poll(() => reach(emulator), { interval: 20 }).toBe("reached");
      await join(emulator).next("session.created");
    });

    it("is reset in an outage of a server that is not the emulator's", async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { client, emulator } = await meet({ fault: "outage", forMs: 200, when: { afterMs: 0 } }, { server });
      expect(await client.ended).toMatchObject({ code: 1006, error: "ECONNRESET" });
      await later(200);
      await join(emulator).next("session.created");
      await emulator.close();
      server.closeAllConnections();
      server.close();
    });

    it("is refused to HTTP requests, when they are meant", async () => {
      const emulator = await start({ faults: { faults: [{ fault: "refuse", status: 500, requests: "http", times: 1 }] } });
      const mint = () => fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST" });
      const refused = await mint();
      expect(refused.status).toBe(500);
      expect((await refused.json()).error.code).toBe("server_error");
      expect((await mint()).status).toBe(200);
      await join(emulator).next("session.created");
    });

    it("can be made hard while the emulator runs", async () => {
      const emulator = await start({});
      await join(emulator).next("session.created");
      emulator.faults.set({ faults: [{ fault: "refuse", status: 503 }] });
      expect((await join(emulator).ended).code).toBe(503);
      emulator.faults.set({});
      await join(emulator).next("session.created");
    });
  });

  it("meets sessions without turns too: Live, and translations", async () => {
    const faults: Fault[] = [
      { fault: "duplicate", when: { type: "session.started" } },
      { fault: "expire", when: { type: "session.started" } },
      { fault: "disconnect", how: "fin", when: { session: 2, type: "session.created" } },
    ];
    const emulator = await start({ faults: { out: { delayMs: 50 }, faults } });
    const base = emulator.url.replace("/v1/realtime", "");
    const live = new RawClient(`${base}/v1/live/sessions`);
    clients.push(live);
    await live.opened;
    const begun = performance.now();
    live.send({ type: "session.start", session: { model: "gpt-live-1" } });
    expect((await live.next("session.closed")).reason).toBe("expired");
    expect(performance.now() - begun).toBeGreaterThan(48);
    expect(live.types).toEqual(["session.started", "session.started", "session.closed"]);
    expect(emulator.liveSessions[0]?.faults.injected.map(({ fault }) => fault)).toEqual(["duplicate", "expire"]);
    const translation = new RawClient(`${base}/v1/realtime/translations`);
    clients.push(translation);
    expect((await translation.ended).code).toBe(1006);
    expect(translation.types).toEqual(["session.created"]);
    expect(emulator.translations[0]?.faults.injected).toMatchObject([{ fault: "disconnect", detail: "fin" }]);
  });

  it("survives a client that resets while everything is late", async () => {
    const emulator = await start({ faults: { out: { delayMs: 100 }, in: { delayMs: 100 } } });
    const client = join(emulator);
    await client.next("session.created");
    client.send(RESPOND);
    await later(120);
    client.socket.terminate();
    await expect.poll(() => emulator.sessions[0]?.closed?.code).toBe(1006);
    const { port } = new URL(emulator.httpUrl);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET /v1/realtime?model=m HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await new WireClient(emulator.url).next("session.created");
  });
});
