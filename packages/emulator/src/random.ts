/**
 * Random numbers that a seed repeats. Whoever draws has a stream of its own, forked by name, so that one more draw in one place changes nothing elsewhere.
 */

/** A stream of random numbers: SplitMix32, small and good enough for ids, jitter and faults, not for secrets. */
export class Random {
  #state: number;

  /** `seed` is any integer, of which 32 bits count; equal seeds give equal streams. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to 2^32 - 1. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A number from `least` up to, not including, `most`. */
  range(least: number, most: number): number {
    return least + (most - least) * this.unit();
  }

  /** A stream of its own, which depends on this one's state and on `label`, and takes nothing from this one. */
  fork(label: string): Random {
    let hash = this.#state ^ 0x811c9dc5;
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new Random(hash);
  }
}
