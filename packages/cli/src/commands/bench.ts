/** `sidetone bench`: Sidetone's kernels against what could be used instead, on the user's machine. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Args, Command } from "../args.ts";
import { openBenchRoom, SUITES, type Suite } from "../bench-room.ts";
import { CliError, EXIT_STOPPED, usageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { integer, nonEmpty } from "../values.ts";

/** Defaults of `sidetone bench`. */
export const BENCH_DEFAULTS = Object.freeze({
  /** Where the random order of rounds begins; unitless. */
  seed: 1,
});

const MOST_ROUNDS = 1000;
const MOST_SEED = 2 ** 32 - 1;

/** The command. */
export const bench: Command = {
  name: "bench",
  operands: "[suite ...]",
  operandCount: "any",
  summary: "Measure the kernels against packages and loops that could be used instead, quality beside speed.",
  flags: {
    quick: { help: "Fewer rounds and tones: under two minutes for everything." },
    chromium: { help: "In an installed Chromium, main thread and worker, instead of this Node (SIDETONE_CHROMIUM names one)." },
    out: { value: "<folder>", help: "Keep a report there: results.json, report.md, charts as SVG. Default: only the tables here." },
    rounds: { value: "<n>", help: `Rounds per group, 1 to ${MOST_ROUNDS}. Default: 41, with --quick 9.` },
    seed: { value: "<n>", help: `Seed of the random order in which contenders take turns. Default: ${BENCH_DEFAULTS.seed}.` },
  },
  details:
    `Suites: ${SUITES.join(", ")}. Default: all of them.\n\n` +
    "Opponents from npm take part when they are installed in this folder or above it; those that are not are named, with the command that\n" +
    "installs the versions of the published results. --chromium needs esbuild and playwright-core in the same way. sox and ffmpeg take part\n" +
    "when they are installed. Ratios within one run are what counts; nanoseconds belong to the machine. Progress goes to stderr, tables to\n" +
    "stdout. Exit codes: 0 measured, 1 not, 2 the command line is wrong, 130 Ctrl-C.",
  run: runBench,
};

async function runBench(args: Args, io: Io): Promise<number> {
  const [rounds, seed, out] = [args.text("rounds"), args.text("seed"), args.text("out")];
  const settings = {
    suites: args.operands.length === 0 ? SUITES : args.operands.map(suiteNamed),
    quick: args.has("quick"),
    chromium: args.has("chromium"),
    rounds: rounds === undefined ? undefined : integer("rounds", rounds, 1, MOST_ROUNDS),
    seed: seed === undefined ? BENCH_DEFAULTS.seed : integer("seed", seed, 1, MOST_SEED),
    out: out === undefined ? undefined : resolve(nonEmpty("out", out)),
  };
  const room = await openBenchRoom(io.benchFolder);
  if (settings.out !== undefined) await makeFolder(settings.out);
  try {
    await room.run({ ...settings, folder: process.cwd(), command: typed(args), stdout: io.stdout, stderr: io.stderr, signal: io.signal });
    return 0;
  } catch (error) {
    if (io.signal.aborted) return EXIT_STOPPED;
    if (error instanceof Error && error.name === "BenchError") throw new CliError("bench-failed", error.message, { cause: error });
    throw error;
  }
}

function suiteNamed(name: string): Suite {
  const found = SUITES.find((suite) => suite === name);
  if (found === undefined) throw usageError(`There is no suite "${name}"; allowed are ${SUITES.join(", ")}.`);
  return found;
}

/** Made before anything is measured: a run of minutes shall not end at a folder that cannot be written. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError("unwritable", `The folder ${path} of --out cannot be made (${reason}); name another one.`, { cause: error });
  }
}

/** The command as it can be repeated. */
function typed(args: Args): string {
  const flags = ["quick", "chromium"].filter((name) => args.has(name)).map((name) => `--${name}`);
  const values = ["rounds", "seed", "out"].flatMap((name) => (args.text(name) === undefined ? [] : [`--${name} ${args.text(name)}`]));
  return ["sidetone bench", ...args.operands, ...flags, ...values].join(" ");
}
