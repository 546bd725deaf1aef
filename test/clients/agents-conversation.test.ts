/** `@openai/agents-realtime`, as it comes from npm, in conversation with the emulator over WebSocket: settings, spoken and written turns, history, the end. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, type RealtimeItem, RealtimeSession, type TransportLayerTranscriptDelta } from "@openai/agents-realtime";
import { afterEach, describe, expect, test } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { AgentCall, type AgentCallOptions, joined, until } from "./support/agents.ts";
import { lengthMs, pieces, utterance } from "./support/speaking.ts";
import { QUICK, ScriptedVoice, saying } from "./support/voices.ts";

const open: AgentCall[] = [];

async function call(options?: AgentCallOptions): Promise<AgentCall> {
  const made = await AgentCall.open(options);
  open.push(made);
  return made;
}

function isComplete(item: RealtimeItem): boolean {
  return "status" in item && item.status === "completed";
}

afterEach(() => Promise.all(open.splice(0).map((made) => made.close())));

describe("a session's settings", () => {
  test("are the client's own defaults when it is given none, filled in as the service does", async () => {
    const { record, errors, events } = await call({ session: { config: { audio: {} } } });
    expect(errors).toEqual([]);
    expect(record.config).toMatchObject({
      type: "realtime",
      model: "gpt-realtime-2.1",
      instructions: "Answer briefly.",
      output_modalities: ["audio"],
      tools: [],
      tool_choice: "auto",
      tracing: "auto",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          noise_reduction: null,
          transcription: { model: "gpt-4o-mini-transcribe", language: null, prompt: null },
          turn_detection: { type: "semantic_vad", create_response: true, interrupt_response: true },
        },
        output: { format: { type: "audio/pcm", rate: 24_000 }, speed: 1 },
      },
    });
    expect(events.map(({ type }) => type)).toEqual(["session.created", "session.updated", "session.updated"]);
  });

  test("are taken in all their forms, and reported back as they are in effect", async () => {
    const { record, errors, events } = await call({
      agent: new RealtimeAgent({ name: "test", instructions: "Sing.", voice: "cedar" }),
      session: {
        workflowName: "tests",
        groupId: "group_1",
        traceMetadata: { purpose: "test" },
        config: {
          outputModalities: ["text"],
          toolChoice: "required",
          parallelToolCalls: false,
          reasoning: { effort: "low" },
          audio: {
            input: {
              format: { type: "audio/pcmu" },
              noiseReduction: { type: "far_field" },
              transcription: { model: "gpt-realtime-whisper", language: "en" },
              turnDetection: {
                type: "server_vad",
                threshold: 0.6,
                prefixPaddingMs: 200,
                silenceDurationMs: 700,
                idleTimeoutMs: 6000,
                createResponse: false,
                interruptResponse: false,
              },
            },
            output: { format: { type: "audio/pcma" }, speed: 1.2 },
          },
        },
      },
    });
    expect(errors).toEqual([]);
    const expected = {
      instructions: "Sing.",
      output_modalities: ["text"],
      tool_choice: "required",
      parallel_tool_calls: false,
      reasoning: { effort: "low" },
      tracing: { workflow_name: "tests", group_id: "group_1", metadata: { purpose: "test" } },
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          noise_reduction: { type: "far_field" },
          transcription: { model: "gpt-realtime-whisper", language: "en", prompt: null },
          turn_detection: {
            type: "server_vad",
            threshold: 0.6,
            prefix_padding_ms: 200,
            silence_duration_ms: 700,
            idle_timeout_ms: 6000,
            create_response: false,
            interrupt_response: false,
          },
        },
        output: { format: { type: "audio/pcma" }, voice: "cedar", speed: 1.2 },
      },
    };
    expect(record.config).toMatchObject(expected);
    expect(events.at(-1)?.session).toMatchObject(expected);
  });

  test("may name a stored prompt, and switch tracing off", async () => {
    const agent = new RealtimeAgent({ name: "test", prompt: { promptId: "pmpt_1", version: "2", variables: { name: "Ada" } } });
    const { record, errors } = await call({ agent, session: { tracingDisabled: true } });
    expect(errors).toEqual([]);
    expect(record.config).toMatchObject({ prompt: { id: "pmpt_1", version: "2", variables: { name: "Ada" } }, tracing: null });
  });
});

describe("a spoken turn", () => {
  test("is found by the server, transcribed, answered aloud, and stands in the history", async () => {
    const it = await call();
    const { session, record, errors, told, heard } = it;
    const deltas: TransportLayerTranscriptDelta[] = [];
    session.transport.on("audio_transcript_delta", (event) => deltas.push(event));
    it.speak();
    const done = await until(() => record.log.of("response.done", "out")[0]);
    await until(() => record.log.of("conversation.item.retrieve", "in")[0]);
    await until(() => session.history.length === 2 && session.history.every(isComplete));
    await until(() => told.includes("agent_end"));
    const [user, answer] = record.items;
    expect(session.history).toEqual([
      {
        itemId: user?.wire.id,
        previousItemId: undefined,
        type: "message",
        role: "user",
        status: "completed",
        content: [{ type: "input_audio", audio: null, transcript: expect.stringMatching(/./) }],
      },
      {
        itemId: answer?.wire.id,
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_audio", audio: null, transcript: deltas.map(({ delta }) => delta).join("") }],
      },
    ]);
    expect(told).toEqual(["agent_start", "audio_start", "audio_stopped", "agent_end"]);
    expect(Buffer.from(joined(heard)).equals(Buffer.from(answer?.spoken?.bytes() ?? []))).toBe(true);
    expect(done.event).toMatchObject({ response: { status: "completed" } });
    const { usage } = (done.event as unknown as { response: { usage: { input_tokens: number; output_tokens: number; total_tokens: number } } }).response;
    expect(session.usage).toMatchObject({ inputTokens: usage.input_tokens, outputTokens: usage.output_tokens, totalTokens: usage.total_tokens });
    expect(usage.output_tokens).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  test("may be kept with its audio", async () => {
    const it = await call({ session: { historyStoreAudio: true } });
    const { session, record, errors } = it;
    it.speak();
    const audio = await until(() => {
      const [user] = session.history;
      const part = user?.type === "message" && user.role === "user" ? user.content[0] : undefined;
      return part?.type === "input_audio" ? part.audio : null;
    });
    const heardMs = Buffer.from(audio, "base64").length / 48;
    const [item] = record.items;
    const clip = item?.heard.get(0);
    expect(heardMs).toBeCloseTo(((clip?.samples.length ?? 0) * 1000) / (clip?.rate ?? 1), 0);
    expect(heardMs).toBeGreaterThan(2000);
    expect(errors).toEqual([]);
  });

  test("is ended by the client when nobody else detects turns", async () => {
    const it = await call({ session: { config: { audio: { input: { turnDetection: null } } } } });
    const { session, record, errors, next } = it;
    expect(record.config.audio.input.turn_detection).toBeNull();
    const samples = utterance("speech-b", 0);
    const all = pieces(samples);
    for (const [i, piece] of all.entries()) session.sendAudio(piece, { commit: i === all.length - 1 });
    session.transport.requestResponse?.();
    await next("response.done");
    expect(record.log.of("input_audio_buffer.speech_started")).toEqual([]);
    expect(record.items[0]?.heard.get(0)?.samples.length).toBe(samples.length);
    expect(record.input.durationMs).toBeCloseTo(lengthMs(samples), 3);
    expect(errors).toEqual([]);
    expect(it.of("input_audio_buffer.committed")).toHaveLength(1);
  });

  test("may be in mu-law, and come back in A-law", async () => {
    const config = { audio: { input: { format: { type: "audio/pcmu" }, turnDetection: null }, output: { format: { type: "audio/pcma" } } } } as const;
    const { session, record, errors, heard, next } = await call({ session: { config }, emulator: { voice: new ScriptedVoice([saying("Tones.", 600)]) } });
    session.sendAudio(new Uint8Array(8 * 300).fill(0xff).buffer, { commit: true });
    session.transport.requestResponse?.();
    await next("response.done");
    expect(record.input.durationMs).toBe(300);
    expect(joined(heard).length).toBe(8 * 600);
    expect(errors).toEqual([]);
  });
});

describe("a written turn", () => {
  test("is answered, once or in several messages at a time, in order", async () => {
    const voice = new ScriptedVoice([saying("First.", 300)], [saying("Second.", 300)]);
    const { session, record, errors, next } = await call({ emulator: { voice } });
    session.sendMessage("One");
    session.sendMessage("Two");
    await next("response.done", 2);
    await until(() => session.history.length === 4 && session.history.every(isComplete));
    expect(voice.requests.map(({ userText }) => userText)).toEqual(["One", "Two"]);
    expect(errors).toEqual([]);
    // The second response.create waits in the client until the first response is done.
    const order = record.log.entries.filter(({ type }) => type === "response.create" || type === "response.done").map(({ type }) => type);
    expect(order).toEqual(["response.create", "response.done", "response.create", "response.done"]);
  });

  test("comes back as text when the session is for text, and tells its pieces", async () => {
    const text = "An answer in several words.";
    const { session, errors, next } = await call({
      emulator: { voice: new ScriptedVoice([saying(text)]) },
      session: { config: { outputModalities: ["text"] } },
    });
    const deltas: string[] = [];
    session.transport.on("output_text_delta", ({ delta }) => deltas.push(delta));
    session.sendMessage("Hello");
    await next("response.done");
    await until(() => session.history.length === 2 && session.history.every(isComplete));
    expect(deltas.join("")).toBe(text);
    expect(deltas.length).toBeGreaterThan(2);
    expect(session.history[1]).toMatchObject({ role: "assistant", content: [{ type: "output_text", text }] });
    expect(errors).toEqual([]);
  });

  test("may show a picture", async () => {
    const { session, record, errors, next } = await call({ emulator: { voice: new ScriptedVoice([saying("A dot.")]) } });
    session.addImage("data:image/png;base64,iVBORw0KGgo=");
    await next("response.done");
    expect(record.items[0]?.wire).toMatchObject({ role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" }] });
    expect(errors).toEqual([]);
  });

  test("may be answered beside the conversation, which does not learn of it", async () => {
    const it = await call({ emulator: { voice: new ScriptedVoice([saying("Aside.")], [saying("In it.")]) } });
    const { session, record, errors, next } = it;
    session.transport.requestResponse?.({
      conversation: "none",
      metadata: { purpose: "summary" },
      output_modalities: ["text"],
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Sum up." }] }],
    });
    session.sendMessage("And now aloud.");
    await next("response.done", 2);
    const [aside, inside] = it.of("response.done").map(({ response }) => response as { conversation_id: string | null; metadata: object | null });
    expect(aside).toMatchObject({ conversation_id: null, metadata: { purpose: "summary" } });
    expect(inside?.conversation_id).toBe(record.conversation.id);
    expect(record.conversation.items).toHaveLength(2);
    expect(errors).toEqual([]);
  });
});

describe("the history", () => {
  const texts = (session: RealtimeSession) =>
    session.history.map((item) => (item.type === "message" && item.content[0] && "text" in item.content[0] ? item.content[0].text : "?"));

  test("can be rewritten by the client: items removed, changed, and put before others", async () => {
    const { session, record, errors } = await call();
    for (const text of ["one", "two", "three"]) session.transport.sendMessage(text, {}, { triggerResponse: false });
    await until(() => session.history.length === 3);
    const item = (itemId: string, text: string): RealtimeItem => ({
      itemId,
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_text", text }],
    });
    session.updateHistory((history) => [item("item_zero", "zero"), ...history.slice(1)]);
    await until(() => texts(session).join() === "zero,two,three");
    session.updateHistory((history) => [...history.slice(0, 1), item("item_middle", "middle"), ...history.slice(1, 2), item("item_last", "last")]);
    await until(() => texts(session).join() === "zero,middle,two,last");
    expect(record.conversation.items.map(({ wire }) => wire.id)).toEqual(session.history.map(({ itemId }) => itemId));
    expect(errors).toEqual([]);
  });

  test("tells of a request that the server refuses", async () => {
    const { session, errors } = await call();
    session.transport.sendEvent({ type: "conversation.item.delete", item_id: "item_unknown", event_id: "mine" });
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ type: "error", error: { code: "item_delete_invalid_item_id", event_id: "mine" } });
  });
});

describe("a response that the server refuses", () => {
  test("does not keep the client from asking again", async () => {
    const voice = new ScriptedVoice([saying("To the turn.", 300)], [saying("To the request.", 300)]);
    const it = await call({ emulator: { voice } });
    const { session, errors, next } = it;
    // The turn ends on the server before the client can know, so its own request comes too late.
    it.speak();
    session.transport.requestResponse?.();
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ error: { code: "conversation_already_has_active_response", event_id: expect.stringMatching(/^agents_js_/) } });
    await next("response.done");
    session.transport.requestResponse?.();
    await next("response.done", 2);
    expect(errors).toHaveLength(1);
  });
});

describe("the connection", () => {
  test("ends when the client closes it", async () => {
    const { session, record, transport } = await call();
    const states: string[] = [];
    transport.on("connection_change", (state) => states.push(state));
    session.close();
    await until(() => record.closed);
    expect(states).toEqual(["disconnected"]);
    expect(transport.status).toBe("disconnected");
    expect(() => session.sendMessage("Still there?")).toThrow("not connected");
  });

  test("ends when the server closes or drops it, and can be made again", async () => {
    const { session, record, transport, emulator, errors } = await call();
    record.close(1001, "Your session hit the maximum duration of 60 minutes.");
    await until(() => transport.status === "disconnected");
    await session.connect({ apiKey: "sk-test" });
    await until(() => emulator.sessions.length === 2);
    emulator.sessions[1]?.drop();
    await until(() => transport.status === "disconnected");
    await session.connect({ apiKey: "sk-test" });
    session.sendMessage("Here again.");
    await until(() => emulator.sessions[2]?.log.of("response.done", "out")[0]);
    expect(errors).toEqual([]);
  });

  test("tells of the end of a session's time before it is over", async () => {
    const { transport, errors, record } = await call({ emulator: { sessionLimitMs: 1000 } });
    await until(() => transport.status === "disconnected");
    expect(errors).toMatchObject([{ error: { code: "session_expired", message: "Your session hit the maximum duration of 60 minutes." } }]);
    expect(record.closed?.code).toBe(1001);
  });

  test("is refused to a wrong key, and not made to a place without a model", async () => {
    const emulator = await checkedEmulator({ profile: QUICK, apiKeys: ["sk-right"] });
    const connect = async (url: string, apiKey: string) => {
      const transport = new OpenAIRealtimeWebSocket({ url });
      const session = new RealtimeSession(new RealtimeAgent({ name: "test" }), { transport });
      const errors: unknown[] = [];
      session.on("error", ({ error }) => errors.push(error));
      await session.connect({ apiKey });
      return { transport, errors };
    };
    try {
      await expect(connect(`${emulator.url}?model=gpt-realtime-2.1`, "sk-wrong")).rejects.toMatchObject({ message: expect.stringContaining("401") });
      const { transport, errors } = await connect(emulator.url, "sk-right");
      await until(() => transport.status === "disconnected");
      expect(errors).toMatchObject([{ error: { code: "missing_model" } }]);
    } finally {
      await emulator.close();
    }
  });

  test("cannot be muted: on a WebSocket the application mutes itself", async () => {
    const { session } = await call();
    expect(session.muted).toBeNull();
    expect(() => session.mute(true)).toThrow("Mute is not supported");
  });
});
