/** The official clients over WebRTC in a real browser, and beside them the application's server on a sideband. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAIRealtimeSIP, RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
import type { SessionRecord } from "@sidetone/emulator";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RealtimeCall } from "../clients/support/openai.ts";
import { type SecureEmulator, secureEmulator } from "../clients/support/secure.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { spokenItems } from "../support/emulated.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { sequence, speech, writeSpeech } from "../support/speech.ts";
import type { ClientsPage, Told } from "./pages/clients.ts";

declare const clients: ClientsPage;

const MICROPHONE_RATE = 48_000;

describe("an official client over WebRTC in Chromium", () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  let complaints: string[];
  let secure: SecureEmulator;

  beforeAll(async () => {
    server = await servePage("clients.ts");
  });

  afterAll(() => server?.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sidetone-"));
    const wav = join(folder, "microphone.wav");
    const words = speech("speech-b", MICROPHONE_RATE);
    // The second utterance begins while the echo of the first is being played.
    writeSpeech(wav, sequence(MICROPHONE_RATE, 1500, words, 3000, words, 60_000), MICROPHONE_RATE);
    secure = await secureEmulator({ profile: {}, apiKeys: ["sk-test"] });
    browser = await launchChromium({ microphone: wav, flags: ["--ignore-certificate-errors"] });
    ({ page, complaints } = await openPage(browser, server.origin));
  });

  afterEach(async () => {
    await browser?.close();
    await secure?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function secret(): Promise<string> {
    const made = await secure
      .client("sk-test")
      .realtime.clientSecrets.create({ session: { type: "realtime", model: "gpt-realtime-2.1", instructions: "Pinned." } });
    return made.value;
  }

  /** Waits for both turns to be over, and checks what all clients have in common. */
  async function talk(): Promise<{ session: SessionRecord; told: Told }> {
    const { emulator } = secure;
    await expect.poll(() => emulator.sessions[0]?.log.of("output_audio_buffer.stopped", "out").length ?? 0, { timeout: 60_000, interval: 100 }).toBe(1);
    await page.waitForTimeout(300);
    const told = await page.evaluate(() => clients.told());
    const [session] = emulator.sessions;
    expect(told.errors).toEqual([]);
    const spoken = spokenItems(session);
    expect(spoken).toHaveLength(2);
    for (const item of spoken) expect(item.spoken?.sentMs).toBeGreaterThan(2500);
    // The server has cut the first answer off where it was played; nobody asked it to.
    expect(session.log.of("conversation.item.truncate", "in")).toEqual([]);
    const [truncated] = session.log.of("conversation.item.truncated", "out").map(({ event }) => event as unknown as { item_id: string; audio_end_ms: number });
    expect(truncated.item_id).toBe(spoken[0].wire.id);
    expect(truncated.audio_end_ms % 20).toBe(0);
    expect(truncated.audio_end_ms).toBeGreaterThan(300);
    expect(truncated.audio_end_ms).toBeLessThan(spoken[0].spoken?.sentMs ?? 0);
    expect(session.log.of("response.output_audio.delta", "out")).toEqual([]);
    // What was heard: a piece of the first answer and all of the second, its pauses not counted.
    expect(told.loudMs).toBeGreaterThan(1500);
    expect(told.names).toContain("output_audio_buffer.cleared");
    return { session, told };
  }

  it("@openai/agents-realtime talks, mutes itself, and is watched by a sideband of openai", async () => {
    const url = `${new URL(secure.baseURL).origin}/v1/realtime/calls`;
    const callID = await page.evaluate(([address, key]) => clients.agentsRtc(address, key), [url, await secret()] as const);
    expect(callID).toMatch(/^rtc_/);
    const sideband = new RealtimeCall(new OpenAIRealtimeWS({ callID: callID as string }, secure.client("sk-test")));
    const { session, told } = await talk();
    expect(session.config.instructions).toBe("Repeat.");
    expect(told.names.filter((name) => name === "output_audio_buffer.cleared")).toHaveLength(1);
    expect(told.history).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }, { role: "assistant" }]);
    // The sideband saw the conversation, and takes part in it.
    expect(sideband.of("session.created")).toEqual([]);
    expect(sideband.of("response.output_audio.delta")).toEqual([]);
    expect(sideband.of("output_audio_buffer.started").length).toBe(2);
    sideband.send({ type: "session.update", session: { type: "realtime", instructions: "From beside." } });
    await sideband.next("session.updated", sideband.of("session.updated").length + 1);
    expect(session.config.instructions).toBe("From beside.");
    sideband.write("Written beside.");
    await sideband.next("response.done", 3);
    expect(sideband.errors).toEqual([]);
    // Muted, the track carries silence.
    await page.evaluate(() => clients.mute(true));
    const before = session.input.durationMs;
    await page.waitForTimeout(1000);
    expect(session.input.durationMs - before).toBeGreaterThan(500);
    expect(Math.max(...session.input.samples24k().subarray(-6000).map(Math.abs))).toBeLessThan(0.001);
    await page.evaluate(() => clients.end());
    await expect.poll(() => session.closed !== null, { timeout: 20_000 }).toBe(true);
    await expect.poll(() => sideband.closed !== null, { timeout: 10_000 }).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("openai's OpenAIRealtimeWebRTC talks, is watched by @openai/agents-realtime, and is hung up by calls.hangup", async () => {
    const url = `${new URL(secure.baseURL).origin}/v1/realtime/calls`;
    const location = await page.evaluate(([address, key]) => clients.openaiRtc(address, key), [url, await secret()] as const);
    expect(location).toMatch(/^\/v1\/realtime\/calls\/rtc_/);
    const callId = location?.split("/").pop() ?? "";
    const transport = new OpenAIRealtimeSIP();
    const beside = new RealtimeSession(new RealtimeAgent({ name: "beside", instructions: "From beside." }), {
      transport,
      config: { audio: { input: { turnDetection: { type: "server_vad" } } } },
    });
    const errors: unknown[] = [];
    beside.on("error", ({ error }) => errors.push(error));
    await beside.connect({ apiKey: "sk-test", callId, url: `${secure.baseURL.replace("https", "wss")}/realtime?call_id=${callId}` });
    const { session, told } = await talk();
    expect(session.config.instructions).toBe("From beside.");
    expect(told.names).toContain("output_audio_buffer.started");
    expect(told.names).toContain("session.created");
    expect(beside.history).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }, { role: "assistant" }]);
    expect(errors).toEqual([]);
    await secure.client("sk-test").realtime.calls.hangup(callId);
    await expect.poll(() => session.closed !== null, { timeout: 20_000 }).toBe(true);
    await expect.poll(() => page.evaluate(() => clients.told().names.at(-1)), { timeout: 20_000 }).toMatch(/^closed/);
    await expect.poll(() => transport.status, { timeout: 10_000 }).toBe("disconnected");
    expect(complaints).toEqual([]);
  });
});
