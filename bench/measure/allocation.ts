/** Bytes that a call allocates, on the heap and as array buffers. Needs `--expose-gc`. */

const BLOCKS = 9;
const CALLS_PER_BLOCK = 32;

function inUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Growth of one block of calls, median over blocks: a collection in between makes a block shrink, and the median passes over it. */
function growth(call: () => number): number {
  const grown: number[] = [];
  let sink = 0;
  for (let block = 0; block < BLOCKS; block++) {
    (globalThis as { gc?: () => void }).gc?.();
    const before = inUse();
    for (let i = 0; i < CALLS_PER_BLOCK; i++) sink += call();
    grown.push(inUse() - before);
  }
  grown.sort((a, b) => a - b);
  return sink === Number.POSITIVE_INFINITY ? Number.NaN : grown[BLOCKS >> 1];
}

/** Bytes allocated by one call of `call`, what the measurement itself allocates taken off. */
export function allocatedPerCall(call: () => number): number {
  const idle = growth(() => 1);
  return Math.max(0, Math.round((growth(call) - idle) / CALLS_PER_BLOCK));
}
