import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import type { Emulator, EmulatorOptions, Voice } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 4, transcriptLeadMs: 2, transcriptionDelayMs: 1 };

/** Where each dialect is found, and how its client says the model. */
const SURFACES = {
  beta: "/v1/realtime?model=gpt-4o-realtime-preview",
  azure: "/openai/v1/realtime?model=my-deployment",
  "azure-beta": "/openai/realtime?api-version=2025-04-01-preview&deployment=my-deployment",
  "voice-live": "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime",
} as const;
type Surface = keyof typeof SURFACES;

describe("a whole session in each dialect", () => {
  let emulator: Emulator;

  async function connect(surface: Surface, options: EmulatorOptions = {}, headers: Record<string, string> = {}): Promise<WireClient> {
    emulator = await checkedEmulator({ seed: 1, profile: FAST, dialect: surface === "beta" ? "beta" : "ga", ...options });
    const client = new WireClient(`${emulator.httpUrl.replace("http", "ws")}${SURFACES[surface]}`, { model: null, headers });
    await client.next("session.created");
    return client;
  }

  afterEach(() => emulator.close());

  const say = (client: WireClient) => client.append(pcmBytes(speech("speech-b", 24000), 1500));
  const withoutDeltas = (client: WireClient) => client.types.filter((type: string) => !type.endsWith(".delta"));

  const BETA_TURN = [
    "session.created",
    "conversation.created",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.created",
    "response.created",
    "rate_limits.updated",
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
    "response.audio.done",
    "response.audio_transcript.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
  ];
  const without = (...types: string[]) => BETA_TURN.filter((type) => !types.includes(type));
  const afterUserItem = (turn: string[], type: string) => turn.flatMap((each, i) => (turn[i - 1] === "input_audio_buffer.committed" ? [each, type] : [each]));

  it.each<[Surface, string[]]>([
    ["beta", BETA_TURN],
    ["azure-beta", without("rate_limits.updated")],
    ["voice-live", afterUserItem(without("rate_limits.updated", "conversation.created"), "conversation.item.done")],
  ])("%s: a spoken turn in the order of its time", async (surface, expected) => {
    const client = await connect(surface);
    say(client);
    const { response } = await client.next("response.done");
    expect(withoutDeltas(client)).toEqual(expected);
    expect(response).toMatchObject({ status: "completed", modalities: ["text", "audio"], output: [{ object: "realtime.item", content: [{ type: "audio" }] }] });
    const heard = Buffer.concat(client.all("response.audio.delta").map(({ delta }: Event) => Buffer.from(delta, "base64")));
    expect(heard.equals(Buffer.from(emulator.sessions[0]?.items.at(-1)?.spoken?.bytes() ?? []))).toBe(true);
    expect(heard.length).toBeGreaterThan(48_000);
  });

  it("azure: GA events with the part of a content part twice, and no rate limits", async () => {
    const client = await connect("azure");
    say(client);
    await client.next("response.done");
    const added = await client.next("response.content_part.added");
    expect(added.content).toEqual(added.part);
    expect(client.all("response.output_audio.delta").length).toBeGreaterThan(0);
    client.send({ type: "response.create", response: { output_modalities: ["text"] } });
    await client.next("response.done", 2);
    expect(client.all("rate_limits.updated")).toEqual([]);
    expect(emulator.sessions[0]?.model).toBe("my-deployment");
  });

  it.each<Surface>(["beta", "voice-live"])("%s: an interruption cancels, and truncation works as ever", async (surface) => {
    const client = await connect(surface, { voice: "tone", profile: { ...FAST, speedUp: 2 } });
    say(client);
    const { item_id } = await client.next("response.audio.delta", 3);
    say(client);
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { reason: "turn_detected" }, output: [{ status: "incomplete" }] });
    client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 120 });
    expect(await client.next("conversation.item.truncated")).toMatchObject({ item_id, audio_end_ms: 120 });
  });

  it("beta: text, functions, and the answer of a function", async () => {
    const voice: Voice = {
      reply: ({ items, userText }) =>
        items.at(-1)?.type === "function_call_output"
          ? [{ type: "message", text: "It is sunny." }]
          : [{ type: "function_call", name: "weather", arguments: JSON.stringify({ asked: userText }) }],
    };
    const client = await connect("beta", { voice });
    client.send({
      type: "session.update",
      session: { modalities: ["text"], temperature: 0.7, tools: [{ type: "function", name: "weather", parameters: {} }] },
    });
    expect((await client.next("session.updated")).session).toMatchObject({ modalities: ["text"], temperature: 0.7, tools: [{ name: "weather" }] });
    client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "Rain?" }] } });
    client.send({ type: "response.create" });
    const done = await client.next("response.function_call_arguments.done");
    expect(done).toMatchObject({ arguments: '{"asked":"Rain?"}' });
    expect(done).not.toHaveProperty("name");
    await client.next("response.done");
    client.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: done.call_id, output: "sun" } });
    client.send({ type: "response.create", response: { temperature: 1.1 } });
    const { response } = await client.next("response.done", 2);
    expect(response).toMatchObject({ temperature: 1.1, modalities: ["text"], output: [{ content: [{ type: "text", text: "It is sunny." }] }] });
    expect((await client.next("response.text.done")).text).toBe("It is sunny.");
    expect(client.all("conversation.item.created")).toHaveLength(4);
  });

  it("beta: says errors in the words of the flat shape, with the client's event id, and goes on", async () => {
    const client = await connect("beta");
    const bad = { type: "session.update", event_id: "mine", session: { voice: "nobody" } };
    expect(await client.fails(bad)).toMatchObject({ param: "session.voice", event_id: "mine" });
    expect(await client.fails({ type: "session.update", session: { audio: {} } })).toMatchObject({ code: "unknown_parameter", param: "session.audio" });
    expect(
      await client.fails({ type: "conversation.item.create", item: { type: "message", role: "assistant", content: [{ type: "input_text" }] } }),
    ).toMatchObject({
      message: expect.stringContaining("'text' and 'audio'"),
    });
    client.send({ type: "session.update", session: { voice: "echo", input_audio_format: "g711_ulaw" } });
    expect((await client.next("session.updated")).session).toMatchObject({ voice: "echo", input_audio_format: "g711_ulaw" });
  });

  it("beta: writes down what has no meaning in GA as it came, with its id, and without its secrets", async () => {
    const lines: string[] = [];
    const client = await connect("beta", { record: { writer: { write: (line: string) => void lines.push(line) } } });
    const tools = [{ type: "mcp", server_label: "docs", server_url: "https://mcp.example.com", headers: { "X-Custom": "hidden-1234" } }];
    client.send({ type: "session.update", event_id: "mine_1", session: { tools, modalities: "smoke signals" } } as never);
    const { error } = await client.next("error");
    expect(error.event_id).toBe("mine_1");
    const written = emulator.sessions[0]?.log.of("session.update");
    expect(written?.map(({ event }) => (event as Event | null)?.event_id)).toEqual(["mine_1"]);
    expect(JSON.stringify([written, lines])).not.toContain("hidden-1234");
    expect(lines.join("\n")).toContain("smoke signals");
  });

  it("beta: takes clients that announce it, which GA refuses", async () => {
    const client = await connect("beta", {}, { "OpenAI-Beta": "realtime=v1" });
    expect(client.events[0].session.modalities).toEqual(["text", "audio"]);
    await emulator.close();
    emulator = await checkedEmulator();
    const refused = new WireClient(emulator.url, { headers: { "OpenAI-Beta": "realtime=v1" } });
    expect(await refused.ended).toMatchObject({ code: 4000 });
  });

  it("azure: takes the key from a header of its own or from the query", async () => {
    emulator = await checkedEmulator({ apiKeys: ["secret-key"] });
    const url = `${emulator.httpUrl.replace("http", "ws")}/voice-live/realtime?model=gpt-realtime`;
    const byHeader = new WireClient(url, { model: null, headers: { "api-key": "secret-key" } });
    const byQuery = new WireClient(`${url}&api-key=secret-key`, { model: null });
    await Promise.all([byHeader.next("session.created"), byQuery.next("session.created")]);
    const without = new WireClient(url, { model: null });
    expect(await without.ended).toMatchObject({ code: 1006 });
  });

  it("azure: names the deployment parameter when it is missing", async () => {
    emulator = await checkedEmulator();
    const client = new WireClient(`${emulator.httpUrl.replace("http", "ws")}/openai/realtime?api-version=2025-04-01-preview`, { model: null });
    expect((await client.next("error")).error).toMatchObject({ code: "missing_deployment", param: "deployment" });
  });

  it("voice live: hears 16 kHz as what it is", async () => {
    const client = await connect("voice-live");
    client.send({ type: "session.update", session: { input_audio_sampling_rate: 16000, turn_detection: { type: "azure_semantic_vad" } } });
    const { session } = await client.next("session.updated");
    expect(session).toMatchObject({ input_audio_sampling_rate: 16000, turn_detection: { type: "azure_semantic_vad", silence_duration_ms: 500 } });
    const samples = speech("speech-b", 16000);
    client.append(pcmBytes(samples, 1500, 16000), 3200);
    await client.next("response.done");
    expect(emulator.sessions[0]?.input.durationMs).toBeCloseTo(samples.length / 16 + 1500, -1);
  });

  describe("the key services of beta", () => {
    const post = (path: string, body: object) =>
      fetch(`${emulator.httpUrl}${path}`, { method: "POST", body: JSON.stringify(body), headers: { authorization: "Bearer sk-test" } });

    it("give a flat session with a key that connects", async () => {
      emulator = await checkedEmulator({ dialect: "beta", apiKeys: ["sk-test"] });
      const reply = await post("/v1/realtime/sessions", { model: "gpt-4o-realtime-preview", voice: "sage", modalities: ["text"], temperature: 0.6 });
      const session = (await reply.json()) as Event;
      expect(session).toMatchObject({
        object: "realtime.session",
        voice: "sage",
        modalities: ["text"],
        temperature: 0.6,
        client_secret: { value: expect.stringMatching(/^ek_/) },
      });
      expect(session.client_secret.expires_at * 1000).toBeGreaterThan(Date.now() + 50_000);
      expect(session.client_secret.expires_at * 1000).toBeLessThan(Date.now() + 61_000);
      const protocols = ["realtime", `openai-insecure-api-key.${session.client_secret.value}`, "openai-beta.realtime-v1"];
      const client = new WireClient(emulator.url, { model: null, protocols });
      expect((await client.next("session.created")).session).toMatchObject({ model: "gpt-4o-realtime-preview", voice: "sage", modalities: ["text"] });
    });

    it("say what is wrong in flat words, and are not there without beta, but for Azure's", async () => {
      emulator = await checkedEmulator({ dialect: "beta" });
      const reply = await post("/v1/realtime/transcription_sessions", { input_audio_format: "g711_alaw", input_audio_transcription: { model: "whisper-1" } });
      expect(await reply.json()).toMatchObject({
        object: "realtime.transcription_session",
        input_audio_format: "g711_alaw",
        client_secret: { value: expect.any(String) },
      });
      const wrong = await post("/v1/realtime/sessions", { voice: "nobody" });
      expect(wrong.status).toBe(400);
      expect(await wrong.json()).toMatchObject({ error: { param: "voice" } });
      await emulator.close();
      emulator = await checkedEmulator();
      expect((await post("/v1/realtime/sessions", {})).status).toBe(404);
      expect((await post("/openai/realtimeapi/sessions?api-version=2025-04-01-preview", {})).status).toBe(200);
      expect((await post("/openai/v1/realtime/client_secrets", {})).status).toBe(200);
    });
  });
});
