/** Runs the benchmark: groups one after the other, a table after each, files at the end. In this Node, or in Chromium driven by it. */
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchOptions, HELP, parseBenchArgs, SUITES } from "./args.ts";
import type { Group } from "./measure/contender.ts";
import { openProcessLane } from "./measure/process-lane.ts";
import { type OpenLane, race } from "./measure/race.ts";
import { TOOLS } from "./native/tool.ts";
import { clock } from "./report/format.ts";
import { goalRows, judgeAll } from "./report/goals.ts";
import { Progress } from "./report/progress.ts";
import type { GroupResult, Results } from "./report/results.ts";
import { groupRows, textTable } from "./report/table.ts";
import { writeReports } from "./report/write.ts";
import { machine, toolVersion, versionsOf } from "./run-info.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const EFFORTS = {
  quick: { rounds: 9, batchMs: 3 },
  full: { rounds: 41, batchMs: 8 },
} as const;

/** One way to run: a folder of results. */
interface Venue {
  /** Name of its folder. */
  readonly name: string;
  readonly runtime: string;
  readonly clock: string;
  readonly groups: readonly Group[];
  readonly versions: Readonly<Record<string, string>>;
  readonly openLane: OpenLane;
  close?(): Promise<void>;
}

async function nodeVenue(): Promise<Venue> {
  const { groups } = await import("./kernels/index.ts");
  return {
    name: `node-${process.versions.node.split(".")[0]}`,
    runtime: `Node ${process.versions.node}`,
    clock: "CPU time of a process of its own for each contender, garbage collection included",
    groups,
    versions: { node: process.versions.node, ...Object.fromEntries(TOOLS.map(({ command, version }) => [command, toolVersion(command, version)])) },
    openLane: openProcessLane,
  };
}

async function chromiumVenues(): Promise<Venue[]> {
  const { startChromium } = await import("./chromium/browser-lane.ts");
  const { groups } = await import("./kernels/browser.ts");
  const chromium = await startChromium();
  return (["main", "worker"] as const).map((thread) => ({
    name: `chromium-${thread}`,
    runtime: `Chromium ${chromium.version}, ${thread === "main" ? "main thread" : "worker"}`,
    clock: `wall time in a page${thread === "main" ? "" : "'s worker"} of its own for each contender; browsers tell no CPU time`,
    groups,
    versions: { chromium: chromium.version },
    openLane: chromium.lanes(thread),
    ...(thread === "worker" ? { close: chromium.close } : {}),
  }));
}

/** Whole runs replace what is committed; everything else goes beside it, into folders that git ignores. */
function folderOf(options: BenchOptions, venue: Venue): string {
  const from = process.env.INIT_CWD ?? process.cwd();
  if (options.out !== undefined) return options.chromium ? join(resolve(from, options.out), venue.name) : resolve(from, options.out);
  const suffix = `${options.quick ? "-quick" : ""}${options.suites.length === SUITES.length ? "" : `-${options.suites.join("-")}`}`;
  return join(FOLDER, "results", `${venue.name}${suffix}`);
}

async function runVenue(options: BenchOptions, venue: Venue): Promise<void> {
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  const effort = options.quick ? "quick" : "full";
  const { rounds, batchMs } = { ...EFFORTS[effort], ...(options.rounds ? { rounds: options.rounds } : {}) };
  const chosen = venue.groups.filter((group) => options.suites.includes(group.suite) && !(options.quick && group.fullOnly));
  const info = {
    date: new Date().toISOString(),
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    runtime: venue.runtime,
    ...machine(),
    clock: venue.clock,
    rounds,
    batchMs,
    seed: options.seed,
    versions: { ...venue.versions, ...versionsOf(chosen.flatMap(({ contenders }) => contenders)) },
  };
  console.log(`${info.runtime}, ${info.cpu}, ${info.cores} cores, load ${info.load[0].toFixed(1)}; ${rounds} rounds of ${batchMs} ms\n`);
  const progress = new Progress(process.stderr);
  // Checking costs about the same for every contender, so they are what progress counts.
  const total = chosen.reduce((sum, { contenders }) => sum + contenders.length, 0);
  let before = 0;
  const finished: GroupResult[] = [];
  for (const group of chosen) {
    progress.group(before / total, group.title);
    const outcomes = await race(group, venue.openLane, {
      effort,
      rounds,
      batchMs,
      seed: options.seed,
      onProgress: (done, what) => progress.update((before + done * group.contenders.length) / total, `${group.title}: ${what}`),
    });
    before += group.contenders.length;
    const { id, suite, title, unit } = group;
    const figures = (group.figures ?? []).filter((name) => outcomes.some(({ quality }) => quality?.figures[name] !== undefined));
    const result: GroupResult = { id, suite, title, unit, figures, outcomes };
    finished.push(result);
    progress.clear();
    console.log(`${title}\n${textTable(groupRows(result), width)}\n`);
  }
  const results: Results = { info, groups: finished };
  const judgements = judgeAll(results);
  if (judgements.length > 0) console.log(`Goals\n${textTable(goalRows(judgements), width)}\n`);
  const folder = folderOf(options, venue);
  const files = await writeReports(results, folder);
  console.log(`${judgements.filter(({ met }) => met).length} of ${judgements.length} goals met. ${clock(progress.elapsedMs)}.`);
  console.log(`${files.length} files in ${relative(process.cwd(), folder) || "."}: ${files.join(", ")}.\n`);
}

async function main(): Promise<void> {
  const options = parseBenchArgs(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const venues = options.chromium ? await chromiumVenues() : [await nodeVenue()];
  try {
    for (const venue of venues) await runVenue(options, venue);
  } finally {
    for (const venue of venues) await venue.close?.();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
