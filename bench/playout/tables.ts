/** Results as rows of text. */
import { figure } from "../report/format.ts";
import type { Rows } from "../report/table.ts";
import type { PullCost } from "./cost.ts";
import type { Goal } from "./goals.ts";
import type { Interruption } from "./interruptions/interrupt.ts";
import type { Run } from "./judge.ts";
import type { Figures } from "./metrics/measure.ts";
import { CLOCK_CLIENTS } from "./players/clock-positions.ts";
import type { PlayerKind } from "./players/player.ts";
import type { Trace, TraceClass } from "./traces/trace.ts";

export const CLASS_TITLES: Readonly<Record<TraceClass, string>> = {
  burst: "Bursts: servers that run ahead",
  paced: "Paced: servers that send just in time",
  slow: "Slow: servers that cannot keep up, or only in steps",
  rtp: "RTP: packets that get lost and overtake each other",
};

/** Figures that are shown, and how those of several runs become one. */
const COLUMNS: readonly (readonly [name: keyof Figures, heading: string, how: "mean" | "sum" | "max"])[] = [
  ["startMs", "start", "mean"],
  ["gaps", "gaps", "sum"],
  ["gapMs", "gap ms", "sum"],
  ["longestGapMs", "longest", "max"],
  ["hardEdges", "hard edges", "sum"],
  ["clicks", "clicks", "sum"],
  ["missingMs", "missing ms", "sum"],
  ["repeatedMs", "repeated ms", "sum"],
  ["concealedMs", "concealed ms", "sum"],
  ["insertedMs", "inserted ms", "sum"],
  ["removedMs", "removed ms", "sum"],
  ["lagMs", "lag", "mean"],
  ["endLagMs", "end lag", "mean"],
];

/** Figures of several runs as one: means of start and lag, the longest gap, sums of the rest. */
export function combined(runs: readonly Run[]): Figures {
  const entries = COLUMNS.map(([name, , how]) => {
    const values = runs.map(({ figures }) => figures[name]);
    const sum = values.reduce((total, value) => total + value, 0);
    return [name, how === "max" ? Math.max(...values) : how === "mean" ? sum / values.length : sum];
  });
  return Object.fromEntries(entries) as Figures;
}

function cells(figures: Figures): string[] {
  return COLUMNS.map(([name]) => (Number.isNaN(figures[name]) ? "–" : name === "startMs" ? figures[name].toFixed(1) : figures[name].toFixed(0)));
}

/** A row per player over all runs of a class that it took part in. */
export function classRows(runs: readonly Run[], traces: readonly Trace[], players: readonly PlayerKind[], kind: TraceClass): Rows {
  const ids = new Set(traces.filter((trace) => trace.class === kind).map(({ id }) => id));
  const rows = players.flatMap((player) => {
    const own = runs.filter((run) => run.player === player.id && ids.has(run.trace));
    return own.length === 0 ? [] : [[player.label, ...cells(combined(own)), player.note]];
  });
  return [[`${ids.size} trace${ids.size === 1 ? "" : "s"}`, ...COLUMNS.map(([, heading]) => heading), "remarks"], ...rows];
}

/** A row per player of one trace. */
export function traceRows(runs: readonly Run[], trace: Trace, players: readonly PlayerKind[]): Rows {
  const rows = runs
    .filter((run) => run.trace === trace.id)
    .map((run) => [players.find(({ id }) => id === run.player)?.label ?? run.player, ...cells(run.figures), ""]);
  return [[trace.id, ...COLUMNS.map(([, heading]) => heading), ""], ...rows];
}

/** Goals, missed ones first. */
export function goalRows(goals: readonly Goal[]): Rows {
  const rows = [...goals]
    .sort((a, b) => Number(a.met) - Number(b.met))
    .map(({ title, value, limit, met }) => [title, figure(value), `<= ${figure(limit)}`, met ? "met" : "**not met**"]);
  return [["goal", "now", "asked", ""], ...rows];
}

/** A row per player over all scripts. */
export function interruptionRows(cuts: readonly Interruption[], players: readonly PlayerKind[]): Rows {
  const heading = [
    "player",
    "no position",
    "wrong item",
    "error median",
    "error max",
    "sound after median",
    "max",
    "old back, runs",
    "max ms",
    "next heard, least",
    "step median",
    "step max",
    "remarks",
  ];
  const rows = players.flatMap((player) => {
    const own = cuts.filter((cut) => cut.player === player.id);
    if (own.length === 0) return [];
    const errors = own.map(({ positionErrorMs }) => Math.abs(positionErrorMs));
    // Whoever has no player of his own has no sound that could be judged.
    const sound = (value: string) => (CLOCK_CLIENTS.includes(player) ? "–" : value);
    return [
      [
        player.label,
        String(own.filter(({ rightItem }) => rightItem === null).length),
        String(own.filter(({ rightItem }) => rightItem === false).length),
        at(errors, 0.5),
        at(errors, 1),
        sound(
          at(
            own.map(({ soundAfterMs }) => soundAfterMs),
            0.5,
          ),
        ),
        sound(
          at(
            own.map(({ soundAfterMs }) => soundAfterMs),
            1,
          ),
        ),
        sound(String(own.filter(({ oldBackMs }) => oldBackMs > 0).length)),
        sound(
          at(
            own.map(({ oldBackMs }) => oldBackMs),
            1,
          ),
        ),
        sound(
          `${at(
            own.map(({ nextHeardPercent }) => nextHeardPercent),
            0,
          )} %`,
        ),
        sound(
          at(
            own.map(({ stepRatio }) => stepRatio),
            0.5,
          ),
        ),
        sound(
          at(
            own.map(({ stepRatio }) => stepRatio),
            1,
          ),
        ),
        player.note,
      ],
    ];
  });
  return [heading, ...rows];
}

/** The value below which a part of `values` is; NaN does not count. */
function at(values: readonly number[], part: number): string {
  const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return known.length === 0 ? "–" : figure(known[Math.round((known.length - 1) * part)]);
}

/** A row per player, a column per length of the queue. */
export function costRows(costs: readonly PullCost[]): Rows {
  const lengths = [...new Set(costs.map(({ queuedSeconds }) => queuedSeconds))];
  const players = [...new Set(costs.map(({ player }) => player))];
  const of = (player: string, seconds: number) => costs.find((cost) => cost.player === player && cost.queuedSeconds === seconds)?.medianUs ?? Number.NaN;
  return [
    ["player", ...lengths.map((seconds) => `${seconds} s queued`), "ten minutes in one second's"],
    ...players.map((player) => [
      player === "azure" ? "whole-array copy (as Azure rag-audio)*" : player,
      ...lengths.map((seconds) => figure(of(player, seconds))),
      figure(of(player, 600) / of(player, 1)),
    ]),
  ];
}
