/** Setting up and ending calls over HTTP, with a real peer connection where an answer is needed. */
import { afterEach, describe, expect, it } from "vitest";
import { RtcClient } from "../../test/rtc-client.ts";
import { WireClient } from "../../test/wire-client.ts";
import { checkConformance, createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

let emulator: Emulator;
const clients: RtcClient[] = [];

async function start(options: EmulatorOptions = {}): Promise<string> {
  emulator = await createEmulator({ seed: 1, ...options });
  return `${emulator.httpUrl}/v1/realtime/calls`;
}

async function client(): Promise<RtcClient> {
  const made = await RtcClient.create();
  clients.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((other) => other.close()));
  await emulator.close();
  expect(checkConformance(emulator)).toEqual([]);
});

const post = (url: string, body?: BodyInit, headers: Record<string, string> = {}) => fetch(url, { method: "POST", body, headers });
const postSdp = (url: string, sdp: string, headers: Record<string, string> = {}) => post(url, sdp, { "content-type": "application/sdp", ...headers });
const until = async (condition: () => boolean) => {
  for (let i = 0; i < 100 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
};

describe("an offer", () => {
  it("is answered as the service answers", async () => {
    const url = await start();
    const rtc = await client();
    const response = await postSdp(`${url}?model=gpt-realtime`, await rtc.offer(), { origin: "http://localhost:3000" });
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toMatch(/^\/v1\/realtime\/calls\/rtc_u2_[0-9A-Za-z]{21}$/);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(response.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("location");
    const lines = (await response.text()).split("\r\n");
    for (const line of [
      "a=ice-lite",
      "a=setup:active",
      "a=group:BUNDLE 0 1",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8",
      "a=rtpmap:111 opus/48000/2",
      "a=rtcp-mux",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "a=sctp-port:5000",
      "a=max-message-size:1073741823",
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.filter((line) => line.startsWith("a=candidate:")).map((line) => line.split(" ")[4])).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(lines.some((line) => /^a=msid:realtimeapi /.test(line))).toBe(true);
    expect(lines.some((line) => /trickle|end-of-candidates/.test(line))).toBe(false);
    expect(emulator.sessions).toMatchObject([{ model: "gpt-realtime", transport: "webrtc", closed: null }]);
  });

  it("is answered in the media type that is asked for", async () => {
    const url = await start();
    const response = await postSdp(`${url}?model=gpt-realtime`, await (await client()).offer(), { accept: "application/sdp" });
    expect(response.headers.get("content-type")).toBe("application/sdp");
  });

  it("greets on the data channel, with the session that the form asks for", async () => {
    const url = await start();
    const rtc = await client();
    const form = new FormData();
    form.set("sdp", await rtc.offer());
    form.set("session", JSON.stringify({ type: "realtime", model: "gpt-realtime-1.5", instructions: "Say hello.", audio: { output: { voice: "cedar" } } }));
    const response = await post(url, form);
    expect(response.status).toBe(201);
    await rtc.accept(await response.text());
    const { session } = await rtc.next("session.created");
    expect(session).toMatchObject({ model: "gpt-realtime-1.5", instructions: "Say hello.", audio: { output: { voice: "cedar" } } });
    expect(rtc.events[0].type).toBe("session.created");
  });

  it("takes parts of a form that are files", async () => {
    const url = await start();
    const form = new FormData();
    form.set("sdp", new Blob([await (await client()).offer()], { type: "application/sdp" }), "offer.sdp");
    form.set("session", new Blob(['{"type":"realtime","model":"gpt-realtime"}'], { type: "application/json" }), "session.json");
    expect((await post(url, form)).status).toBe(201);
  });

  it("with a client's secret gets the session that the secret pins", async () => {
    const url = await start({ apiKeys: ["sk-1"] });
    const pinned = { session: { type: "realtime", model: "gpt-realtime-mini", instructions: "Be brief." } };
    const secret = await post(`${emulator.httpUrl}/v1/realtime/client_secrets`, JSON.stringify(pinned), { authorization: "Bearer sk-1" });
    const { value } = (await secret.json()) as { value: string };
    const rtc = await client();
    const response = await rtc.connect(`${url}?model=another`, { headers: { authorization: `Bearer ${value}` } });
    expect(response.status).toBe(201);
    expect((await rtc.next("session.created")).session).toMatchObject({ model: "gpt-realtime-mini", instructions: "Be brief." });
  });

  it("makes a session that only transcribes", async () => {
    const url = await start();
    const rtc = await client();
    const form = new FormData();
    form.set("sdp", await rtc.offer());
    form.set("session", JSON.stringify({ type: "transcription", audio: { input: { transcription: { model: "gpt-4o-transcribe" } } } }));
    await rtc.accept(await (await post(url, form)).text());
    expect((await rtc.next("session.created")).session.type).toBe("transcription");
  });
});

describe("an offer elsewhere", () => {
  it("at Azure's address is answered in Azure's words", async () => {
    await start();
    const rtc = await client();
    const response = await rtc.connect(`${emulator.httpUrl}/openai/v1/realtime/calls?model=m`, { headers: { "api-key": "k" } });
    expect(response.headers.get("location")).toMatch(/^\/openai\/v1\/realtime\/calls\/rtc_u2_/);
    rtc.send({ type: "response.create" });
    await rtc.next("response.done");
    const [{ part, content }] = rtc.all("response.content_part.added");
    expect(content).toEqual(part);
    const sideband = new WireClient(`${emulator.url.replace("/v1/", "/openai/v1/")}?call_id=${response.headers.get("location")?.split("/").at(-1)}`, {
      model: null,
    });
    await sideband.opened();
    expect((await post(`${emulator.httpUrl}${response.headers.get("location")}/hangup`)).status).toBe(200);
    expect((await sideband.ended).code).toBe(1000);
  });

  it("at the beta interface's address is answered where that is spoken", async () => {
    await start({ dialect: "beta" });
    const rtc = await client();
    const response = await rtc.connect(`${emulator.httpUrl}/v1/realtime?model=m`);
    expect([response.status, response.headers.get("location")]).toEqual([201, expect.stringMatching(/^\/v1\/realtime\/calls\/rtc_u2_/)]);
    const { session } = await rtc.next("session.created");
    expect(session).toMatchObject({ modalities: expect.any(Array), turn_detection: { type: "server_vad" } });
  });

  it("counts against what its key may use", async () => {
    const url = await start({ limits: { sessionsPerKey: 1 } });
    const authorization = "Bearer sk-1";
    expect((await postSdp(`${url}?model=m`, await (await client()).offer(), { authorization })).status).toBe(201);
    expect((await postSdp(`${url}?model=m`, await (await client()).offer(), { authorization })).status).toBe(429);
    expect((await postSdp(`${url}?model=m`, await (await client()).offer(), { authorization: "Bearer sk-2" })).status).toBe(201);
  });
});

describe("a refusal", () => {
  const refused = async (response: Response) => [response.status, ((await response.json()) as { error: { code: string | null } }).error.code];

  it("of a key", async () => {
    const url = await start({ apiKeys: ["sk-1"] });
    const offer = await (await client()).offer();
    expect(await refused(await postSdp(`${url}?model=m`, offer))).toEqual([401, null]);
    expect(await refused(await postSdp(`${url}?model=m`, offer, { authorization: "Bearer sk-2" }))).toEqual([401, "invalid_api_key"]);
    expect(await refused(await post(`${url}/rtc_u2_x/hangup`, undefined, { authorization: "Bearer sk-2" }))).toEqual([401, "invalid_api_key"]);
    expect(await refused(await post(`${emulator.httpUrl}/v1/realtime`, offer, { authorization: "Bearer sk-2" }))).toEqual([401, "invalid_api_key"]);
  });

  it("of what is no offer", async () => {
    const url = await start();
    const offer = await (await client()).offer();
    const sdps = [
      "",
      "hello\r\n",
      offer.trim(),
      offer.replace(/m=audio[\s\S]*?(?=m=application)/, ""),
      offer.replace(/opus|PCMU|PCMA/g, "G729"),
      offer.replace(/^a=ice-pwd.*$/gm, ""),
    ];
    for (const sdp of sdps)
      expect([sdp.slice(0, 10), ...(await refused(await postSdp(`${url}?model=m`, sdp)))]).toEqual([sdp.slice(0, 10), 400, "invalid_offer"]);
    const trimmed = (await (await postSdp(`${url}?model=m`, offer.trim())).json()) as { error: { message: string } };
    expect(trimmed.error.message).toBe("Failed to parse offer: failed to unmarshal SDP: EOF");
    expect(emulator.sessions).toEqual([]);
  });

  it("of a request without a model, or in a form that is none", async () => {
    const url = await start();
    const offer = await (await client()).offer();
    expect(await refused(await postSdp(url, offer))).toEqual([400, "missing_model"]);
    expect(await refused(await post(`${url}?model=m`, offer, { "content-type": "text/plain" }))).toEqual([400, "unsupported_content_type"]);
    expect(await refused(await post(url, "nothing", { "content-type": "multipart/form-data; boundary=x" }))).toEqual([400, "invalid_multipart"]);
    expect(await refused(await post(url, "nothing", { "content-type": "multipart/form-data" }))).toEqual([400, "invalid_multipart"]);
    const form = new FormData();
    form.set("session", '{"type":"realtime","model":"m"}');
    expect(await refused(await post(url, form))).toEqual([400, "missing_required_parameter"]);
    form.set("sdp", offer);
    form.set("session", "{");
    expect(await refused(await post(url, form))).toEqual([400, "invalid_json"]);
    form.set("session", '{"type":"realtime","model":"m","voice":"cedar"}');
    expect(await refused(await post(url, form))).toEqual([400, "unknown_parameter"]);
    expect(emulator.sessions).toEqual([]);
  });

  it("of the beta interface's address, and of other methods", async () => {
    const url = await start();
    const offer = await (await client()).offer();
    expect(await refused(await postSdp(`${emulator.httpUrl}/v1/realtime?model=m`, offer))).toEqual([400, "beta_api_shape_disabled"]);
    expect(await refused(await fetch(url))).toEqual([405, "method_not_supported"]);
    expect(await refused(await fetch(`${emulator.httpUrl}/v1/realtime?model=m`))).toEqual([426, "upgrade_required"]);
    expect(await refused(await post(`${url}/rtc_u2_unknown/hangup`))).toEqual([404, "call_id_not_found"]);
  });

  it("of options that cannot be", async () => {
    await start();
    const wrong = (rtc: object) => createEmulator({ rtc } as EmulatorOptions);
    await expect(wrong({ addresses: [] })).rejects.toThrow("rtc.addresses is []; allowed is an array of at least one IP address.");
    await expect(wrong({ addresses: ["localhost"] })).rejects.toThrow("rtc.addresses");
    await expect(wrong({ ports: [5000] })).rejects.toThrow("rtc.ports is [5000]");
    await expect(wrong({ ports: [5000, 80] })).rejects.toThrow("rtc.ports[1] is 80; allowed is 1024 to 65535.");
    await expect(wrong({ ports: [5000, 5000] })).rejects.toThrow("rtc.ports is [5000, 5000]");
    await expect(wrong({ address: "127.0.0.1" })).rejects.toThrow('rtc has an unknown property "address"; allowed are addresses, ports.');
  });
});

describe("a call ends", () => {
  it("when the application hangs up", async () => {
    const url = await start();
    const rtc = await client();
    const location = (await rtc.connect(`${url}?model=m`)).headers.get("location");
    await rtc.next("session.created");
    const response = await post(`${emulator.httpUrl}${location}/hangup`);
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await until(() => rtc.channelStates.includes("closed"));
    expect(emulator.sessions[0]?.closed).toMatchObject({ code: 1000, reason: "The call was hung up." });
    expect((await post(`${emulator.httpUrl}${location}/hangup`)).status).toBe(404);
  });

  it("when the client closes the connection, or its data channel", async () => {
    const url = await start();
    for (const [index, leave] of [(rtc: RtcClient) => rtc.close(), (rtc: RtcClient) => rtc.channel.close()].entries()) {
      const rtc = await client();
      await rtc.connect(`${url}?model=m`);
      await rtc.next("session.created");
      await leave(rtc);
      await until(() => emulator.sessions[index]?.closed?.code === 1000);
    }
  });

  it("when the client is gone without a word, or never comes", async () => {
    let laterMs = 0;
    const timers: { dueMs: number; task: () => void; done: boolean }[] = [];
    const nowMs = () => performance.now() + laterMs;
    // Real time that a test may push ahead.
    const clock = {
      nowMs,
      after(delayMs: number, task: () => void) {
        const timer = { dueMs: nowMs() + delayMs, task, done: false };
        timers.push(timer);
        const handle = setTimeout(() => run(timer), delayMs);
        return () => {
          timer.done = true;
          clearTimeout(handle);
        };
      },
    };
    const run = (timer: (typeof timers)[number]) => {
      if (timer.done) return;
      timer.done = true;
      timer.task();
    };
    const skip = (ms: number) => {
      laterMs += ms;
      for (const timer of [...timers].sort((a, b) => a.dueMs - b.dueMs)) if (timer.dueMs <= nowMs()) run(timer);
    };
    const url = await start({ clock });
    const rtc = await client();
    await rtc.connect(`${url}?model=m`);
    await rtc.next("session.created");
    await postSdp(`${url}?model=m`, await (await client()).offer());
    expect(emulator.sessions.map(({ closed }) => closed)).toEqual([null, null]);
    skip(31_000);
    await until(() => emulator.sessions[1]?.closed?.reason === "The client did not connect.");
    await rtc.vanish();
    skip(62_000);
    await until(() => emulator.sessions[0]?.closed?.reason === "The client is gone.");
    expect(emulator.sessions.map(({ closed }) => closed?.code)).toEqual([1006, 1006]);
  });

  it("when its time is up, after saying so", async () => {
    const url = await start({ sessionLimitMs: 600 });
    const rtc = await client();
    await rtc.connect(`${url}?model=m`);
    expect((await rtc.next("error")).error.code).toBe("session_expired");
    await until(() => rtc.channelStates.includes("closed"));
    expect(emulator.sessions[0]?.closed?.code).toBe(1001);
  });

  it("when a test breaks it off, which the client has to find out", async () => {
    const url = await start();
    const rtc = await client();
    await rtc.connect(`${url}?model=m`);
    await rtc.next("session.created");
    emulator.sessions[0]?.drop();
    expect(emulator.sessions[0]?.closed?.code).toBe(1006);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rtc.channelStates).toEqual(["open"]);
  });

  it("when the emulator closes, also while it is set up", async () => {
    const url = await start();
    const rtc = await client();
    await rtc.connect(`${url}?model=m`);
    await rtc.next("session.created");
    const late = postSdp(`${url}?model=m`, await (await client()).offer()).then(
      ({ status }) => status,
      () => "cut off",
    );
    const before = performance.now();
    await emulator.close();
    expect(performance.now() - before).toBeLessThan(1000);
    expect([201, 503, "cut off"]).toContain(await late);
    await until(() => rtc.channelStates.includes("closed"));
    expect(emulator.sessions.every(({ closed }) => closed?.code === 1001)).toBe(true);
  });
});

describe("a sideband", () => {
  async function call(options: EmulatorOptions = {}): Promise<{ rtc: RtcClient; id: string }> {
    const url = await start(options);
    const rtc = await client();
    const response = await rtc.connect(`${url}?model=m`);
    await rtc.next("session.created");
    return { rtc, id: (response.headers.get("location") as string).split("/").at(-1) as string };
  }

  const sideband = (id: string, headers: Record<string, string> = {}) => new WireClient(`${emulator.url}?call_id=${id}`, { model: null, headers });

  it("sees and steers the call, without greeting or audio", async () => {
    const { rtc, id } = await call({ voice: "tone" });
    const one = sideband(id);
    const two = sideband(id);
    await one.opened();
    await two.opened();
    one.send({ type: "session.update", session: { type: "realtime", instructions: "From the side." } });
    for (const wire of [one, two, rtc]) expect((await wire.next("session.updated")).session.instructions).toBe("From the side.");
    two.send({ type: "response.create" });
    await rtc.next("response.done");
    for (const wire of [one, two]) {
      await wire.next("output_audio_buffer.started");
      await wire.next("response.done");
      expect(wire.events[0].type).toBe("session.updated");
      expect(wire.types).not.toContain("response.output_audio.delta");
    }
    // The same events, with the same ids.
    const ids = (events: { event_id: string; type: string }[]) => events.filter(({ type }) => type.startsWith("response.")).map(({ event_id }) => event_id);
    expect(ids(one.events)).toEqual(ids(rtc.events));
    // An error is the business of who caused it.
    expect((await one.fails({ type: "nonsense" })).code).toBe("invalid_value");
    expect(rtc.all("error")).toEqual([]);
  });

  it("may leave without an end to the call, and ends with it", async () => {
    const { rtc, id } = await call();
    const first = sideband(id);
    await first.opened();
    await first.close();
    expect(emulator.sessions[0]?.closed).toBeNull();
    const second = sideband(id);
    await second.opened();
    await rtc.close();
    expect(await second.ended).toEqual({ code: 1000, reason: "The client ended the call." });
  });

  it("is for API keys, and for calls that are there", async () => {
    const { id } = await call();
    const secret = await post(`${emulator.httpUrl}/v1/realtime/client_secrets`, "{}");
    const { value } = (await secret.json()) as { value: string };
    expect(await sideband(id, { authorization: `Bearer ${value}` }).refused()).toMatchObject({ status: 401 });
    expect(await sideband("rtc_u2_unknown").refused()).toMatchObject({ status: 404, error: { code: "call_id_not_found" } });
  });
});
