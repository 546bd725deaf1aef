/**
 * Why a goal is missed, put together from what the same run has measured: what would meet it, the absolute limit, the floor below which nothing can go, the parts, and where
 * the time goes according to the profiler. No sentence here knows a number by heart.
 */
import { FLOOR } from "../kernels/floor.ts";
import type { ProfileRow } from "../measure/contender.ts";
import { cost, costUnit, costWithUnit, figure } from "./format.ts";
import { type Judgement, judgeAll, type Timed } from "./goals.ts";
import type { GroupResult, Results } from "./results.ts";

/** The explanation of all missed goals of one contender in one group. */
export interface Reason {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Explanations, one per group and contender that misses something. */
export function reasons(results: Results): Reason[] {
  const missed = new Map<string, Judgement[]>();
  for (const judgement of judgeAll(results).filter(({ met }) => !met)) {
    const key = `${judgement.group.id} ${judgement.fast.id}`;
    missed.set(key, [...(missed.get(key) ?? []), judgement]);
  }
  return [...missed.values()].map((judgements) => reason(judgements, results));
}

function reason(judgements: readonly Judgement[], results: Results): Reason {
  const [{ group, fast }] = judgements as [Judgement];
  const strictest = judgements.reduce((a, b) => (b.allowedNs < a.allowedNs ? b : a));
  const opponents = [...new Set(judgements.flatMap(({ slow }) => slow ?? []))];
  return {
    title: `${group.title}: ${fast.label}, ${cost(fast.nsPerUnit.median, group.unit)} ${costUnit(group.unit)}`,
    lines: [
      ...judgements.map(wantedLine),
      ...limitLines(judgements, fast, group),
      ...floorLines(group, fast, strictest.allowedNs),
      ...partLines(group, fast, results),
      ...profileLines(fast, strictest.allowedNs),
      ...opponents.flatMap((slow) => (slow.profile?.length ? [`Profile of ${slow.label}: ${profileText(slow.profile)}.`] : [])),
    ],
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function wantedLine({ goal, group, slow, allowedNs }: Judgement): string {
  const allowed = costWithUnit(allowedNs, group.unit);
  if (!slow) return `Wanted: ${allowed} at most.`;
  return `Wanted: ${goal.atLeast} times as cheap as ${slow.label}, which takes ${costWithUnit(slow.nsPerUnit.median, group.unit)} here; ${allowed} would do.`;
}

/** The absolute limit, and what it says about the opponent: ratio and limit are one statement only as long as the opponent takes their product. */
function limitLines(judgements: readonly Judgement[], fast: Timed, { unit }: GroupResult): string[] {
  const limited = judgements.find(({ goal }) => goal.limitNs !== undefined);
  if (!limited) return [];
  const limitNs = limited.goal.limitNs as number;
  const median = fast.nsPerUnit.median;
  const kept = median <= limitNs;
  const lines = [
    `Absolute limit ${costWithUnit(limitNs, unit)}: ${kept ? `kept, at ${percent(median / limitNs)} of it` : `missed, ${figure(median / limitNs)} times`}.`,
  ];
  for (const { goal, slow } of judgements) {
    const presumedNs = limitNs * (goal.atLeast ?? 1);
    if (!slow || slow.nsPerUnit.median >= presumedNs) continue;
    const times = figure(presumedNs / slow.nsPerUnit.median);
    lines.push(
      `Ratio and limit together presume ${slow.label} at ${costWithUnit(presumedNs, unit)} or more; here it is ${times} times as fast as that, so that the ratio asks for less than the limit.`,
    );
  }
  return lines;
}

function floorLines(group: GroupResult, fast: Timed, allowedNs: number): string[] {
  const found = group.outcomes.find(({ id }) => id === FLOOR);
  const ns = found?.nsPerUnit?.median ?? Number.POSITIVE_INFINITY;
  // What costs more than the work itself is no floor; compilers have their days.
  if (!found || ns >= fast.nsPerUnit.median) return [];
  const ofAllowed = ns >= allowedNs ? "more than would do: this ratio is out of reach here" : `${percent(ns / allowedNs)} of what would do`;
  return [`${sentence(found.label)}: ${costWithUnit(ns, group.unit)}, ${percent(ns / fast.nsPerUnit.median)} of the cost and ${ofAllowed}.`];
}

/** The journeys' steps, measured one by one. */
function partLines(group: GroupResult, fast: Timed, results: Results): string[] {
  const parts = results.groups.find(({ id }) => id === `${group.id}-parts`)?.outcomes.filter((part): part is Timed => part.nsPerUnit !== null) ?? [];
  if (parts.length === 0) return [];
  const sum = parts.reduce((total, { nsPerUnit }) => total + nsPerUnit.median, 0);
  const list = [...parts]
    .sort((a, b) => b.nsPerUnit.median - a.nsPerUnit.median)
    .map(({ label, nsPerUnit }) => `${label} ${costWithUnit(nsPerUnit.median, group.unit)}`);
  return [`Step by step: ${list.join("; ")}; together ${costWithUnit(sum, group.unit)}, ${percent(sum / fast.nsPerUnit.median)} of the cost.`];
}

function profileLines(fast: Timed, allowedNs: number): string[] {
  const [top] = fast.profile ?? [];
  if (!fast.profile || !top) return [];
  const ns = top.share * fast.nsPerUnit.median;
  const alone = ns > allowedNs ? ` ${sentence(top.name)} alone takes more than would do.` : "";
  return [`Profile: ${profileText(fast.profile)}.${alone}`];
}

/** Shares only: where a profile is taken without inlining, small functions weigh more in it than in the time that was measured. */
function profileText(profile: readonly ProfileRow[]): string {
  return profile.map(({ name, share }) => `${name} ${percent(share)}`).join(", ");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
