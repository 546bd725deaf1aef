/** The figures that Sidetone's playout has reached, and the run that compares: Sidetone and the FIFO it is measured by, on the committed traces, without a clock. */

import { readFileSync, writeFileSync } from "node:fs";
import type { JitterBufferOptions } from "@sidetone/core/playout";
import { type Evidence, type Goal, judgeGoals } from "./goals.ts";
import { interrupt } from "./interruptions/interrupt.ts";
import { SCENARIOS } from "./interruptions/scenarios.ts";
import { judge } from "./judge.ts";
import { lostOn, tenMinutes } from "./metrics/accounting.ts";
import { PLAYERS } from "./players/index.ts";
import { RATE } from "./players/player.ts";
import { bufferWith } from "./players/sidetone.ts";
import type { Trace } from "./traces/trace.ts";

const FILE = new URL("./regression.json", import.meta.url);

/** A held figure. */
export interface Held {
  readonly value: number;
  readonly tolerance: number;
}

/** Sidetone's and the FIFO's runs, the interruptions, and the count of samples. */
export async function gather(traces: readonly Trace[]): Promise<Evidence> {
  const [sidetone, fifo] = ["sidetone", "fifo"].map((id) => PLAYERS.find((player) => player.id === id)!);
  const runs = [];
  const fifoRuns = [];
  for (const trace of traces) {
    runs.push(await judge(trace, sidetone));
    if (trace.class !== "rtp") fifoRuns.push(await judge(trace, fifo));
  }
  const interruptions = [];
  for (const scenario of SCENARIOS) interruptions.push(await interrupt(scenario, sidetone));
  return { traces, runs, fifo: fifoRuns, interruptions, lostFrames: countLost(traces), costs: [] };
}

/** Frames lost on all streamed traces and of ten minutes at once. Lag is not caught up where the buffer lets it be, since that takes frames out on purpose. */
export function countLost(traces: readonly Trace[]): number {
  const options = { rate: RATE, ...(bufferWith({ catchUp: "none" }) ? { catchUp: "none" } : {}) } as JitterBufferOptions;
  return [...traces.filter((trace) => trace.class !== "rtp"), tenMinutes(RATE)].reduce((lost, trace) => lost + lostOn(trace, options).lostFrames, 0);
}

/** What is held. */
export function readRegression(): Record<string, Held> {
  return JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Held>;
}

/** Holds `goals` from now on. */
export function writeRegression(goals: readonly Goal[]): void {
  const held = goals.flatMap(({ id, value, tolerance }) => (tolerance === undefined ? [] : [[id, { value, tolerance }]]));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(held), null, 2)}\n`);
}

/** Sentences about figures that have become worse than is held, or that nobody measures any more. */
export function regressions(goals: readonly Goal[], held: Readonly<Record<string, Held>>): string[] {
  return Object.entries(held).flatMap(([id, { value, tolerance }]) => {
    const now = goals.find((goal) => goal.id === id);
    if (!now) return [`${id} is held at ${value}, but was not measured.`];
    return now.value > value + tolerance + 1e-9 ? [`${now.title}: ${now.value}; ${value} is held (+${tolerance}).`] : [];
  });
}

/** The goals of what {@link gather} finds. */
export async function presentGoals(traces: readonly Trace[]): Promise<Goal[]> {
  return judgeGoals(await gather(traces));
}
