/** Runs as rows of text: by class of trace, and one by one. */
import type { Rows } from "../report/table.ts";
import type { Run } from "./judge.ts";
import type { Figures } from "./metrics/measure.ts";
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
