/** The person speaks again while the reply plays; and the app interrupts. What the server is told must be what the recording shows. */
import type { Interruption } from "sidetone";
import { compare, correlate } from "sidetone/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConversationFixture, MICROPHONE_RATE, openConversation } from "../support/conversation-fixture.ts";
import { call, recorded, waitForNote } from "../support/conversation-page.ts";
import { spokenItems, spokenSamples } from "../support/emulated.ts";
import { speech } from "../support/speech.ts";

interface InterruptedNote {
  readonly interruption: Interruption;
  readonly latencyMs: number;
}

/** Where and how a cut shows in a recording, up to sample `before`. */
function findCut(source: Float32Array, recording: Float32Array, rate: number, before: number): { renderedMs: number; fadeMs: number } {
  const start = correlate(source.subarray(Math.round(rate * 0.2), Math.round(rate * 0.5)), recording, { to: before }).offset - Math.round(rate * 0.2);
  const window = Math.round(rate / 1000);
  const energy = (samples: Float32Array, at: number): number => {
    let sum = 0;
    for (let i = at; i < at + window; i++) sum += (samples[i] ?? 0) ** 2;
    return Math.sqrt(sum / window);
  };
  // From the last ms that is untouched to the first that is silent where the source is not.
  let intact = 0;
  let end = source.length;
  for (let at = Math.round(rate * 0.2); at + window < source.length; at += window) {
    const wanted = energy(source, at);
    if (wanted < 0.003) continue;
    const got = energy(recording, start + at);
    if (got > wanted * 0.97) intact = at + window;
    else if (got < wanted * 0.01) {
      end = at;
      break;
    }
  }
  return { renderedMs: (intact * 1000) / rate, fadeMs: ((end - intact) * 1000) / rate };
}

/** The last place at which `source` begins in `recording`, in samples. */
function lastPlace(source: Float32Array, recording: Float32Array, rate: number): number {
  const template = source.subarray(Math.round(rate * 0.2), Math.round(rate * 0.5));
  let place = correlate(template, recording);
  for (;;) {
    const later = correlate(template, recording, { from: place.offset + Math.round(rate / 2) });
    if (later.score < 0.9) return place.offset - Math.round(rate * 0.2);
    place = later;
  }
}

describe("interruption in Chromium", () => {
  let fixture: ConversationFixture;
  let recording: Float32Array;
  let rate: number;
  let cuts: InterruptedNote[];

  beforeAll(async () => {
    fixture = await openConversation([speech("speech-a", MICROPHONE_RATE), 2500, speech("speech-b", MICROPHONE_RATE)]);
    const { page } = fixture;
    expect(await call(page, "start", { url: fixture.emulator.url })).toBeNull();
    // The person's first words are answered, their next words cut that answer and are answered whole.
    await waitForNote(page, "response.done", 2, 40_000);
    await page.waitForTimeout(4500);
    // The app asks for a reply, interrupts it, and asks for the next.
    const ask = { type: "response.create" } as never;
    await call(page, "send", ask);
    await page.waitForTimeout(1000);
    await call(page, "interrupt");
    await page.waitForTimeout(300);
    await call(page, "send", ask);
    await waitForNote(page, "response.done", 4);
    await page.waitForTimeout(6000);
    recording = await recorded(page);
    rate = await call(page, "contextRate");
    cuts = (await call(page, "notes")).filter((note) => note.what === "interrupted").map((note) => note.detail as InterruptedNote);
  });

  afterAll(() => fixture?.close());

  it("interrupts once by speech and once by the app", () => {
    expect(cuts.map((cut) => [cut.interruption.reason, cut.interruption.items.map((item) => item.action)])).toEqual([
      ["speech_started", ["truncate"]],
      ["interrupt", ["truncate"]],
    ]);
    expect(fixture.complaints).toEqual([]);
  });

  for (const [index, name] of [
    [0, "speech"],
    [1, "interrupt()"],
  ] as const) {
    it(`tells the server what the recording shows, after ${name}`, () => {
      const { interruption, latencyMs } = cuts[index];
      const [item] = interruption.items;
      const spoken = spokenItems(fixture.session()).find((candidate) => candidate.wire.id === item.itemId);
      expect(spoken).toBeDefined();
      if (spoken === undefined) return;
      // The reply after interrupt() says the same as the one that was cut, so look for the cut one before it.
      const next = spokenSamples(spokenItems(fixture.session())[index * 2 + 1], rate);
      const { renderedMs, fadeMs } = findCut(spokenSamples(spoken, rate), recording, rate, lastPlace(next, recording, rate));
      expect(fadeMs).toBeLessThanOrEqual(30);
      expect(fadeMs).toBeGreaterThan(2);
      expect(latencyMs).toBeGreaterThan(5);
      expect(Math.abs(item.heardMs - (renderedMs - latencyMs))).toBeLessThanOrEqual(30);
      const truncation = fixture.session().truncations[index];
      expect(truncation).toMatchObject({ itemId: item.itemId, contentIndex: 0, audioEndMs: item.heardMs });
      expect(Number.isInteger(truncation.audioEndMs)).toBe(true);
    });
  }

  it("plays the replies after the cuts whole", () => {
    const items = spokenItems(fixture.session());
    expect(items).toHaveLength(4);
    for (const item of [items[1], items[3]]) {
      const source = spokenSamples(item, rate);
      // The cut reply before may begin with the same sound.
      const found = compare(source, recording, rate, Math.max(0, lastPlace(source, recording, rate) - Math.round(rate / 10)));
      expect(found.score).toBeGreaterThan(0.98);
      expect(found.drift).toBeLessThanOrEqual(1);
    }
  });

  it("marks the cut replies in the conversation", async () => {
    const conversation = (await call(fixture.page, "snapshot"))?.conversation ?? [];
    const replies = conversation.filter((entry) => entry.role === "assistant");
    expect(replies.map((entry) => entry.status)).toEqual(["interrupted", "done", "interrupted", "done"]);
    expect(replies[0].heardMs).toBe(cuts[0].interruption.items[0].heardMs);
  });
});
