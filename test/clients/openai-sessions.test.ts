/** The WebSocket clients of the `openai` package, as it comes from npm, in session with the emulator over TLS. */

import type { EmulatorOptions } from "@sidetone/emulator";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "./support/agents.ts";
import { CLIENTS, RealtimeCall } from "./support/openai.ts";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";
import { lengthMs, utterance } from "./support/speaking.ts";
import { calling, QUICK, ScriptedVoice, saying } from "./support/voices.ts";

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

async function start(options?: EmulatorOptions): Promise<SecureEmulator> {
  const secure = await secureEmulator(options);
  running.push(secure);
  return secure;
}

describe.each(Object.entries(CLIENTS))("%s", (name, connect) => {
  async function call(options?: EmulatorOptions) {
    const secure = await start(options);
    const it = new RealtimeCall(connect(secure.client()));
    const { session } = await it.next("session.created");
    return { it, secure, session, record: () => secure.emulator.sessions[0] };
  }

  test("gets the session, changes it, and closes it", async () => {
    const { it, session, record } = await call();
    expect(session).toMatchObject({ type: "realtime", object: "realtime.session", model: "gpt-realtime-2.1", id: record()?.id });
    it.send({
      type: "session.update",
      session: { type: "realtime", instructions: "Be brief.", audio: { output: { voice: "cedar" }, input: { turn_detection: null } } },
    });
    const updated = await it.next("session.updated");
    expect(updated.session).toMatchObject({ instructions: "Be brief.", audio: { output: { voice: "cedar" }, input: { turn_detection: null } } });
    it.client.close();
    await until(() => it.closed);
    expect(it.closed).toEqual({ code: 1000, reason: "OK" });
    await until(() => record()?.closed);
    expect(record()?.closed).toMatchObject({ code: 1000, reason: "OK" });
    expect(it.errors).toEqual([]);
  });

  test("has a turn in writing", async () => {
    const { it } = await call({ voice: new ScriptedVoice([saying("Two and two is four.")]) });
    it.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
    it.write("What is two and two?");
    const { response } = await it.next("response.done");
    const text = it
      .of("response.output_text.delta")
      .map(({ delta }) => delta)
      .join("");
    expect(text).toBe("Two and two is four.");
    expect((await it.next("response.output_text.done")).text).toBe(text);
    expect(response).toMatchObject({ status: "completed", output: [{ type: "message", content: [{ type: "output_text", text }] }] });
    expect(it.errors).toEqual([]);
  });

  test("has a spoken turn, found by the server and answered with the same words", async () => {
    const { it, record } = await call();
    const samples = utterance();
    it.speak(samples);
    const { response } = await it.next("response.done");
    const bytes = Buffer.concat(it.of("response.output_audio.delta").map(({ delta }) => Buffer.from(delta, "base64")));
    const [item] = it.of("input_audio_buffer.committed");
    expect(it.of("input_audio_buffer.speech_started")[0]?.item_id).toBe(item?.item_id);
    expect(it.of("input_audio_buffer.speech_stopped")[0]?.item_id).toBe(item?.item_id);
    // The echo is a part of what was said, bit for bit.
    const sent = Buffer.from(samples.buffer);
    expect(bytes.length).toBeGreaterThan(48 * 1500);
    expect(sent.indexOf(bytes)).toBeGreaterThanOrEqual(0);
    expect(record()?.input.durationMs).toBeCloseTo(lengthMs(samples), 3);
    expect(response.usage?.output_token_details?.audio_tokens).toBe(bytes.length / 48 / 50);
    expect(it.errors).toEqual([]);
  });

  test("calls a function and goes on with its result", async () => {
    const voice = new ScriptedVoice([calling("weather", { city: "Lübeck" })], [saying("It rains.")]);
    const { it } = await call({ voice });
    it.send({ type: "session.update", session: { type: "realtime", tools: [{ type: "function", name: "weather", parameters: { type: "object" } }] } });
    it.write("How is the weather?");
    const done = await it.next("response.function_call_arguments.done");
    expect(JSON.parse(done.arguments)).toEqual({ city: "Lübeck" });
    await it.next("response.done");
    it.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: done.call_id, output: "Rain." } });
    it.send({ type: "response.create" });
    expect((await it.next("response.done", 2)).response.output).toMatchObject([{ type: "message", role: "assistant" }]);
    expect(voice.requests[1]?.items.at(-1)).toMatchObject({ type: "function_call_output", call_id: done.call_id, output: "Rain." });
    expect(it.errors).toEqual([]);
  });

  test("is interrupted, truncates, and is corrected when it claims to have heard more than was sent", async () => {
    const { it, record } = await call({ profile: { ...QUICK, speedUp: 2 }, voice: new ScriptedVoice([saying("A long story.", 20_000)], [saying("Yes?")]) });
    it.write("Tell me a story.");
    const [delta] = [await it.next("response.output_audio.delta", 2)];
    it.speak();
    const { response } = await it.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } });
    it.send({ type: "conversation.item.truncate", item_id: delta.item_id, content_index: 0, audio_end_ms: 19_999 });
    await until(() => it.errors.length === 1);
    expect(it.errors[0]).toMatchObject({
      error: { code: "invalid_value", message: expect.stringMatching(/^Audio content of \d+ms is already shorter than 19999ms$/) },
    });
    it.send({ type: "conversation.item.truncate", item_id: delta.item_id, content_index: 0, audio_end_ms: 100 });
    await it.next("conversation.item.truncated");
    expect(record()?.truncations).toMatchObject([{ itemId: delta.item_id, audioEndMs: 100 }]);
    expect(it.errors).toHaveLength(1);
  });

  test("refers to items in a request of its own", async () => {
    const voice = new ScriptedVoice([saying("Noted.")]);
    const { it } = await call({ voice });
    it.send({ type: "conversation.item.create", item: { id: "item_mine", type: "message", role: "user", content: [{ type: "input_text", text: "Mine." }] } });
    it.client.sendResponseCreate({
      type: "response.create",
      response: { conversation: "none", output_modalities: ["text"], input: [{ type: "item_reference", id: "item_mine" }] },
    });
    expect((await it.next("response.done")).response).toMatchObject({ conversation_id: null, status: "completed" });
    expect(voice.requests[0]?.userText).toBe("Mine.");
    expect(it.errors).toEqual([]);
  });

  test("tells what is wrong with a request, naming it, and goes on", async () => {
    const { it } = await call();
    it.send({ type: "response.cancel", event_id: "event_mine" });
    await until(() => it.errors.length === 1);
    expect(it.errors[0]?.message).toBe(
      "Cancellation failed: no active response found code=response_cancel_not_active param=null type=invalid_request_error event_id=event_mine",
    );
    it.write("Still there?");
    expect((await it.next("response.done")).response.status).toBe("completed");
    expect(it.closed).toBeNull();
  });

  test("sees the end of its session, and of the connection", async () => {
    const { it } = await call({ sessionLimitMs: 200 });
    await until(() => it.closed);
    expect(it.errors).toMatchObject([{ error: { code: "session_expired" } }]);
    expect(it.closed).toEqual({ code: 1001, reason: "Your session hit the maximum duration of 60 minutes." });
  });

  test("sees a connection that breaks", async () => {
    const { it, record } = await call();
    record()?.drop();
    await until(() => it.closed);
    expect(it.closed?.code).toBe(1006);
  });

  test("comes in with a client secret, into the session that the secret pins", async () => {
    const secure = await start({ apiKeys: ["sk-right"] });
    const made = await secure.client("sk-right").realtime.clientSecrets.create({
      expires_after: { anchor: "created_at", seconds: 30 },
      session: { type: "realtime", model: "gpt-realtime-mini", instructions: "Pinned.", audio: { output: { voice: "coral" } } },
    });
    expect(made.value).toMatch(/^ek_/);
    expect(made.expires_at - Date.now() / 1000).toBeGreaterThan(25);
    expect(made.session).toMatchObject({
      id: expect.stringMatching(/^sess_/),
      object: "realtime.session",
      type: "realtime",
      model: "gpt-realtime-mini",
      instructions: "Pinned.",
      audio: { output: { voice: "coral" }, input: { turn_detection: { type: "server_vad" } } },
      expires_at: 0,
    });
    const it = new RealtimeCall(connect(secure.client(made.value), "gpt-realtime-2.1"));
    const { session } = await it.next("session.created");
    expect(session).toMatchObject({ model: "gpt-realtime-mini", instructions: "Pinned.", audio: { output: { voice: "coral" } } });
    expect(it.errors).toEqual([]);
  });

  test("opens a session that only transcribes", async () => {
    const secure = await start({ voice: { reply: () => [], transcript: () => ({ text: "he might even have been made amiable himself" }) } });
    const client = secure.client();
    const it = new RealtimeCall(
      name === "OpenAIRealtimeWS"
        ? new OpenAIRealtimeWS({ intent: "transcription" }, client)
        : new OpenAIRealtimeWebSocket({ intent: "transcription" }, client),
    );
    expect((await it.next("session.created")).session).toMatchObject({ type: "transcription", object: "realtime.transcription_session" });
    it.send({
      type: "session.update",
      session: {
        type: "transcription",
        audio: { input: { transcription: { model: "gpt-4o-transcribe", language: "en" }, turn_detection: { type: "server_vad" } } },
      },
    });
    it.speak();
    const completed = await it.next("conversation.item.input_audio_transcription.completed");
    expect(completed.transcript).toBe("he might even have been made amiable himself");
    expect(completed.item_id).toBe(it.of("input_audio_buffer.committed")[0]?.item_id);
    const deltas = it.of("conversation.item.input_audio_transcription.delta").map(({ delta }) => delta);
    expect(deltas.join("")).toBe(completed.transcript);
    expect(it.of("response.created")).toEqual([]);
    expect(it.errors).toEqual([]);
  });

  test("is not let in with a wrong key", async () => {
    const secure = await start({ apiKeys: ["sk-right"] });
    const it = new RealtimeCall(connect(secure.client("sk-wrong-key")));
    await until(() => it.closed);
    expect(it.errors.length).toBeGreaterThan(0);
    expect(it.events).toEqual([]);
    expect(secure.emulator.sessions).toEqual([]);
  });
});

describe("client.realtime.clientSecrets", () => {
  let secure: SecureEmulator;

  beforeAll(async () => {
    secure = await secureEmulator({ apiKeys: ["sk-right"] });
  });

  afterAll(() => secure.close());

  test("is refused to a wrong key with the error that the client knows", async () => {
    await expect(secure.client("sk-wrong-key").realtime.clientSecrets.create({})).rejects.toMatchObject({
      name: "Error",
      status: 401,
      code: "invalid_api_key",
      type: "invalid_request_error",
      message: "401 Incorrect API key provided: sk-w***-key.",
      requestID: expect.stringMatching(/^req_\w{32}$/),
    });
  });

  test("is refused with what is wrong with the request", async () => {
    const { clientSecrets } = secure.client("sk-right").realtime;
    await expect(clientSecrets.create({ expires_after: { anchor: "created_at", seconds: 5 } })).rejects.toMatchObject({
      status: 400,
      param: "expires_after.seconds",
    });
    // biome-ignore lint/suspicious/noExplicitAny: a wrong value on purpose
    await expect(clientSecrets.create({ session: { type: "realtime", output_modalities: ["smoke"] } as any })).rejects.toMatchObject({
      status: 400,
      param: expect.stringContaining("output_modalities"),
    });
  });

  test("makes one for a session that only transcribes", async () => {
    const made = await secure.client("sk-right").realtime.clientSecrets.create({
      session: { type: "transcription", audio: { input: { transcription: { model: "gpt-transcribe" } } } },
    });
    expect(made.session).toMatchObject({
      type: "transcription",
      object: "realtime.transcription_session",
      id: expect.stringMatching(/^sess_/),
      audio: { input: { transcription: { model: "gpt-transcribe" } } },
    });
  });

  test("makes one without any settings", async () => {
    const made = await secure.client("sk-right").realtime.clientSecrets.create({});
    expect(made.session).toMatchObject({ type: "realtime", model: "gpt-realtime-2.1", output_modalities: ["audio"] });
    expect(made.expires_at - Date.now() / 1000).toBeGreaterThan(590);
  });
});
