/** Every stretcher at every speed: how near it stays to the original, and what it costs. */
import { nsim } from "../../../test/support/spectral.ts";
import { type Spread, spread } from "../../measure/statistics.ts";
import { follow, Grid } from "./follow.ts";
import { recording, STRETCH_RATE, type Take, takes, VOICES, type Voice } from "./material.ts";
import type { Stretcher } from "./stretcher.ts";

/** Speeds, slowest first, and whether they lie within what the jitter buffer does when nothing is urgent. */
export const SPEEDS: readonly { readonly speed: number; readonly goal: boolean }[] = [
  { speed: 0.85, goal: false },
  { speed: 0.9, goal: true },
  { speed: 0.95, goal: true },
  { speed: 1.05, goal: true },
  { speed: 1.1, goal: true },
  { speed: 1.15, goal: false },
];

/** Takes of each voice in a whole run, and repetitions for the clock. */
export const TAKES = 4;
const TIMED_ROUNDS = 3;

/** One stretcher at one speed. */
export interface StretchFigures {
  readonly id: string;
  readonly speed: number;
  /** Mean over takes; voices weigh alike. */
  readonly nsim: number;
  readonly least: number;
  readonly most: number;
  readonly byVoice: Readonly<Record<Voice, number>>;
  /** Length of what came out as a share of what was wanted. */
  readonly length: number;
  /** CPU time in ms per second of the source; null for programs. */
  readonly cpuMs: Spread | null;
}

const grids = new Map<Voice, Grid>();

/** A voice's spectra, made once. */
export function gridOf(voice: Voice): Grid {
  const grid = grids.get(voice) ?? new Grid(recording(voice, STRETCH_RATE), STRETCH_RATE);
  grids.set(voice, grid);
  return grid;
}

/** NSIM of a stretched take against the original, its time warped alike. */
export function stretchScore({ voice, offset }: Take, copy: Float32Array, speed: number): number {
  const grid = gridOf(voice);
  return nsim(
    grid.samples,
    copy,
    STRETCH_RATE,
    follow(grid, copy, (sample) => offset + sample * speed),
  );
}

/** What `stretcher` makes of all takes at `speed`. */
export async function measureStretch(stretcher: Stretcher, speed: number, count = TAKES): Promise<StretchFigures> {
  const scores: { voice: Voice; score: number }[] = [];
  let length = 0;
  const all = takes(count);
  for (const take of all) {
    const copy = await stretcher.stretch(take.samples, STRETCH_RATE, speed);
    scores.push({ voice: take.voice, score: stretchScore(take, copy, speed) });
    length += copy.length / (take.samples.length / speed) / all.length;
  }
  const byVoice = Object.fromEntries(VOICES.map((voice) => [voice, mean(scores.filter((one) => one.voice === voice).map(({ score }) => score))]));
  const values = scores.map(({ score }) => score);
  return {
    id: stretcher.id,
    speed,
    nsim: mean(values),
    least: Math.min(...values),
    most: Math.max(...values),
    byVoice: byVoice as Record<Voice, number>,
    length,
    cpuMs: stretcher.inProcess ? await cpuOf(stretcher, speed, all) : null,
  };
}

/** ms of CPU per second of the source; by now the code is warm. */
async function cpuOf(stretcher: Stretcher, speed: number, all: readonly Take[]): Promise<Spread> {
  const costs: number[] = [];
  for (let round = 0; round < TIMED_ROUNDS; round++) {
    for (const { samples } of all) {
      const before = process.cpuUsage();
      await stretcher.stretch(samples, STRETCH_RATE, speed);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1000 / (samples.length / STRETCH_RATE));
    }
  }
  return spread(costs);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
