/** Live sessions over WebRTC, with a real peer connection. */
import { afterEach, describe, expect, it } from "vitest";
import { RtcClient } from "../../test/rtc-client.ts";
import { type Event, speech, WireClient } from "../../test/wire-client.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

describe("a Live session over WebRTC", () => {
  let emulator: Emulator;
  const clients: RtcClient[] = [];

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await emulator.close();
  });

  const post = (path: string, body?: object) => fetch(`${emulator.httpUrl}${path}`, { method: "POST", body: body && JSON.stringify(body) });

  async function start(session: object, options: EmulatorOptions = {}): Promise<{ client: RtcClient; reply: Response; body: Event }> {
    emulator = await createEmulator({ seed: 1, ...options });
    const client = await RtcClient.create();
    clients.push(client);
    const reply = await post("/v1/live/sessions", { session, transport: { type: "webrtc", sdp: await client.offer() } });
    const body: Event = await reply.json();
    if (reply.status === 201) await client.accept(body.transport.sdp);
    return { client, reply, body };
  }

  it("answers by its track and its data channel, and is watched by a sideband", async () => {
    const { client, body } = await start({ model: "gpt-live-1" });
    expect(body).toEqual({ session: { id: expect.stringMatching(/^live_/) }, transport: { type: "webrtc", sdp: expect.stringContaining("a=ice-lite") } });
    expect((await client.next("session.started")).session.id).toBe(body.session.id);
    const side = new WireClient(`${emulator.httpUrl.replace("http", "ws")}/v1/live/sessions/${body.session.id}/attach`, { model: null });
    await side.next("session.started");
    const said = speech("speech-b", 24000);
    client.say(said);
    await client.next("session.output_transcript.delta");
    await client.until(() => energy(client.heard()) > 0.5 * energy(said));
    expect(client.events.some(({ type }: Event) => type === "session.output_audio.delta")).toBe(false);
    expect(side.all("session.output_audio.delta").length).toBeGreaterThan(10);
    expect(side.all("session.input_audio.append").length).toBeGreaterThan(10);
    side.send({ type: "session.close" });
    expect(await client.next("session.closed")).toMatchObject({ reason: "close_requested" });
    expect((await side.ended).code).toBe(1000);
    expect(emulator.liveSessions[0]?.closed).toMatchObject({ code: 1000 });
  });

  it("ends with the page's connection, and by hanging up", async () => {
    const { client } = await start({ model: "gpt-live-1" });
    await client.next("session.started");
    await client.close();
    while (emulator.liveSessions[0]?.closed === null) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(emulator.liveSessions[0]?.closed).toMatchObject({ reason: "remote_hangup" });
    expect((await post("/v1/live/sessions/live_none/hangup")).status).toBe(404);
    const other = await RtcClient.create();
    clients.push(other);
    const reply = await post("/openai/v1/live/sessions", { session: { model: "gpt-live-1" }, transport: { type: "webrtc", sdp: await other.offer() } });
    const body: Event = await reply.json();
    await other.accept(body.transport.sdp);
    await other.next("session.started");
    expect((await post(`/v1/live/sessions/${body.session.id}/hangup`)).status).toBe(200);
    expect(await other.next("session.closed")).toMatchObject({ reason: "close_requested" });
  });

  it.each([
    [{ session: {} }, "session.model"],
    [{ session: { model: "gpt-live-1", audio: { format: { type: "audio/pcm", rate: 24000 } } } }, "session.audio.format"],
    [{}, "session"],
  ])("is refused when it asks for %j", async (asked, param) => {
    emulator = await createEmulator();
    const client = await RtcClient.create();
    clients.push(client);
    const reply = await post("/v1/live/sessions", { transport: { type: "webrtc", sdp: await client.offer() }, ...asked });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { param } });
    expect(emulator.liveSessions.every(({ closed }) => closed !== null)).toBe(true);
  });
});

describe("a call on Azure's address", () => {
  it("tells a page only who speaks and what was said, in Azure's way", async () => {
    const emulator = await createEmulator({ seed: 1 });
    const client = await RtcClient.create();
    try {
      const reply = await client.connect(`${emulator.httpUrl}/openai/v1/realtime/calls?webrtcfilter=on&model=my-deployment`);
      expect(reply.headers.get("location")).toMatch(/^\/openai\/v1\/realtime\/calls\/rtc_/);
      client.say(speech("speech-b", 24000));
      await client.next("output_audio_buffer.started");
      await client.next("response.output_audio_transcript.done");
      const types = new Set(client.events.map(({ type }: Event) => type));
      expect(types).toContain("input_audio_buffer.speech_started");
      for (const secret of ["session.created", "response.created", "response.content_part.added", "rate_limits.updated"]) expect(types).not.toContain(secret);
      expect(emulator.sessions[0]?.model).toBe("my-deployment");
    } finally {
      await client.close();
      await emulator.close();
    }
  });
});

function energy(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
