import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { deltaBytes, type Event, pcmBytes, WireClient } from "../../test/wire-client.ts";
import { type Emulator, type EmulatorOptions, toneClip, toneVoice, type Voice } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1 };
const SLOW = { speedUp: 0.5, firstAudioDelayMs: 2, transcriptLeadMs: 1 };

describe("responses", () => {
  let emulator: Emulator | undefined;
  let client: WireClient;

  async function connect(options: EmulatorOptions): Promise<void> {
    emulator = await checkedEmulator(options);
    client = new WireClient(emulator.url);
    await client.next("session.created");
  }

  afterEach(() => emulator?.close());

  const write = (text: string) =>
    client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });

  it("answer written messages", async () => {
    await connect({ profile: FAST });
    write("Hello there");
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(response.output[0].content[0].transcript).toBe("(echo of “Hello there”)");
    expect(deltaBytes(client.events).length).toBe(800 * 48);
  });

  it("can be written", async () => {
    await connect({ profile: FAST });
    write("Hello");
    client.send({ type: "response.create", response: { output_modalities: ["text"] } });
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({ output_modalities: ["text"], output: [{ content: [{ type: "output_text", text: "(echo of “Hello”)" }] }] });
    const order = client.types.slice(client.types.indexOf("response.created"));
    expect(order).toEqual([
      "response.created",
      "response.output_item.added",
      "conversation.item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
      "rate_limits.updated",
    ]);
    expect(client.all("response.content_part.added")[0].part).toEqual({ type: "text", text: "" });
    expect(
      client
        .all("response.output_text.delta")
        .map(({ delta }) => delta)
        .join(""),
    ).toBe("(echo of “Hello”)");
  });

  it("exist once at a time in the conversation", async () => {
    await connect({ voice: "tone", profile: SLOW });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.created");
    const error = await client.fails({ type: "response.create", event_id: "again" });
    expect(error).toEqual({
      type: "invalid_request_error",
      code: "conversation_already_has_active_response",
      message: `Conversation already has an active response in progress: ${response.id}. Wait until the response is finished before creating a new one.`,
      param: null,
      event_id: "again",
    });
  });

  it("are cancelled by the client", async () => {
    await connect({ voice: "tone", profile: SLOW });
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta");
    client.send({ type: "response.cancel" });
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({
      status: "cancelled",
      status_details: { type: "cancelled", reason: "client_cancelled" },
      output: [{ status: "incomplete" }],
    });
    expect(response.usage.output_token_details.audio_tokens).toBeGreaterThan(0);
    expect(client.all("conversation.item.done")[0].previous_item_id).toBeNull();
    expect(await client.fails({ type: "response.cancel" })).toMatchObject({
      code: "response_cancel_not_active",
      message: "Cancellation failed: no active response found",
    });
    client.send({ type: "response.create" });
    await client.next("response.created", 2);
  });

  it("may run beside the conversation, many at once", async () => {
    await connect({ voice: "tone", profile: SLOW });
    client.send({ type: "response.create" });
    client.send({ type: "response.create", response: { conversation: "none", metadata: { n: "1" }, input: [] } });
    client.send({ type: "response.create", response: { conversation: "none", metadata: { n: "2" } } });
    const created = await Promise.all([1, 2, 3].map((n) => client.next("response.created", n)));
    expect(created.map(({ response }: Event) => [response.conversation_id === null, response.metadata])).toEqual([
      [false, null],
      [true, { n: "1" }],
      [true, { n: "2" }],
    ]);
    await client.next("response.output_audio.delta", 3);
    expect(client.all("conversation.item.added")).toHaveLength(1);
    client.send({ type: "response.cancel", response_id: created[2].response.id });
    expect((await client.next("response.done")).response).toMatchObject({ id: created[2].response.id, metadata: { n: "2" }, status: "cancelled" });
    expect(await client.fails({ type: "response.cancel", response_id: "resp_unknown" })).toMatchObject({ code: "response_cancel_not_active" });
    expect(emulator?.sessions[0]?.conversation.items).toHaveLength(1);
    expect(emulator?.sessions[0]?.items).toHaveLength(3);
  });

  it("see the input they are given", async () => {
    await connect({ profile: FAST });
    write("In the conversation");
    const { item } = await client.next("conversation.item.done");
    const more = { type: "message", role: "user", content: [{ type: "input_text", text: "and more" }] };
    client.send({ type: "response.create", response: { conversation: "none", input: [{ type: "item_reference", id: item.id }, more] } });
    expect((await client.next("response.done")).response.output[0].content[0].transcript).toBe("(echo of “In the conversation\nand more”)");
    const error = await client.fails({ type: "response.create", response: { input: [{ type: "item_reference", id: "item_x" }] } });
    expect(error).toMatchObject({ code: "invalid_value", param: "response.input[0].id" });
  });

  it("stop at max_output_tokens", async () => {
    await connect({ voice: toneVoice({ durationMs: 2000 }), profile: FAST });
    client.send({ type: "response.create", response: { max_output_tokens: 10 } });
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({
      status: "incomplete",
      status_details: { type: "incomplete", reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    });
    // 40 tokens of sound and 4 of words share the 10 that there are.
    expect(deltaBytes(client.events).length).toBe(450 * 48);
    expect(response.usage.output_tokens).toBeLessThanOrEqual(10);
  });

  it.each([
    [{ output_modalities: ["audio", "text"] }, "invalid_value", "response.output_modalities"],
    [{ modalities: ["audio"] }, "unknown_parameter", "response.modalities"],
    [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) }, "object_above_max_properties", "response.metadata"],
    [{ conversation: "other" }, "invalid_value", "response.conversation"],
    [{ audio: { output: { format: { type: "mp3" } } } }, "invalid_value", "response.audio.output.format.type"],
  ])("are refused for %j", async (response, code, param) => {
    await connect({ profile: FAST });
    expect(await client.fails({ type: "response.create", response })).toMatchObject({ code, param });
    expect(client.all("response.created")).toEqual([]);
  });

  it("come several times faster than real time, the words first", async () => {
    const clock = new ManualClock();
    await connect({ voice: toneVoice({ durationMs: 2150 }), clock });
    client.send({ type: "response.create" });
    await client.next("response.created");
    clock.advance(10_000);
    await client.next("rate_limits.updated");
    const at = (type: string) => emulator?.log.of(type).map(({ atMs }) => atMs);
    expect(at("response.output_item.added")).toEqual([200]);
    expect(at("response.output_audio_transcript.delta")?.slice(0, 3)).toEqual([200, 200, 200]);
    // 100, 150, 250 ... ms of audio: each goes out when a quarter of the audio before it would have been played.
    expect(at("response.output_audio.delta")).toEqual([0, 100, 250, 500, 750, 1000, 1250, 1500].map((ms) => 400 + ms / 4));
    expect(at("response.done")).toEqual([400 + 1500 / 4]);
  });

  it("come at their pace in real time", async () => {
    await connect({ voice: toneVoice({ durationMs: 1000 }), profile: { firstAudioDelayMs: 100, transcriptLeadMs: 50 } });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const at = (type: string) => emulator?.log.of(type).map(({ atMs }) => atMs) ?? [];
    const [created = 0] = at("response.created");
    const late = at("response.output_audio.delta").map((ms, i) => ms - created - 100 - ([0, 100, 250, 500][i] ?? 0) / 4);
    // Timers may be late on a busy machine, but never early.
    expect(late).toHaveLength(4);
    expect(Math.min(...late)).toBeGreaterThan(-2);
  });

  describe("of a custom voice", () => {
    it("may be several items, function calls among them", async () => {
      const voice: Voice = {
        reply: () => [
          { type: "message", text: "Let me see.", audio: toneClip(300, 24000) },
          { type: "function_call", name: "weather", arguments: '{"city":"Wien"}' },
        ],
      };
      await connect({ voice, profile: FAST });
      client.send({ type: "response.create" });
      const { response } = await client.next("response.done");
      expect(response.output).toMatchObject([
        { type: "message", status: "completed" },
        { type: "function_call", status: "completed", name: "weather", arguments: '{"city":"Wien"}', call_id: expect.stringMatching(/^call_/) },
      ]);
      // The call is announced before the message is done, as by the newest models.
      const order = client.types.slice(client.types.lastIndexOf("response.output_item.added"));
      expect(order).toEqual([
        "response.output_item.added",
        "conversation.item.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
      ]);
      expect(client.all("response.function_call_arguments.done")[0]).toMatchObject({ output_index: 1, name: "weather", arguments: '{"city":"Wien"}' });
      const { call_id } = response.output[1];
      client.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id, output: "sunny" } });
      await client.next("conversation.item.done", 3);
    });

    it("are told what was said and written since the last answer", async () => {
      const seen: unknown[] = [];
      const voice: Voice = {
        reply: ({ userAudio, userText, items, modality, rate }) => {
          seen.push({ audio: userAudio?.samples.length ?? null, userText, items: items.length, modality, rate });
          return [{ type: "message", text: "ok", audio: toneClip(100, 8000) }];
        },
      };
      await connect({ voice, profile: FAST });
      client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });
      client.append(new Uint8Array(200 * 48));
      client.send({ type: "input_audio_buffer.commit" });
      client.append(new Uint8Array(100 * 48));
      client.send({ type: "input_audio_buffer.commit" });
      write("one");
      client.send({ type: "response.create" });
      await client.next("response.done");
      write("two");
      client.send({ type: "response.create", response: { output_modalities: ["text"] } });
      await client.next("response.done", 2);
      expect(seen).toEqual([
        { audio: 7200, userText: "one", items: 3, modality: "audio", rate: 24000 },
        { audio: null, userText: "two", items: 5, modality: "text", rate: 24000 },
      ]);
      // 100 ms at 8 kHz, resampled.
      expect(deltaBytes(client.events).length).toBe(4800);
    });

    it.each([
      [
        "throws",
        () => {
          throw new Error("no words");
        },
      ],
      ["rejects", () => Promise.reject(new Error("no words"))],
    ])("fail when it %s, and nothing else does", async (_, reply) => {
      await connect({ voice: { reply }, profile: FAST });
      client.send({ type: "response.create" });
      const { response } = await client.next("response.done");
      expect(response).toMatchObject({
        status: "failed",
        status_details: { type: "failed", error: { code: "voice_failed", message: "The voice failed: no words" } },
        output: [],
      });
      client.send({ type: "response.create" });
      await client.next("response.done", 2);
    });

    it.each([
      ["nothing", undefined, /neither an array of items nor an object/],
      ["floats", [{ type: "message", text: "x", audio: { rate: 24000, samples: new Float32Array(2400) } }], /allowed are 16-bit samples/],
      [
        "a rate that is none",
        [{ type: "message", text: "x", audio: { rate: 12, samples: new Int16Array(2400) } }],
        /items\[0\]\.audio\.rate is 12; allowed is 8000 to 192000/,
      ],
      ["no item", [null], /items\[0\] is null; allowed is an object/],
      ["an unknown item", [{ type: "song" }], /items\[0\]\.type is "song"; allowed are "message"/],
      ["no text", [{ type: "message" }], /items\[0\]\.text is undefined; allowed is a string/],
      ["arguments that are no text", [{ type: "function_call", name: "f", arguments: {} }], /items\[0\]\.arguments is \{\}; allowed is a string/],
      ["a call without a name", [{ type: "mcp_call", server_label: "s", arguments: "{}" }], /items\[0\]\.name is undefined/],
      ["a list without tools", [{ type: "mcp_list_tools", server_label: "s" }], /items\[0\]\.tools is undefined; allowed is an array/],
      ["a wait without an end", [{ type: "message", text: "x", delayMs: Number.POSITIVE_INFINITY }], /items\[0\]\.delayMs is Infinity; allowed is 0 to 600000/],
      ["words that are none", [{ type: "message", text: "x", words: [{ text: 1, atMs: 0 }] }], /items\[0\]\.words\[0\]\.text is 1/],
      ["a pace that stands still", { items: [], pace: { deltaBodyMs: 0 } }, /pace\.deltaBodyMs is 0; allowed is 1 to 10000/],
      ["an end that is none", { items: [], end: { status: "done" } }, /end\.status is "done"; allowed are "failed", "incomplete"/],
    ])("fail when it gives %s", async (_, reply, message) => {
      await connect({ voice: { reply: () => reply as never }, profile: FAST });
      client.send({ type: "response.create" });
      const { response } = await client.next("response.done");
      expect(response).toMatchObject({ status: "failed", status_details: { error: { message: expect.stringMatching(message) } } });
      expect(client.all("response.done")).toHaveLength(1);
    });

    it("are cancelled while it still thinks", async () => {
      let aborted = false;
      const voice: Voice = { reply: ({ signal }) => new Promise(() => signal.addEventListener("abort", () => (aborted = true))) };
      await connect({ voice, profile: FAST });
      client.send({ type: "response.create" });
      await client.next("response.created");
      client.send({ type: "response.cancel" });
      expect((await client.next("response.done")).response).toMatchObject({ status: "cancelled", output: [] });
      expect(aborted).toBe(true);
    });
  });
});

describe("audio formats", () => {
  let emulator: Emulator;
  let client: WireClient;

  beforeEach(async () => {
    emulator = await checkedEmulator({ profile: FAST });
    client = new WireClient(emulator.url);
    await client.next("session.created");
  });

  afterEach(() => emulator.close());

  const formats = (input: string, output: string) =>
    client.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { format: { type: input }, turn_detection: null }, output: { format: { type: output } } } },
    });

  async function echoOf(bytes: Uint8Array): Promise<Uint8Array> {
    client.append(bytes, 800);
    client.send({ type: "input_audio_buffer.commit" });
    client.send({ type: "response.create" });
    await client.next("response.done");
    return deltaBytes(client.events);
  }

  it.each(["audio/pcmu", "audio/pcma"])("%s comes back as it was sent", async (type) => {
    formats(type, type);
    const { encodeMulaw, encodeAlaw } = await import("@sidetone/core/dsp");
    const clip = toneClip(1000, 8000);
    const bytes = new Uint8Array(clip.samples.length);
    (type === "audio/pcmu" ? encodeMulaw : encodeAlaw)(clip.samples, bytes);
    // G.711 mu-law has two codes for 0; either may come back.
    const canonical = type === "audio/pcmu" ? bytes.map((byte) => (byte === 0x7f ? 0xff : byte)) : bytes;
    const echo = await echoOf(canonical);
    expect(Buffer.from(canonical).indexOf(echo)).toBe(0);
    expect(echo.length).toBe(bytes.length);
    expect((await client.next("session.updated")).session.audio.input.format).toEqual({ type });
    expect(emulator.sessions[0]?.input.durationMs).toBe(1000);
    // The deltas last as long as those of PCM.
    expect(Buffer.from(client.all("response.output_audio.delta")[0].delta, "base64").length).toBe(800);
  });

  it.each([
    ["audio/pcmu", "audio/pcm", 8000, 24000],
    ["audio/pcm", "audio/pcma", 24000, 8000],
  ])("%s is answered in %s", async (input, output, inRate, outRate) => {
    formats(input, output);
    const { encodeMulaw, decodeAlaw } = await import("@sidetone/core/dsp");
    const { samples } = toneClip(1000, inRate);
    const bytes = input === "audio/pcm" ? pcmBytes(samples) : new Uint8Array(samples.length);
    if (input !== "audio/pcm") encodeMulaw(samples, bytes);
    const echo = await echoOf(bytes);
    const heard = new Int16Array(outRate);
    if (output === "audio/pcm") heard.set(new Int16Array(echo.slice().buffer));
    else decodeAlaw(echo, heard);
    const same = toneClip(1000, outRate).samples;
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < outRate; i++) {
      ab += (heard[i] as number) * (same[i] as number);
      aa += (heard[i] as number) ** 2;
      bb += (same[i] as number) ** 2;
    }
    expect(ab / Math.sqrt(aa * bb)).toBeGreaterThan(0.99);
  });

  it("may change; what was not committed is dropped, time goes on", async () => {
    client.append(new Uint8Array(500 * 48));
    formats("audio/pcmu", "audio/pcm");
    await client.next("session.updated");
    expect(await client.fails({ type: "input_audio_buffer.commit" })).toMatchObject({ code: "input_audio_buffer_commit_empty" });
    client.append(new Uint8Array(300 * 8), 800);
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("input_audio_buffer.committed");
    expect(emulator.sessions[0]?.mediaMs).toBe(800);
  });
});
