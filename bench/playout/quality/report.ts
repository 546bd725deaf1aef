/** A quality run as tables, for the terminal and for Markdown, and its files. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markdownTable, type Rows } from "../../report/table.ts";
import type { PlayedFigures } from "./as-played.ts";
import { CASES, type ConcealFigures } from "./conceal-table.ts";
import { METHODS } from "./concealers.ts";
import type { QualityGoal } from "./goals.ts";
import { CHANNELS } from "./loss.ts";
import { SPEEDS, type StretchFigures } from "./stretch-table.ts";

/** `quality.json`. Only CPU times depend on the machine. */
export interface QualityResults {
  readonly meta: {
    readonly date: string;
    readonly command: string;
    readonly runtime: string;
    readonly cpu: string;
    readonly takes: number;
    readonly seeds: number;
  };
  readonly stretchers: readonly { readonly id: string; readonly label: string; readonly version: string; readonly note: string; readonly skipped?: string }[];
  readonly stretch: readonly StretchFigures[];
  readonly conceal: readonly ConcealFigures[];
  readonly played: readonly PlayedFigures[];
  readonly goals: readonly QualityGoal[];
}

/** A titled table with the sentences before it. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly rows: Rows;
}

/** Every table of a run, goals first. */
export function sections(results: QualityResults): Section[] {
  const { meta, goals } = results;
  const all: Section[] = [
    { title: "Goals", text: `${goals.filter(({ met }) => met).length} of ${goals.length} met.`, rows: goalRows(goals) },
    {
      title: "Time stretch",
      text: `NSIM against the original with its time warped alike (1 is identical), found from the sound for everybody; both voices at 24 kHz, ${meta.takes} beginnings of each: mean, and from least to most. CPU is ms per second of audio, median and middle half, on the machine of the run; programs are not timed.`,
      rows: stretchRows(results),
    },
    ...CASES.map(({ rate, packetMs }) => ({
      title: `Concealment: ${rate / 1000} kHz, packets of ${packetMs} ms`,
      text: `Band distance in dB between what was lost and what was played: the first ${packetMs === 10 ? "20 ms of a loss, 10 where no more was lost" : "20 ms of a loss"}, both voices, ${meta.seeds} patterns; mean, and means from the least to the most of a pattern. "Against" is the mean difference to Appendix I over the same losses, with its standard error. "After" is the distance over the 10 ms that follow, which good audio is cross-faded into: what returns at once has none there, and a step.`,
      rows: concealRows(results.conceal.filter((one) => one.rate === rate && one.packetMs === packetMs)),
    })),
    {
      title: "As played",
      text: "Whole players in virtual time; NSIM of what came out against the source, warped to where the waveform and then the sound fit. For information.",
      rows: playedRows(results.played),
    },
  ];
  return all.filter(({ rows }) => rows.length > 1);
}

function goalRows(goals: readonly QualityGoal[]): Rows {
  return [
    ["goal", "wanted", "measured", "result"],
    ...goals.map(({ title, value, limit, atLeast, met }) => {
      const digits = atLeast ? 4 : 2;
      return [title, `${atLeast ? ">=" : "<="} ${limit.toFixed(digits)}`, value.toFixed(digits), met ? "met" : "missed"];
    }),
  ];
}

function stretchRows({ stretchers, stretch }: QualityResults): Rows {
  const rows = stretchers.map(({ id, label, version, note, skipped }) => {
    const own = SPEEDS.map(({ speed }) => stretch.find((one) => one.id === id && one.speed === speed));
    const cells = own.map((one) => (one ? `${one.nsim.toFixed(4)} (${one.least.toFixed(3)}–${one.most.toFixed(3)})` : "–"));
    const cpu = own.find((one) => one?.speed === 0.95)?.cpuMs;
    const name = [label, version].filter(Boolean).join(" ");
    return [name, ...cells, cpu ? `${cpu.median.toFixed(2)} (${cpu.p25.toFixed(2)}–${cpu.p75.toFixed(2)})` : "–", skipped ? `skipped: ${skipped}` : note];
  });
  return [["", ...SPEEDS.map(({ speed }) => String(speed)), "CPU at 0.95", "remarks"], ...rows];
}

function concealRows(figures: readonly ConcealFigures[]): Rows {
  const channels = CHANNELS.filter(({ id }) => figures.some(({ channel }) => channel === id));
  const methods = METHODS.filter(({ id }) => figures.some((one) => one.id === id));
  const heading = ["", ...channels.flatMap(({ title }) => [title, "against", "after"]), "remarks"];
  const rows = methods.map(({ id, label, note }) => {
    const cells = channels.flatMap((channel) => {
      const one = figures.find((figure) => figure.id === id && figure.channel === channel.id);
      if (!one) return ["–", "–", "–"];
      const against = id === "appendix-one" ? "0" : `${one.excess > 0 ? "+" : ""}${one.excess.toFixed(2)} ± ${one.error.toFixed(2)}`;
      return [`${one.distance.toFixed(2)} (${one.least.toFixed(1)}–${one.most.toFixed(1)})`, against, one.back.toFixed(2)];
    });
    return [label, ...cells, note];
  });
  return methods.length === 0 ? [heading] : [heading, ...rows];
}

function playedRows(played: readonly PlayedFigures[]): Rows {
  return [
    ["", "player", "NSIM", "where it sounds", "gaps ms", "copied to the sample"],
    ...played.map(({ title, player, nsim, sounding, gapMs, copied }) => {
      return [title, player, nsim.toFixed(4), sounding.toFixed(4), gapMs.toFixed(0), `${(100 * copied).toFixed(1)} %`];
    }),
  ];
}

/** Four digits after the point are all that means anything. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1e4) / 1e4 : value;
}

/** Writes quality.json and quality.md into `folder`. @returns their names. */
export async function writeQuality(results: QualityResults, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { date, command, runtime, cpu } = results.meta;
  const parts = [
    "# Quality of stretched and concealed speech",
    "Written by Sidetone's benchmark. `*`: written anew from a description, not anybody's own code.",
    `${date.slice(0, 10)}, \`${command}\`, ${runtime}, ${cpu}.`,
    ...sections(results).flatMap(({ title, text, rows }) => [`## ${title}`, text, markdownTable(rows)]),
  ];
  const files: [string, string][] = [
    ["quality.json", `${JSON.stringify(results, shorten)}\n`],
    ["quality.md", `${parts.join("\n\n")}\n`],
  ];
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return files.map(([name]) => name);
}
