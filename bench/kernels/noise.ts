/** Material to work on. */
import { seededRandom } from "../measure/statistics.ts";

/** Speech-like noise: work on it costs what work on speech costs, and no branch can learn it. The same on every run. */
export function noise(frames: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  let low = 0;
  return Float32Array.from({ length: frames }, () => {
    low += 0.2 * (random() - 0.5 - low);
    return 0.5 * low + 0.2 * (random() - 0.5);
  });
}
