/**
 * Decides when a fault happens: counts what it is asked about, and draws from a stream of its own, so that one fault more or less in a plan changes no other.
 */
import type { Random } from "../random.ts";
import type { FaultTrigger } from "./plan.ts";

/** What passes: an event on a wire, a response, a connection. */
export interface Passing {
  /** The event's type; empty for what has none. */
  readonly type: string;
  /** Bytes that have passed in the same direction, this one included; 0 where bytes do not count. */
  readonly totalBytes: number;
  /** Time since counting began, in ms. */
  readonly sinceMs: number;
}

/** The condition of one fault. */
export class Trigger {
  readonly #when: FaultTrigger;
  readonly #random: Random;
  readonly #types: readonly string[] | null;
  readonly #nth: ReadonlySet<number> | null;
  #left: number;
  #seen = 0;

  /** `times` is how often it may happen at most. */
  constructor(when: FaultTrigger, times: number, random: Random) {
    const { type, nth } = when;
    this.#when = when;
    this.#random = random;
    this.#left = times;
    this.#types = type === undefined ? null : list(type);
    this.#nth = nth === undefined ? null : new Set(list(nth));
  }

  /** Whether it may not happen any more. */
  get spent(): boolean {
    return this.#left <= 0;
  }

  /** Whether it happens to what passes now; counts it. */
  hits({ type, totalBytes, sinceMs }: Passing): boolean {
    const { afterMs = 0, untilMs = Number.POSITIVE_INFINITY, every, probability, afterBytes = 0 } = this.#when;
    if (this.spent || sinceMs < afterMs || sinceMs > untilMs || totalBytes < afterBytes) return false;
    if (this.#types !== null && !this.#types.some((wanted) => matches(type, wanted))) return false;
    this.#seen++;
    if (this.#nth !== null && !this.#nth.has(this.#seen)) return false;
    if (every !== undefined && this.#seen % every !== 0) return false;
    if (probability !== undefined && this.#random.unit() >= probability) return false;
    return this.take();
  }

  /** Uses up one time without a condition; false when none is left. */
  take(): boolean {
    if (this.spent) return false;
    this.#left--;
    return true;
  }
}

function matches(type: string, wanted: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** One value or several, as an array. */
export function list<T extends string | number>(value: T | readonly T[]): readonly T[] {
  return typeof value === "object" ? value : [value];
}
