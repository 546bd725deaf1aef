/**
 * The realtime models of Vercel's AI SDK (`@ai-sdk/openai`), pointed at the emulator: client secrets, and conversations in the SDK's own events, as a server that relays
 * them and as a browser would have them. The SDK's session with microphone and loudspeaker runs in Chromium, in `test/browser/clients-vercel-ai.test.ts`.
 */
import { once } from "node:events";
import { createOpenAI } from "@ai-sdk/openai";
import type { Emulator, EmulatorOptions } from "@sidetone/emulator";
import {
  type Experimental_RealtimeClientEvent as ClientEvent,
  experimental_getRealtimeToolDefinitions,
  type Experimental_RealtimeModel as RealtimeModel,
  type Experimental_RealtimeServerEvent as ServerEvent,
  tool,
} from "ai";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { z } from "zod";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { until } from "./support/agents.ts";
import { secureEmulator } from "./support/secure.ts";
import { base64Pieces, utterance } from "./support/speaking.ts";
import { calling, QUICK, ScriptedVoice, saying } from "./support/voices.ts";

const MODEL = "gpt-realtime-2.1";

const running: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

/** A connection that speaks through a model of the SDK. */
class ModelCall {
  readonly events: ServerEvent[] = [];
  readonly #model: RealtimeModel;
  readonly #socket: WebSocket;

  constructor(model: RealtimeModel, socket: WebSocket) {
    this.#model = model;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const parsed = model.parseServerEvent(JSON.parse(String(data)));
      this.events.push(...(Array.isArray(parsed) ? parsed : [parsed]));
    });
    running.push(this);
  }

  send(event: ClientEvent): void {
    this.#socket.send(JSON.stringify(this.#model.serializeClientEvent(event)));
  }

  of<T extends ServerEvent["type"]>(type: T): Extract<ServerEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ServerEvent, { type: T }> => event.type === type);
  }

  next<T extends ServerEvent["type"]>(type: T, count = 1): Promise<Extract<ServerEvent, { type: T }>> {
    return until(() => this.of(type)[count - 1]);
  }

  close(): void {
    this.#socket.close();
  }
}

/** The way of a server that relays: plain WebSocket, and the key in a header. */
async function relayed(options: EmulatorOptions = {}): Promise<{ call: ModelCall; emulator: Emulator }> {
  const emulator = await checkedEmulator({ profile: QUICK, seed: 5, apiKeys: ["sk-test"], ...options });
  running.push(emulator);
  const model = createOpenAI({ baseURL: `${emulator.httpUrl}/v1`, apiKey: "sk-test" }).experimental_realtime(MODEL);
  const { url, headers } = (await model.getServerWebSocketConfig?.()) ?? {};
  expect(url).toBe(`${emulator.url}?model=${MODEL}`);
  const call = new ModelCall(model, new NodeWebSocket(url as string, { headers }) as unknown as WebSocket);
  await call.next("session-created");
  return { call, emulator };
}

describe("a realtime model of the AI SDK", () => {
  test("sets up a session and hears a spoken turn to its end", async () => {
    const { call, emulator } = await relayed();
    call.send({
      type: "session-update",
      config: {
        instructions: "Repeat.",
        voice: "cedar",
        outputModalities: ["audio"],
        inputAudioFormat: { type: "audio/pcm", rate: 24_000 },
        outputAudioFormat: { type: "audio/pcm", rate: 24_000 },
        inputAudioTranscription: { language: "en" },
        turnDetection: { type: "server-vad", threshold: 0.5, silenceDurationMs: 600, prefixPaddingMs: 200 },
      },
    });
    await call.next("session-updated");
    expect(emulator.sessions[0]?.config).toMatchObject({
      instructions: "Repeat.",
      audio: {
        input: {
          transcription: { model: "gpt-realtime-whisper", language: "en" },
          turn_detection: { type: "server_vad", silence_duration_ms: 600, prefix_padding_ms: 200 },
        },
        output: { voice: "cedar" },
      },
    });
    for (const audio of base64Pieces(utterance())) call.send({ type: "input-audio-append", audio });
    const done = await call.next("response-done");
    await call.next("input-transcription-completed");
    expect(done.status).toBe("completed");
    expect(done.usage).toMatchObject({ inputAudioTokens: expect.any(Number), outputAudioTokens: expect.any(Number) });
    const itemId = call.of("speech-started")[0]?.itemId;
    expect([call.of("speech-stopped")[0]?.itemId, call.of("audio-committed")[0]?.itemId, call.of("input-transcription-completed")[0]?.itemId]).toEqual([
      itemId,
      itemId,
      itemId,
    ]);
    const bytes = Buffer.concat(call.of("audio-delta").map(({ delta }) => Buffer.from(delta, "base64")));
    expect(bytes.equals(Buffer.from(emulator.sessions[0]?.items[1]?.spoken?.bytes() ?? []))).toBe(true);
    const words = call.of("audio-transcript-delta").map(({ delta }) => delta);
    expect(words.join("")).toBe(call.of("audio-transcript-done")[0]?.transcript);
    // What the SDK has no name of its own for passes through.
    expect(new Set(call.of("custom").map(({ rawType }) => rawType))).toEqual(
      new Set(["conversation.item.done", "conversation.item.input_audio_transcription.delta", "rate_limits.updated"]),
    );
    expect(call.of("error")).toEqual([]);
  });

  test("asks for a tool, defined as everywhere in the SDK, and goes on with its result", async () => {
    const voice = new ScriptedVoice([calling("weather", { city: "Lübeck" })], [saying("It rains.")]);
    const { call, emulator } = await relayed({ voice });
    const weather = tool({ description: "Tells the weather.", inputSchema: z.object({ city: z.string() }) });
    call.send({ type: "session-update", config: { outputModalities: ["text"], tools: await experimental_getRealtimeToolDefinitions({ tools: { weather } }) } });
    call.send({ type: "conversation-item-create", item: { type: "text-message", role: "user", text: "How is the weather?" } });
    call.send({ type: "response-create" });
    const asked = await call.next("function-call-arguments-done");
    expect(asked).toMatchObject({ name: "weather", arguments: '{"city":"Lübeck"}' });
    await call.next("response-done");
    call.send({ type: "conversation-item-create", item: { type: "function-call-output", callId: asked.callId, output: '"Rain."' } });
    call.send({ type: "response-create", options: { metadata: { purpose: "answer" } } });
    await call.next("response-done", 2);
    expect(call.of("text-done")[0]?.text).toBe("It rains.");
    expect(voice.requests[1]?.items.at(-1)).toMatchObject({ type: "function_call_output", call_id: asked.callId });
    expect(emulator.sessions[0]?.config.tools).toMatchObject([{ name: "weather", parameters: { required: ["city"] } }]);
    expect(call.of("error")).toEqual([]);
  });

  test("is interrupted and truncates, commits by hand, and is told what is wrong", async () => {
    const { call, emulator } = await relayed({ profile: { ...QUICK, speedUp: 2 }, voice: new ScriptedVoice([saying("A long story.", 20_000)]) });
    call.send({ type: "session-update", config: { turnDetection: { type: "disabled" } } });
    const [audio] = base64Pieces(utterance("speech-b", 0), 1000);
    call.send({ type: "input-audio-append", audio: audio as string });
    call.send({ type: "input-audio-commit" });
    call.send({ type: "response-create" });
    const { itemId } = await call.next("audio-delta", 2);
    call.send({ type: "response-cancel" });
    call.send({ type: "conversation-item-truncate", itemId, contentIndex: 0, audioEndMs: 100 });
    expect((await call.next("response-done")).status).toBe("cancelled");
    await until(() => emulator.sessions[0]?.truncations[0]);
    call.send({ type: "response-cancel" });
    expect(await call.next("error")).toMatchObject({ code: "response_cancel_not_active", message: "Cancellation failed: no active response found" });
  });

  test("makes client secrets that pin a session, and connects with one as a browser does", async () => {
    const secure = await secureEmulator({ apiKeys: ["sk-test"] });
    running.push(secure);
    const { experimental_realtime } = createOpenAI({ baseURL: secure.baseURL, apiKey: "sk-test" });
    const made = await experimental_realtime.getToken({
      model: MODEL,
      expiresAfterSeconds: 60,
      sessionConfig: { instructions: "Pinned.", outputModalities: ["text"] },
    });
    // The SDK writes `wss:` whatever the base URL says; an application that uses the plain emulator puts its own address here.
    expect(made).toMatchObject({ token: expect.stringMatching(/^ek_/), url: `wss://${new URL(secure.baseURL).host}/v1/realtime?model=${MODEL}` });
    const model = experimental_realtime(MODEL, { api: "realtime" });
    const { url, protocols } = model.getWebSocketConfig(made);
    const call = new ModelCall(model, new WebSocket(url, protocols));
    const { raw } = await call.next("session-created");
    expect(raw).toMatchObject({ session: { instructions: "Pinned.", output_modalities: ["text"] } });
    await expect(createOpenAI({ baseURL: secure.baseURL, apiKey: "sk-wrong" }).experimental_realtime.getToken({ model: MODEL })).rejects.toThrow(
      "OpenAI realtime client secret request failed: 401",
    );
  });
});

/** Loudest sample of base64 PCM16. */
function peak(base64: string): number {
  const bytes = Buffer.from(base64, "base64");
  return Array.from({ length: bytes.length / 2 }, (_, i) => Math.abs(bytes.readInt16LE(2 * i))).reduce((most, sample) => Math.max(most, sample), 0);
}

describe("a Live model of the AI SDK", () => {
  test("has a conversation without turns, appends to it, mutes itself, and is told the bill at the end", async () => {
    const emulator = await checkedEmulator({ profile: QUICK, seed: 5, apiKeys: ["sk-test"] });
    running.push(emulator);
    const model = createOpenAI({ baseURL: `${emulator.httpUrl}/v1`, apiKey: "sk-test" }).experimental_realtime("gpt-live-1", { api: "live" });
    const { url, headers } = await model.getServerWebSocketConfig();
    const socket = new NodeWebSocket(url, { headers });
    const ended = once(socket, "close");
    await once(socket, "open");
    const call = new ModelCall(model, socket as unknown as WebSocket);
    call.send({ type: "session-start", config: { instructions: "Repeat.", voice: "marin" } });
    const started = await call.next("session-started");
    expect(started).toMatchObject({ sessionId: expect.stringMatching(/./), delegationMode: "client" });
    for (const audio of base64Pieces(utterance("speech-b", 6000))) call.send({ type: "input-audio-append", audio });
    await until(() => call.of("transcript-fragment").some(({ speaker }) => speaker === "assistant"));
    await until(() =>
      call
        .of("audio-chunk")
        .slice(-5)
        .some(({ delta }) => peak(delta) > 3000),
    );
    call.send({ type: "context-append", content: "The user smiles.", delegationId: null, providerOptions: { openai: { channel: "thinking" } } });
    expect(await call.next("command-acknowledged")).toMatchObject({ command: "session.thinking.append" });
    call.send({ type: "input-audio-mute", eventId: "mute_1" });
    expect(await call.next("command-acknowledged", 2)).toMatchObject({ command: "session.input_audio.mute", clientEventId: "mute_1" });
    call.send({ type: "session-close" });
    const closed = await call.next("session-closed");
    expect(closed).toMatchObject({ sessionId: started.sessionId, reason: "close_requested" });
    expect(closed.usage?.seconds).toBeGreaterThan(3);
    expect(call.of("error")).toEqual([]);
    await ended;
  });
});
