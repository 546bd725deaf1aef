/**
 * Sequences of events, as data, and the question whether a log has one. A sequence is a list of steps in order; nothing may come between two of them but what the
 * sequence allows anywhere. Values that begin with `$` are names: the first event that has one binds it, and later ones must have the same.
 */
import type { CheckedEntry } from "./checker.ts";
import { type Fields, isObject, same, show } from "./wire-event.ts";

/** One step of a sequence. */
export interface SequenceStep {
  /** Type of the event, or several, of which it is any. */
  readonly type: string | readonly string[];
  /** `in` for events of the client. Default: `out`. */
  readonly direction?: "in" | "out";
  /** How many of them: one, some (one or more), any (none or more), or maybe one. Default: `one`. */
  readonly times?: "one" | "some" | "any" | "maybe";
  /** Members that the event must have, at any depth; what is not named may be anything. */
  readonly with?: Fields;
}

/** A sequence of events. */
export interface EventSequence {
  /** Short name. */
  readonly id: string;
  /** What happens, in words. */
  readonly title: string;
  /** Where it happens. */
  readonly transport: "websocket" | "webrtc";
  /** Types of events that may come anywhere in between. */
  readonly anywhere: readonly string[];
  /** The steps. */
  readonly steps: readonly SequenceStep[];
}

interface Progress {
  /** Steps that were done. */
  readonly done: number;
  readonly problem: string;
}

/**
 * Looks for `sequence` in `entries`, beginning at any of them. Returns null when it is there, else what kept the most promising attempt from being it, in words.
 */
export function expectSequence(entries: readonly CheckedEntry[], sequence: EventSequence): string | null {
  const relevant = entries.filter(({ type }) => !sequence.anywhere.includes(type));
  const directions = new Set(sequence.steps.map(({ direction = "out" }) => direction));
  const seen = relevant.filter(({ direction }) => directions.has(direction));
  let best: Progress = { done: 0, problem: `nothing begins it: no ${show(sequence.steps[0]?.type)}` };
  for (let start = 0; start < seen.length; start++) {
    const progress = follow(seen, start, sequence.steps);
    if (progress === null) return null;
    if (progress.done > best.done) best = progress;
  }
  return `${sequence.id}: after ${best.done} of ${sequence.steps.length} steps, ${best.problem}`;
}

/** Follows the steps from `start` on; null when all were done. */
function follow(entries: readonly CheckedEntry[], start: number, steps: readonly SequenceStep[]): Progress | null {
  const names = new Map<string, unknown>();
  let at = start;
  for (const [i, step] of steps.entries()) {
    const { times = "one" } = step;
    let count = 0;
    let problem = `the log ended where ${show(step.type)} should come`;
    while (at < entries.length) {
      const found = mismatch(entries[at] as CheckedEntry, step, names);
      if (found !== null) {
        problem = found;
        break;
      }
      at++;
      count++;
      if (times === "one" || times === "maybe") break;
    }
    if (count === 0 && (times === "one" || times === "some")) return { done: i, problem };
  }
  return null;
}

/** What is wrong with an entry for a step, or null. Binds names only when nothing is. */
function mismatch({ type, direction, event }: CheckedEntry, step: SequenceStep, names: Map<string, unknown>): string | null {
  const types = typeof step.type === "string" ? [step.type] : step.type;
  if (direction !== (step.direction ?? "out") || !types.includes(type)) return `${type} came where ${show(step.type)} should come`;
  const bound = new Map(names);
  const wrong = differs(step.with, event, type, bound);
  if (wrong !== null) return wrong;
  for (const [name, value] of bound) names.set(name, value);
  return null;
}

function differs(expected: unknown, value: unknown, path: string, names: Map<string, unknown>): string | null {
  if (expected === undefined) return null;
  if (typeof expected === "string" && expected.startsWith("$")) {
    if (!names.has(expected)) names.set(expected, value);
    return same(names.get(expected), value) ? null : `${path} is ${show(value)}, ${expected} was ${show(names.get(expected))}`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(value) || value.length !== expected.length) return `${path} is ${show(value)}, not ${show(expected)}`;
    for (const [i, member] of expected.entries()) {
      const wrong = differs(member, value[i], `${path}[${i}]`, names);
      if (wrong !== null) return wrong;
    }
    return null;
  }
  if (isObject(expected)) {
    for (const [name, member] of Object.entries(expected)) {
      const wrong = differs(member, isObject(value) ? value[name] : undefined, `${path}.${name}`, names);
      if (wrong !== null) return wrong;
    }
    return null;
  }
  return same(expected, value) ? null : `${path} is ${show(value)}, not ${show(expected)}`;
}
