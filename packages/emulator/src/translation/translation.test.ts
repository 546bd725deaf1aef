import { encodeBase64 } from "@sidetone/core/dsp";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { faultsOf } from "../../test/fault-rig.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { type Event, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import { toFloat } from "../audio.ts";
import { Ids } from "../ids.ts";
import { type Emulator, EnergyVad, echoVoice, type Vad, type Voice } from "../index.ts";
import { EventLog } from "../record/log.ts";
import { newTranslation, updatedTranslation } from "./translation-config.ts";
import { TranslationSession } from "./translation-session.ts";

describe("a translation session", () => {
  let clock: ManualClock;
  let session: TranslationSession;
  let events: Event[];
  let closed: { code: number; reason: string } | null;

  function open(voice: Voice = echoVoice(), limitMs = 3_600_000, createVad: () => Vad = () => new EnergyVad()): void {
    clock = new ManualClock();
    events = [];
    closed = null;
    session = new TranslationSession({
      config: newTranslation("gpt-realtime-translate"),
      ids: new Ids(1),
      seed: 1,
      voice,
      createVad,
      clock,
      nowMs: () => clock.nowMs(),
      logLimit: 1000,
      sharedLog: new EventLog(1000),
      recordLimitMs: 600_000,
      limitMs,
      faults: faultsOf(clock),
      wire: { kind: "websocket", send: (text) => events.push(JSON.parse(text)), close: (code, reason) => (closed = { code, reason }), drop: () => {} },
    });
  }

  const send = (event: object) => session.receive(JSON.stringify(event));
  const of = (type: string) => events.filter((event) => event.type === type);
  const text = (side: "input" | "output") =>
    of(`session.${side}_transcript.delta`)
      .map(({ delta }) => delta)
      .join("");

  /** Sends audio in real time, in pieces of `pieceMs`. */
  function hear(bytes: Uint8Array, pieceMs = 100): void {
    for (let at = 0; at < bytes.length; at += pieceMs * 48) {
      send({ type: "session.input_audio_buffer.append", audio: encodeBase64(bytes.slice(at, at + pieceMs * 48)) });
      clock.advance(pieceMs);
    }
  }

  it("greets with its settings", () => {
    open();
    expect(events).toEqual([
      {
        type: "session.created",
        event_id: expect.any(String),
        session: {
          id: session.id,
          type: "translation",
          expires_at: expect.any(Number),
          model: "gpt-realtime-translate",
          audio: { input: { transcription: null, noise_reduction: null }, output: {} },
        },
      },
    ]);
  });

  it("follows what is said with a lag, in frames of 200 ms, while it is still being said", () => {
    open();
    send({ type: "session.update", session: { audio: { input: { transcription: { model: "gpt-realtime-whisper" } }, output: { language: "es" } } } });
    expect(events.at(-1)).toMatchObject({
      type: "session.updated",
      session: { audio: { input: { transcription: { model: "gpt-realtime-whisper" } }, output: { language: "es" } } },
    });
    const said = speech("speech-a", 24000);
    hear(pcmBytes(said, 6000));
    const deltas = of("session.output_audio.delta");
    expect(deltas[0]).toMatchObject({ sample_rate: 24000, channels: 1, format: "pcm16" });
    expect(deltas[0].elapsed_ms).toBeGreaterThan(200);
    expect(deltas[0].elapsed_ms).toBeLessThan(said.length / 24 + 600);
    expect(deltas.every(({ elapsed_ms }, i) => elapsed_ms % 200 === 0 && elapsed_ms > (deltas[i - 1]?.elapsed_ms ?? 0))).toBe(true);
    const back = session.output.clip().samples;
    expect(energy(back) / energy(said)).toBeGreaterThan(0.6);
    expect(energy(back) / energy(said)).toBeLessThan(1.2);
    expect(text("input")).toMatch(/^\[\d\.\d s of speech\]( \[\d\.\d s of speech\])*$/);
    expect(text("output")).toMatch(/^\(echo of \d\.\d s\)( \(echo of \d\.\d s\))*$/);
  });

  it("does not wait for a pause that does not come", () => {
    open();
    const loud = Int16Array.from({ length: 24 * 8000 }, (_, i) => 9000 * Math.sin(i / 9) * Math.abs(Math.sin(i / 4000)));
    hear(pcmBytes(loud));
    const pieces = of("session.output_transcript.delta").filter(({ delta }) => delta.includes("echo"));
    expect(pieces.length).toBeGreaterThanOrEqual(2);
    expect(of("session.output_audio.delta")[0].elapsed_ms).toBeLessThanOrEqual(3600);
  });

  it("says nothing while nothing is said, and stands still without input", () => {
    open();
    hear(new Uint8Array(48 * 2000));
    clock.advance(10_000);
    expect(of("session.output_audio.delta")).toEqual([]);
    expect(session.elapsedMs).toBe(2000);
  });

  it("translates what is left before it closes, also from a voice that takes its time", async () => {
    let answer: (items: never[]) => void = () => {};
    const voice: Voice = { reply: () => new Promise((resolve) => (answer = resolve as never)) };
    open(voice);
    const bytes = pcmBytes(speech("speech-b", 24000));
    send({ type: "session.input_audio_buffer.append", audio: encodeBase64(bytes) });
    send({ type: "session.close" });
    expect(of("session.closed")).toEqual([]);
    send({ type: "session.input_audio_buffer.append", audio: "AAA=" });
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "session_closing" } });
    answer([{ type: "message", text: "Hola", audio: { samples: new Int16Array(24 * 500).fill(99), rate: 24000 } }] as never[]);
    await Promise.resolve();
    await Promise.resolve();
    expect(of("session.output_audio.delta")).toHaveLength(3);
    expect(text("output")).toBe("Hola");
    expect(events.at(-1).type).toBe("session.closed");
    expect(closed).toEqual({ code: 1000, reason: "" });
    expect(toFloat(session.output.clip().samples).filter((sample) => sample !== 0)).toHaveLength(24 * 500);
  });

  it("gives transcripts only when they are wanted, and keeps the strength of noise reduction", () => {
    open();
    hear(pcmBytes(speech("speech-b", 24000), 1000));
    expect(of("session.input_transcript.delta")).toEqual([]);
    const noisy = updatedTranslation(session.config, { audio: { input: { noise_reduction: { type: "near_field", strength: 0.3 } } } });
    expect(updatedTranslation(noisy, { audio: { input: { noise_reduction: { type: "far_field" } } } }).audio.input.noise_reduction).toEqual({
      type: "far_field",
      strength: 0.3,
    });
    expect(updatedTranslation(noisy, { audio: { input: { noise_reduction: null } } }).audio.input.noise_reduction).toBeNull();
  });

  it.each([
    [
      { type: "session.update", event_id: "e1", session: { model: "other" } },
      { code: "unknown_parameter", param: "session.model", event_id: "e1" },
    ],
    [{ type: "response.create" }, { code: "invalid_value", param: "type" }],
    [
      { type: "session.input_audio_buffer.append", audio: "***" },
      { code: "invalid_value", param: "audio" },
    ],
    [{ type: "session.update", session: { audio: { input: { transcription: {} } } } }, { param: "session.audio.input.transcription.model" }],
  ])("refuses %j and goes on", (message, error) => {
    open();
    send(message);
    expect(events.at(-1)).toMatchObject({ type: "error", error });
    expect(session.closed).toBeNull();
  });

  it("says that the voice failed, and expires", async () => {
    open({ reply: () => Promise.reject(new Error("no words")) }, 9000);
    hear(pcmBytes(speech("speech-b", 24000), 1000));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(of("error")[0]).toMatchObject({ error: { code: "voice_failed", message: "The voice failed: no words" } });
    clock.advance(9000);
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code: "session_expired" } });
    expect(closed?.code).toBe(1001);
  });

  it("ends when the detector fails, which runs where nobody would catch", () => {
    const process = () => {
      throw new Error("no memory");
    };
    open(echoVoice(), 9000, () => ({ process, reset: () => {} }));
    hear(new Uint8Array(48 * 400));
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "server_error", message: "The emulator failed: no memory" } });
    expect(closed?.code).toBe(1011);
  });

  describe("over a WebSocket", () => {
    let emulator: Emulator;
    afterEach(() => emulator.close());

    it("is made with a model or with a client secret, and is on record", async () => {
      emulator = await checkedEmulator({ apiKeys: ["sk-test"] });
      const body = JSON.stringify({ session: { model: "gpt-realtime-translate", audio: { output: { language: "fr" } } }, expires_after: { seconds: 20 } });
      const request = { method: "POST", body, headers: { authorization: "Bearer sk-test" } };
      const reply = await fetch(`${emulator.httpUrl}/v1/realtime/translations/client_secrets`, request);
      const secret = (await reply.json()) as Event;
      expect(secret).toMatchObject({ value: expect.stringMatching(/^ek_/), session: { type: "translation", audio: { output: { language: "fr" } } } });
      const url = `${emulator.url}/translations`;
      const client = new WireClient(url, { model: null, headers: { authorization: `Bearer ${secret.value}` } });
      expect((await client.next("session.created")).session).toMatchObject({ model: "gpt-realtime-translate", audio: { output: { language: "fr" } } });
      client.send({ type: "session.input_audio_buffer.append", audio: encodeBase64(new Uint8Array(48 * 400)) });
      client.send({ type: "session.close" });
      expect(await client.ended).toEqual({ code: 1000, reason: "" });
      expect(client.types).toEqual(["session.created", "session.closed"]);
      expect(emulator.translations[0]).toMatchObject({ elapsedMs: 400, closed: { code: 1000 } });
      expect(emulator.translations[0]?.input.durationMs).toBe(400);
      expect(emulator.log.of("session.closed", "out")).toHaveLength(1);
      const bare = new WireClient(url, { model: null, headers: { authorization: "Bearer sk-test" } });
      expect((await bare.next("error")).error).toMatchObject({ code: "missing_model" });
      const wrong = new WireClient(url, { model: "gpt-realtime-translate" });
      expect((await wrong.ended).code).toBe(1006);
    });
  });
});

function energy(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
