/** A person speaks into a microphone, the server answers with their own words, and both ways are compared sample by sample. */

import { compare } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConversationFixture, MICROPHONE_RATE, openConversation } from "../support/conversation-fixture.ts";
import { call, recorded, waitForNote } from "../support/conversation-page.ts";
import { spokenItems, spokenSamples } from "../support/emulated.ts";
import { speech } from "../support/speech.ts";

describe("a conversation in Chromium", () => {
  let fixture: ConversationFixture;

  beforeAll(async () => {
    fixture = await openConversation([speech("speech-b", MICROPHONE_RATE)]);
    expect(await call(fixture.page, "start", { url: fixture.emulator.url })).toBeNull();
    await waitForNote(fixture.page, "response.done");
    await fixture.page.waitForTimeout(4500);
  });

  afterAll(() => fixture?.close());

  it("brings every packet of the microphone to the server", async () => {
    const snapshot = await call(fixture.page, "snapshot");
    expect(snapshot?.stats).toMatchObject({ packetsLost: 0, packetsDropped: 0, malformedEvents: 0 });
    const found = compare(speech("speech-b", 24_000), fixture.session().input.samples24k(), 24_000);
    // Whether samples are missing, or are others, shows in the offset and the drift: a failure names them all.
    const how = JSON.stringify(found);
    expect(found.drift, how).toBeLessThanOrEqual(1);
    expect(found.score, how).toBeGreaterThan(0.95);
    expect(found.pieces, how).toBeGreaterThan(6);
  });

  it("renders every sample of the reply, without a gap", async () => {
    const rate = await call(fixture.page, "contextRate");
    const found = compare(spokenSamples(spokenItems(fixture.session())[0], rate), await recorded(fixture.page), rate);
    expect(found.score).toBeGreaterThan(0.98);
    expect(found.drift).toBeLessThanOrEqual(1);
    expect(found.pieces).toBeGreaterThan(6);
  });

  it("keeps books that agree with what happened", async () => {
    const snapshot = await call(fixture.page, "snapshot");
    const [item] = spokenItems(fixture.session());
    expect(snapshot).toMatchObject({ state: "open", error: null, userSpeaking: false, agentSpeaking: false });
    expect(snapshot?.conversation).toMatchObject([
      { role: "user", status: "done" },
      { role: "assistant", status: "done", id: item.wire.id, heardMs: null },
    ]);
    expect(snapshot?.stats).toMatchObject({ underruns: 0, interruptions: 0, lateDeltas: 0, playedMs: item.spoken?.sentMs, receivedMs: item.spoken?.sentMs });
    expect(snapshot?.stats?.responseLatencyMs).toBeGreaterThan(500);
    expect(snapshot?.stats?.responseLatencyMs).toBeLessThan(2500);
    expect(fixture.complaints).toEqual([]);
  });

  it("sends silence while muted, and the voice again after that", async () => {
    const { page } = fixture;
    await call(page, "mute");
    const before = fixture.session().input.appends.length;
    await page.waitForTimeout(1000);
    expect(fixture.session().input.appends.length - before).toBeGreaterThan(30);
    const heard = fixture.session().input.samples24k().subarray(-12_000);
    expect(Math.max(...heard.map(Math.abs))).toBe(0);
    await call(page, "unmute");
    expect((await call(page, "snapshot"))?.muted).toBe(false);
  });

  it("closes cleanly", async () => {
    await call(fixture.page, "close");
    expect((await call(fixture.page, "snapshot"))?.state).toBe("closed");
    await expect.poll(() => fixture.session().closed?.code).toBe(1000);
    expect(fixture.complaints).toEqual([]);
  });
});
