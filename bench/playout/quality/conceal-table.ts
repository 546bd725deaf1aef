/** Every way to conceal on every channel: how far the first 20 ms of a loss are from what was lost, and how far the 10 ms after it are from what arrived. */
import { bandDistance } from "../../../test/support/spectral.ts";
import { METHODS, type Method } from "./concealers.ts";
import type { Channel } from "./loss.ts";
import { recording, VOICES } from "./material.ts";

/** Rates and packets that are measured. */
export const CASES: readonly { readonly rate: number; readonly packetMs: number }[] = [8000, 24000].flatMap((rate) =>
  [10, 20].map((packetMs) => ({ rate, packetMs })),
);
/** Patterns of each channel in a whole run. */
export const SEEDS = 40;

/** What is compared of a loss at most, from its first sample on; less where less was lost. */
const LOST_MS = 20;
/** What is compared after it: the way back. */
const RETURN_MS = 10;
/** Losses in pauses, by the RMS of what was lost, are not compared: there is nothing to hear. */
const LEAST_RMS = 0.01;
/** Packets before this have too little behind them. */
const SETTLED_MS = 80;

/** One method on one channel. */
export interface ConcealFigures {
  readonly id: string;
  readonly channel: string;
  readonly rate: number;
  readonly packetMs: number;
  /** Over what was lost, in dB, mean over losses. */
  readonly distance: number;
  /** Lowest and highest mean of a seed. */
  readonly least: number;
  readonly most: number;
  /** Mean difference to Appendix I over the same losses, in dB, and its standard error; below 0 is nearer. */
  readonly excess: number;
  readonly error: number;
  /** Over the 10 ms after a loss, in dB: what the way back does to good audio. */
  readonly back: number;
  readonly losses: number;
}

/** All methods on the losses of `seeds` patterns over both recordings. */
export function measureConcealment(channel: Channel, rate: number, packetMs: number, seeds = SEEDS, methods: readonly Method[] = METHODS): ConcealFigures[] {
  const packet = (rate * packetMs) / 1000;
  const after = (rate * RETURN_MS) / 1000;
  const tallies = methods.map((method) => ({ method, lost: [] as number[], back: [] as number[], seeds: [] as number[] }));
  for (let seed = 0; seed < seeds; seed++) {
    const before = tallies[0].lost.length;
    for (const voice of VOICES) {
      const source = recording(voice, rate);
      const pattern = channel.pattern(Math.floor(source.length / packet), `${channel.id} ${voice} ${seed}`);
      pattern.fill(false, 0, SETTLED_MS / packetMs);
      const holes = holesOf(pattern, packet).filter(({ start, end }) => isLoud(source, start, packet) && end + after <= pattern.length * packet);
      for (const { method, lost, back } of tallies) {
        const heard = method.conceal(source, rate, packet, pattern);
        for (const { start, end } of holes) {
          lost.push(bandDistance(source, heard, rate, start, Math.min(end - start, (rate * LOST_MS) / 1000)));
          back.push(bandDistance(source, heard, rate, end, after));
        }
      }
    }
    for (const tally of tallies) tally.seeds.push(mean(tally.lost.slice(before)));
  }
  const reference = tallies.find(({ method }) => method.id === "appendix-one")?.lost ?? [];
  return tallies.map(({ method, lost, back, seeds: means }) => {
    const excesses = lost.map((distance, i) => distance - reference[i]);
    const excess = mean(excesses);
    return {
      ...{ id: method.id, channel: channel.id, rate, packetMs },
      distance: mean(lost),
      least: Math.min(...means),
      most: Math.max(...means),
      excess,
      error: Math.sqrt(mean(excesses.map((value) => (value - excess) ** 2)) / Math.max(1, lost.length - 1)),
      back: mean(back),
      losses: lost.length,
    };
  });
}

/** Runs of lost packets, in frames. */
function holesOf(pattern: readonly boolean[], packet: number): { readonly start: number; readonly end: number }[] {
  const holes: { start: number; end: number }[] = [];
  for (let k = 0; k < pattern.length; k++) {
    if (!pattern[k]) continue;
    const start = k;
    while (pattern[k]) k++;
    holes.push({ start: start * packet, end: k * packet });
  }
  return holes;
}

function isLoud(source: Float32Array, start: number, length: number): boolean {
  let power = 0;
  for (let i = start; i < start + length; i++) power += source[i] * source[i];
  return Math.sqrt(power / length) >= LEAST_RMS;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
