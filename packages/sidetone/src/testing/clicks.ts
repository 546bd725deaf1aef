/**
 * Clicks, without a reference: places where the signal bends far more than around there. A cut in the middle of a wave, a lost or repeated sample, a block that was
 * dropped: each leaves a bend that music and voices do not have. What is heard of a splice when the original is known tells `findEdges`, more exactly.
 */

/** What counts as a click. */
export interface ClickOptions {
  /** How many times sharper than its surroundings, at least 1. Default: 4. */
  readonly factor?: number;
  /** Second difference below which nothing is heard, as a fraction of full scale. Default: 0.008. */
  readonly floor?: number;
}

/** The defaults of {@link findClicks}. */
export const CLICK_DEFAULTS = Object.freeze({
  /** A ratio. */
  factor: 4,
  /** Fraction of full scale. */
  floor: 0.008,
});

/** Surroundings on either side, in ms, of which the nearest one does not count; and the share of them that may be as sharp (a voice has pulses). */
const AROUND_MS = 30;
const SHARPEST_SHARE = 0.1;
/** Clicks nearer than this are one, in ms. */
const ONE_CLICK_MS = 10;

/** The samples of `samples`, at `rate` Hz, at which there are clicks. */
export function findClicks(samples: Float32Array, rate: number, options: ClickOptions = {}): number[] {
  const { factor = CLICK_DEFAULTS.factor, floor = CLICK_DEFAULTS.floor } = options;
  if (!(factor >= 1)) throw new RangeError(`factor is ${factor}; allowed is 1 or more.`);
  if (!(floor >= 0)) throw new RangeError(`floor is ${floor}; allowed is 0 or more.`);
  const block = Math.max(4, Math.round(rate / 1000));
  const { bends, places } = sharpest(samples, block);
  const clicks: number[] = [];
  for (let b = 0; b < bends.length; b++) {
    if (bends[b] < floor || bends[b] <= factor * usualAround(bends, b)) continue;
    const last = clicks.at(-1);
    if (last === undefined || places[b] - last > (ONE_CLICK_MS * rate) / 1000) clicks.push(places[b]);
  }
  return clicks;
}

/** The sharpest bend of each block and where it is. */
function sharpest(samples: Float32Array, block: number): { bends: Float32Array; places: Uint32Array } {
  const blocks = Math.ceil(samples.length / block);
  const bends = new Float32Array(blocks);
  const places = new Uint32Array(blocks);
  for (let i = 1; i + 1 < samples.length; i++) {
    const bend = Math.abs(samples[i + 1] - 2 * samples[i] + samples[i - 1]);
    const b = Math.floor(i / block);
    if (bend <= bends[b]) continue;
    bends[b] = bend;
    places[b] = i;
  }
  return { bends, places };
}

/** What is usual around block `b`: the bend that a tenth of the blocks there reach. */
function usualAround(bends: Float32Array, b: number): number {
  const around: number[] = [];
  for (let other = Math.max(0, b - AROUND_MS); other <= Math.min(bends.length - 1, b + AROUND_MS); other++) {
    if (Math.abs(other - b) > 1) around.push(bends[other]);
  }
  around.sort((x, y) => y - x);
  return around[Math.floor(around.length * SHARPEST_SHARE)] ?? 0;
}
