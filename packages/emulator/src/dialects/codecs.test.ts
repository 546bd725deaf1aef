import { encodeBase64 } from "@sidetone/core/dsp";
import type { ServerEvent } from "@sidetone/core/protocol";
import { describe, expect, it } from "vitest";
import { profileFor } from "../profiles.ts";
import { newSession } from "../session/session-config.ts";
import type { WireCodec } from "../wire.ts";
import type { DialectName } from "./dialect.ts";
import { DIALECTS, dialectOption } from "./dialects.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into messages of every shape
type Message = any;

function codec(name: DialectName, rateLimits = true): WireCodec {
  let count = 0;
  return DIALECTS[name].codec({ conversationId: "conv_1", eventId: () => `event_extra${count++}`, rateLimits });
}

const session = () => newSession("sess_1", "gpt-realtime", profileFor("gpt-realtime"), 1_900_000_000);
const encode = (wire: WireCodec, event: object): Message[] => wire.encode({ event_id: "event_1", ...event } as ServerEvent) as Message[];
const response = (fields: object = {}) => ({
  object: "realtime.response",
  id: "resp_1",
  status: "in_progress",
  status_details: null,
  output: [],
  conversation_id: "conv_1",
  output_modalities: ["audio"],
  max_output_tokens: "inf",
  audio: { output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin" } },
  usage: null,
  metadata: null,
  ...fields,
});
const assistant = {
  id: "item_2",
  type: "message",
  role: "assistant",
  status: "completed",
  phase: "final_answer",
  content: [{ type: "output_audio", transcript: "Hi" }],
};
const user = { id: "item_1", type: "message", role: "user", status: "completed", content: [{ type: "input_audio", transcript: null }] };
const rate = { type: "rate_limits.updated", rate_limits: [{ name: "tokens", limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }] };

describe("beta", () => {
  it.each([
    ["response.output_audio.delta", "response.audio.delta"],
    ["response.output_audio.done", "response.audio.done"],
    ["response.output_audio_transcript.delta", "response.audio_transcript.delta"],
    ["response.output_audio_transcript.done", "response.audio_transcript.done"],
    ["response.output_text.delta", "response.text.delta"],
    ["response.output_text.done", "response.text.done"],
    ["input_audio_buffer.speech_started", "input_audio_buffer.speech_started"],
  ])("calls %s %s, without obfuscation", (ga, beta) => {
    expect(encode(codec("beta"), { type: ga, item_id: "item_1", delta: "x", obfuscation: "abc" })).toEqual([
      { event_id: "event_1", type: beta, item_id: "item_1", delta: "x" },
    ]);
  });

  it("greets with a flat session, then announces the conversation", () => {
    const [created, conversation, ...more] = encode(codec("beta"), { type: "session.created", session: session() });
    expect(created.session).toEqual({
      id: "sess_1",
      object: "realtime.session",
      expires_at: 1_900_000_000,
      model: "gpt-realtime",
      modalities: ["text", "audio"],
      instructions: expect.any(String),
      voice: "alloy",
      input_audio_format: "pcm16",
      output_audio_format: "pcm16",
      input_audio_transcription: null,
      input_audio_noise_reduction: null,
      turn_detection: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 200, create_response: true, interrupt_response: true },
      tools: [],
      tool_choice: "auto",
      temperature: 0.8,
      max_response_output_tokens: "inf",
      speed: 1,
      tracing: null,
      prompt: null,
      include: null,
      client_secret: null,
    });
    expect(conversation).toEqual({ event_id: "event_extra0", type: "conversation.created", conversation: { id: "conv_1", object: "realtime.conversation" } });
    expect(more).toEqual([]);
  });

  it("has one event for an item, which says that it is one", () => {
    const wire = codec("beta");
    expect(encode(wire, { type: "conversation.item.added", previous_item_id: "item_1", item: assistant })).toEqual([
      {
        event_id: "event_1",
        type: "conversation.item.created",
        previous_item_id: "item_1",
        item: {
          id: "item_2",
          object: "realtime.item",
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "audio", transcript: "Hi" }],
        },
      },
    ]);
    expect(encode(wire, { type: "conversation.item.done", previous_item_id: null, item: assistant })).toEqual([]);
    expect(encode(wire, { type: "conversation.item.done", previous_item_id: null, item: user })).toEqual([]);
  });

  it("reports rate limits right after response.created, and the tokens that the last response left", () => {
    const wire = codec("beta");
    encode(wire, rate);
    const [created, limits] = encode(wire, { type: "response.created", response: response() });
    expect(created.response).toMatchObject({
      modalities: ["text", "audio"],
      voice: "marin",
      output_audio_format: "pcm16",
      temperature: 0.8,
      max_output_tokens: "inf",
    });
    expect(created.response).not.toHaveProperty("audio");
    expect(created.response).not.toHaveProperty("output_modalities");
    expect(limits.rate_limits).toEqual([{ name: "requests", limit: 1000, remaining: 999, reset_seconds: 0.06 }, rate.rate_limits[0]]);
    expect(encode(wire, rate)).toEqual([]);
    expect(encode(codec("beta", false), { type: "response.created", response: response() })).toHaveLength(1);
  });

  it("tells a response's own temperature in its created and done, and the session's in the next", () => {
    const wire = codec("beta");
    const [ga] = wire.decode({ type: "response.create", response: { temperature: 1.1, modalities: ["text"], max_response_output_tokens: 5 } });
    expect(ga).toEqual({ type: "response.create", response: { output_modalities: ["text"], max_output_tokens: 5 } });
    expect(encode(wire, { type: "response.created", response: response() })[0].response.temperature).toBe(1.1);
    expect(encode(wire, { type: "response.done", response: response() })[0].response.temperature).toBe(1.1);
    expect(encode(wire, { type: "response.created", response: response({ id: "resp_2" }) })[0].response.temperature).toBe(0.8);
  });

  it("counts no images and gives function calls no name when they are done", () => {
    const usage = { total_tokens: 9, input_token_details: { text_tokens: 1, image_tokens: 0, cached_tokens_details: { text_tokens: 1, image_tokens: 0 } } };
    const [done] = encode(codec("beta"), { type: "response.done", response: response({ usage, output: [assistant] }) });
    expect(done.response.usage).toEqual({ total_tokens: 9, input_token_details: { text_tokens: 1, cached_tokens_details: { text_tokens: 1 } } });
    expect(done.response.output[0]).toMatchObject({ object: "realtime.item", content: [{ type: "audio", transcript: "Hi" }] });
    const call = { type: "response.function_call_arguments.done", call_id: "call_1", name: "look_up", arguments: "{}" };
    expect(encode(codec("beta"), call)).toEqual([{ event_id: "event_1", type: call.type, call_id: "call_1", arguments: "{}" }]);
  });

  it("reads every flat setting", () => {
    const flat = {
      modalities: ["audio", "text"],
      instructions: "Be brief.",
      voice: "echo",
      speed: 1.2,
      input_audio_format: "g711_ulaw",
      output_audio_format: "g711_alaw",
      input_audio_transcription: { model: "whisper-1" },
      input_audio_noise_reduction: { type: "near_field" },
      turn_detection: null,
      tools: [],
      tool_choice: "none",
      temperature: 0.9,
      max_response_output_tokens: 100,
    };
    expect(codec("beta").decode({ type: "session.update", event_id: "e1", session: flat })).toEqual([
      {
        type: "session.update",
        event_id: "e1",
        session: {
          type: "realtime",
          output_modalities: ["audio"],
          instructions: "Be brief.",
          audio: {
            input: { format: { type: "audio/pcmu" }, transcription: { model: "whisper-1" }, noise_reduction: { type: "near_field" }, turn_detection: null },
            output: { voice: "echo", speed: 1.2, format: { type: "audio/pcma" } },
          },
          tools: [],
          tool_choice: "none",
          max_output_tokens: 100,
        },
      },
    ]);
  });

  it.each([
    [{ audio: {} }, "unknown_parameter", "session.audio"],
    [{ type: "realtime" }, "unknown_parameter", "session.type"],
    [{ modalities: ["audio"] }, "invalid_value", "session.modalities"],
    [{ input_audio_format: "opus" }, "invalid_value", "session.input_audio_format"],
    [{ temperature: 2 }, "decimal_above_max_value", "session.temperature"],
    [{ temperature: "hot" }, "invalid_type", "session.temperature"],
    ["nothing", "invalid_type", "session"],
  ])("refuses %j", (flat, code, param) => {
    expect(() => codec("beta").decode({ type: "session.update", session: flat })).toThrow(expect.objectContaining({ code, param }));
  });

  it("keeps a temperature only when the session takes the update that carried it", () => {
    const wire = codec("beta");
    wire.decode({ type: "session.update", session: { temperature: 1, voice: "nobody" } });
    const [error] = encode(wire, {
      type: "error",
      error: {
        type: "invalid_request_error",
        code: "invalid_value",
        message: "Wrong 'session.audio.output.voice'.",
        param: "session.audio.output.voice",
        event_id: null,
      },
    });
    expect(error.error).toMatchObject({ message: "Wrong 'session.voice'.", param: "session.voice" });
    expect(encode(wire, { type: "session.updated", session: session() })[0].session.temperature).toBe(0.8);
    wire.decode({ type: "session.update", session: { temperature: 1 } });
    expect(encode(wire, { type: "session.updated", session: session() })[0].session.temperature).toBe(1);
  });

  it.each([
    ["session.audio.input.turn_detection.threshold", "session.turn_detection.threshold"],
    ["session.audio.input.transcription.model", "session.input_audio_transcription.model"],
    ["session.max_output_tokens", "session.max_response_output_tokens"],
    ["response.audio.output.voice", "response.voice"],
    ["response.output_modalities", "response.modalities"],
    ["session.tools[0].name", "session.tools[0].name"],
    ["item.content[0].type", "item.content[0].type"],
  ])("says %s as %s in errors", (ga, flat) => {
    const error = { type: "invalid_request_error", code: "invalid_value", message: `Invalid '${ga}': use 'output_text'.`, param: ga, event_id: null };
    expect(encode(codec("beta"), { type: "error", error })[0].error).toMatchObject({ param: flat, message: `Invalid '${flat}': use 'text'.` });
  });

  it("reads the model's own messages with their older content types, and leaves the rest alone", () => {
    const wire = codec("beta");
    const item = { type: "message", role: "assistant", content: [{ type: "text", text: "Hello" }] };
    expect(wire.decode({ type: "conversation.item.create", item })[0]).toEqual({
      type: "conversation.item.create",
      item: { ...item, content: [{ type: "output_text", text: "Hello" }] },
    });
    expect(wire.decode({ type: "conversation.item.create", item: 7 })[0]).toEqual({ type: "conversation.item.create", item: 7 });
    expect(wire.decode({ type: "response.create" })).toEqual([{ type: "response.create" }]);
    const [ga] = wire.decode({ type: "response.create", response: { input: [item, { type: "item_reference", id: "item_1" }] } });
    expect(ga).toMatchObject({ response: { input: [{ content: [{ type: "output_text" }] }, { type: "item_reference", id: "item_1" }] } });
  });

  it("has transcription sessions under names of their own", () => {
    const wire = codec("beta");
    expect(wire.decode({ type: "transcription_session.update", session: { input_audio_format: "pcm16", turn_detection: null } })).toEqual([
      { type: "session.update", session: { type: "transcription", audio: { input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: null } } } },
    ]);
    const [updated] = encode(wire, { type: "session.updated", session: { ...session(), type: "transcription" } });
    expect(updated).toMatchObject({
      type: "transcription_session.updated",
      session: { object: "realtime.transcription_session", input_audio_format: "pcm16" },
    });
  });
});

describe("azure", () => {
  it("says the part of a content part event twice, and nothing of rate limits", () => {
    const wire = codec("azure");
    const part = { type: "audio", transcript: "" };
    expect(encode(wire, { type: "response.content_part.added", part })).toEqual([
      { event_id: "event_1", type: "response.content_part.added", part, content: part },
    ]);
    expect(encode(wire, rate)).toEqual([]);
    const delta = { type: "response.output_audio.delta", delta: "AA==" };
    expect(encode(wire, delta)).toEqual([{ event_id: "event_1", ...delta }]);
    const update = { type: "session.update", session: { type: "realtime" } };
    expect(wire.decode(update)).toEqual([update]);
  });

  it("does the same to beta in its preview versions", () => {
    const wire = codec("azure-beta");
    const part = { type: "text", text: "" };
    expect(encode(wire, { type: "response.content_part.done", part })[0]).toMatchObject({ part, content: part });
    expect(encode(wire, { type: "response.created", response: response() })).toHaveLength(1);
    expect(encode(wire, { type: "response.output_text.delta", delta: "x" })[0].type).toBe("response.text.delta");
  });
});

describe("voice live", () => {
  const update = (wire: WireCodec, flat: object): Message => wire.decode({ type: "session.update", session: flat })[0]?.session;

  it("is done with the user's items only, and announces no conversation", () => {
    const wire = codec("voice-live");
    expect(encode(wire, { type: "session.created", session: session() }).map(({ type }) => type)).toEqual(["session.created"]);
    expect(encode(wire, { type: "conversation.item.added", item: user })[0].type).toBe("conversation.item.created");
    expect(encode(wire, { type: "conversation.item.done", item: user })[0]).toMatchObject({
      type: "conversation.item.done",
      item: { object: "realtime.item" },
    });
    expect(encode(wire, { type: "conversation.item.done", item: assistant })).toEqual([]);
    expect(encode(wire, { type: "response.created", response: response() })).toHaveLength(1);
  });

  it("takes voices as objects and reports them as they were given", () => {
    const wire = codec("voice-live");
    const voice = { name: "en-US-AvaNeural", type: "azure-standard", temperature: 0.7 };
    expect(update(wire, { voice }).audio.output.voice).toEqual({ id: "en-US-AvaNeural" });
    expect(encode(wire, { type: "session.updated", session: session() })[0].session.voice).toEqual(voice);
    expect(encode(wire, { type: "response.created", response: response() })[0].response.voice).toEqual(voice);
    expect(update(wire, { voice: { name: "alloy", type: "openai" } }).audio.output.voice).toBe("alloy");
    expect(update(wire, { voice: "sage" }).audio.output.voice).toBe("sage");
    expect(() => update(wire, { voice: { type: "azure-standard" } })).toThrow(expect.objectContaining({ param: "session.voice.name" }));
  });

  it("changes a server_vad without numbers to 400 and 500, as recorded", () => {
    const wire = codec("voice-live");
    expect(update(wire, { turn_detection: { type: "server_vad" } }).audio.input.turn_detection).toEqual({
      type: "server_vad",
      prefix_padding_ms: 400,
      silence_duration_ms: 500,
    });
    expect(update(wire, { turn_detection: { type: "server_vad", silence_duration_ms: 700 } }).audio.input.turn_detection).toMatchObject({
      silence_duration_ms: 700,
    });
    const azure = { type: "azure_semantic_vad", threshold: 0.3, remove_filler_words: true };
    expect(update(wire, { turn_detection: azure }).audio.input.turn_detection).toMatchObject({ type: "server_vad", threshold: 0.3 });
    expect(encode(wire, { type: "session.updated", session: session() })[0].session.turn_detection).toMatchObject({ ...azure, prefix_padding_ms: 300 });
    expect(update(wire, { turn_detection: null }).audio.input.turn_detection).toBeNull();
  });

  it("keeps and reports what is Azure's own", () => {
    const wire = codec("voice-live");
    const own = {
      input_audio_echo_cancellation: { type: "server_echo_cancellation" },
      input_audio_noise_reduction: { type: "azure_deep_noise_suppression" },
      input_audio_transcription: { model: "azure-speech", phrase_list: ["Sidetone"] },
      output_audio_timestamp_types: ["word"],
      avatar: { character: "lisa" },
      animation: { outputs: ["viseme_id"] },
      auto_truncate: true,
      input_audio_sampling_rate: 16000,
    };
    expect(update(wire, own).audio.input).toEqual({ noise_reduction: null, transcription: { model: "azure-speech" } });
    expect(encode(wire, { type: "session.updated", session: session() })[0].session).toMatchObject(own);
    expect(() => update(wire, { input_audio_sampling_rate: 44100 })).toThrow(
      expect.objectContaining({ code: "invalid_value", param: "session.input_audio_sampling_rate" }),
    );
    expect(() => update(wire, { nonsense: 1 })).toThrow(expect.objectContaining({ code: "unknown_parameter", param: "session.nonsense" }));
  });

  it("brings 16 kHz input to 24 kHz, whatever the pieces", () => {
    const wire = codec("voice-live");
    update(wire, { input_audio_sampling_rate: 16000 });
    encode(wire, { type: "session.updated", session: session() });
    const bytes = new Uint8Array(Int16Array.from({ length: 16000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * i) / 16000)).buffer);
    let decoded = new Uint8Array(0);
    for (let at = 0; at < bytes.length; at += 999) {
      const [message] = wire.decode({ type: "input_audio_buffer.append", audio: encodeBase64(bytes.slice(at, at + 999)) }) as Message[];
      decoded = Buffer.concat([decoded, Buffer.from(message.audio, "base64")]);
    }
    const samples = new Int16Array(Uint8Array.from(decoded).buffer);
    expect(samples.length).toBeGreaterThan(23_900);
    expect(samples.length).toBeLessThanOrEqual(24_000);
    const worst = samples
      .subarray(480, -480)
      .reduce((most, sample, i) => Math.max(most, Math.abs(sample - 8000 * Math.sin((2 * Math.PI * 440 * (i + 480)) / 24000))), 0);
    expect(worst).toBeLessThan(400);
    expect(wire.decode({ type: "input_audio_buffer.append", audio: "***" })[0]).toMatchObject({ audio: "***" });
  });

  it("gives the user's transcript in one delta", () => {
    const wire = codec("voice-live");
    const type = "conversation.item.input_audio_transcription";
    expect(encode(wire, { event_id: "event_a", type: `${type}.delta`, item_id: "item_1", content_index: 0, delta: "Hel" })).toEqual([]);
    expect(encode(wire, { type: `${type}.delta`, item_id: "item_1", content_index: 0, delta: "lo" })).toEqual([]);
    expect(encode(wire, { event_id: "event_b", type: `${type}.completed`, item_id: "item_1", content_index: 0, transcript: "Hello" })).toEqual([
      { event_id: "event_a", type: `${type}.delta`, item_id: "item_1", content_index: 0, delta: "Hello" },
      { event_id: "event_b", type: `${type}.completed`, item_id: "item_1", content_index: 0, transcript: "Hello" },
    ]);
  });
});

describe("ga", () => {
  it("is as the session speaks", () => {
    const wire = codec("ga");
    const event = { event_id: "event_1", type: "response.output_text.delta", delta: "x", obfuscation: "y" };
    expect(wire.encode(event as ServerEvent)).toEqual([event]);
    expect(wire.decode(event)).toEqual([event]);
  });

  it("is one of five that the option knows", () => {
    expect(dialectOption("beta")).toBe(DIALECTS.beta);
    expect(() => dialectOption("esperanto" as DialectName)).toThrow(
      'dialect is "esperanto"; allowed are "ga", "azure", "beta", "azure-beta" and "voice-live".',
    );
  });
});
