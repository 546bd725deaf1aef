/**
 * `npm run bench`: the benchmark from its sources, in the workspace. Whole runs replace what is committed; all others go to a folder that git ignores. `playout`, `server` and `vad`
 * are rooms of their own: they race nobody against the clock, or a runtime that is asynchronous.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchOptions, HELP, parseBenchArgs, SUITES } from "./args.ts";
import { runBench, venueFolder } from "./run.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

function folderOf(options: BenchOptions, venue: string): string {
  if (options.out !== undefined) return venueFolder(resolve(process.env.INIT_CWD ?? process.cwd(), options.out), venue, options);
  if (!options.quick && options.suites.length === SUITES.length && options.rounds === undefined) return join(HERE, "results", venue);
  const suffix = `${options.quick ? "-quick" : ""}${options.suites.length === SUITES.length ? "" : `-${options.suites.join("-")}`}`;
  return join(HERE, "..", ".sidetone", "bench", `${venue}${suffix}`);
}

try {
  if (process.argv[2] === "playout") await (await import("./playout/command.ts")).runPlayout(process.argv.slice(3));
  else if (process.argv[2] === "vad") await (await import("./vad/command.ts")).runVad(process.argv.slice(3));
  else if (process.argv[2] === "server") await (await import("./server/command.ts")).runServer(process.argv.slice(3));
  else await runSuites(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function runSuites(argv: readonly string[]): Promise<void> {
  const options = parseBenchArgs(argv);
  if (options.help) return console.log(HELP);
  await runBench(options, {
    stdout: process.stdout,
    stderr: process.stderr,
    home: HERE,
    folders: [HERE],
    workerFile: join(HERE, "measure", "worker.ts"),
    pageFile: join(HERE, "chromium", "page.ts"),
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    folderOf: (venue) => folderOf(options, venue),
  });
}
