/** A sampling profile as a few rows. No runtime needed: Node and the driver of a browser both use it. */
import type { ProfileRow } from "./contender.ts";

/** us between samples. */
export const SAMPLE_US = 200;
/** Rows that are kept; the rest is one more. */
const MOST_ROWS = 6;
/** Shares below this go into the rest. */
const LEAST_SHARE = 0.02;

/** What is used of V8's profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber?: number };
    readonly hitCount?: number;
  }[];
}

/** What is not the work: the profiler's own start, and time in which nothing ran. */
const NOT_WORK = ["(program)", "(idle)", "(root)"];
/** The benchmark's own functions, by name. */
const BENCH = ["batch", "call", "#run", "#timed", "profiled", "work"];

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  if (functionName === "(garbage collector)") return "garbage collector";
  if (url.startsWith("wasm://")) return functionName === "" ? "(wasm)" : /^wasm-function\[\d+\]$/.test(functionName) ? functionName : `${functionName} (wasm)`;
  if (BENCH.includes(functionName)) return "the benchmark's loop";
  if (functionName !== "") return functionName;
  // Lines count from 0 in profiles.
  return lineNumber === undefined ? "a function without a name" : `function at ${url.split("/").at(-1)}:${lineNumber + 1}`;
}

/** The functions that took the most time themselves, first those that took most; what remains of the whole is the last row. */
export function profileRows({ nodes }: CpuProfile): ProfileRow[] {
  const hits = new Map<string, number>();
  let total = 0;
  for (const { callFrame, hitCount = 0 } of nodes) {
    if (hitCount === 0 || NOT_WORK.includes(callFrame.functionName)) continue;
    const name = nameOf(callFrame);
    hits.set(name, (hits.get(name) ?? 0) + hitCount);
    total += hitCount;
  }
  const rows = [...hits].map(([name, count]) => ({ name, share: count / total })).sort((a, b) => b.share - a.share);
  const shown = rows.filter(({ share }) => share >= LEAST_SHARE).slice(0, MOST_ROWS);
  const rest = 1 - shown.reduce((sum, { share }) => sum + share, 0);
  return rest > 0.005 && shown.length > 0 ? [...shown, { name: "the rest", share: rest }] : shown;
}
