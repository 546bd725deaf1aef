/**
 * Numbers that vary, as data: how long an event takes, how long a pause is. What is drawn depends on the stream of random numbers alone.
 */
import type { Random } from "../random.ts";

/** One number, or how it is drawn; the unit is that of the field it is for. Draws below 0 count as 0. */
export type Distribution =
  | number
  | {
      /** Each value between the two is as likely. */
      readonly type: "uniform";
      /** Least value. */
      readonly min: number;
      /** Greatest value. */
      readonly max: number;
    }
  | {
      /** A bell curve, cut at both ends. */
      readonly type: "normal";
      /** Its middle. */
      readonly mean: number;
      /** Its standard deviation. */
      readonly deviation: number;
      /** Least value. Default: 0. */
      readonly min?: number;
      /** Greatest value. Default: none. */
      readonly max?: number;
    }
  | {
      /** Pauses between events that know nothing of each other. */
      readonly type: "exponential";
      /** Their mean, above 0. */
      readonly mean: number;
      /** Greatest value. Default: none. */
      readonly max?: number;
    }
  | {
      /** Mostly around the median, with a tail upwards. */
      readonly type: "lognormal";
      /** Half of the values are below it. */
      readonly median: number;
      /** Standard deviation of the logarithm, such as 0.5. */
      readonly sigma: number;
      /** Greatest value. Default: none. */
      readonly max?: number;
    }
  | {
      /** From a least value up with a heavy tail. */
      readonly type: "pareto";
      /** Least value. */
      readonly min: number;
      /** The smaller, the heavier the tail; such as 2. */
      readonly shape: number;
      /** Greatest value. Default: none. */
      readonly max?: number;
    }
  | {
      /** Given values in turn, and again from the start. */
      readonly type: "trace";
      /** The values, at least one. */
      readonly values: readonly number[];
    }
  | {
      /** One of several, chosen by weight. */
      readonly type: "mix";
      /** The several, and how likely each is beside the others. */
      readonly of: readonly { readonly weight: number; readonly value: Distribution }[];
    }
  | {
      /** Several drawn and added up. */
      readonly type: "sum";
      /** The several. */
      readonly of: readonly Distribution[];
    };

/** Draws a value. */
export type Draw = () => number;

/** Greatest value drawn: what timers can wait for, in ms. */
const GREATEST = 2 ** 31 - 1;

/** A source of values from `distribution`. Its draws are never negative, and never beyond what a timer can wait for. */
export function sampler(distribution: Distribution, random: Random): Draw {
  const draw = drawOf(distribution, random);
  return () => Math.min(GREATEST, Math.max(0, draw()));
}

function drawOf(distribution: Distribution, random: Random): Draw {
  if (typeof distribution === "number") return () => distribution;
  switch (distribution.type) {
    case "uniform":
      return () => random.range(distribution.min, distribution.max);
    case "normal": {
      const { mean, deviation, min = 0, max } = distribution;
      return () => Math.max(min, capped(mean + deviation * gauss(random), max));
    }
    case "exponential":
      return () => capped(-distribution.mean * Math.log(1 - random.unit()), distribution.max);
    case "lognormal":
      return () => capped(distribution.median * Math.exp(distribution.sigma * gauss(random)), distribution.max);
    case "pareto":
      return () => capped(distribution.min / (1 - random.unit()) ** (1 / distribution.shape), distribution.max);
    case "trace": {
      let at = 0;
      return () => distribution.values[at++ % distribution.values.length] as number;
    }
    case "mix":
      return mixOf(distribution.of, random);
    case "sum": {
      const draws = distribution.of.map((part) => drawOf(part, random));
      return () => draws.reduce((total, draw) => total + draw(), 0);
    }
  }
}

function mixOf(parts: readonly { readonly weight: number; readonly value: Distribution }[], random: Random): Draw {
  const draws = parts.map(({ value }) => drawOf(value, random));
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.unit() * total;
    const chosen = parts.findIndex(({ weight }) => (left -= weight) < 0);
    return (draws[chosen] ?? (draws.at(-1) as Draw))();
  };
}

/** Standard normal, by Box and Muller; always two draws, so that the stream stays in step. */
function gauss(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.unit()));
  return radius * Math.cos(2 * Math.PI * random.unit());
}

function capped(value: number, max: number | undefined): number {
  return max === undefined ? value : Math.min(max, value);
}
