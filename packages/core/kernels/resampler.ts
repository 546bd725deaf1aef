/**
 * The resampler's inner loops in WebAssembly SIMD: what the module exports. This is AssemblyScript; `node scripts/build.mjs kernels` compiles it into
 * src/dsp/generated/kernels.ts. The plain JavaScript kernels in src/dsp are the reference for every function.
 *
 * One instance serves all resamplers of a thread. What a resampler keeps between calls is a small state of its own, and what many have in common (taps) is stored once.
 * The bits are the same for every chunking.
 */
export { BLOCK, HEAP, INPUT, OUTPUT, PARAMS } from "./areas";
export { group } from "./groups";
export { iirDown, iirUp } from "./half-band";
export { firDown, firUp } from "./half-band-fir";
export { historyBytes } from "./history";
export { recurse } from "./recursion";
export { drift, poly } from "./rows";
export { phaseRows } from "./taps";
