/** Runs the benchmark in this Node: groups one after the other, a table after each, files at the end. */
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchOptions, HELP, parseBenchArgs } from "./args.ts";
import { groups } from "./kernels/index.ts";
import type { Group } from "./measure/contender.ts";
import { race } from "./measure/race.ts";
import { clock } from "./report/format.ts";
import { goalRows, judgeAll } from "./report/goals.ts";
import { Progress } from "./report/progress.ts";
import type { GroupResult, Results } from "./report/results.ts";
import { groupRows, textTable } from "./report/table.ts";
import { writeReports } from "./report/write.ts";
import { machine, versionsOf } from "./run-info.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const EFFORTS = {
  quick: { rounds: 9, batchMs: 3 },
  full: { rounds: 41, batchMs: 8 },
} as const;

/** Whole runs replace what is committed; everything else goes beside it, into folders that git ignores. */
function defaultFolder(options: BenchOptions, runtime: string): string {
  const whole = options.suites.length === new Set(groups.map(({ suite }) => suite)).size;
  const suffix = `${options.quick ? "-quick" : ""}${whole ? "" : `-${options.suites.join("-")}`}`;
  return join(FOLDER, "results", `${runtime}${suffix}`);
}

function wanted(options: BenchOptions): Group[] {
  return groups.filter((group) => options.suites.includes(group.suite) && !(options.quick && group.fullOnly));
}

async function main(): Promise<void> {
  const options = parseBenchArgs(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  const { rounds, batchMs } = { ...EFFORTS[options.quick ? "quick" : "full"], ...(options.rounds ? { rounds: options.rounds } : {}) };
  const chosen = wanted(options);
  const info = {
    date: new Date().toISOString(),
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    runtime: `Node ${process.versions.node}`,
    ...machine(),
    clock: "CPU time of a process of its own for each contender, garbage collection included",
    rounds,
    batchMs,
    seed: options.seed,
    versions: versionsOf(chosen.flatMap(({ contenders }) => contenders)),
  };
  console.log(`${info.runtime}, ${info.cpu}, ${info.cores} cores, load ${info.load[0].toFixed(1)}; ${rounds} rounds of ${batchMs} ms\n`);
  const progress = new Progress(process.stderr);
  // Checking costs about the same for every contender, so they are what progress counts.
  const total = chosen.reduce((sum, { contenders }) => sum + contenders.length, 0);
  let before = 0;
  const finished: GroupResult[] = [];
  for (const group of chosen) {
    progress.group(before / total, group.title);
    const outcomes = await race(group, {
      effort: options.quick ? "quick" : "full",
      rounds,
      batchMs,
      seed: options.seed,
      onProgress: (done, what) => progress.update((before + done * group.contenders.length) / total, `${group.title}: ${what}`),
    });
    before += group.contenders.length;
    const { id, suite, title, unit } = group;
    const result: GroupResult = { id, suite, title, unit, figures: group.figures ?? [], outcomes };
    finished.push(result);
    progress.clear();
    console.log(`${title}\n${textTable(groupRows(result), width)}\n`);
  }
  const results: Results = { info, groups: finished };
  const judgements = judgeAll(results);
  if (judgements.length > 0) console.log(`Goals\n${textTable(goalRows(judgements), width)}\n`);
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), options.out ?? defaultFolder(options, `node-${process.versions.node.split(".")[0]}`));
  const files = await writeReports(results, folder);
  console.log(`${judgements.filter(({ met }) => met).length} of ${judgements.length} goals met. ${clock(progress.elapsedMs)}.`);
  console.log(`${files.length} files in ${relative(process.cwd(), folder) || "."}: ${files.slice(0, 2).join(", ")}, charts.`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
