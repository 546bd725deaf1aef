/** Measures what a hot path allocates, for the rule that it allocates nothing. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const CALLS = 100_000;

/** What the runner around may allocate meanwhile; the smallest object or boxed number per call would be 1.2 MB and more. */
export const MOST_BYTES = 400_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Bytes by which the heap grows over 100,000 calls: the second least of some tries. What every call allocates shows in each of them; a collection may fall into one and make it less, and
 * compilations into several.
 */
export function growth(call: () => void): number {
  for (let k = 0; k < 30_000; k++) call();
  const tries: number[] = [];
  for (let k = 0; k < 5; k++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < CALLS; n++) call();
    tries.push(process.memoryUsage().heapUsed - before);
  }
  return tries.sort((a, b) => a - b)[1] as number;
}
