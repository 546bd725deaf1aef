/** The official clients in a real browser, each with a microphone that speaks, hears the echo, and speaks again over it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAI } from "@ai-sdk/openai";
import type { Emulator, SessionRecord } from "@sidetone/emulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { secureEmulator } from "../clients/support/secure.ts";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { spokenItems } from "../support/emulated.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { sequence, speech, writeSpeech } from "../support/speech.ts";
import type { ClientsPage, Told } from "./pages/clients.ts";

declare const clients: ClientsPage;

const MICROPHONE_RATE = 48_000;
const MODEL = "gpt-realtime-2.1";

describe("an official client in Chromium", () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  let complaints: string[];
  const emulators: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await servePage("clients.ts");
  });

  afterAll(() => server?.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sidetone-"));
    const wav = join(folder, "microphone.wav");
    const words = speech("speech-b", MICROPHONE_RATE);
    // The second utterance begins while the echo of the first would still be playing.
    writeSpeech(wav, sequence(MICROPHONE_RATE, 1000, words, 2500, words, 60_000), MICROPHONE_RATE);
    browser = await launchChromium({ microphone: wav, flags: ["--ignore-certificate-errors"] });
    ({ page, complaints } = await openPage(browser, server.origin));
  });

  afterEach(async () => {
    await browser?.close();
    await Promise.all(emulators.splice(0).map((one) => one.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function plain(): Promise<Emulator> {
    const emulator = await checkedEmulator({ apiKeys: ["sk-test"] });
    emulators.push(emulator);
    return emulator;
  }

  /** A client secret, as an application's server makes it. */
  async function secret(emulator: Emulator, httpUrl = emulator.httpUrl): Promise<string> {
    const headers = { authorization: "Bearer sk-test", "content-type": "application/json" };
    const body = JSON.stringify({ session: { type: "realtime", model: MODEL, instructions: "Pinned." } });
    const made = await fetch(`${httpUrl}/v1/realtime/client_secrets`, { method: "POST", headers, body });
    return ((await made.json()) as { value: string }).value;
  }

  /** Waits for both turns to be over, and checks what all clients have in common. */
  async function talk(emulator: Emulator): Promise<{ session: SessionRecord; told: Told }> {
    await expect.poll(() => emulator.sessions[0]?.log.of("response.done", "out").length ?? 0, { timeout: 60_000, interval: 100 }).toBe(2);
    await expect.poll(() => emulator.sessions[0]?.truncations.length, { timeout: 10_000 }).toBe(1);
    await page.waitForTimeout(300);
    const told = await page.evaluate(() => clients.told());
    const [session] = emulator.sessions;
    expect(told.errors).toEqual([]);
    expect(session.config.instructions).not.toBe("");
    const spoken = spokenItems(session);
    expect(spoken).toHaveLength(2);
    expect(session.truncations[0]).toMatchObject({ itemId: spoken[0].wire.id, contentIndex: 0 });
    expect(session.truncations[0].audioEndMs).toBeGreaterThan(500);
    expect(session.truncations[0].audioEndMs).toBeLessThanOrEqual(spoken[0].spoken?.sentMs ?? 0);
    // Page scripts that capture on the main thread lose a block now and then, so the echo is measured, not compared.
    for (const item of spoken) expect(item.spoken?.sentMs).toBeGreaterThan(2500);
    return { session, told };
  }

  async function end(session: SessionRecord): Promise<void> {
    await page.evaluate(() => clients.end());
    await expect.poll(() => session.closed !== null, { timeout: 10_000 }).toBe(true);
    expect(complaints).toEqual([]);
  }

  it("@openai/agents-realtime talks over WebSocket, with a client secret in the subprotocol", async () => {
    const emulator = await plain();
    const url = `${emulator.url}?model=${MODEL}`;
    await page.evaluate(([address, key]) => clients.agents(address, key), [url, await secret(emulator)] as const);
    const { session, told } = await talk(emulator);
    expect(session.config.instructions).toBe("Repeat.");
    expect(told.names.filter((name) => name === "audio_interrupted")).toHaveLength(1);
    expect(told.names.slice(0, 2)).toEqual(["agent_start", "audio_start"]);
    expect(told.audioBytes).toBe(spokenItems(session).reduce((total, { spoken }) => total + (spoken?.bytes().length ?? 0), 0));
    expect(told.history).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }, { role: "assistant" }]);
    await end(session);
  });

  it("openai's OpenAIRealtimeWebSocket talks over TLS, with a client secret in the subprotocol", async () => {
    const secure = await secureEmulator({ profile: {}, apiKeys: ["sk-test"] });
    emulators.push(secure);
    const key = await secret(secure.emulator, new URL(secure.baseURL).origin);
    await page.evaluate(([address, value]) => clients.openai(address, value), [secure.baseURL, key] as const);
    const { session, told } = await talk(secure.emulator);
    expect(session.config.instructions).toBe("Pinned.");
    expect(told.names).toContain("conversation.item.truncated");
    expect(told.audioBytes).toBe(spokenItems(session).reduce((total, { spoken }) => total + (spoken?.bytes().length ?? 0), 0));
    await end(session);
  });

  it("Vercel's session talks, plays, and stops playing when the user speaks", async () => {
    const emulator = await plain();
    const { experimental_realtime } = createOpenAI({ baseURL: `${emulator.httpUrl}/v1`, apiKey: "sk-test" });
    await page.route("**/setup", async (route) => {
      const { sessionConfig } = route.request().postDataJSON();
      const { token } = await experimental_realtime.getToken({ model: MODEL, sessionConfig });
      await route.fulfill({ json: { token, url: `${emulator.url}?model=${MODEL}` } });
    });
    await page.evaluate(() => clients.vercel("/setup"));
    const { session, told } = await talk(emulator);
    expect(told.names.slice(0, 2)).toEqual(["status connecting", "status connected"]);
    // Playing ends when the user speaks over it, and begins again with the second answer.
    expect(told.names.filter((name) => name === "playing").length).toBeGreaterThanOrEqual(2);
    const interrupted = told.names.lastIndexOf("speech-started");
    expect(told.names.slice(interrupted - 1, interrupted)).toEqual(["not playing"]);
    expect(told.history).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }, { role: "assistant" }]);
    await end(session);
  });
});
