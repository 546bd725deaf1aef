/** What Sidetone's playout shall reach, as figures of one run; those that do not depend on a clock are held by the regression file. */
import type { PullCost } from "./cost.ts";
import type { Interruption } from "./interruptions/interrupt.ts";
import type { Run } from "./judge.ts";
import type { Figures } from "./metrics/measure.ts";
import { lostBeyond, lostFrames, type Trace } from "./traces/trace.ts";

/** All that goals are taken from. */
export interface Evidence {
  readonly traces: readonly Trace[];
  /** Of Sidetone with its defaults. */
  readonly runs: readonly Run[];
  /** Of the naive FIFO: what some goals are measured by. */
  readonly fifo: readonly Run[];
  readonly interruptions: readonly Interruption[];
  /** Frames lost on any trace, to the sample. */
  readonly lostFrames: number | undefined;
  readonly costs: readonly PullCost[];
}

/** A figure and what it shall not exceed. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly value: number;
  readonly limit: number;
  readonly met: boolean;
  /** How much worse a later run may be before the regression test objects; undefined: not held, since a clock decides. */
  readonly tolerance: number | undefined;
}

interface Draft {
  readonly id: string;
  readonly title: string;
  readonly limit: number;
  readonly tolerance?: number;
  readonly value: number | undefined;
}

/** ITU-T G.711 Appendix I is silent after 60 ms, and next to it a little before. */
const AUDIBLE_CONCEALMENT_MS = 50;

/** The goals for which there is evidence. */
export function judgeGoals(evidence: Evidence): Goal[] {
  return drafts(evidence).flatMap(({ id, title, limit, tolerance, value }) =>
    value === undefined || Number.isNaN(value) ? [] : [{ id, title, value: rounded(value), limit: rounded(limit), met: value <= limit + 1e-9, tolerance }],
  );
}

function drafts(evidence: Evidence): Draft[] {
  const { traces, runs, fifo, interruptions, costs } = evidence;
  const kindOf = new Map(traces.map((trace) => [trace.id, trace.class]));
  const streamed = runs.filter(({ trace }) => kindOf.get(trace) !== "rtp");
  const of = (kind: string, from = runs) => from.filter(({ trace }) => kindOf.get(trace) === kind);
  const one = (id: string, from = runs) => from.find(({ trace }) => trace === id)?.figures;
  const starting = runs.filter(({ trace }) => kindOf.get(trace) === "burst" || /100/.test(trace));
  const pacedGap = sum(of("paced"), gapAndConcealed);
  const fifoGap = sum(of("paced", fifo), gapAndConcealed) ?? Number.NaN;
  const own = interruptions.filter(({ player }) => player === "sidetone");
  const costAt = (seconds: number) => costs.find(({ player, queuedSeconds }) => player === "sidetone" && queuedSeconds === seconds)?.medianUs;
  const growth = costAt(600) === undefined ? undefined : costAt(600)! / costAt(1)!;
  const lossy = traces.filter(({ id }) => id === "rtp20-loss5" || id === "rtp20-burstloss");
  const lossyRuns = runs.filter(({ trace }) => lossy.some(({ id }) => id === trace));
  const rtp = of("rtp");
  const lostMs = lossy.reduce((total, trace) => total + (lostFrames(trace) * 1000) / trace.rate, 0);
  return [
    {
      id: "start",
      title: "start after the first delta, bursts and 100 ms chunks, at most (ms)",
      limit: 6,
      tolerance: 0.5,
      value: max(starting, ({ startMs }) => startMs),
    },
    { id: "hard-edges", title: "hard edges, all streamed traces", limit: 0, tolerance: 0, value: sum(streamed, ({ hardEdges }) => hardEdges) },
    { id: "clicks", title: "clicks, all streamed traces", limit: 5, tolerance: 1, value: sum(streamed, ({ clicks }) => clicks) },
    { id: "lost", title: "frames lost, all streamed traces and ten minutes at once, to the sample", limit: 0, tolerance: 0, value: evidence.lostFrames },
    { id: "missing", title: "missing, all streamed traces, by waveform (ms)", limit: 20, tolerance: 10, value: sum(streamed, ({ missingMs }) => missingMs) },
    { id: "slow-gaps", title: "gaps, slow class", limit: 2, tolerance: 0, value: sum(of("slow"), ({ gaps }) => gaps) },
    { id: "slow-gap-ms", title: "gaps, slow class (ms)", limit: 2100, tolerance: 30, value: sum(of("slow"), ({ gapMs }) => gapMs) },
    ...["slow95-100", "slow95-40", "slow-cadence480"].flatMap((id): Draft[] => [
      { id: `${id}-gaps`, title: `gaps, ${id}`, limit: 0, tolerance: 0, value: one(id)?.gaps },
      { id: `${id}-concealed`, title: `concealed, ${id} (ms)`, limit: 120, tolerance: 15, value: one(id)?.concealedMs },
    ]),
    ...(
      [
        ["tcp-paced40-clean", 110],
        ["tcp-paced40-loss1", 135],
      ] as const
    ).flatMap(([id, lagMs]): Draft[] => [
      { id: `${id}-gaps`, title: `gaps, ${id}`, limit: 0, tolerance: 0, value: one(id)?.gaps },
      { id: `${id}-lag`, title: `mean lag, ${id} (ms)`, limit: lagMs, tolerance: 8, value: one(id)?.lagMs },
    ]),
    {
      id: "paced-gap-ms",
      title: "gap and concealment, paced class (ms), three quarters of a FIFO's",
      limit: fifoGap * 0.75,
      tolerance: 60,
      value: none(fifo) ?? pacedGap,
    },
    {
      id: "paced-lag",
      title: "mean lag, paced class (ms), no more than 20 ms above a FIFO's",
      limit: mean(of("paced", fifo), ({ lagMs }) => lagMs) + 20,
      tolerance: 8,
      value: none(fifo) ?? mean(of("paced"), ({ lagMs }) => lagMs),
    },
    {
      id: "blackout-silence",
      title: "longest silence, burst with a black-out of 1.5 s (ms)",
      limit: 520,
      tolerance: 15,
      value: one("burst3-blackout")?.longestGapMs,
    },
    {
      id: "blackout-lag",
      title: "end lag, burst with a black-out (ms), no more than a FIFO's",
      limit: (one("burst3-blackout", fifo)?.endLagMs ?? Number.NaN) + 1,
      tolerance: 5,
      value: none(fifo) ?? one("burst3-blackout")?.endLagMs,
    },
    {
      id: "rtp-concealed",
      title: "gap and concealment, RTP with losses (ms), no more than 1.15 of what was lost",
      limit: lostMs * 1.15,
      tolerance: 60,
      value: sum(lossyRuns, gapAndConcealed),
    },
    {
      id: "rtp-missing",
      title: "missing and played twice, RTP (ms), no more than what is lost beyond the first 50 ms of a hole, and 100",
      limit:
        traces.filter((trace) => trace.class === "rtp").reduce((total, trace) => total + (lostBeyond(trace, AUDIBLE_CONCEALMENT_MS) * 1000) / trace.rate, 0) +
        100,
      tolerance: 60,
      value: sum(rtp, ({ missingMs, repeatedMs }) => missingMs + repeatedMs),
    },
    { id: "rtp-hard-edges", title: "hard edges, RTP", limit: 0, tolerance: 5, value: sum(rtp, ({ hardEdges }) => hardEdges) },
    {
      id: "position",
      title: "position error at a cut, at most (ms)",
      limit: 6,
      tolerance: 1,
      value: most(own, ({ positionErrorMs }) => Math.abs(positionErrorMs)),
    },
    {
      id: "wrong-item",
      title: "cuts without a position, or with the wrong item's",
      limit: 0,
      tolerance: 0,
      value: own.length === 0 ? undefined : own.filter(({ rightItem }) => rightItem !== true).length,
    },
    { id: "silence-after-cut", title: "sound after a cut, at most (ms)", limit: 16, tolerance: 2, value: most(own, ({ soundAfterMs }) => soundAfterMs) },
    { id: "cut-step", title: "step at a cut, at most (1: normal speech)", limit: 2.1, tolerance: 0.2, value: most(own, ({ stepRatio }) => stepRatio) },
    { id: "old-back", title: "old audio back after a cut (ms)", limit: 0, tolerance: 0, value: most(own, ({ oldBackMs }) => oldBackMs) },
    {
      id: "next-missed",
      title: "next response 40 ms after the cut, not heard at most (%)",
      limit: 0,
      tolerance: 0,
      value: most(
        own.filter(({ nextHeardPercent }) => !Number.isNaN(nextHeardPercent)),
        ({ nextHeardPercent }) => 100 - nextHeardPercent,
      ),
    },
    { id: "pull", title: "pull of 128 frames, ten minutes queued, median (us)", limit: 50, value: costAt(600) },
    { id: "pull-growth", title: "pull with ten minutes queued, in those with one second", limit: 2, value: growth },
  ];
}

function gapAndConcealed({ gapMs, concealedMs }: Figures): number {
  return gapMs + concealedMs;
}

/** Goals that need a FIFO beside them have no value without one. */
function none(fifo: readonly Run[]): number | undefined {
  return fifo.length === 0 ? Number.NaN : undefined;
}

function sum(runs: readonly Run[], of: (figures: Figures) => number): number | undefined {
  return runs.length === 0 ? undefined : runs.reduce((total, { figures }) => total + of(figures), 0);
}

function mean(runs: readonly Run[], of: (figures: Figures) => number): number {
  return runs.reduce((total, { figures }) => total + of(figures), 0) / runs.length;
}

function max(runs: readonly Run[], of: (figures: Figures) => number): number | undefined {
  return runs.length === 0 ? undefined : Math.max(...runs.map(({ figures }) => of(figures)));
}

function most(cuts: readonly Interruption[], of: (cut: Interruption) => number): number | undefined {
  const values = cuts.map(of).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? undefined : Math.max(...values);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
