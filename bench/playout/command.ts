/** `npm run bench -- playout`: every trace through every player, the interruptions, the cost; tables to the terminal, a report into a folder. Or a recorded session once more. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findInstalled } from "../installed.ts";
import { textTable } from "../report/table.ts";
import { PLAYOUT_HELP, type PlayoutOptions, parsePlayoutArgs } from "./args.ts";
import { measureCosts } from "./cost.ts";
import { judgeGoals } from "./goals.ts";
import { interrupt } from "./interruptions/interrupt.ts";
import { SCENARIOS } from "./interruptions/scenarios.ts";
import { judge, type Run } from "./judge.ts";
import { PLAYERS, plays } from "./players/index.ts";
import { RATE } from "./players/player.ts";
import { countLost, readRegression, regressions, writeRegression } from "./regression.ts";
import { reportReplay } from "./replay-report.ts";
import { type Report, writeReport } from "./report.ts";
import type { PlayoutResults } from "./results.ts";
import { sourceSpeech } from "./source.ts";
import { CLASS_TITLES, classRows, costRows, goalRows, interruptionRows, traceRows } from "./tables.ts";
import { loadTraces } from "./traces/load.ts";
import { lostFrames, type TraceClass } from "./traces/trace.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const SHOWN_ONE_BY_ONE = 3;

/** Runs what `argv` asks for. @throws {Error} with a sentence for people. */
export async function runPlayout(argv: readonly string[]): Promise<void> {
  if (argv[0] === "quality") return (await import("./quality/command.ts")).runQuality(argv.slice(1));
  const options = parsePlayoutArgs(argv);
  if (options.help) return console.log(PLAYOUT_HELP);
  if (options.replay !== undefined) return replayFile(options.replay, options.out);
  if (options.update && !options.whole) throw new Error("--update needs every trace and player: it cannot go with --quick, --trace or --player.");
  const runs = await runAll(options);
  const cuts = options.traces.length === loadTraces().length || options.quick ? await cutAll(options) : [];
  const costs = options.whole ? measureCosts() : [];
  const own = (id: string) => runs.filter(({ player }) => player === id);
  const lost = own("sidetone").length > 0 ? countLost(options.traces) : undefined;
  const goals = judgeGoals({ traces: options.traces, runs: own("sidetone"), fifo: own("fifo"), interruptions: cuts, lostFrames: lost, costs });
  const results: PlayoutResults = {
    meta: {
      date: new Date().toISOString(),
      command: ["npm run bench -- playout", ...argv].join(" "),
      runtime: `Node ${process.versions.node}`,
      versions: versions(),
    },
    traces: options.traces.map((trace) => ({ ...pick(trace), lostMs: (lostFrames(trace) * 1000) / trace.rate })),
    players: options.players.map(({ id, label, origin, rewritten, note }) => ({ id, label, origin, rewritten, note })),
    runs: runs.map(({ trace, player, figures }) => ({ trace, player, figures })),
    interruptions: cuts,
    costs,
    goals,
  };
  const report: Report = { results, traces: options.traces, players: options.players, runs };
  print(report, options);
  const folder = options.out
    ? resolve(userFolder(), options.out)
    : options.whole
      ? join(BENCH, "results", "playout")
      : join(BENCH, "..", ".sidetone", "bench", "playout");
  const files = await writeReport(report, folder);
  console.log(`${files.length} files in ${relative(process.cwd(), folder) || "."}: ${files.join(", ")}.`);
  if (options.update) {
    writeRegression(goals);
    console.log("These figures are held from now on (bench/playout/regression.json).");
  } else if (options.whole) {
    for (const sentence of regressions(goals, readRegression())) console.log(`WORSE than held: ${sentence}`);
  }
}

function pick({ id, title, class: kind, origin, note }: Report["traces"][number]): Omit<PlayoutResults["traces"][number], "lostMs"> {
  return { id, title, class: kind, origin, note };
}

async function runAll({ traces, players }: PlayoutOptions): Promise<Run[]> {
  const runs: Run[] = [];
  for (const [i, trace] of traces.entries()) {
    for (const kind of players) {
      if (!plays(kind, trace.class === "rtp")) continue;
      progress(`${i + 1}/${traces.length} ${trace.id}: ${kind.label}`);
      runs.push(await judge(trace, kind));
    }
  }
  progress();
  return runs;
}

async function cutAll({ players }: PlayoutOptions): Promise<PlayoutResults["interruptions"]> {
  const cuts = [];
  for (const kind of players) {
    if (kind.origin === "fixed" && kind.id !== "fifo") continue;
    progress(`interruptions: ${kind.label}`);
    for (const scenario of SCENARIOS) cuts.push(await interrupt(scenario, kind));
  }
  progress();
  return cuts;
}

function progress(what = ""): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

function print({ results, traces, players, runs }: Report, options: PlayoutOptions): void {
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  const show = (title: string, rows: readonly (readonly string[])[]) => {
    if (rows.length > 1) console.log(`${title}\n${textTable(rows, width)}\n`);
  };
  if (traces.length <= SHOWN_ONE_BY_ONE || players.every(({ origin }) => origin === "sidetone"))
    for (const trace of traces) show(trace.title, traceRows(runs, trace, players));
  for (const [kind, title] of Object.entries(CLASS_TITLES) as [TraceClass, string][]) show(title, classRows(runs, traces, players, kind));
  show("Interruptions", interruptionRows(results.interruptions, players));
  show("Cost of a pull, median us", costRows(results.costs));
  show(`Goals${options.whole ? "" : " (of those traces only)"}`, goalRows(results.goals));
}

function versions(): Record<string, string> {
  return Object.fromEntries(
    ["@sidetone/core", ...PLAYERS.flatMap(({ package: name }) => name ?? [])].map((name) => [name, findInstalled(name, [BENCH])?.version ?? "not installed"]),
  );
}

/** Where the user typed the command; npm changes the folder. */
function userFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

async function replayFile(file: string, out: string | undefined): Promise<void> {
  const name = basename(file).replace(/\.[^.]+$/, "");
  const { text, svg } = reportReplay(
    readFileSync(resolve(userFolder(), file), "utf8"),
    name,
    process.stdout.columns || Number.POSITIVE_INFINITY,
    spokenStandIn,
  );
  console.log(text);
  const folder = out ? resolve(userFolder(), out) : join(BENCH, "..", ".sidetone", "bench", "replay");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.svg`);
  await writeFile(path, svg);
  console.log(`Drawn in ${relative(process.cwd(), path)}.`);
}

/** Where audio was left out of a log, speech of the same length stands in, since levels and gaps do not depend on the words. */
function spokenStandIn(frames: number, start: number): Float32Array<ArrayBuffer> {
  const minute = sourceSpeech(RATE * 60, RATE);
  return Float32Array.from({ length: frames }, (_, i) => minute[(start + i) % minute.length] / 32768);
}
