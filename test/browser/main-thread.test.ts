/** Nothing on the audio path crosses the main thread: the page is blocked for two seconds while the person speaks, and again while the reply plays. */

import { compare } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConversationFixture, MICROPHONE_RATE, openConversation } from "../support/conversation-fixture.ts";
import { call, recorded, waitForNote } from "../support/conversation-page.ts";
import { spokenItems, spokenSamples } from "../support/emulated.ts";
import { speech } from "../support/speech.ts";

const BLOCK_MS = 2000;

describe("a blocked page", () => {
  let fixture: ConversationFixture;
  const blocks: { from: number; to: number }[] = [];

  beforeAll(async () => {
    // The server sends at twice real time, so that the reply has to arrive during the block, and a busy machine has some lead.
    fixture = await openConversation([speech("speech-a", MICROPHONE_RATE)], { profile: { speedUp: 2 } });
    const { page } = fixture;
    expect(await call(page, "start", { url: fixture.emulator.url })).toBeNull();
    const block = async (): Promise<void> => {
      const from = fixture.session().input.appends.length;
      await call(page, "block", BLOCK_MS);
      blocks.push({ from, to: fixture.session().input.appends.length });
    };
    await page.waitForTimeout(3000);
    await block();
    await waitForNote(page, "response.output_audio.delta");
    await page.waitForTimeout(500);
    await block();
    await waitForNote(page, "response.done", 1, 40_000);
    await page.waitForTimeout(5000);
  });

  afterAll(() => fixture?.close());

  it("goes on sending at its pace", () => {
    const { appends } = fixture.session().input;
    for (const { from, to } of blocks) {
      expect(to - from).toBeGreaterThan((BLOCK_MS / 20) * 0.6);
      const gaps = appends.slice(from, to).map((append, i) => (i === 0 ? 0 : append.atMs - appends[from + i - 1].atMs));
      // If packets crossed the page they would all come after the block; a machine that is busy with something else may hold one up for a while.
      expect(Math.max(...gaps)).toBeLessThan(BLOCK_MS * 0.75);
    }
  });

  it("loses nothing of what the person says", () => {
    const found = compare(speech("speech-a", 24_000), fixture.session().input.samples24k(), 24_000);
    expect(found.score).toBeGreaterThan(0.95);
    expect(found.drift).toBeLessThanOrEqual(1);
  });

  it("plays the reply without a gap", async () => {
    const rate = await call(fixture.page, "contextRate");
    const found = compare(spokenSamples(spokenItems(fixture.session())[0], rate), await recorded(fixture.page), rate);
    expect(found.score).toBeGreaterThan(0.98);
    expect(found.drift).toBeLessThanOrEqual(1);
    expect((await call(fixture.page, "snapshot"))?.stats).toMatchObject({ underruns: 0, packetsLost: 0, packetsDropped: 0 });
  });
});
