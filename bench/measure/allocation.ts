/** Bytes that a call allocates, on the heap and as array buffers. Needs `--expose-gc`, and `--no-flush-bytecode`: V8 forgets code that has not run for some collections. */

const BLOCKS = 9;
const CALLS_PER_BLOCK = 32;
/**
 * ms in which the calls run from here without being measured. The batches before warmed up copies that the compiler had inlined into them; from another caller the functions
 * are compiled anew, and until that is done they box what the last compiler keeps in registers.
 */
const WARM_UP_MS = 200;

function inUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Results end here, so that nothing can be optimised away. */
export let sink = 0;

function block(call: () => number): void {
  for (let i = 0; i < CALLS_PER_BLOCK; i++) sink += call();
}

/** Growth during one block of calls after a forced collection. */
function growth(call: () => number): number {
  (globalThis as { gc?: () => void }).gc?.();
  const before = inUse();
  block(call);
  return inUse() - before;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/**
 * Bytes allocated by one call of `call`, what the measurement itself allocates taken off. Blocks with and without the call take turns, so that its code stays in use. The
 * median of the blocks counts: a collection within one makes it shrink.
 */
export function allocatedPerCall(call: () => number): number {
  const idle: number[] = [];
  const busy: number[] = [];
  for (const endMs = performance.now() + WARM_UP_MS; performance.now() < endMs; ) block(call);
  for (let turn = 0; turn < BLOCKS; turn++) {
    idle.push(growth(() => 1));
    busy.push(growth(call));
  }
  return Math.max(0, Math.round((median(busy) - median(idle)) / CALLS_PER_BLOCK));
}
