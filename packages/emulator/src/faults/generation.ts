/**
 * How a response is made: how fast, with which pauses, and whether it fails. The responder asks for a {@link ResponseFate} per response and lets its script run by it.
 */
import type { WireError } from "../errors.ts";
import type { Random } from "../random.ts";
import { type Draw, sampler } from "./distribution.ts";
import { failureOf } from "./failure-words.ts";
import type { ResolvedPlan, ResponseFailsFault, SlowGenerationFault } from "./plan.ts";
import { type Rule, rulesOf } from "./rules.ts";

/** What is to become of one response. */
export interface ResponseFate {
  /** Times faster than real time in place of the profile's, or null. */
  readonly speedUp: number | null;
  /** When something happens that would happen `offsetMs` after the start; to be asked in the order of time. */
  at(offsetMs: number): number;
  /** The end that it comes to, `afterMs` after the start, or null. */
  readonly failure: { readonly afterMs: number; readonly error: WireError } | null;
}

/** A response that nothing happens to. */
export const UNHARMED: ResponseFate = Object.freeze({ speedUp: null, at: (offsetMs: number) => offsetMs, failure: null });

/** Least undisturbed time between two pauses, in ms. */
const LEAST_INTERVAL_MS = 1;
/** Slowest generation, in times real time. */
const LEAST_SPEED_UP = 0.01;

interface Slow {
  readonly rule: Rule<SlowGenerationFault>;
  readonly speedUp: Draw | null;
  readonly thinkMs: Draw;
}

interface Fails {
  readonly rule: Rule<ResponseFailsFault>;
  readonly afterMs: Draw;
}

/** The faults of generation in one plan. */
export class GenerationFaults {
  readonly #slow: readonly Slow[];
  readonly #fails: readonly Fails[];
  readonly #note: (rule: Rule, detail: string) => void;
  #count = 0;

  /** `ordinal` is the session's number, from 1; `note` writes down what was done. */
  constructor(plan: ResolvedPlan, random: Random, ordinal: number, note: (rule: Rule, detail: string) => void) {
    this.#note = note;
    this.#slow = rulesOf(plan, ["slow-generation"], random, ordinal).map((rule) => ({
      rule,
      speedUp: rule.fault.speedUp === undefined ? null : sampler(rule.fault.speedUp, rule.random.fork("speed")),
      thinkMs: sampler(rule.fault.thinkMs ?? 0, rule.random.fork("think")),
    }));
    this.#fails = rulesOf(plan, ["response-fails"], random, ordinal).map((rule) => ({
      rule,
      afterMs: sampler(rule.fault.afterMs ?? 0, rule.random.fork("after")),
    }));
  }

  /** The fate of the next response. Of several faults of a kind that hit it, the first in the plan counts. */
  next(sinceMs: number): ResponseFate {
    this.#count++;
    const passing = { type: "", totalBytes: 0, sinceMs };
    const slow = this.#slow.filter(({ rule }) => rule.trigger.hits(passing))[0];
    const fails = this.#fails.filter(({ rule }) => rule.trigger.hits(passing))[0];
    if (slow === undefined && fails === undefined) return UNHARMED;
    const speedUp = slow?.speedUp ? Math.max(LEAST_SPEED_UP, slow.speedUp()) : null;
    const at = slow === undefined ? UNHARMED.at : paceOf(slow, slow.rule.random.fork(`pauses-${this.#count}`));
    const failure = fails === undefined ? null : { afterMs: fails.afterMs(), error: failureOf(fails.rule.fault) };
    if (slow !== undefined) this.#note(slow.rule, speedUp === null ? "" : `${speedUp} times real time`);
    if (fails !== undefined && failure !== null) this.#note(fails.rule, `${failure.error.code} after ${failure.afterMs} ms`);
    return { speedUp, at, failure };
  }
}

function paceOf({ rule, thinkMs }: Slow, random: Random): (offsetMs: number) => number {
  const { pauses } = rule.fault;
  let lostMs = thinkMs();
  if (pauses === undefined) return (offsetMs) => offsetMs + lostMs;
  const every = sampler(pauses.everyMs, random.fork("every"));
  const length = sampler(pauses.forMs, random.fork("for"));
  const interval = () => Math.max(LEAST_INTERVAL_MS, every());
  let left = pauses.count ?? Number.POSITIVE_INFINITY;
  let nextMs = interval();
  return (offsetMs) => {
    for (; left > 0 && offsetMs >= nextMs; left--) {
      lostMs += length();
      nextMs += interval();
    }
    return offsetMs + lostMs;
  };
}
