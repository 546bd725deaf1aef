/** Measures what a hot path allocates, for the rule that it allocates nothing. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const CALLS = 100_000;

/** What the runner around may allocate meanwhile; the smallest object or boxed number per call would be 1.2 MB and more. */
export const MOST_BYTES = 400_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Quiet tries that are enough, and tries after which the noise must be the call's own. */
const ENOUGH_TRIES = 2;
const MOST_TRIES = 12;

/**
 * Bytes by which the heap grows over 100,000 calls: the second least of some tries. What every call allocates shows in each of them; a collection may fall into one and make it less, and
 * compilations, or a busy test runner, into several, which is why tries go on until two of them were quiet.
 */
export function growth(call: () => void): number {
  for (let k = 0; k < 30_000; k++) call();
  const tries: number[] = [];
  while (tries.length < MOST_TRIES && tries.filter((bytes) => bytes < MOST_BYTES).length < ENOUGH_TRIES) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < CALLS; n++) call();
    tries.push(process.memoryUsage().heapUsed - before);
  }
  return tries.sort((a, b) => a - b)[ENOUGH_TRIES - 1] as number;
}
