/** A page of its own, with nothing but what the browser has, calls the emulator over WebRTC: turns, sound, interruption, hang-up. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, type EmulatorOptions, echoVoice, toneClip } from "@sidetone/emulator";
import type { Browser, Page } from "playwright-core";
import { correlate, resample } from "sidetone/testing";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { servePage } from "../support/page-server.ts";
import { sequence, speech, writeSpeech } from "../support/speech.ts";
import type { CallPage } from "./pages/webrtc-call.ts";

const RATE = 48_000;

// biome-ignore lint/suspicious/noExplicitAny: events of every shape are looked at
type Event = any;

class Call {
  readonly emulator: Emulator;
  readonly page: Page;
  readonly complaints: string[];
  readonly closers: (() => unknown)[];

  constructor(emulator: Emulator, page: Page, complaints: string[], closers: (() => unknown)[]) {
    this.emulator = emulator;
    this.page = page;
    this.complaints = complaints;
    this.closers = closers;
  }

  /** Opens a page in a Chromium whose microphone says `parts` (silence in ms between them), or that has no permission to use one. */
  static async open(parts: (Float32Array | number)[] | null, options: EmulatorOptions): Promise<Call> {
    const folder = mkdtempSync(join(tmpdir(), "sidetone-"));
    const microphone = join(folder, "microphone.wav");
    if (parts !== null) writeSpeech(microphone, sequence(RATE, ...parts, 60_000), RATE);
    const [emulator, server, browser]: [Emulator, Awaited<ReturnType<typeof servePage>>, Browser] = await Promise.all([
      checkedEmulator({ apiKeys: ["sk-test"], ...options }),
      servePage("webrtc-call.ts"),
      launchChromium(parts === null ? {} : { microphone }),
    ]);
    const { page, complaints } = await openPage(browser, server.origin);
    return new Call(emulator, page, complaints, [
      () => browser.close(),
      () => emulator.close(),
      () => server.close(),
      () => rmSync(folder, { recursive: true, force: true }),
    ]);
  }

  /** Connects with a client secret, as a page does. */
  async connect(source: "microphone" | "none"): Promise<{ status: number; location: string | null; type: string | null }> {
    const response = await fetch(`${this.emulator.httpUrl}/v1/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: JSON.stringify({ session: { type: "realtime", model: "gpt-realtime-2.1" } }),
    });
    const { value } = (await response.json()) as { value: string };
    return this.page.evaluate(([url, key, from]) => (window as unknown as { page: CallPage }).page.connect(url, key, from as "none"), [
      `${this.emulator.httpUrl}/v1/realtime/calls`,
      value,
      source,
    ] as const);
  }

  events(): Promise<Event[]> {
    return this.page.evaluate(() => (window as unknown as { page: CallPage }).page.events());
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  async next(type: string, count = 1, timeoutMs = 30_000): Promise<Event> {
    const found = await this.page.waitForFunction(
      ([wanted, index]) => (window as unknown as { page: CallPage }).page.events().filter((event) => event.type === wanted)[index as number],
      [type, count - 1] as const,
      { timeout: timeoutMs, polling: 50 },
    );
    return found.jsonValue();
  }

  async heard(): Promise<Float32Array> {
    const bytes = Buffer.from(await this.page.evaluate(() => (window as unknown as { page: CallPage }).page.heard()), "base64");
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  send(event: object): Promise<void> {
    return this.page.evaluate((message) => (window as unknown as { page: CallPage }).page.send(message), event);
  }

  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }
}

const floats = (samples: Int16Array, rate: number): Float32Array =>
  resample(
    Float32Array.from(samples, (sample) => sample / 32_768),
    rate,
    RATE,
  );

describe("a page in Chromium", () => {
  let call: Call;
  afterEach(() => call?.close());

  it("speaks, hears, interrupts and is answered", async () => {
    const echo = echoVoice();
    let replies = 0;
    const tone = toneClip(20_000, 24_000);
    // The first turn is answered by a sound without pauses, so that the cut shows to the millisecond; the second by its echo.
    const voice: EmulatorOptions["voice"] = {
      reply: (request) => (replies++ === 0 ? [{ type: "message", text: "la la la la", audio: tone }] : echo.reply(request)),
    };
    const words = speech("speech-b", RATE);
    call = await Call.open([1000, words, 4000, words], { voice });
    const reply = await call.connect("microphone");
    expect(reply).toEqual({ status: 201, location: expect.stringMatching(/^\/v1\/realtime\/calls\/rtc_u2_/), type: "text/plain; charset=utf-8" });
    expect(await call.page.evaluate(() => (window as unknown as { page: CallPage }).page.transport())).toEqual({ codec: "audio/opus", address: "127.0.0.1" });

    await call.next("output_audio_buffer.stopped");
    const events = await call.events();
    const order = events.map(({ type }) => type).filter((type) => /^(session|input_audio_buffer|output_audio_buffer|response\.done)|truncated/.test(type));
    expect(order).toEqual([
      "session.created",
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "output_audio_buffer.started",
      "input_audio_buffer.speech_started",
      "output_audio_buffer.cleared",
      // The tone was not generated to its end yet.
      "response.done",
      "conversation.item.truncated",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "output_audio_buffer.started",
      "response.done",
      "output_audio_buffer.stopped",
    ]);
    expect(events.some(({ type }) => type === "response.output_audio.delta")).toBe(false);

    const heard = await call.heard();
    await call.page.evaluate(() => (window as unknown as { page: CallPage }).page.close());
    await expect.poll(() => call.emulator.sessions[0]?.closed?.code).toBe(1000);

    // What the server heard is what the microphone said, and media time kept pace.
    const [session] = call.emulator.sessions;
    const input = session.input.samples24k();
    const said = resample(words, RATE, 24_000);
    const places = [0.6, 1.4, 2.2].map((at) => correlate(said.subarray(at * 24_000, (at + 0.3) * 24_000), input, { to: 6 * 24_000 }));
    const delays = places.map(({ offset }, i) => offset - (0.6 + 0.8 * i) * 24_000);
    // A browser's Opus keeps the sound of a voice rather than its wave.
    for (const { score } of places) expect(score).toBeGreaterThan(0.65);
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(24_000 * 0.003);

    // The tone was heard up to where the server says, and no farther.
    const { audio_end_ms } = events.find(({ type }) => type === "conversation.item.truncated");
    expect(audio_end_ms).toBeGreaterThan(1500);
    expect(audio_end_ms % 20).toBe(0);
    const played = floats(tone.samples, tone.rate).subarray(0, (audio_end_ms * RATE) / 1000);
    const nearEnd = played.length - 0.4 * RATE;
    const place = correlate(played.subarray(nearEnd, nearEnd + 0.3 * RATE), heard, { from: 3 * RATE, to: 11 * RATE });
    expect(place.score).toBeGreaterThan(0.8);
    const cut = place.offset + (played.length - nearEnd);
    const loudest = (from: number, to: number) => heard.subarray(from, to).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest(cut - 0.06 * RATE, cut - 0.03 * RATE)).toBeGreaterThan(0.02);
    expect(loudest(cut + 0.03 * RATE, cut + 0.5 * RATE)).toBeLessThan(0.005);

    // And then the second turn came back.
    const answer = correlate(words.subarray(RATE, 1.3 * RATE), heard, { from: cut, to: cut + 9 * RATE });
    expect(answer.score).toBeGreaterThan(0.6);
    expect(call.complaints).toEqual([]);
  });

  it("needs no permission for a microphone, and is hung up on", async () => {
    call = await Call.open(null, { voice: "tone" });
    const { location } = await call.connect("none");
    await call.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "Sing." }] } });
    await call.send({ type: "response.create" });
    await call.next("output_audio_buffer.stopped");
    const tone = floats(toneClip(3000, 24_000).samples, 24_000);
    expect(correlate(tone.subarray(RATE, 1.4 * RATE), await call.heard()).score).toBeGreaterThan(0.8);
    const hangUp = await fetch(`${call.emulator.httpUrl}${location}/hangup`, { method: "POST", headers: { authorization: "Bearer sk-test" } });
    expect(hangUp.status).toBe(200);
    await call.page.waitForFunction(() => (window as unknown as { page: CallPage }).page.states().includes("channel closed"), undefined, { timeout: 5000 });
    expect(call.complaints).toEqual([]);
  });
});
