/** The report of a run: results.json, report.md and timelines. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markdownTable, type Rows } from "../report/table.ts";
import type { Run } from "./judge.ts";
import type { PlayerKind } from "./players/player.ts";
import type { PlayoutResults } from "./results.ts";
import { CLASS_TITLES, classRows, costRows, goalRows, interruptionRows, traceRows } from "./tables.ts";
import { type Trail, timelineChart } from "./timeline-chart.ts";
import type { Trace, TraceClass } from "./traces/trace.ts";

/** Everything of a run, timelines included. */
export interface Report {
  readonly results: PlayoutResults;
  readonly traces: readonly Trace[];
  readonly players: readonly PlayerKind[];
  readonly runs: readonly Run[];
}

/** Traces that are drawn, and from when to when. */
const DRAWN: readonly (readonly [id: string, fromMs: number, toMs: number])[] = [
  ["burst3-blackout", 0, 6000],
  ["paced40-stall400", 6000, 20_000],
  ["tcp-paced40-loss1", 0, 6000],
  ["tcp-paced40-wifi", 8000, 16_000],
  ["slow95-100", 0, 10_000],
  ["slow-cadence480", 0, 12_000],
  ["rtp20-burstloss", 0, 8000],
];

/** Whom Sidetone is drawn with. */
const BESIDE: readonly (readonly [id: string, className: string])[] = [
  ["sidetone", "sidetone"],
  ["wavtools", "client"],
  ["rtp-fixed60", "client"],
];

/** A heading, a paragraph, a table. */
function tables({ results, traces, players, runs }: Report): string[] {
  const parts: string[] = [];
  const add = (title: string, rows: Rows, ...before: string[]) => {
    if (rows.length > 1) parts.push(title, ...before, markdownTable(rows));
  };
  const met = results.goals.filter((goal) => goal.met).length;
  add("## Goals", goalRows(results.goals), `${met} of ${results.goals.length} met, by Sidetone with its defaults.`);
  for (const [kind, title] of Object.entries(CLASS_TITLES) as [TraceClass, string][]) {
    const note = kind === "rtp" ? ` Lost on the way: ${results.traces.reduce((sum, { lostMs }) => sum + lostMs, 0).toFixed(0)} ms.` : "";
    add(
      `## ${title}`,
      classRows(runs, traces, players, kind),
      `Means of start and lag, the longest gap, sums of the rest, in ms. Lag 0 is immediate playback without a gap.${note}`,
    );
  }
  add("## Interruptions", interruptionRows(results.interruptions, players), "Truth is what was rendered, by waveform.");
  add("## Cost of a pull", costRows(results.costs), "Median of 128 frames in us, on the machine of the run.");
  parts.push("## Every trace");
  for (const trace of traces) add(`### ${trace.id}: ${trace.title}`, traceRows(runs, trace, players), `${trace.origin}. ${trace.note}`);
  return parts;
}

/** The timelines that the run has material for. */
export function timelines({ traces, players, runs }: Report): { name: string; title: string; svg: string }[] {
  return DRAWN.flatMap(([id, fromMs, toMs]) => {
    const trace = traces.find((one) => one.id === id);
    const trails = BESIDE.flatMap(([player, className]): Trail[] => {
      const run = runs.find((one) => one.trace === id && one.player === player);
      return run ? [{ label: players.find((one) => one.id === player)?.label ?? player, className, timeline: run.timeline }] : [];
    });
    if (!trace || trails.length === 0) return [];
    const subtitle = "ms ahead of immediate playback (above 0) or behind it (below); red bands: silence in Sidetone's output";
    return [{ name: `${id}.svg`, title: trace.title, svg: timelineChart(trace.title, subtitle, trails, fromMs, toMs) }];
  });
}

/** Hundredths of a ms are finer than any figure means; NaN has no JSON. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === "number" ? (Number.isNaN(value) ? null : Math.round(value * 100) / 100) : value;
}

/** Writes the report into `folder`. @returns the names of its files. */
export async function writeReport(report: Report, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { meta } = report.results;
  const charts = timelines(report);
  const heading = [
    "# Playout on arrival traces",
    "Written by Sidetone's benchmark, in virtual time: every run gives the same, but for the cost of a pull. How it measures stands in the README of `bench/playout`. `*`: written anew from a released version's behaviour, not its own code.",
    `${meta.date.slice(0, 10)}, \`${meta.command}\`, ${meta.runtime}; ${Object.entries(meta.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
  ];
  const pictures = charts.length === 0 ? [] : ["## Timelines", ...charts.map(({ name, title }) => `![${title}](${name})`)];
  const files: [string, string][] = [
    ["results.json", `${JSON.stringify(report.results, shorten)}\n`],
    ["report.md", `${[...heading, ...tables(report), ...pictures].join("\n\n")}\n`],
    ...charts.map(({ name, svg }): [string, string] => [name, svg]),
  ];
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return files.map(([name]) => name);
}
