/**
 * The faults of a plan, made ready: each with its condition and a stream of random numbers of its own.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { type Draw, sampler } from "./distribution.ts";
import { concernsEvents } from "./options.ts";
import type { Fault, FaultKind, ResolvedPlan } from "./plan.ts";
import { list, Trigger } from "./trigger.ts";

/** One fault of a plan. */
export interface Rule<F extends Fault = Fault> {
  readonly fault: F;
  /** Its place in the plan. */
  readonly index: number;
  readonly trigger: Trigger;
  /** The rule's own stream. */
  readonly random: Random;
}

/** The faults of `kinds` in `plan` that concern the session `ordinal` (from 1; 0 for none). */
export function rulesOf<K extends FaultKind>(plan: ResolvedPlan, kinds: readonly K[], random: Random, ordinal = 0): Rule<Extract<Fault, { fault: K }>>[] {
  const rules: Rule<Extract<Fault, { fault: K }>>[] = [];
  for (const [index, fault] of plan.faults.entries()) {
    if (!(kinds as readonly string[]).includes(fault.fault)) continue;
    const { when = {}, times = Number.POSITIVE_INFINITY } = fault;
    if (when.session !== undefined && !list(when.session).includes(ordinal)) continue;
    const own = random.fork(`fault-${index}`);
    const trigger = new Trigger(when, times, own.fork("when"));
    rules.push({ fault: fault as Extract<Fault, { fault: K }>, index, trigger, random: own });
  }
  return rules;
}

/** Least time between two faults that are repeated, in ms. */
const LEAST_INTERVAL_MS = 1;

/**
 * Runs `happen` when the rule's time has come: once, or again and again. What is due at once happens in the call itself, but for faults of the session, which first gets
 * to greet its client. The returned function stops it. Rules that wait for events are not for this.
 */
export function schedule(rule: Rule, clock: EmulatorClock, startMs: number, happen: () => void): () => void {
  const { afterMs = 0, untilMs = Number.POSITIVE_INFINITY, everyMs } = rule.fault.when ?? {};
  const draw: Draw | null = everyMs === undefined ? null : sampler(everyMs, rule.random.fork("every"));
  const next = () => (draw === null ? 0 : Math.max(LEAST_INTERVAL_MS, draw()));
  let dueMs = startMs + afterMs + next();
  const greetFirst = rule.fault.fault === "error" || rule.fault.fault === "expire";
  let cancel = () => {};
  const arm = () => {
    const waitMs = dueMs - clock.nowMs();
    if (dueMs - startMs > untilMs) return;
    if (waitMs <= 0 && draw === null && !greetFirst) run();
    else cancel = clock.after(waitMs, run);
  };
  const run = () => {
    if (!rule.trigger.take()) return;
    dueMs += next();
    if (draw !== null && !rule.trigger.spent) arm();
    happen();
  };
  arm();
  return () => cancel();
}

/** Whether a fault that happens at a moment waits for an event, rather than for a time. */
export function waitsForEvent({ fault }: Rule): boolean {
  return concernsEvents(fault.when ?? {});
}
