/** What OpenAI's package still has of the beta interface, against the emulator that speaks it: the key services, and the types of what a session sends. */
import type { Emulator } from "@sidetone/emulator";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/beta/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/beta/realtime/realtime";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { speech } from "../support/speech.ts";
import { secureEmulator } from "./support/secure.ts";

/** Every event of the beta interface, by the package's own list: the compiler refuses one too many or too few. */
const BETA_EVENTS: Record<RealtimeServerEvent["type"], true> = {
  "conversation.created": true,
  "conversation.item.created": true,
  "conversation.item.deleted": true,
  "conversation.item.input_audio_transcription.completed": true,
  "conversation.item.input_audio_transcription.delta": true,
  "conversation.item.input_audio_transcription.failed": true,
  "conversation.item.retrieved": true,
  "conversation.item.truncated": true,
  error: true,
  "input_audio_buffer.cleared": true,
  "input_audio_buffer.committed": true,
  "input_audio_buffer.speech_started": true,
  "input_audio_buffer.speech_stopped": true,
  "output_audio_buffer.cleared": true,
  "output_audio_buffer.started": true,
  "output_audio_buffer.stopped": true,
  "rate_limits.updated": true,
  "response.audio.delta": true,
  "response.audio.done": true,
  "response.audio_transcript.delta": true,
  "response.audio_transcript.done": true,
  "response.content_part.added": true,
  "response.content_part.done": true,
  "response.created": true,
  "response.done": true,
  "response.function_call_arguments.delta": true,
  "response.function_call_arguments.done": true,
  "response.output_item.added": true,
  "response.output_item.done": true,
  "response.text.delta": true,
  "response.text.done": true,
  "session.created": true,
  "session.updated": true,
  "transcription_session.updated": true,
};

const FAST = { speedUp: 100, firstAudioDelayMs: 4, transcriptLeadMs: 2, transcriptionDelayMs: 1 };

describe("the beta interface of the openai package", () => {
  let emulator: Emulator;
  afterEach(() => emulator.close());

  const start = async () => {
    emulator = await checkedEmulator({
      dialect: "beta",
      profile: FAST,
      apiKeys: ["sk-test"],
      voice: {
        reply: ({ userText, userAudio }) => {
          if (userText === "call") return [{ type: "function_call", name: "look", arguments: '{"a":1}' }];
          return [{ type: "message", text: "Hello there", audio: userAudio ?? undefined }];
        },
      },
    });
    return new OpenAI({ apiKey: "sk-test", baseURL: `${emulator.httpUrl}/v1` });
  };

  it("makes keys with flat settings, and knows every event that a session of them sends", async () => {
    const client = await start();
    const made = await client.beta.realtime.sessions.create({
      model: "gpt-4o-realtime-preview",
      modalities: ["text", "audio"],
      voice: "sage",
      input_audio_transcription: { model: "gpt-4o-transcribe" },
      turn_detection: { type: "server_vad", silence_duration_ms: 300 },
    });
    expect(made).toMatchObject({
      voice: "sage",
      modalities: ["text", "audio"],
      input_audio_transcription: { model: "gpt-4o-transcribe" },
      input_audio_format: "pcm16",
    });
    const socket = new WebSocket(emulator.url, ["realtime", `openai-insecure-api-key.${made.client_secret.value}`, "openai-beta.realtime-v1"]);
    const events: RealtimeServerEvent[] = [];
    const waiting = new Set<() => void>();
    socket.on("message", (data) => {
      events.push(JSON.parse(String(data)));
      for (const wake of waiting) wake();
    });
    const count = (type: string) => events.filter((event) => event.type === type).length;
    const until = async (type: string, times = 1) => {
      while (count(type) < times) await new Promise<void>((resolve) => waiting.add(resolve));
    };
    const send = (event: object) => socket.send(JSON.stringify(event));
    await until("conversation.created");

    const samples = Int16Array.from([...speech("speech-b", 24_000), ...new Float32Array(24_000)], (sample) => Math.round(sample * 32_767));
    send({ type: "input_audio_buffer.append", audio: Buffer.from(samples.buffer).toString("base64") });
    await until("response.done");
    await until("conversation.item.input_audio_transcription.completed");

    send({ type: "session.update", session: { modalities: ["text"], temperature: 0.7 } });
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] } });
    send({ type: "response.create" });
    await until("response.done", 2);
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "call" }] } });
    send({ type: "response.create" });
    await until("response.done", 3);
    const said = events.find((event) => event.type === "response.output_item.done");
    const item = said?.type === "response.output_item.done" ? said.item : undefined;
    send({ type: "conversation.item.retrieve", item_id: item?.id });
    send({ type: "conversation.item.truncate", item_id: item?.id, content_index: 0, audio_end_ms: 10 });
    send({ type: "conversation.item.delete", item_id: item?.id });
    send({ type: "input_audio_buffer.clear" });
    send({ type: "response.cancel" });
    await until("error");
    socket.close();

    const seen = new Set(events.map(({ type }) => type));
    expect([...seen].filter((type) => !Object.hasOwn(BETA_EVENTS, type))).toEqual([]);
    const elsewhere = ["output_audio_buffer.", "transcription_session.", "conversation.item.input_audio_transcription.failed"];
    const expected = Object.keys(BETA_EVENTS).filter((type) => !elsewhere.some((prefix) => type.startsWith(prefix)));
    expect(expected.filter((type) => !seen.has(type as RealtimeServerEvent["type"]))).toEqual([]);
    expect(item).toMatchObject({ object: "realtime.item", role: "assistant", content: [{ type: "audio", transcript: "Hello there" }] });
  });

  it("talks to it by its own WebSocket client, which announces beta", async () => {
    const secure = await secureEmulator({ dialect: "beta", voice: { reply: ({ userText }) => [{ type: "message", text: `You said ${userText}` }] } });
    emulator = secure.emulator;
    try {
      const client = new OpenAIRealtimeWS({ model: "gpt-4o-realtime-preview" }, secure.client());
      const errors: unknown[] = [];
      client.on("error", (error) => errors.push(error));
      await new Promise<void>((resolve) => client.on("conversation.created", () => resolve()));
      client.send({ type: "session.update", session: { modalities: ["text"] } });
      client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] } });
      client.send({ type: "response.create" });
      const text = new Promise<string>((resolve) => client.on("response.text.done", (event) => resolve(event.text)));
      const done = new Promise<unknown>((resolve) => client.on("response.done", (event) => resolve(event.response)));
      expect(await text).toBe("You said hi");
      expect(await done).toMatchObject({ status: "completed", modalities: ["text"], temperature: 0.8 });
      expect(errors).toEqual([]);
      client.close();
    } finally {
      await secure.close();
    }
  });

  it("makes keys for transcription", async () => {
    const client = await start();
    const made = await client.beta.realtime.transcriptionSessions.create({
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "gpt-4o-transcribe" },
      turn_detection: { type: "server_vad" },
    });
    expect(made).toMatchObject({ input_audio_format: "g711_ulaw", input_audio_transcription: { model: "gpt-4o-transcribe" } });
    const socket = new WebSocket(`${emulator.url}?intent=transcription`, ["realtime", `openai-insecure-api-key.${made.client_secret.value}`]);
    const [first] = await new Promise<unknown[]>((resolve) => socket.on("message", (data) => resolve([JSON.parse(String(data))])));
    expect(first).toMatchObject({
      type: "transcription_session.created",
      session: { input_audio_format: "g711_ulaw", object: "realtime.transcription_session" },
    });
    socket.send(JSON.stringify({ type: "transcription_session.update", session: { input_audio_format: "pcm16" } }));
    const [second] = await new Promise<unknown[]>((resolve) => socket.on("message", (data) => resolve([JSON.parse(String(data))])));
    expect(second).toMatchObject({ type: "transcription_session.updated", session: { input_audio_format: "pcm16" } });
    socket.close();
  });
});
