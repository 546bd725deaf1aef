/** Order statistics: medians and quartiles, since a loaded machine makes means meaningless. */

/** Median and the middle half of some samples. */
export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  readonly least: number;
  readonly count: number;
}

/** The value below which the fraction `q` of `sorted` lies, interpolated. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** {@link Spread} of `samples`, in any order. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p25: quantile(sorted, 0.25), p75: quantile(sorted, 0.75), least: sorted[0] ?? Number.NaN, count: sorted.length };
}

/**
 * How many times as long `slow` took as `fast`, round by round: both ran within the same fraction of a second, so a machine that was busy then was busy for both.
 * The median over rounds, with the middle half.
 */
export function pairedRatio(slow: readonly number[], fast: readonly number[]): Spread {
  const rounds = Math.min(slow.length, fast.length);
  const ratios: number[] = [];
  for (let i = 0; i < rounds; i++) ratios.push(slow[i] / fast[i]);
  return spread(ratios);
}

/** A small seeded generator (mulberry32): 0 inclusive to 1 exclusive. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `items` in a new order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
