/** The official client runs calls over WebRTC and the phone against the emulator, webhooks included, unmodified but for its address. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Emulator, toneClip } from "@sidetone/emulator";
import OpenAI, { APIError, InvalidWebhookSignatureError } from "openai";
import type { UnwrapWebhookEvent } from "openai/resources/webhooks/webhooks";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { checkedEmulator } from "../support/checked-emulator.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

interface Hook {
  headers: Headers;
  body: string;
}

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An application that hears of calls. */
async function webhookServer(onHook: (hook: Hook) => void): Promise<string> {
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    onHook({ headers: new Headers(request.headers as Record<string, string>), body: Buffer.concat(parts).toString() });
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function start(): Promise<{ emulator: Emulator; client: OpenAI; hooks: Hook[]; nextHook: Promise<Hook> }> {
  const hooks: Hook[] = [];
  let resolveHook: (hook: Hook) => void = () => {};
  const nextHook = new Promise<Hook>((resolve) => {
    resolveHook = resolve;
  });
  const url = await webhookServer((hook) => {
    hooks.push(hook);
    resolveHook(hook);
  });
  // No event tells the settings of a phone call, so that these rules do not know what the server may do by itself.
  const emulator = await checkedEmulator(
    { seed: 1, apiKeys: ["sk-test"], webhooks: { url, secret: SECRET } },
    { except: ["asked-for", "response-cancel-reason"] },
  );
  closers.push(() => emulator.close());
  const client = new OpenAI({ apiKey: "sk-test", baseURL: `${emulator.httpUrl}/v1`, webhookSecret: SECRET, maxRetries: 0 });
  return { emulator, client, hooks, nextHook };
}

/** The call that a webhook tells of. */
function incoming(event: UnwrapWebhookEvent) {
  if (event.type !== "realtime.call.incoming") throw new Error(`Expected a call, got ${event.type}.`);
  return event.data;
}

const refusal = async (request: Promise<unknown>) => {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error(`Expected a refusal, got ${error}.`);
  return [error.status, error.code];
};

describe("webhooks", () => {
  it("are genuine to the client", async () => {
    const { emulator, client, nextHook } = await start();
    const call = emulator.sip.call({ from: "sip:alice@example.com" });
    const { headers, body } = await nextHook;
    const data = incoming(await client.webhooks.unwrap(body, headers));
    expect(data.call_id).toBe(call.id);
    expect(data.sip_headers).toContainEqual({ name: "From", value: "sip:alice@example.com" });
  });

  it("are not when they were tampered with, signed with another secret, or old", async () => {
    const { emulator, client, nextHook } = await start();
    emulator.sip.call();
    const { headers, body } = await nextHook;
    const unwrap = (text: string, changes: Record<string, string> = {}, secret = SECRET) => {
      const changed = new Headers(headers);
      for (const [name, value] of Object.entries(changes)) changed.set(name, value);
      return client.webhooks.unwrap(text, changed, secret);
    };
    await expect(unwrap(body)).resolves.toMatchObject({ type: "realtime.call.incoming" });
    await expect(unwrap(body.replace("srtp", "rtp"))).rejects.toThrow(InvalidWebhookSignatureError);
    await expect(unwrap(body, { "webhook-id": "wh_other" })).rejects.toThrow(InvalidWebhookSignatureError);
    await expect(unwrap(body, {}, "whsec_AAAA")).rejects.toThrow(InvalidWebhookSignatureError);
    const sent = Number(headers.get("webhook-timestamp"));
    expect(Math.abs(sent - Date.now() / 1000)).toBeLessThan(10);
    await expect(unwrap(body, { "webhook-timestamp": String(sent - 301) })).rejects.toThrow(/too old/);
    await expect(unwrap(body, { "webhook-timestamp": String(sent - 60) })).rejects.toThrow(InvalidWebhookSignatureError);
  });
});

describe("phone calls", () => {
  it("are accepted, talked on beside, and hung up", async () => {
    const { emulator, client, nextHook } = await start();
    const call = emulator.sip.call({ audio: toneClip(1000, 8000) });
    const hook = await nextHook;
    const { call_id } = incoming(await client.webhooks.unwrap(hook.body, hook.headers));
    await client.realtime.calls.accept(call_id, { type: "realtime", model: "gpt-realtime-2.1", instructions: "You are a receptionist." });
    const session = await call.answered;
    expect(session.config.instructions).toBe("You are a receptionist.");
    const side = new WebSocket(`${emulator.url}?call_id=${call_id}`, { headers: { authorization: "Bearer sk-test" } });
    const types: string[] = [];
    const stopped = new Promise<void>((resolve) =>
      side.on("message", (data) => {
        const { type } = JSON.parse(data.toString());
        types.push(type);
        if (type === "output_audio_buffer.stopped") resolve();
      }),
    );
    const closed = new Promise<number>((resolve) => side.on("close", resolve));
    await new Promise((resolve) => side.once("open", resolve));
    side.send(JSON.stringify({ type: "response.create" }));
    await stopped;
    expect(types).toContain("response.done");
    const loudest = call.heard().samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest).toBeGreaterThan(3000);
    await client.realtime.calls.hangup(call_id);
    expect(await closed).toBe(1000);
    expect(await call.ended).toEqual({ kind: "hung-up", by: "server" });
    expect(await refusal(client.realtime.calls.hangup(call_id))).toEqual([404, "call_id_not_found"]);
  });

  it("are rejected and referred, each decision once", async () => {
    const { emulator, client } = await start();
    const declined = emulator.sip.call();
    await client.realtime.calls.reject(declined.id);
    expect(await declined.ended).toEqual({ kind: "rejected", statusCode: 603 });
    const busy = emulator.sip.call();
    await client.realtime.calls.reject(busy.id, { status_code: 486 });
    expect(await busy.ended).toEqual({ kind: "rejected", statusCode: 486 });
    const moved = emulator.sip.call();
    await client.realtime.calls.accept(moved.id, { type: "realtime" });
    expect(await refusal(client.realtime.calls.reject(moved.id))).toEqual([409, "decision_already_made"]);
    await client.realtime.calls.refer(moved.id, { target_uri: "tel:+14155550123" });
    expect(await moved.ended).toEqual({ kind: "referred", targetUri: "tel:+14155550123" });
    expect(await refusal(new OpenAI({ apiKey: "sk-no", baseURL: client.baseURL }).realtime.calls.accept(moved.id, { type: "realtime" }))).toEqual([
      401,
      "invalid_api_key",
    ]);
  });
});

describe("WebRTC calls", () => {
  const OFFER = [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "c=IN IP4 0.0.0.0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
    "a=mid:0",
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=rtpmap:0 PCMU/8000",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
    "a=mid:1",
    "a=sctp-port:5000",
    "",
  ].join("\r\n");

  it("are created by a server with its settings, and hung up", async () => {
    const { emulator, client } = await start();
    const response = await client.realtime.calls.create({
      sdp: OFFER,
      session: { type: "realtime", model: "gpt-realtime-2.1", audio: { output: { voice: "cedar" } } },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/sdp");
    const id = response.headers.get("location")?.split("/").at(-1) as string;
    expect(id).toMatch(/^rtc_u2_/);
    expect(await response.text()).toMatch(/^v=0\r\n[\s\S]*a=ice-lite\r\n/);
    expect(emulator.sessions[0]?.config.audio.output.voice).toBe("cedar");
    await client.realtime.calls.hangup(id);
    expect(emulator.sessions[0]?.closed?.code).toBe(1000);
  });

  it("are refused with the service's codes", async () => {
    const { client } = await start();
    expect(await refusal(client.realtime.calls.create({ sdp: "v=0\r\n", session: { type: "realtime", model: "gpt-realtime-2.1" } }))).toEqual([
      400,
      "invalid_offer",
    ]);
    expect(await refusal(client.realtime.calls.create({ sdp: OFFER }))).toEqual([400, "missing_model"]);
  });
});
