import { encodeBase64 } from "@sidetone/core/dsp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import type { Emulator } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1 };

describe("a session", () => {
  let emulator: Emulator;
  let client: WireClient;

  beforeEach(async () => {
    emulator = await checkedEmulator({ profile: FAST });
    client = new WireClient(emulator.url);
    await client.next("session.created");
  });

  afterEach(() => emulator.close());

  /** The connection still works. */
  async function goesOn(): Promise<void> {
    client.send({ type: "input_audio_buffer.clear" });
    await client.next("input_audio_buffer.cleared");
  }

  const append = (bytes: Uint8Array) => client.send({ type: "input_audio_buffer.append", audio: encodeBase64(bytes) });
  const manual = () => client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });

  it("begins with all its settings", async () => {
    const [created] = client.events;
    expect(created).toMatchObject({ type: "session.created", event_id: expect.stringMatching(/^event_/) });
    expect(created.session).toMatchObject({ id: expect.stringMatching(/^sess_/), object: "realtime.session", type: "realtime", model: "gpt-realtime-2.1" });
    expect(created.session.expires_at - Date.now() / 1000).toBeGreaterThan(3500);
  });

  it("reports all its settings after each update", async () => {
    client.send({ type: "session.update", session: { type: "realtime", audio: { output: { voice: "cedar" } } } });
    const { session } = await client.next("session.updated");
    expect(session).toEqual({ ...client.events[0].session, audio: { ...client.events[0].session.audio, output: { ...session.audio.output, voice: "cedar" } } });
    expect(emulator.sessions[0]?.config.audio.output.voice).toBe("cedar");
  });

  it("keeps its settings when an update is refused", async () => {
    const update = { type: "realtime", instructions: "new", audio: { output: { voice: "nobody" } } };
    expect(await client.fails({ type: "session.update", event_id: "u1", session: update })).toMatchObject({ code: "invalid_value", event_id: "u1" });
    expect(emulator.sessions[0]?.config).toEqual(client.events[0].session);
    expect(client.all("session.updated")).toEqual([]);
  });

  it("keeps its voice once it has spoken", async () => {
    client.send({ type: "response.create" });
    await client.next("response.done");
    const error = await client.fails({ type: "session.update", session: { type: "realtime", audio: { output: { voice: "cedar" } } } });
    expect(error).toMatchObject({ code: "cannot_update_voice" });
  });

  it.each([
    ["{", "invalid_json", null],
    ["", "invalid_json", null],
    ["null", "invalid_json", null],
    ["[1]", "invalid_json", null],
    ["{}", "missing_required_parameter", "type"],
    ['{"type":1}', "invalid_type", "type"],
    ['{"type":"constructor"}', "invalid_value", "type"],
    ['{"type":"transcription_session.update"}', "invalid_value", "type"],
    ['{"type":"output_audio_buffer.clear"}', "invalid_value", "type"],
    ['{"type":"input_audio_buffer.append"}', "missing_required_parameter", "audio"],
    ['{"type":"input_audio_buffer.append","audio":5}', "invalid_type", "audio"],
    ['{"type":"input_audio_buffer.append","audio":"a"}', "invalid_value", "audio"],
    ['{"type":"input_audio_buffer.append","audio":"AA*A"}', "invalid_value", "audio"],
    ['{"type":"input_audio_buffer.commit","now":true}', "unknown_parameter", "now"],
    ['{"type":"session.update"}', "missing_required_parameter", "session"],
    ['{"type":"response.create","__proto__":{}}', "unknown_parameter", "__proto__"],
  ])("survives %s", async (message, code, param) => {
    expect(await client.fails(message)).toMatchObject({ type: "invalid_request_error", code, param });
    await goesOn();
  });

  it("names the events it knows", async () => {
    const { message } = await client.fails({ type: "session.upgrade" });
    expect(message).toMatch(/^Invalid value: 'session\.upgrade'\. Supported values are: 'session\.update', .* and 'response\.cancel'\.$/);
  });

  it("survives binary messages", async () => {
    client.sendBinary(Uint8Array.of(1, 2, 3));
    expect((await client.next("error")).error.code).toBe("invalid_json");
    await goesOn();
  });

  it("repeats the client's event_id in errors", async () => {
    expect((await client.fails({ type: "response.cancel", event_id: "evt_1" })).event_id).toBe("evt_1");
    expect((await client.fails({ type: "nonsense", event_id: "evt_2" })).event_id).toBe("evt_2");
    expect((await client.fails({ type: "response.cancel" })).event_id).toBeNull();
    expect((await client.fails({ type: "response.cancel", event_id: 7 })).event_id).toBeNull();
  });

  it("refuses appends of more than 15 MiB", async () => {
    const most = 15 * 1024 * 1024;
    expect(await client.fails({ type: "input_audio_buffer.append", audio: encodeBase64(new Uint8Array(most + 3)) })).toMatchObject({
      code: "string_above_max_length",
    });
    append(new Uint8Array(most));
    await goesOn();
    expect(emulator.sessions[0]?.input.bytes).toBe(most);
  });

  it("commits by hand, and answers only when asked", async () => {
    manual();
    append(new Uint8Array(4800).fill(1));
    append(new Uint8Array(4800).fill(2));
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("conversation.item.done");
    await goesOn();
    expect(client.types).toEqual([
      "session.created",
      "session.updated",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "input_audio_buffer.cleared",
    ]);
    expect(emulator.sessions[0]?.items[0]?.heard.get(0)?.samples).toHaveLength(4800);
  });

  it("does not commit less than 100 ms", async () => {
    manual();
    append(new Uint8Array(4750));
    expect(await client.fails({ type: "input_audio_buffer.commit" })).toMatchObject({
      code: "input_audio_buffer_commit_empty",
      message: "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 98.96ms of audio.",
    });
    append(new Uint8Array(50));
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("input_audio_buffer.committed");
    expect(await client.fails({ type: "input_audio_buffer.commit" })).toMatchObject({ message: expect.stringContaining("only has 0.00ms") });
  });

  it("forgets what is cleared", async () => {
    manual();
    append(new Uint8Array(9600));
    client.send({ type: "input_audio_buffer.clear" });
    expect(await client.fails({ type: "input_audio_buffer.commit" })).toMatchObject({ code: "input_audio_buffer_commit_empty" });
    expect(emulator.sessions[0]?.mediaMs).toBe(200);
  });

  it("may be committed by hand while the user speaks; then nothing stops by itself", async () => {
    append(pcmBytes(speech("speech-b", 24000).subarray(0, 24_000)));
    const { item_id, audio_start_ms } = await client.next("input_audio_buffer.speech_started");
    client.send({ type: "input_audio_buffer.commit" });
    expect(await client.next("input_audio_buffer.committed")).toMatchObject({ item_id });
    expect(emulator.sessions[0]?.items[0]?.heard.get(0)?.samples).toHaveLength((1000 - audio_start_ms) * 24);
    append(new Uint8Array(48 * 2000));
    await goesOn();
    expect(client.all("input_audio_buffer.committed").filter((event: Event) => event.item_id === item_id)).toHaveLength(1);
    expect(client.all("input_audio_buffer.speech_stopped").filter((event: Event) => event.item_id === item_id)).toEqual([]);
  });

  it("records what it received and sent", async () => {
    append(new Uint8Array(4800).fill(1));
    append(new Uint8Array(2400).fill(1));
    client.send({ type: "input_audio_buffer.append", audio: "broken" });
    await goesOn();
    const [session] = emulator.sessions;
    expect(session?.input.appends).toMatchObject([
      { bytes: 4800, mediaMs: 0 },
      { bytes: 2400, mediaMs: 100 },
    ]);
    expect(session?.input.durationMs).toBe(150);
    expect(session?.input.clip()).toMatchObject({ rate: 24000, samples: new Int16Array(3600).fill(0x0101) });
    expect(session?.input.samples24k()).toHaveLength(3600);
    const appends = session?.log.of("input_audio_buffer.append", "in");
    expect(appends?.map(({ audioBytes, event }) => [audioBytes, event])).toMatchObject([
      [4800, { audio: "" }],
      [2400, { audio: "" }],
      [4, { audio: "" }],
    ]);
    expect(session?.log.of("(malformed)")).toEqual([]);
    expect(session?.log.entries).toEqual(emulator.log.entries);
    expect(session?.log.entries.map(({ direction, type }) => `${direction} ${type}`)).toEqual([
      "out session.created",
      ...Array(3).fill("in input_audio_buffer.append"),
      "out error",
      "in input_audio_buffer.clear",
      "out input_audio_buffer.cleared",
    ]);
  });

  it("can be ended or broken by the server", async () => {
    emulator.sessions[0]?.close(1012, "restart");
    expect(await client.ended).toEqual({ code: 1012, reason: "restart" });
    const second = new WireClient(emulator.url);
    await second.next("session.created");
    emulator.sessions[1]?.drop();
    expect((await second.ended).code).toBe(1006);
    await expect.poll(() => emulator.sessions.map(({ closed }) => closed?.code)).toEqual([1012, 1006]);
  });
});

describe("the end of a session's time", () => {
  it("is an error and close code 1001", async () => {
    const emulator = await checkedEmulator({ sessionLimitMs: 30 });
    const client = new WireClient(emulator.url);
    const message = "Your session hit the maximum duration of 60 minutes.";
    expect(await client.ended).toEqual({ code: 1001, reason: message });
    expect(client.all("error")[0].error).toMatchObject({ code: "session_expired", message });
    await emulator.close();
  });
});
