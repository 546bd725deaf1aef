/** What the tables say of the players, on scripts small enough to be followed by hand. */
import { expect, test } from "vitest";
import { interrupt } from "../interruptions/interrupt.ts";
import { SCENARIOS } from "../interruptions/scenarios.ts";
import { judge } from "../judge.ts";
import { loadTraces } from "../traces/load.ts";
import { PLAYERS } from "./index.ts";

const traces = loadTraces();
const player = (id: string) => PLAYERS.find((kind) => kind.id === id)!;
const run = async (trace: string, id: string) => (await judge(traces.find((one) => one.id === trace)!, player(id))).figures;
const cut = (scenario: string, id: string) => interrupt(SCENARIOS.find((one) => one.id === scenario)!, player(id));

test("a FIFO on a burst without a stall has no fault at all", async () => {
  const { startMs, lagMs, endLagMs, ...faults } = await run("burst3-ideal", "fifo");
  expect(Object.values(faults).every((value) => value === 0)).toBe(true);
  for (const ms of [startMs, lagMs, endLagMs]) expect(ms).toBeLessThan(5.4);
});

test("a FIFO is silent for what is missing of a black-out, and its lag ends there", async () => {
  const { gaps, gapMs, endLagMs, missingMs } = await run("burst3-blackout", "fifo");
  expect(gaps).toBe(1);
  expect(gapMs).toBeGreaterThan(740);
  expect(gapMs).toBeLessThan(760);
  expect(endLagMs).toBeCloseTo(gapMs, -1);
  expect(missingMs).toBe(0);
});

test("a run is the same twice", async () => {
  expect(await run("paced40-wifi", "sidetone")).toEqual(await run("paced40-wifi", "sidetone"));
});

test("wavtools runs its own code: a few percent are lost at 0.95x, and its position starts again at an underrun", async () => {
  const { missingMs } = await run("slow95-100", "wavtools");
  expect(missingMs / 40_000).toBeGreaterThan(0.02);
  expect(missingMs / 40_000).toBeLessThan(0.06);
  expect((await cut("burst-middle", "wavtools")).positionErrorMs).toBeCloseTo(-5.3, 1);
  expect((await cut("slow95", "wavtools")).positionErrorMs).toBeLessThan(-1000);
  expect((await cut("queued-first", "wavtools")).rightItem).toBe(false);
});

test("the clients stop as they are known to", async () => {
  expect((await cut("burst-middle", "elevenlabs")).soundAfterMs).toBeGreaterThan(300);
  expect((await cut("burst-middle", "hume")).soundAfterMs).toBeLessThan(31);
  expect((await cut("paused", "hume")).oldBackMs).toBeGreaterThan(0);
  expect((await cut("next-burst", "google")).nextHeardPercent).toBeLessThan(95);
  expect((await cut("burst-middle", "azure")).stepRatio).toBeGreaterThan(2);
  expect((await cut("stall-after", "pipecat")).positionErrorMs).toBeGreaterThan(390);
  expect((await cut("burst-received", "openai-agents")).rightItem).toBe(null);
});

test("a constant delay is silent for exactly what was lost, once it is longer than the jitter", async () => {
  const { gapMs, missingMs, repeatedMs } = await run("rtp20-loss5", "rtp-fixed120");
  const trace = traces.find(({ id }) => id === "rtp20-loss5")!;
  const lostMs = ((trace.mediaFrames - trace.arrivals.reduce((sum, { frames }) => sum + frames, 0)) * 1000) / trace.rate;
  expect(gapMs).toBeCloseTo(lostMs, -1);
  expect(missingMs).toBeCloseTo(lostMs, -1);
  expect(repeatedMs).toBe(0);
});
