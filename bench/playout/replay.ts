/**
 * A recorded session as a picture: its log is played again (`replayPlayout`), and on the way looked at every 20 ms. No clock takes part, so what is heard is what was heard, to the sample.
 */
import { type PlayoutLog, type PlayoutStats, replayPlayout } from "@sidetone/core/playout";
import type { Timeline } from "./judge.ts";
import { QUANTUM } from "./players/player.ts";

/** What came of it. */
export interface Replay {
  readonly timeline: Timeline;
  readonly output: Float32Array;
  readonly flushes: readonly {
    readonly atMs: number;
    readonly items: readonly { readonly itemId: string; readonly heardMs: number; readonly totalMs: number }[];
  }[];
  readonly stats: Readonly<PlayoutStats>;
}

const STEP_MS = 20;

/** Replays `log`. */
export function replay(log: PlayoutLog): Replay {
  const { rate, inputs } = log;
  const ms = (frames: number) => (frames * 1000) / rate;
  const stepFrames = Math.round((STEP_MS * rate) / 1000);
  const output = new Float32Array(inputs.at(-1)?.at ?? 0);
  const timeline = {
    stepMs: STEP_MS,
    arrivedMs: [] as number[],
    playedMs: [] as number[],
    levelMs: [] as number[],
    targetMs: [] as number[],
    gapsMs: [] as [number, number][],
  };
  const flushes: Replay["flushes"][number][] = [];
  let arrived = 0;
  let beganFrames = -1;
  const buffer = replayPlayout(
    log,
    {
      input({ do: verb, at, samples }, _, report) {
        if (verb === "insert" && beganFrames < 0) beganFrames = at;
        arrived += samples?.length ?? 0;
        if (report !== null) flushes.push({ atMs: ms(at), items: report.items.map(({ itemId, heardMs, totalMs }) => ({ itemId, heardMs, totalMs })) });
      },
      pulled(samples, { pulledFrames, stats }) {
        output.set(samples, pulledFrames - samples.length);
        if (beganFrames < 0 || pulledFrames - beganFrames < timeline.levelMs.length * stepFrames) return;
        timeline.arrivedMs.push(ms(arrived));
        // What was cut counts as gone: the line shows what is no longer owed.
        timeline.playedMs.push(ms(arrived - stats.queuedFrames));
        timeline.levelMs.push(ms(stats.queuedFrames));
        timeline.targetMs.push(stats.targetMs);
      },
    },
    QUANTUM,
  );
  timeline.gapsMs = silences(output, beganFrames, rate);
  return { timeline, output, flushes, stats: { ...buffer.stats } };
}

/** Digital silence between sounds, in ms from `began` on. */
function silences(output: Float32Array, began: number, rate: number): [number, number][] {
  const found: [number, number][] = [];
  let silentFrom = -1;
  for (let i = Math.max(0, began), sounded = false; i < output.length; i++) {
    if (output[i] === 0) {
      if (sounded && silentFrom < 0) silentFrom = i;
      continue;
    }
    if (silentFrom >= 0 && i - silentFrom >= rate / 1000) found.push([((silentFrom - began) * 1000) / rate, ((i - began) * 1000) / rate]);
    sounded = true;
    silentFrom = -1;
  }
  return found;
}
