import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, speech } from "../../test/wire-client.ts";
import { createEmulator, type Emulator, type EmulatorOptions, type Fault, type InProcessClient, toneClip, type VirtualClock, virtualClock } from "../index.ts";

const SPEECH = speech("speech-b", 24_000);

describe("a client inside the process", () => {
  let emulator: Emulator;
  let clock: VirtualClock;

  async function connect(options: EmulatorOptions = {}): Promise<InProcessClient> {
    clock = virtualClock();
    emulator = await checkedEmulator({ clock, seed: 7, ...options });
    return emulator.connect();
  }

  afterEach(() => emulator.close());

  it("is greeted, speaks at the pace of the clock, and is answered", async () => {
    const client = await connect();
    expect(client.events.map(({ type }) => type)).toEqual(["session.created"]);
    const before = performance.now();
    await client.speak(SPEECH, { thenSilenceMs: 1000 });
    const { response } = (await client.next("response.done")) as Event;
    expect(performance.now() - before).toBeLessThan(2000);
    expect(response.output[0].content[0].transcript).toMatch(/echo of 3\.\d s/);
    expect(clock.nowMs()).toBeGreaterThan(SPEECH.length / 24 + 500);
    const appends = client.session.input.appends;
    expect(appends.slice(0, 5).map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300, 400]);
    expect(client.session.mediaMs).toBeCloseTo(SPEECH.length / 24 + 1000, 1);
  });

  it("appends in pieces of any length, in the session's own format", async () => {
    const client = await connect();
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { format: { type: "audio/pcmu" }, turn_detection: null } } } });
    await client.speak(toneClip(500, 16_000), { chunkMs: 20, thenSilenceMs: 50 });
    expect(client.session.input.appends).toHaveLength(28);
    expect(client.session.input.appends.map(({ bytes }) => bytes)).toEqual([...Array(27).fill(160), 80]);
    expect(clock.nowMs()).toBe(550);
    client.send({ type: "input_audio_buffer.commit" });
    expect(client.all("input_audio_buffer.committed")).toHaveLength(1);
  });

  it("may interrupt, and the server sees the truncation at once", async () => {
    const client = await connect({ voice: "tone" });
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta", 2);
    const item = (client.all("response.output_item.added")[0] as Event).item.id;
    client.send({ type: "response.cancel" });
    await client.next("response.done");
    client.send({ type: "conversation.item.truncate", item_id: item, content_index: 0, audio_end_ms: 120 });
    expect(client.events.at(-1)).toMatchObject({ type: "conversation.item.truncated", item_id: item, audio_end_ms: 120 });
  });

  it("may send from a listener: that goes out when the server has finished what it was doing", async () => {
    const client = await connect({ voice: "tone" });
    const off = client.on((event) => {
      if (event.type !== "response.content_part.added") return;
      client.send({ type: "conversation.item.retrieve", item_id: (event as Event).item_id });
      expect(client.events.at(-1)).toBe(event);
    });
    client.send({ type: "response.create" });
    const { response } = (await client.next("response.done")) as Event;
    expect(response.status).toBe("completed");
    expect(client.all("conversation.item.retrieved")).toHaveLength(1);
    off();
    client.send({ type: "response.create" });
    await client.next("response.done", 2);
    expect(client.all("conversation.item.retrieved")).toHaveLength(1);
  });

  it("sends what is no event, too", async () => {
    const client = await connect();
    client.send("{");
    client.send({ type: "nothing", event_id: "mine" });
    expect(client.all("error").map((event) => (event as Event).error.event_id)).toEqual([null, "mine"]);
  });

  it("is told when the session ends, and says so to those who wait", async () => {
    const client = await connect({ sessionLimitMs: 5000 });
    await expect(client.next("response.done")).rejects.toThrow("The connection ended while 1 response.done was waited for; last came error.");
    expect(client.closed).toMatchObject({ code: 1001, atMs: 5000 });
    expect(() => client.send({ type: "response.create" })).toThrow('The connection is closed, so "response.create" cannot be sent.');
    client.close();
  });

  it("says what did not come", async () => {
    const client = await connect();
    await expect(client.next("response.done")).rejects.toThrow("1 response.done did not come; last came session.created.");
    expect(clock.nowMs()).toBe(60_000);
  });

  it("starts with the settings that it asks for, and refuses what is no option", async () => {
    await connect();
    const client = emulator.connect({ model: "gpt-realtime", session: { type: "realtime", instructions: "Be brief." } });
    expect((client.events[0] as Event).session).toMatchObject({ model: "gpt-realtime", instructions: "Be brief." });
    expect(() => emulator.connect({ mode: 1 } as object)).toThrow('options has an unknown property "mode"');
    expect(() => emulator.connect({ model: "" })).toThrow('model is ""; allowed is a non-empty string.');
    expect(() => emulator.connect({ session: { type: "realtime", output_modalities: ["smell"] } })).toThrow("smell");
    await expect(client.speak(SPEECH, { chunkMs: 0 })).rejects.toThrow("chunkMs is 0; allowed is 1 to 10000.");
  });

  it("works in real time as well", async () => {
    emulator = await checkedEmulator({ profile: { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1 } });
    const client = emulator.connect();
    client.send({ type: "response.create" });
    expect(((await client.next("response.done")) as Event).response.status).toBe("completed");
    await client.speak(new Int16Array(2400), { chunkMs: 20 });
    expect(client.session.mediaMs).toBe(100);
  });
});

describe("ten minutes of talk", () => {
  /** A talk with two people at once, whose every event is written down. */
  async function talk(seed: number): Promise<{ log: string; ms: number; turns: number; tookMs: number }> {
    const clock = virtualClock();
    const emulator = await checkedEmulator({ clock, seed, logLimit: 100_000 });
    const startedMs = performance.now();
    const person = async (client: InProcessClient, pauseMs: number) => {
      while (clock.nowMs() < 600_000) {
        await client.speak(SPEECH, { thenSilenceMs: pauseMs });
        if (clock.nowMs() > 300_000) await client.speak(SPEECH.subarray(0, 36_000), { chunkMs: 20, thenSilenceMs: 900 });
      }
      client.close();
    };
    await Promise.all([person(emulator.connect(), 6000), person(emulator.connect({ model: "gpt-realtime-mini" }), 1400)]);
    const tookMs = performance.now() - startedMs;
    await emulator.close();
    return { log: JSON.stringify(emulator.log.entries), ms: clock.nowMs(), turns: emulator.log.of("response.done").length, tookMs };
  }

  it("take seconds, and are the same every time to the byte, ids and times included", { timeout: 60_000 }, async () => {
    const [first, second, other] = [await talk(5), await talk(5), await talk(6)];
    expect(first.ms).toBeGreaterThanOrEqual(600_000);
    expect(first.turns).toBeGreaterThan(100);
    expect(second.log === first.log).toBe(true);
    expect(other.log === first.log).toBe(false);
    expect(first.tookMs).toBeLessThan(20_000);
  });
});

describe("faults inside the process", () => {
  it("reach the client, whatever they send", async () => {
    const faults: Fault[] = [
      { fault: "malform", as: "truncated", when: { type: "input_audio_buffer.cleared", nth: 1 } },
      { fault: "malform", as: "binary", when: { type: "input_audio_buffer.cleared", nth: 2 } },
      { fault: "malform", as: "no-type", when: { type: "input_audio_buffer.cleared", nth: 3 } },
      { fault: "disconnect", how: "reset", when: { type: "input_audio_buffer.cleared", nth: 4 } },
    ];
    const emulator = await createEmulator({ clock: virtualClock(), seed: 1, faults: { faults } });
    const client = emulator.connect();
    for (let i = 0; i < 4; i++) client.send({ type: "input_audio_buffer.clear" });
    expect(client.events.map(({ type }) => type)).toEqual(["session.created", "input_audio_buffer.cleared"]);
    expect(client.malformed).toHaveLength(3);
    expect(client.closed?.code).toBe(1006);
    await emulator.close();
  });

  it("may end a connection while it is made", async () => {
    const emulator = await createEmulator({ clock: virtualClock(), faults: { faults: [{ fault: "disconnect", code: 1013 }] } });
    expect(emulator.connect().closed).toMatchObject({ code: 1013 });
    await emulator.close();
  });
});
