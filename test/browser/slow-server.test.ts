/** A server that cannot keep up with speech: 0.95 of real time. A plain queue stops at every delta; here the reply is played a little slower, and never stops. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConversationFixture, MICROPHONE_RATE, openConversation } from "../support/conversation-fixture.ts";
import { call, recorded, waitForNote } from "../support/conversation-page.ts";
import { spokenItems, spokenSamples } from "../support/emulated.ts";
import { speech } from "../support/speech.ts";

const PACE = 0.95;
/** Digital silence that is a stop: a fade's quiet end is shorter. */
const STOP_MS = 4;
/** Stops that a machine may cause that is busy with something else; a queue that waits makes one for each of the 29 deltas. */
const MOST_STOPS = 1;

/** From the first sound to the last in ms, and the stops between them. */
function extent(samples: Float32Array, rate: number): { soundMs: number; stops: number } {
  const audible = (sample: number): boolean => Math.abs(sample) > 1e-5;
  const first = samples.findIndex(audible);
  const last = samples.findLastIndex(audible);
  let stops = 0;
  for (let i = first, silent = 0; i <= last; i++) {
    silent = audible(samples[i]) ? 0 : silent + 1;
    if (silent === Math.round((STOP_MS * rate) / 1000)) stops++;
  }
  return { soundMs: ((last - first) * 1000) / rate, stops };
}

describe("a server at 0.95 of real time", () => {
  let fixture: ConversationFixture;

  beforeAll(async () => {
    fixture = await openConversation([speech("speech-a", MICROPHONE_RATE)], { profile: { speedUp: PACE } });
    const { page } = fixture;
    expect(await call(page, "start", { url: fixture.emulator.url })).toBeNull();
    await waitForNote(page, "response.done", 1, 60_000);
    await page.waitForTimeout(2000);
  });

  afterAll(() => fixture?.close());

  it("is heard whole and without a stop, as much longer as the server took", async () => {
    const { page } = fixture;
    const rate = await call(page, "contextRate");
    const source = extent(spokenSamples(spokenItems(fixture.session())[0], rate), rate);
    const heard = extent(await recorded(page), rate);
    expect(source.stops).toBe(0);
    expect(heard.stops).toBeLessThanOrEqual(MOST_STOPS);
    // The last delta is played when it has come, whatever was inserted before: up to half a second of delay is kept.
    expect(heard.soundMs).toBeGreaterThan(source.soundMs + 100);
    expect(heard.soundMs).toBeLessThan(source.soundMs / PACE + 500);
  });

  it("is what the counters tell of", async () => {
    const { playout } = (await call(fixture.page, "snapshot"))?.stats ?? {};
    expect(playout?.underruns).toBeLessThanOrEqual(MOST_STOPS);
    expect(playout?.insertedSamplesForDeceleration).toBeGreaterThan(24 * 100);
    expect(playout).toMatchObject({ droppedFrames: 0, skippedFrames: 0, queuedFrames: 0, state: "idle" });
  });
});
