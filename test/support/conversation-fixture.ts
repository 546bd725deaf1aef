/** One Chromium, one page, one emulator, one microphone file: what most browser tests start from. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Emulator, EmulatorOptions, SessionRecord } from "@sidetone/emulator";
import type { Browser, Page } from "playwright-core";
import { sequence } from "sidetone/testing";
import { checkedEmulator } from "./checked-emulator.ts";
import { launchChromium, openPage } from "./chromium.ts";
import { servePage } from "./page-server.ts";
import { writeSpeech } from "./speech.ts";

/** Rate of the fake microphone's file, in Hz. */
export const MICROPHONE_RATE = 48_000;

/** A page that is open and has not started a session yet. */
export interface ConversationFixture {
  readonly emulator: Emulator;
  readonly browser: Browser;
  readonly page: Page;
  /** What the page complained about. */
  readonly complaints: string[];
  /** The first session that the page opened. */
  readonly session: () => SessionRecord;
  close(): Promise<void>;
}

/** Opens the test page in a Chromium whose microphone says `parts` (silence in ms between them), preceded by a second and followed by a minute of silence. */
export async function openConversation(parts: (Float32Array | number)[], options: EmulatorOptions = {}): Promise<ConversationFixture> {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-"));
  const wav = join(folder, "microphone.wav");
  writeSpeech(wav, sequence(MICROPHONE_RATE, 1000, ...parts, 60_000), MICROPHONE_RATE);
  const [emulator, server, browser] = await Promise.all([
    checkedEmulator({ voice: "echo", ...options }),
    servePage("conversation.ts"),
    launchChromium({ microphone: wav }),
  ]);
  const { page, complaints } = await openPage(browser, server.origin);
  return {
    emulator,
    browser,
    page,
    complaints,
    session: () => emulator.sessions[0],
    async close() {
      await browser.close();
      await Promise.all([emulator.close(), server.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
