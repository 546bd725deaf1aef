/** The speed goals, and what a run has to say to each. Ratios are taken round by round within one run. */
import type { Outcome } from "../measure/race.ts";
import { pairedRatio, type Spread } from "../measure/statistics.ts";
import { cost, costWithUnit, figure } from "./format.ts";
import type { GroupResult, Results } from "./results.ts";
import type { Rows } from "./table.ts";

/** A goal: contender `fast` of a group costs at most 1/`atLeast` of `slow`, or at most `atMostNs`. */
export interface Goal {
  readonly text: string;
  readonly group: string;
  readonly fast: string;
  /** Opponents; the goal is measured against the fastest of them. */
  readonly slow?: readonly string[];
  readonly atLeast?: number;
  /** ns per unit of the group. */
  readonly atMostNs?: number;
  /** What the contender shall cost at most, whatever the opponent does: ns per unit, from prototypes on the machine where the ratio was set. For reference beside the ratio. */
  readonly limitNs?: number;
}

/** An outcome with a time. */
export type Timed = Outcome & { readonly nsPerUnit: Spread };

/** A goal and what was measured. */
export interface Judgement {
  readonly goal: Goal;
  readonly group: GroupResult;
  readonly fast: Timed;
  /** The opponent that counts: the one that comes nearest. */
  readonly slow?: Timed;
  /** What the contender may cost to meet the goal, ns per unit. */
  readonly allowedNs: number;
  /** A ratio, or ns per unit for goals that are absolute. */
  readonly measured: number;
  readonly low: number;
  readonly high: number;
  readonly met: boolean;
}

const TWO_TO_ONE = ["48-24", "24-48"] as const;
const OTHERS = ["44.1-24", "24-44.1", "16-24", "8-24", "24-8"] as const;
const PROFILES = ["low-latency", "linear-phase", "strict"] as const;
/** ns per output sample: pair of rates -> profile -> what a prototype of the same quality needed, and what is wanted. */
const LIMITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "48-24": { "low-latency": 4.5, "linear-phase": 7, strict: 24, "low-latency-js": 15 },
  "24-48": { "low-latency": 2.2, "linear-phase": 3, "low-latency-js": 15 },
  "44.1-24": { "low-latency": 18, "linear-phase": 18 },
  "24-44.1": { "low-latency": 12, "linear-phase": 12 },
  "16-24": { "linear-phase": 4.5 },
  "8-24": { "linear-phase": 4 },
  "24-8": { "linear-phase": 16 },
};
/** ns per sample. */
const G711_LIMITS: Readonly<Record<string, number>> = { encode: 0.8, "decode-float": 0.7 };
const PEERS_UP = ["vercel", "vercel-20", "google", "agents-js", "elevenlabs"];
const PEERS_DOWN = ["vercel", "azure", "elevenlabs"];

function rateText(pair: string): string {
  return pair.replace("-", " > ");
}

/** Every goal. */
export const GOALS: readonly Goal[] = [
  ...TWO_TO_ONE.flatMap((pair) =>
    ([8, 5, 1.6] as const).map((atLeast, i) => ({
      text: `${rateText(pair)} kHz ${PROFILES[i]} against speex q5`,
      group: `kernels/resample-${pair}`,
      fast: PROFILES[i],
      limitNs: LIMITS[pair]?.[PROFILES[i]],
      slow: ["speex-q5"],
      atLeast,
    })),
  ),
  ...OTHERS.map((pair) => ({
    text: `${rateText(pair)} kHz low-latency against speex q5`,
    group: `kernels/resample-${pair}`,
    fast: "low-latency",
    limitNs: LIMITS[pair]?.["low-latency"],
    slow: ["speex-q5"],
    atLeast: 3.5,
  })),
  ...[...TWO_TO_ONE, ...OTHERS].flatMap((pair) =>
    PROFILES.map((profile) => ({
      text: `${rateText(pair)} kHz ${profile} against libsamplerate-js fastest`,
      group: `kernels/resample-${pair}`,
      fast: profile,
      limitNs: LIMITS[pair]?.[profile],
      slow: ["lsr-fastest"],
      atLeast: 10,
    })),
  ),
  ...TWO_TO_ONE.map((pair) => ({
    text: `${rateText(pair)} kHz low-latency in plain JavaScript about as cheap as speex q5`,
    group: `kernels/resample-${pair}`,
    fast: "low-latency-js",
    limitNs: LIMITS[pair]?.["low-latency-js"],
    slow: ["speex-q5"],
    atLeast: 0.9,
  })),
  ...(["mulaw", "alaw"] as const).flatMap((law) =>
    (["encode", "decode", "encode-float", "decode-float"] as const).map((what) => ({
      text: `G.711 ${law} ${what} against alawmulaw`,
      group: `g711/${law}-${what}`,
      fast: "sidetone",
      limitNs: G711_LIMITS[what],
      slow: ["alawmulaw"],
      atLeast: 5,
    })),
  ),
  { text: "Float32 > PCM16 against the DataView loop", group: "pcm/encode", fast: "sidetone", limitNs: 1.5, slow: ["data-view"], atLeast: 10 },
  { text: "Float32 > PCM16 with dither, per sample", group: "pcm/dither", fast: "sidetone", atMostNs: 4 },
  {
    text: "append message, 4800 bytes, against the reference client's way",
    group: "messages/append-4800",
    fast: "sidetone",
    limitNs: 0.5,
    slow: ["openai-beta"],
    atLeast: 10,
  },
  { text: "delta event, 4800 bytes, against JSON.parse + atob", group: "messages/delta-4800", fast: "sidetone", limitNs: 0.45, slow: ["atob"], atLeast: 7 },
  { text: "ring, push and pop, against ringbuf.js", group: "ring/push-pop", fast: "sidetone", limitNs: 170, slow: ["ringbuf"], atLeast: 2 },
  { text: "up, per second of audio", group: "fused/up", fast: "sidetone", atMostNs: 150_000 },
  { text: "up against the best peer", group: "fused/up", fast: "sidetone", limitNs: 150_000, slow: PEERS_UP, atLeast: 5 },
  { text: "down, per second of audio", group: "fused/down", fast: "sidetone", atMostNs: 125_000 },
  { text: "down against the best peer", group: "fused/down", fast: "sidetone", limitNs: 125_000, slow: PEERS_DOWN, atLeast: 5 },
];

/** What a group says to `goal`; undefined when one of the two was not timed. */
export function judge(goal: Goal, group: GroupResult): Judgement | undefined {
  // While there is one engine only, the plain one is the profile itself.
  const fast = timed(group, goal.fast) ?? timed(group, goal.fast.replace(/-js$/, ""));
  if (!fast) return undefined;
  if (goal.atMostNs !== undefined) {
    const { median, p25, p75 } = fast.nsPerUnit;
    return { goal, group, fast, allowedNs: goal.atMostNs, measured: median, low: p25, high: p75, met: median <= goal.atMostNs };
  }
  const opponents = (goal.slow ?? []).flatMap((id) => timed(group, id) ?? []);
  const [best] = opponents.map((slow) => ({ slow, ratio: pairedRatio(slow.rounds, fast.rounds) })).sort((a, b) => a.ratio.median - b.ratio.median);
  if (!best) return undefined;
  const { slow, ratio } = best;
  const atLeast = goal.atLeast ?? 1;
  const allowedNs = (fast.nsPerUnit.median * ratio.median) / atLeast;
  return { goal, group, fast, slow, allowedNs, measured: ratio.median, low: ratio.p25, high: ratio.p75, met: ratio.median >= atLeast };
}

function timed(group: GroupResult, id: string): Timed | undefined {
  return group.outcomes.find((outcome): outcome is Timed => outcome.id === id && outcome.nsPerUnit !== null);
}

/** All goals that a group can say something about. */
export function judgeGroup(group: GroupResult): Judgement[] {
  return GOALS.filter((goal) => goal.group === group.id).flatMap((goal) => judge(goal, group) ?? []);
}

/** All goals that the run can say something about. */
export function judgeAll(results: Results): Judgement[] {
  return GOALS.flatMap((goal) => results.groups.filter(({ id }) => id === goal.group).flatMap((group) => judge(goal, group) ?? []));
}

/** By how much a goal is missed: the cost as a multiple of what is allowed. */
export function excess({ fast, allowedNs }: Judgement): number {
  return fast.nsPerUnit.median / allowedNs;
}

/** Goals as a table. */
export function goalRows(judgements: readonly Judgement[]): Rows {
  const heading = ["goal", "wanted", "measured", "middle half", "cost", "opponent's", "limit", "result"];
  const rows = judgements.map((judgement) => {
    const { goal, group, fast, slow, measured, low, high, met } = judgement;
    const amount = (ns: number) => costWithUnit(ns, group.unit);
    const absolute = goal.atMostNs !== undefined;
    const number = (value: number) => (absolute ? cost(value, group.unit) : figure(value));
    const limitNs = goal.limitNs;
    return [
      goal.text,
      absolute ? `<= ${amount(goal.atMostNs as number)}` : `>= ${goal.atLeast}x`,
      absolute ? amount(measured) : `${figure(measured)}x`,
      `${number(low)}–${number(high)}`,
      amount(fast.nsPerUnit.median),
      slow ? amount(slow.nsPerUnit.median) : "–",
      limitNs === undefined ? "–" : `${amount(limitNs)}${fast.nsPerUnit.median <= limitNs ? "" : " (missed)"}`,
      met ? "met" : `missed: ${figure(excess(judgement))} times the cost allowed`,
    ];
  });
  return [heading, ...rows];
}
