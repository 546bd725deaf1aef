import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { deltaBytes, type Event, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import type { Emulator, EmulatorOptions } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 4, transcriptLeadMs: 2, transcriptionDelayMs: 1 };

/** `session.update` that sets turn detection. */
const turnDetection = (settings: object) => ({
  type: "session.update",
  session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", ...settings } } } },
});

describe("a turn found by server VAD", () => {
  let emulator: Emulator;
  let client: WireClient;

  async function connect(options: EmulatorOptions = {}): Promise<void> {
    await emulator?.close();
    emulator = await checkedEmulator({ seed: 1, profile: FAST, ...options });
    client = new WireClient(emulator.url);
    await client.next("session.created");
  }

  beforeEach(() => connect());
  afterEach(() => emulator.close());

  /** Says one of the fixtures, then 1.5 s of silence. */
  function say(name: "speech-a" | "speech-b"): Uint8Array {
    const bytes = pcmBytes(speech(name, 24000), 1500);
    client.append(bytes);
    return bytes;
  }

  it("has exactly the order of recorded sessions", async () => {
    say("speech-b");
    await client.next("rate_limits.updated");
    const isDelta = (type: string) => type.endsWith(".delta");
    const order = client.events.map(({ type }: Event) => type as string);
    const firstDelta = order.findIndex(isDelta);
    expect(order.slice(0, firstDelta)).toEqual([
      "session.created",
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "response.created",
      "response.output_item.added",
      "conversation.item.added",
      "response.content_part.added",
    ]);
    const deltas = order.slice(firstDelta, order.findLastIndex(isDelta) + 1);
    expect(deltas.slice(0, 4)).toEqual([...Array(3).fill("response.output_audio_transcript.delta"), expect.any(String)]);
    expect(new Set(deltas)).toEqual(new Set(["response.output_audio_transcript.delta", "response.output_audio.delta"]));
    expect(order.slice(order.findLastIndex(isDelta) + 1)).toEqual([
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
      "rate_limits.updated",
    ]);
  });

  it("names items, responses and neighbours as recorded sessions do", async () => {
    say("speech-b");
    await client.next("rate_limits.updated");
    const started = client.all("input_audio_buffer.speech_started")[0];
    const committed = client.all("input_audio_buffer.committed")[0];
    const [userAdded, assistantAdded] = client.all("conversation.item.added");
    const [userDone, assistantDone] = client.all("conversation.item.done");
    expect(committed).toMatchObject({ item_id: started.item_id, previous_item_id: null });
    expect(client.all("input_audio_buffer.speech_stopped")[0].item_id).toBe(started.item_id);
    const userItem = { id: started.item_id, type: "message", status: "completed", role: "user", content: [{ type: "input_audio", transcript: null }] };
    expect(userAdded).toMatchObject({ previous_item_id: null, item: userItem });
    expect(userDone).toMatchObject({ previous_item_id: null, item: userItem });
    expect(userAdded.item).not.toHaveProperty("object");
    expect(assistantAdded).toMatchObject({ previous_item_id: started.item_id, item: { role: "assistant", status: "in_progress", content: [] } });
    // The quirk: `.done` of the session's first output has lost its neighbour.
    expect(assistantDone).toMatchObject({ previous_item_id: null, item: { id: assistantAdded.item.id, status: "completed" } });
    expect(assistantDone.item.content).toEqual([{ type: "output_audio", transcript: expect.stringMatching(/^\(echo of 3\.\d s\)$/) }]);

    const created = client.all("response.created")[0].response;
    expect(created).toMatchObject({
      object: "realtime.response",
      status: "in_progress",
      status_details: null,
      output: [],
      usage: null,
      output_modalities: ["audio"],
    });
    const ids = { response_id: created.id, item_id: assistantAdded.item.id, output_index: 0, content_index: 0 };
    expect(client.all("response.content_part.added")[0]).toMatchObject({ ...ids, part: { type: "audio", transcript: "" } });
    for (const type of ["response.output_audio.delta", "response.output_audio_transcript.delta", "response.output_audio.done"]) {
      for (const event of client.all(type)) expect(event).toMatchObject(ids);
    }
    const done = client.all("response.done")[0].response;
    expect(done).toMatchObject({ id: created.id, status: "completed", status_details: null, conversation_id: created.conversation_id });
    expect(done.output).toEqual([assistantDone.item]);
    expect(done.usage.output_token_details.audio_tokens).toBe(Math.ceil(deltaBytes(client.events).length / 48 / 50));
    expect(new Set(client.events.map(({ event_id }: Event) => event_id)).size).toBe(client.events.length);
  });

  it("knows the neighbour of the second answer", async () => {
    say("speech-b");
    await client.next("rate_limits.updated");
    say("speech-b");
    await client.next("rate_limits.updated", 2);
    const items = emulator.sessions[0]?.conversation.items.map(({ wire }) => wire.id) ?? [];
    expect(items).toHaveLength(4);
    expect(client.all("input_audio_buffer.committed")[1].previous_item_id).toBe(items[1]);
    expect(client.all("conversation.item.done").map(({ previous_item_id }: Event) => previous_item_id)).toEqual([null, null, items[1], items[2]]);
  });

  it("counts media time, on the grid of 32 ms frames", async () => {
    client.append(new Uint8Array(48 * 1000));
    say("speech-b");
    say("speech-b");
    await client.next("input_audio_buffer.speech_stopped", 2);
    const starts = client.all("input_audio_buffer.speech_started").map((event) => event.audio_start_ms);
    const stops = client.all("input_audio_buffer.speech_stopped").map((event) => event.audio_end_ms);
    expect(starts).toHaveLength(2);
    expect(starts.every((ms) => (ms + 300) % 32 === 0)).toBe(true);
    expect(stops.every((ms) => ms % 32 === 0)).toBe(true);
    expect(starts[0]).toBeGreaterThan(600);
    expect(starts[1]).toBeGreaterThan(1000 + 3290 + 1500 - 500);
  });

  it("commits what was said between the two times, and echoes it to the bit", async () => {
    const bytes = say("speech-a");
    await client.next("response.done");
    const [session] = emulator.sessions;
    const { audio_start_ms } = client.all("input_audio_buffer.speech_started")[0];
    const { audio_end_ms } = client.all("input_audio_buffer.speech_stopped")[0];
    const heard = session?.items[0]?.heard.get(0);
    expect(heard?.rate).toBe(24000);
    expect(Buffer.from(heard!.samples.buffer)).toEqual(Buffer.from(bytes.subarray(audio_start_ms * 48, audio_end_ms * 48)));
    const echoed = deltaBytes(client.events);
    expect(Buffer.from(bytes).indexOf(echoed)).toBeGreaterThanOrEqual(0);
    expect(echoed.length / 48).toBeGreaterThan(6500);
    expect(Buffer.from(session!.items[1]!.spoken!.bytes())).toEqual(Buffer.from(echoed));
  });

  it("sends the audio in the sizes of recorded sessions", async () => {
    say("speech-b");
    await client.next("response.done");
    const sizes = client.all("response.output_audio.delta").map(({ delta }) => Buffer.from(delta, "base64").length / 48);
    expect(sizes.slice(0, -1)).toEqual([100, 150, ...Array(sizes.length - 3).fill(250)]);
    expect(sizes.at(-1)).toBeGreaterThanOrEqual(500);
    expect(sizes.at(-1)).toBeLessThanOrEqual(700);
    expect(client.all("response.output_audio.delta").every((event) => !("obfuscation" in event))).toBe(true);
  });

  it("pads text deltas to one length, or not at all", async () => {
    say("speech-b");
    await client.next("response.done");
    const lengths = client.all("response.output_audio_transcript.delta").map(({ delta, obfuscation }) => delta.length + obfuscation.length);
    expect(new Set(lengths)).toEqual(new Set([16]));
    await connect({ obfuscation: false, rateLimits: false });
    say("speech-b");
    await client.next("response.done");
    expect(client.all("response.output_audio_transcript.delta").some((event) => "obfuscation" in event)).toBe(false);
    expect(emulator.log.of("rate_limits.updated")).toEqual([]);
  });

  it("is longer with more silence, and padded as asked", async () => {
    client.send(turnDetection({ silence_duration_ms: 200, prefix_padding_ms: 0 }));
    client.append(new Uint8Array(48 * 1000));
    say("speech-b");
    const short = (await client.next("input_audio_buffer.speech_stopped")).audio_end_ms;
    expect((client.all("input_audio_buffer.speech_started")[0].audio_start_ms as number) % 32).toBe(0);
    await connect();
    client.append(new Uint8Array(48 * 1000));
    say("speech-b");
    const long = (await client.next("input_audio_buffer.speech_stopped")).audio_end_ms;
    expect(long - short).toBe(512 - 224);
  });

  it("gets no answer without create_response", async () => {
    client.send(turnDetection({ create_response: false }));
    say("speech-b");
    await client.next("conversation.item.done");
    client.send({ type: "response.create" });
    await client.next("response.done");
    expect(client.all("response.created")).toHaveLength(1);
    expect(client.types.indexOf("conversation.item.done")).toBeLessThan(client.types.indexOf("response.created"));
    expect(deltaBytes(client.events).length).toBeGreaterThan(48 * 2500);
  });

  it("is transcribed when that is asked for", async () => {
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription: { model: "gpt-transcribe" } } } } });
    say("speech-b");
    const completed = await client.next("conversation.item.input_audio_transcription.completed");
    const item = client.all("input_audio_buffer.committed")[0].item_id;
    expect(completed).toMatchObject({ item_id: item, content_index: 0, transcript: "[3.6 s of speech]", usage: { type: "tokens", input_tokens: 35 } });
    const deltas = client.all("conversation.item.input_audio_transcription.delta").map(({ delta }) => delta);
    expect(deltas.join("")).toBe("[3.6 s of speech]");
    client.send({ type: "conversation.item.retrieve", item_id: item });
    expect((await client.next("conversation.item.retrieved")).item.content[0].transcript).toBe("[3.6 s of speech]");
  });
});

describe("an interruption by the user", () => {
  let emulator: Emulator;
  let client: WireClient;

  beforeEach(async () => {
    // Slower than real time: the answer is still coming when the user speaks again.
    emulator = await checkedEmulator({ voice: "tone", profile: { speedUp: 0.5, firstAudioDelayMs: 2, transcriptLeadMs: 1 } });
    client = new WireClient(emulator.url);
    await client.next("session.created");
  });

  afterEach(() => emulator.close());

  const sayAgain = () => client.append(pcmBytes(speech("speech-b", 24000), 0));

  async function speakAndWaitForAudio(): Promise<void> {
    client.append(pcmBytes(speech("speech-b", 24000), 1500));
    await client.next("response.output_audio.delta");
  }

  it("cancels the response at once, in the order of recorded sessions", async () => {
    await speakAndWaitForAudio();
    const before = client.events.length;
    sayAgain();
    await client.next("rate_limits.updated");
    await client.next("input_audio_buffer.speech_started", 2);
    const after = client.events.slice(client.events.findIndex(({ type }: Event, i) => i >= before && type === "input_audio_buffer.speech_started"));
    expect(after.map(({ type }: Event) => type)).toEqual([
      "input_audio_buffer.speech_started",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
      "rate_limits.updated",
    ]);
    const { response } = client.all("response.done")[0];
    expect(response).toMatchObject({ status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } });
    expect(response.output[0]).toMatchObject({ status: "incomplete" });
  });

  it("sends no more audio afterwards, and answers the new turn", async () => {
    await speakAndWaitForAudio();
    client.append(pcmBytes(speech("speech-b", 24000), 1500));
    await client.next("response.created", 2);
    const cancelled = client.all("response.done")[0].response.id;
    const doneAt = client.events.findIndex(({ type }: Event) => type === "response.done");
    expect(client.events.slice(doneAt).some((event: Event) => event.response_id === cancelled)).toBe(false);
  });

  it("leaves the response alone when interrupt_response is false", async () => {
    client.send(turnDetection({ interrupt_response: false }));
    await speakAndWaitForAudio();
    client.append(pcmBytes(speech("speech-b", 24000), 1500));
    await client.next("conversation.item.done", 2);
    expect(client.all("response.done")).toEqual([]);
    expect(client.all("response.created")).toHaveLength(1);
    expect(client.all("error")).toEqual([]);
  });

  it("can be truncated to what was heard", async () => {
    await speakAndWaitForAudio();
    sayAgain();
    const { item_id } = client.all("response.output_audio.delta")[0];
    await client.next("response.done");
    client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 40 });
    const truncated = await client.next("conversation.item.truncated");
    expect(truncated).toMatchObject({ item_id, content_index: 0, audio_end_ms: 40 });
    expect(emulator.sessions[0]?.truncations).toMatchObject([{ itemId: item_id, contentIndex: 0, audioEndMs: 40 }]);
  });
});
