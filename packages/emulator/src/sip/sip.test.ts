/** Phone calls on a clock that the test moves: what the caller says and hears, what the application is told and decides. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { speech, WireClient } from "../../test/wire-client.ts";
import {
  checkConformance,
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type SessionRecord,
  type SimulatedCall,
  type SipCallOptions,
  toneClip,
} from "../index.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const RATE = 24_000;

let clock: ManualClock;
let emulator: Emulator;
const closers: (() => Promise<unknown>)[] = [];

async function start(options: EmulatorOptions = {}): Promise<void> {
  clock = new ManualClock();
  emulator = await createEmulator({ seed: 1, clock, ...options });
  closers.push(() => emulator.close());
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  // No event tells the settings of a phone call, so that these rules do not know what the server may do by itself.
  expect(checkConformance(emulator, { except: ["asked-for", "response-cancel-reason"] })).toEqual([]);
});

/** Lets the network do what it has to, without letting time pass. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

/** Lets `ms` pass, a frame at a time, with events going out as they come. */
async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    clock.advance(20);
    if (at % 400 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await settle();
}

const post = (path: string, body?: object) =>
  fetch(`${emulator.httpUrl}/v1/realtime/calls/${path}`, {
    method: "POST",
    body: body && JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
const accept = (call: SimulatedCall, session: object = {}) => post(`${call.id}/accept`, { type: "realtime", ...session });
const problem = async (response: Response) => [response.status, ((await response.json()) as { error: { code: string } }).error.code];

async function answered(options: SipCallOptions = {}, session: object = {}): Promise<{ call: SimulatedCall; side: WireClient; session: SessionRecord }> {
  const call = emulator.sip.call(options);
  const response = await accept(call, session);
  expect([response.status, await response.text()]).toEqual([200, ""]);
  const side = new WireClient(`${emulator.url}?call_id=${call.id}`, { model: null });
  await side.opened();
  return { call, side, session: await call.answered };
}

/** Correlation of `piece` with `samples` where it fits best, and where that is. */
function locate(piece: Int16Array, samples: Int16Array): { at: number; correlation: number } {
  let best = { at: 0, correlation: -1 };
  for (let at = 0; at + piece.length <= samples.length; at++) {
    let ab = 0;
    let aa = 1;
    let bb = 1;
    for (let i = 0; i < piece.length; i += 5) {
      ab += (piece[i] as number) * (samples[at + i] as number);
      aa += (piece[i] as number) ** 2;
      bb += (samples[at + i] as number) ** 2;
    }
    const correlation = ab / Math.sqrt(aa * bb);
    if (correlation > best.correlation) best = { at, correlation };
  }
  return best;
}

describe("a call that is accepted", () => {
  it("is a conversation over a telephone line", async () => {
    await start();
    const said = speech("speech-b", RATE);
    const { call, side, session } = await answered({ audio: { samples: said, rate: RATE } }, { model: "gpt-realtime", instructions: "Answer the phone." });
    expect(call.state).toBe("active");
    expect(session).toMatchObject({ transport: "sip", model: "gpt-realtime", config: { instructions: "Answer the phone." } });
    await pass(8500);
    expect(side.types.filter((type) => /^(input|output)_audio_buffer/.test(type))).toEqual([
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "output_audio_buffer.started",
      "output_audio_buffer.stopped",
    ]);
    expect(side.types).not.toContain("session.created");
    expect(side.types).not.toContain("response.output_audio.delta");
    // As a phone lets it through: nothing above 4 kHz, eight bits of it.
    const heardByModel = locate(said.subarray(RATE, 1.5 * RATE), session.input.clip().samples);
    expect(heardByModel.correlation).toBeGreaterThan(0.9);
    expect(heardByModel.correlation).toBeLessThan(0.9999);
    // What the caller hears is timed: sample n, n samples after the answer.
    const heard = call.heard();
    expect(heard.rate).toBe(8000);
    expect(call.heardMs).toBe(8520);
    const spoken = session.items.find((item) => item.spoken !== null)?.spoken?.clip().samples as Int16Array;
    const piece = Int16Array.from({ length: 4000 }, (_, i) => spoken[(8000 + i) * 3] as number);
    const place = locate(piece, heard.samples);
    expect(place.correlation).toBeGreaterThan(0.9);
    const [started] = session.log.of("output_audio_buffer.started");
    expect(Math.abs(place.at / 8 - 1000 - ((started?.atMs ?? 0) - session.openedAtMs))).toBeLessThan(25);
  });

  it("may carry what is said unchanged", async () => {
    await start({ voice: "tone" });
    const said = speech("speech-b", RATE).subarray(0, RATE);
    const { call, side, session } = await answered({ codec: "none" });
    let done = 0;
    void call.say({ samples: said, rate: RATE }).then(() => done++);
    void call.say({ samples: said, rate: RATE }).then(() => done++);
    await pass(1100);
    expect(done).toBe(1);
    await pass(1000);
    expect(done).toBe(2);
    const input = session.input.clip().samples;
    const first = locate(said.subarray(0, 4000), input).at;
    expect(input.subarray(first, first + RATE)).toEqual(said);
    expect(input.subarray(first + RATE, first + 2 * RATE)).toEqual(said);
    side.send({ type: "input_audio_buffer.clear" });
    side.send({ type: "response.create" });
    await settle();
    await pass(4000);
    const tone = toneClip(3000, RATE).samples;
    const place = locate(tone.subarray(RATE, RATE + 4000), call.heard().samples);
    expect(place.correlation).toBeGreaterThan(0.999);
  });

  it("is interrupted by the caller, and truncated at what they heard", async () => {
    await start({ voice: { reply: () => [{ type: "message", text: "la la la", audio: toneClip(20_000, RATE) }] } });
    const { call, side } = await answered({ codec: "none" });
    side.send({ type: "response.create" });
    await settle();
    await pass(2000);
    void call.say({ samples: speech("speech-b", RATE), rate: RATE });
    await pass(1500);
    const { audio_end_ms } = await side.next("conversation.item.truncated");
    const heard = call.heard().samples;
    const sounding = heard.findLastIndex((sample) => sample !== 0) + 1 - heard.findIndex((sample) => sample !== 0);
    // The tone's first and last sample may be silent themselves.
    expect(Math.abs((sounding * 1000) / RATE - audio_end_ms)).toBeLessThan(5);
    expect(audio_end_ms % 20).toBe(0);
    expect(side.types).toContain("output_audio_buffer.cleared");
  });

  it("tells the keys that are pressed, in an event without an id", async () => {
    await start();
    const { call, side } = await answered();
    for (const key of ["1", "#", "*", "D"]) call.press(key);
    await side.next("input_audio_buffer.dtmf_event_received", 4);
    expect(side.all("input_audio_buffer.dtmf_event_received").map(({ event }) => event)).toEqual(["1", "#", "*", "D"]);
    const [event] = side.all("input_audio_buffer.dtmf_event_received");
    expect(Object.keys(event).sort()).toEqual(["event", "received_at", "type"]);
    expect(Math.abs(event.received_at - Date.now() / 1000)).toBeLessThan(5);
    expect(() => call.press("12")).toThrow(new TypeError('key is "12"; allowed is one of 0-9, *, # and A-D.'));
  });

  it("ends when the caller hangs up", async () => {
    await start();
    const { call, side, session } = await answered();
    const talking = call.say({ samples: new Int16Array(RATE * 60), rate: RATE });
    await pass(200);
    const before = call.heardMs;
    call.hangUp();
    expect(await call.ended).toEqual({ kind: "hung-up", by: "caller" });
    expect(await side.ended).toEqual({ code: 1000, reason: "The caller hung up." });
    expect(session.closed).toMatchObject({ code: 1000 });
    await talking;
    clock.advance(1000);
    expect(call.heardMs).toBe(before);
    call.hangUp();
    expect(call.state).toBe("ended");
    expect(() => call.press("1")).toThrow("The call is ended; keys can be pressed while it is active.");
    expect(await problem(await post(`${call.id}/hangup`))).toEqual([404, "call_id_not_found"]);
  });

  it("ends when the application hangs up, sends the caller elsewhere, or lets its time run out", async () => {
    await start({ sessionLimitMs: 60_000 });
    const [first, second, third] = [await answered(), await answered(), await answered()];
    expect((await post(`${first.call.id}/hangup`)).status).toBe(200);
    expect(await first.call.ended).toEqual({ kind: "hung-up", by: "server" });
    expect((await first.side.ended).code).toBe(1000);
    expect(await problem(await post(`${second.call.id}/refer`, {}))).toEqual([400, "missing_required_parameter"]);
    expect(await problem(await post(`${second.call.id}/refer`, { target_uri: "" }))).toEqual([400, "invalid_value"]);
    expect((await post(`${second.call.id}/refer`, { target_uri: "tel:+14155550123" })).status).toBe(200);
    expect(await second.call.ended).toEqual({ kind: "referred", targetUri: "tel:+14155550123" });
    expect((await second.side.ended).code).toBe(1000);
    await pass(61_000);
    expect(third.side.all("error")[0].error.code).toBe("session_expired");
    expect((await third.side.ended).code).toBe(1001);
    expect(await third.call.ended).toEqual({ kind: "hung-up", by: "server" });
  });

  it("ends with the emulator", async () => {
    await start();
    const { call } = await answered();
    const ringing = emulator.sip.call();
    await emulator.close();
    expect(await call.ended).toEqual({ kind: "hung-up", by: "server" });
    expect(await ringing.ended).toEqual({ kind: "hung-up", by: "server" });
    await expect(ringing.answered).rejects.toThrow("The call ended before it was answered");
    expect(() => emulator.sip.call()).toThrow("The emulator is closing; no calls can be made.");
  });
});

describe("a decision", () => {
  it("counts once", async () => {
    await start();
    const call = emulator.sip.call();
    expect(call.state).toBe("ringing");
    expect(await problem(await post(`${call.id}/refer`, { target_uri: "tel:1" }))).toEqual([409, "call_not_active"]);
    expect((await accept(call)).status).toBe(200);
    expect(await problem(await accept(call))).toEqual([409, "decision_already_made"]);
    expect(await problem(await post(`${call.id}/reject`))).toEqual([409, "decision_already_made"]);
    expect((await call.answered).id).toBe(emulator.sessions[0]?.id);
    expect(emulator.sessions).toHaveLength(1);
  });

  it("may be a rejection, with a status or without", async () => {
    await start();
    for (const [body, statusCode] of [
      [undefined, 603],
      [{ status_code: 486 }, 486],
    ] as const) {
      const call = emulator.sip.call();
      expect(await problem(await post(`${call.id}/reject`, { status_code: 200 }))).toEqual([400, "integer_below_min_value"]);
      expect((await post(`${call.id}/reject`, body)).status).toBe(200);
      expect(await call.ended).toEqual({ kind: "rejected", statusCode });
      await expect(call.answered).rejects.toThrow(`rejected with status ${statusCode}`);
      expect(call.session).toBeNull();
      expect(await problem(await accept(call))).toEqual([404, "call_id_not_found"]);
    }
  });

  it("comes too late when the caller has given up", async () => {
    await start();
    const call = emulator.sip.call({ ringMs: 4000 });
    const talking = call.say(toneClip(100, RATE));
    clock.advance(3999);
    expect(call.state).toBe("ringing");
    clock.advance(1);
    expect(await call.ended).toEqual({ kind: "unanswered" });
    await talking;
    expect(await problem(await accept(call))).toEqual([404, "call_id_not_found"]);
  });

  it("is refused where settings are wrong, and may be made again", async () => {
    await start({ apiKeys: ["sk-1"] });
    const call = emulator.sip.call();
    const authorized = (path: string, body: string) =>
      fetch(`${emulator.httpUrl}/v1/realtime/calls/${path}`, { method: "POST", body, headers: { authorization: "Bearer sk-1" } });
    expect(await problem(await accept(call))).toEqual([401, null]);
    expect(await problem(await authorized(`${call.id}/accept`, "{}"))).toEqual([400, "missing_required_parameter"]);
    expect(await problem(await authorized(`${call.id}/accept`, "no"))).toEqual([400, "invalid_json"]);
    expect(await problem(await authorized(`${call.id}/accept`, '{"type":"realtime","voice":"cedar"}'))).toEqual([400, "unknown_parameter"]);
    expect(call.state).toBe("ringing");
    expect((await authorized(`${call.id}/accept`, '{"type":"realtime"}')).status).toBe(200);
  });

  it("is not for calls over WebRTC or calls that nobody made, and a sideband is not for calls that ring", async () => {
    await start();
    expect(await problem(await post("rtc_u2_none/accept", { type: "realtime" }))).toEqual([404, "call_id_not_found"]);
    const call = emulator.sip.call();
    expect((await new WireClient(`${emulator.url}?call_id=${call.id}`, { model: null }).refused()).status).toBe(404);
  });
});

describe("a webhook", () => {
  interface Received {
    headers: IncomingHttpHeaders;
    body: string;
  }

  /** An application that answers webhooks with these statuses, the last one for good. */
  async function application(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        received.push({ headers: request.headers, body });
        response.writeHead(statuses[Math.min(received.length, statuses.length) - 1] as number).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
  }

  it("tells every address who calls, once", async () => {
    const [one, two] = [await application(200), await application(204)];
    await start({ webhooks: { url: [one.url, two.url], secret: SECRET } });
    const call = emulator.sip.call({ from: "sip:alice@example.com", media: "rtp", headers: [{ name: "X-Account", value: "7" }] });
    expect(await call.webhooks).toEqual([
      { url: one.url, attempts: 1, status: 200 },
      { url: two.url, attempts: 1, status: 204 },
    ]);
    expect(one.received[0]?.body).toBe(two.received[0]?.body);
    const event = JSON.parse(one.received[0]?.body ?? "");
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      object: "event",
      created_at: expect.any(Number),
      type: "realtime.call.incoming",
      data: {
        call_id: call.id,
        sip_headers: [
          { name: "From", value: "sip:alice@example.com" },
          { name: "To", value: "sip:proj_emulator@sip.api.openai.com;transport=tls" },
          { name: "Call-ID", value: expect.any(String) },
          { name: "X-Account", value: "7" },
        ],
        sip_media_security: "rtp",
      },
    });
    expect(one.received[0]?.headers).toMatchObject({ "content-type": "application/json", "webhook-id": expect.stringMatching(/^wh_/) });
  });

  it("is tried again, later each time, with the same id", async () => {
    const { url, received } = await application(500, 302, 200);
    await start({ webhooks: { url, secret: SECRET } });
    const call = emulator.sip.call();
    await settle();
    expect(received).toHaveLength(1);
    clock.advance(499);
    await settle();
    expect(received).toHaveLength(1);
    clock.advance(1);
    await settle();
    expect(received).toHaveLength(2);
    clock.advance(999);
    await settle();
    expect(received).toHaveLength(2);
    clock.advance(1);
    expect(await call.webhooks).toEqual([{ url, attempts: 3, status: 200 }]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("is given up after so many tries, or when the call is over", async () => {
    const { url, received } = await application(503);
    await start({ webhooks: { url, secret: SECRET, retries: 1 } });
    const patient = emulator.sip.call();
    await settle();
    clock.advance(500);
    expect(await patient.webhooks).toEqual([{ url, attempts: 2, status: 503 }]);
    expect(patient.state).toBe("ringing");
    const short = emulator.sip.call();
    await settle();
    short.hangUp();
    expect(await short.webhooks).toEqual([{ url, attempts: 1, status: 503 }]);
    expect(received).toHaveLength(3);
  });

  it("that nobody takes is no answer", async () => {
    await start({ webhooks: { url: "http://127.0.0.1:1/", secret: SECRET, retries: 0 } });
    expect(await emulator.sip.call().webhooks).toEqual([{ url: "http://127.0.0.1:1/", attempts: 1, status: null }]);
  });

  it.each([
    [{ url: "ftp://x", secret: SECRET }, /^webhooks.url is "ftp:\/\/x"; allowed is an http or https address/],
    [{ url: [], secret: SECRET }, /^webhooks.url is \[\]/],
    [{ url: "http://x", secret: "open sesame" }, /^webhooks.secret is not of the right form; allowed is "whsec_" and base64.$/],
    [{ url: "http://x", secret: "whsec_" }, /^webhooks.secret/],
    [{ url: "http://x", secret: "whsec_!!!" }, /^webhooks.secret/],
    [{ url: "http://x", secret: SECRET, retries: 21 }, /^webhooks.retries is 21; allowed is 0 to 20.$/],
    [{ url: "http://x", secret: SECRET, timeout: 1 }, /^webhooks has an unknown property "timeout"/],
  ])("is not sent with %j", async (webhooks, message) => {
    await expect(createEmulator({ webhooks })).rejects.toThrow(message);
  });
});

describe("a call that cannot be", () => {
  it.each([
    [{ codec: "opus" }, 'codec is "opus"; allowed are "PCMU", "PCMA", "none".'],
    [{ media: "zrtp" }, 'media is "zrtp"; allowed are "rtp" and "srtp".'],
    [{ from: "" }, 'from is ""; allowed is a non-empty string.'],
    [{ ringMs: 0 }, "ringMs is 0; allowed is 1 to 600000."],
    [{ headers: [{ name: "X" }] }, "headers is"],
    [{ audio: { samples: new Float32Array(1), rate: 8000 } }, "audio is"],
    [{ tune: "x" }, "unknown property"],
  ])("%j", async (options, message) => {
    await start();
    expect(() => emulator.sip.call(options as SipCallOptions)).toThrow(message);
  });
});
