/**
 * Silero's voice activity detector for 16 kHz in WebAssembly SIMD: what the module exports. This is AssemblyScript; `node scripts/build.mjs kernels` compiles it into
 * src/generated/silero-kernel.ts. The plain TypeScript in src/js-network.ts is the reference.
 *
 * Additions and multiplications happen in a fixed order and are never fused, so results are the same to the bit on every machine.
 */
import { FOURTH, GATES, SECOND, THIRD, WEIGHTS } from "./areas";
import { dense, first, rectify, second } from "./layers";
import { decide, remember } from "./recurrent";
import { prepare, spectrum } from "./spectrum";

export { SAMPLES, STATE, TWIDDLES, WEIGHTS, WINDOW } from "./areas";

/** The probability of speech in the frame at SAMPLES + 64, which the samples before it and STATE belong to. STATE moves on. */
export function run(): f32 {
  prepare();
  spectrum();
  let weights = first(WEIGHTS);
  weights = second(weights);
  weights = dense(weights, SECOND, 128, THIRD, 64);
  rectify(THIRD, 256);
  weights = dense(weights, THIRD, 64, FOURTH, 128);
  rectify(FOURTH, 512);
  weights = dense(weights, FOURTH, 256, GATES, 512);
  remember();
  return decide(weights);
}
