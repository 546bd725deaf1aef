/** The command line of the benchmark. */
import { parseArgs } from "node:util";
import type { Suite } from "./measure/contender.ts";

export const SUITES: readonly Suite[] = ["kernels", "pcm", "g711", "base64", "messages", "ring", "fused"];

/** What is to be run. */
export interface RunOptions {
  readonly suites: readonly Suite[];
  readonly quick: boolean;
  readonly out: string | undefined;
  readonly chromium: boolean;
  readonly rounds: number | undefined;
  readonly seed: number;
}

/** What the user wants. */
export interface BenchOptions extends RunOptions {
  readonly help: boolean;
}

export const HELP = `Sidetone's kernels against everything that could be used instead: speed beside quality.

  npm run bench [-- options] [suites]
  npm run bench -- playout [options]     playout quality on arrival traces instead; --help after it says more
  npm run bench -- vad [options]         voice activity detection beside the ONNX runtime; --help after it says more
  npm run bench -- server [options]      the emulator under load; --help after it says more

suites: ${SUITES.join(", ")} (none: all of them)

  --quick        fewer rounds and tones; under two minutes
  --chromium     in Chromium (main thread and worker) instead of Node
  --node WHAT    another Node: a path, or a major version that is fetched from npm (--node 26)
  --rounds N     rounds per group
  --seed N       seed of the random order
  --out DIR      where the report goes; default: bench/results/<runtime> for whole runs, .sidetone/bench/ for quick and partial ones
`;

/** Something that is for people to read and not a fault of the benchmark. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}

/** Reads the arguments. @throws {Error} with a sentence for people. */
export function parseBenchArgs(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      chromium: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      out: { type: "string" },
      rounds: { type: "string" },
      seed: { type: "string", default: "1" },
      // Handled before this process starts; known here so that the command can be repeated as typed.
      node: { type: "string" },
    },
  });
  const unknown = positionals.filter((name) => !(SUITES as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`There is no suite ${unknown.join(", ")}; there are ${SUITES.join(", ")}.`);
  return {
    suites: positionals.length > 0 ? (positionals as Suite[]) : SUITES,
    quick: values.quick,
    out: values.out,
    chromium: values.chromium,
    rounds: values.rounds === undefined ? undefined : positive("rounds", values.rounds),
    seed: positive("seed", values.seed),
    help: values.help,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is "${text}"; a whole number from 1 on is allowed.`);
  return value;
}
