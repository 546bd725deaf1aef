/** Transcriptions beside a conversation and in sessions of their own, and the timeout of a user who says nothing. */
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import { type Emulator, type EmulatorOptions, echoVoice, toneVoice, type UserTranscript, type Voice } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1, transcriptionDelayMs: 2 };

let emulator: Emulator | undefined;
let client: WireClient;

async function connect(options: EmulatorOptions, query = "?model=gpt-realtime-2.1"): Promise<void> {
  emulator = await checkedEmulator({ profile: FAST, ...options });
  client = new WireClient(`${emulator.url}${query}`, { model: null });
  await client.next("session.created");
}

afterEach(() => emulator?.close());

const hears = (transcript: UserTranscript | ((index: number) => UserTranscript | null)): Voice => ({
  ...echoVoice(),
  transcript: ({ index }) => (typeof transcript === "function" ? transcript(index) : transcript),
});
const deltas = () => client.all("conversation.item.input_audio_transcription.delta").map(({ delta }) => delta);
const transcribed = (count = 1): Promise<Event> => client.next("conversation.item.input_audio_transcription.completed", count);
const say = () => client.append(pcmBytes(speech("speech-b", 24_000), 1000));

describe("a transcription session", () => {
  const update = (input: object, rest: object = {}) => client.send({ type: "session.update", session: { type: "transcription", audio: { input }, ...rest } });

  it("writes down turns and never answers", async () => {
    await connect({ voice: hears({ text: "Good morning." }) }, "?intent=transcription");
    const { session } = client.all("session.created")[0];
    expect(session).toMatchObject({
      type: "transcription",
      object: "realtime.transcription_session",
      audio: { input: { turn_detection: { type: "server_vad" } } },
    });
    expect(Object.keys(session).sort()).toEqual(["audio", "expires_at", "id", "include", "object", "type"]);
    update({ transcription: { model: "gpt-4o-transcribe" } });
    say();
    expect(await transcribed()).toMatchObject({ transcript: "Good morning.", usage: { type: "tokens" } });
    expect(deltas()).toEqual(["Good", " morning."]);
    expect(client.all("response.created")).toEqual([]);
    expect(await client.fails({ type: "response.create" })).toMatchObject({ code: "invalid_value" });
  });

  it("takes nothing that it does not have", async () => {
    await connect({}, "?intent=transcription");
    expect(await client.fails({ type: "session.update", session: { type: "transcription", instructions: "Be kind." } })).toMatchObject({
      code: "unknown_parameter",
      param: "session.instructions",
    });
    expect(await client.fails({ type: "session.update", session: { type: "realtime" } })).toMatchObject({ code: "invalid_parameter" });
  });

  it("is what a client secret for it opens", async () => {
    emulator = await checkedEmulator({ profile: FAST });
    const session = { type: "transcription", audio: { input: { transcription: { model: "whisper-1" } } } };
    const answer = await fetch(`${emulator.httpUrl}/v1/realtime/client_secrets`, { method: "POST", body: JSON.stringify({ session }) });
    const secret = (await answer.json()) as Event;
    expect(secret.session).toMatchObject({ type: "transcription", audio: { input: { transcription: { model: "whisper-1" } } } });
    client = new WireClient(emulator.url, { model: null, headers: { authorization: `Bearer ${secret.value}` } });
    expect((await client.next("session.created")).session).toMatchObject({ type: "transcription" });
  });

  it("streams by hand with the model that can do nothing else", async () => {
    await connect({ voice: hears({ text: "one two three four five six seven eight nine ten eleven twelve" }) }, "?intent=transcription");
    const input = { transcription: { model: "gpt-realtime-whisper" } };
    expect(
      await client.fails({
        type: "session.update",
        session: { type: "transcription", audio: { input: { ...input, turn_detection: { type: "server_vad" } } } },
      }),
    ).toMatchObject({
      param: "session.audio.input.turn_detection",
    });
    update(input);
    expect((await client.next("session.updated")).session.audio.input.turn_detection).toBeNull();
    const later = { type: "transcription", audio: { input: { turn_detection: { type: "server_vad" } } } };
    expect((await client.fails({ type: "session.update", session: later })).message).toContain("'gpt-realtime-whisper'");
    client.append(pcmBytes(speech("speech-b", 24_000)).subarray(0, 48 * 2000));
    const early = await client.next("conversation.item.input_audio_transcription.delta", 6);
    expect(deltas().join("")).toBe("one two three four five six");
    client.send({ type: "input_audio_buffer.commit" });
    const { item_id } = await client.next("input_audio_buffer.committed");
    expect(early.item_id).toBe(item_id);
    expect(await transcribed()).toMatchObject({ item_id, usage: { type: "duration", seconds: 2 } });
    expect(deltas().join("")).toBe("one two three four five six seven eight nine ten eleven twelve");
  });
});

describe("transcriptions", () => {
  const ask = (model: string, include: string[] | null = null) =>
    client.send({ type: "session.update", session: { type: "realtime", include, audio: { input: { transcription: { model } } } } });

  it("come while the user speaks, from models that do so", async () => {
    await connect({ voice: hears({ text: "this is said before the user has ended", streaming: true }) });
    ask("gpt-4o-transcribe");
    say();
    await transcribed();
    const order = client.events.map(({ type }) => type);
    expect(order.indexOf("conversation.item.input_audio_transcription.delta")).toBeLessThan(order.indexOf("input_audio_buffer.speech_stopped"));
    expect(deltas().join("")).toBe("this is said before the user has ended");
  });

  it("come at once from whisper, and by speaker from a model that tells them apart", async () => {
    await connect({ voice: hears({ text: "Two words." }) });
    ask("whisper-1");
    say();
    expect(await transcribed()).toMatchObject({ transcript: "Two words.", usage: { type: "duration", seconds: 4 } });
    expect(deltas()).toEqual([]);
    ask("gpt-4o-transcribe-diarize");
    say();
    await transcribed(2);
    expect(client.all("conversation.item.input_audio_transcription.segment")).toMatchObject([{ text: "Two words.", speaker: "A", start: 0 }]);
  });

  it("may fail, and the conversation goes on", async () => {
    await connect({ voice: hears((index) => ({ text: "Hm.", ...(index === 0 ? { failure: "audio_unintelligible" } : {}) })) });
    ask("gpt-transcribe");
    say();
    const failed = await client.next("conversation.item.input_audio_transcription.failed");
    expect(failed.error).toMatchObject({ code: "audio_unintelligible" });
    await client.next("response.done");
    say();
    expect(await transcribed()).toMatchObject({ transcript: "Hm." });
  });

  it("say how sure they are when asked", async () => {
    await connect({ voice: hears({ text: "Ja." }) });
    ask("gpt-transcribe", ["item.input_audio_transcription.logprobs"]);
    say();
    expect(await transcribed()).toMatchObject({ logprobs: [{ token: "Ja.", bytes: [74, 97, 46], logprob: 0 }] });
  });
});

describe("a user who says nothing", () => {
  it("is asked after the idle timeout, counted from what is heard of the response", async () => {
    await connect({ voice: toneVoice({ durationMs: 1000 }) });
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 5000 } } } } });
    client.append(new Uint8Array(48 * 1234));
    client.send({ type: "response.create" });
    await client.next("response.done");
    client.append(new Uint8Array(48 * 5800));
    await client.next("session.updated");
    expect(client.all("input_audio_buffer.timeout_triggered")).toEqual([]);
    client.append(new Uint8Array(48 * 600));
    const timeout = await client.next("input_audio_buffer.timeout_triggered");
    expect(timeout.audio_start_ms).toBe(Math.ceil(2234 / 32) * 32);
    expect(timeout.audio_end_ms - timeout.audio_start_ms).toBe(Math.ceil(5000 / 32) * 32);
    await client.next("response.done", 2);
    const order = client.types.slice(client.types.indexOf("input_audio_buffer.timeout_triggered"));
    expect(order.slice(0, 5)).toEqual([
      "input_audio_buffer.timeout_triggered",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "response.created",
    ]);
    expect(client.all("input_audio_buffer.committed")[0].item_id).toBe(timeout.item_id);
  });

  it("is not asked once they speak", async () => {
    await connect({ voice: toneVoice({ durationMs: 500 }) });
    client.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 5000, create_response: false } } } },
    });
    client.send({ type: "response.create" });
    await client.next("response.done");
    say();
    client.append(new Uint8Array(48 * 8000));
    await client.next("input_audio_buffer.committed");
    client.send({ type: "input_audio_buffer.clear" });
    await client.next("input_audio_buffer.cleared");
    expect(client.all("input_audio_buffer.timeout_triggered")).toEqual([]);
  });
});

it("a limit to silence that comes late counts from when it comes", async () => {
  await connect({ voice: toneVoice({ durationMs: 100 }) });
  client.send({ type: "response.create" });
  await client.next("response.done");
  client.append(new Uint8Array(48 * 9000));
  client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 5000 } } } } });
  client.append(new Uint8Array(48 * 4900));
  await client.next("session.updated");
  expect(client.all("input_audio_buffer.timeout_triggered")).toEqual([]);
  client.append(new Uint8Array(48 * 300));
  const timeout = await client.next("input_audio_buffer.timeout_triggered");
  expect(timeout.audio_start_ms).toBeGreaterThanOrEqual(9000);
});
