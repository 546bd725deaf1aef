/** OpenAI's own translation client, unmodified, in session with the emulator over TLS: it checks the fields of every event itself. */
import { OpenAIRealtimeTranslationWS } from "openai/realtime/translations/ws";
import { afterEach, describe, expect, it } from "vitest";
import { fastClock } from "../support/fast-clock.ts";
import { speech } from "../support/speech.ts";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";

describe("the translation client of the openai package", () => {
  let secure: SecureEmulator;
  afterEach(() => secure.close());

  it("is given a key, is translated, and finishes with everything said", async () => {
    secure = await secureEmulator({ clock: fastClock(10), apiKeys: ["sk-test"] });
    const made = await secure.client().realtime.translations.clientSecrets.create({
      session: { model: "gpt-realtime-translate", audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } },
    });
    expect(made.session).toMatchObject({ type: "translation", model: "gpt-realtime-translate" });

    const client = await OpenAIRealtimeTranslationWS.create(secure.client(made.value), { model: "gpt-realtime-translate" });
    const seen: string[] = [];
    const typed: string[] = [];
    const errors: unknown[] = [];
    let bytes = 0;
    let heard = "";
    let said = "";
    client.on("event", ({ type }) => seen.push(type));
    client.on("error", (error) => errors.push(error));
    for (const type of ["session.created", "session.updated", "session.closed"] as const) client.on(type, () => typed.push(type));
    client.on("session.output_audio.delta", (event) => {
      expect(event).toMatchObject({ sample_rate: 24_000, channels: 1, format: "pcm16" });
      bytes += Buffer.from(event.delta, "base64").length;
    });
    client.on("session.input_transcript.delta", ({ delta }) => (heard += delta));
    client.on("session.output_transcript.delta", ({ delta }) => (said += delta));
    await new Promise<void>((resolve) => client.on("session.created", () => resolve()));
    client.send({ type: "session.update", session: { audio: { output: { language: "es" } } } });
    const samples = Int16Array.from(speech("speech-a", 24_000), (sample) => Math.round(sample * 32_767));
    for (let at = 0; at < samples.length; at += 4800) {
      const piece = samples.subarray(at, at + 4800);
      client.send({ type: "session.input_audio_buffer.append", audio: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("base64") });
    }
    await client.finish({ timeoutMs: 10_000 });

    expect(errors).toEqual([]);
    expect(typed).toEqual(["session.created", "session.updated", "session.closed"]);
    expect(seen.at(-1)).toBe("session.closed");
    const [record] = secure.emulator.translations;
    expect(record?.config.audio).toMatchObject({ input: { transcription: { model: "gpt-realtime-whisper" } }, output: { language: "es" } });
    expect(record?.input.durationMs).toBeCloseTo(samples.length / 24, 0);
    expect(bytes).toBe(record?.output.bytes);
    expect(bytes / 48).toBeGreaterThan(2000);
    expect(heard).toMatch(/^\[\d\.\d s of speech\]/);
    expect(said).toMatch(/^\(echo of \d\.\d s\)/);
  });
});
