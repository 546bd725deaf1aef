/** `npm run bench -- playout`: every trace through every player, then the tables. */
import { textTable } from "../report/table.ts";
import { PLAYOUT_HELP, parsePlayoutArgs } from "./args.ts";
import { judge, type Run } from "./judge.ts";
import { CLASS_TITLES, classRows, traceRows } from "./tables.ts";
import type { TraceClass } from "./traces/trace.ts";

const SHOWN_ONE_BY_ONE = 3;

/** Runs what `argv` asks for. @throws {Error} with a sentence for people. */
export async function runPlayout(argv: readonly string[]): Promise<void> {
  if (argv[0] === "quality") return (await import("./quality/command.ts")).runQuality(argv.slice(1));
  const options = parsePlayoutArgs(argv);
  if (options.help) return console.log(PLAYOUT_HELP);
  const runs: Run[] = [];
  for (const [i, trace] of options.traces.entries()) {
    for (const kind of options.players) {
      if (trace.class === "rtp" && !kind.rtp) continue;
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${i + 1}/${options.traces.length} ${trace.id}: ${kind.label}`);
      runs.push(await judge(trace, kind));
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  if (options.traces.length <= SHOWN_ONE_BY_ONE || options.players.every(({ origin }) => origin === "sidetone")) {
    for (const trace of options.traces) console.log(`${textTable(traceRows(runs, trace, options.players), width)}\n`);
  }
  for (const [kind, title] of Object.entries(CLASS_TITLES) as [TraceClass, string][]) {
    const rows = classRows(runs, options.traces, options.players, kind);
    if (rows.length > 1) console.log(`${title}\n${textTable(rows, width)}\n`);
  }
}
