/** The speed goals, and what a run has to say to each. Ratios are taken round by round within one run. */
import { pairedRatio } from "../measure/statistics.ts";
import { figure } from "./format.ts";
import { outcomeOf, type Results } from "./results.ts";
import type { Rows } from "./table.ts";

/** A goal: contender `fast` of a group costs at most 1/`atLeast` of `slow`, or at most `atMostUs`. */
export interface Goal {
  readonly text: string;
  readonly group: string;
  readonly fast: string;
  /** Opponents; the goal is measured against the fastest of them. */
  readonly slow?: readonly string[];
  readonly atLeast?: number;
  readonly atMostUs?: number;
}

/** A goal and what was measured. */
export interface Judgement {
  readonly goal: Goal;
  /** A ratio, or microseconds for goals that are absolute. */
  readonly measured: number;
  readonly low: number;
  readonly high: number;
  readonly met: boolean;
}

const TWO_TO_ONE = ["48-24", "24-48"] as const;
const OTHERS = ["44.1-24", "24-44.1", "16-24", "8-24", "24-8"] as const;
const PROFILES = ["low-latency", "linear-phase", "strict"] as const;
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
      slow: ["speex-q5"],
      atLeast,
    })),
  ),
  ...OTHERS.map((pair) => ({
    text: `${rateText(pair)} kHz low-latency against speex q5`,
    group: `kernels/resample-${pair}`,
    fast: "low-latency",
    slow: ["speex-q5"],
    atLeast: 3.5,
  })),
  ...[...TWO_TO_ONE, ...OTHERS].flatMap((pair) =>
    PROFILES.map((profile) => ({
      text: `${rateText(pair)} kHz ${profile} against libsamplerate-js fastest`,
      group: `kernels/resample-${pair}`,
      fast: profile,
      slow: ["lsr-fastest"],
      atLeast: 10,
    })),
  ),
  ...TWO_TO_ONE.map((pair) => ({
    text: `${rateText(pair)} kHz low-latency in plain JavaScript about as cheap as speex q5`,
    group: `kernels/resample-${pair}`,
    fast: "low-latency-js",
    slow: ["speex-q5"],
    atLeast: 0.9,
  })),
  ...(["mulaw", "alaw"] as const).flatMap((law) =>
    ["encode", "decode", "encode-float", "decode-float"].map((what) => ({
      text: `G.711 ${law} ${what} against alawmulaw`,
      group: `g711/${law}-${what}`,
      fast: "sidetone",
      slow: ["alawmulaw"],
      atLeast: 5,
    })),
  ),
  { text: "Float32 > PCM16 against the DataView loop", group: "pcm/encode", fast: "sidetone", slow: ["data-view"], atLeast: 10 },
  {
    text: "append message, 4800 bytes, against the reference client's way",
    group: "messages/append-4800",
    fast: "sidetone",
    slow: ["openai-beta"],
    atLeast: 10,
  },
  { text: "delta event, 4800 bytes, against JSON.parse + atob", group: "messages/delta-4800", fast: "sidetone", slow: ["atob"], atLeast: 7 },
  { text: "ring, push and pop, against ringbuf.js", group: "ring/push-pop", fast: "sidetone", slow: ["ringbuf"], atLeast: 2 },
  { text: "up, us per second of audio", group: "fused/up", fast: "sidetone", atMostUs: 150 },
  { text: "up against the best peer", group: "fused/up", fast: "sidetone", slow: PEERS_UP, atLeast: 5 },
  { text: "down, us per second of audio", group: "fused/down", fast: "sidetone", atMostUs: 125 },
  { text: "down against the best peer", group: "fused/down", fast: "sidetone", slow: PEERS_DOWN, atLeast: 5 },
];

/** What `results` say to `goal`; undefined when one of the two was not timed. */
export function judge(goal: Goal, results: Results): Judgement | undefined {
  // While there is one engine only, the plain one is the profile itself.
  const fast = outcomeOf(results, goal.group, goal.fast) ?? outcomeOf(results, goal.group, goal.fast.replace(/-js$/, ""));
  if (!fast?.nsPerUnit) return undefined;
  if (goal.atMostUs !== undefined) {
    const { median, p25, p75 } = fast.nsPerUnit;
    return { goal, measured: median / 1000, low: p25 / 1000, high: p75 / 1000, met: median / 1000 <= goal.atMostUs };
  }
  const opponents = (goal.slow ?? []).flatMap((id) => outcomeOf(results, goal.group, id) ?? []);
  if (opponents.length === 0) return undefined;
  const ratios = opponents.map((opponent) => pairedRatio(opponent.rounds, fast.rounds)).sort((a, b) => a.median - b.median);
  const { median, p25, p75 } = ratios[0];
  return { goal, measured: median, low: p25, high: p75, met: median >= (goal.atLeast ?? 1) };
}

/** All goals that the run can say something about. */
export function judgeAll(results: Results): Judgement[] {
  return GOALS.flatMap((goal) => judge(goal, results) ?? []);
}

/** Goals as a table. */
export function goalRows(judgements: readonly Judgement[]): Rows {
  const heading = ["goal", "wanted", "measured", "middle half", "result"];
  const rows = judgements.map(({ goal, measured, low, high, met }) => {
    const absolute = goal.atMostUs !== undefined;
    const unit = absolute ? " us" : "x";
    const wanted = absolute ? `<= ${goal.atMostUs} us` : `>= ${goal.atLeast}x`;
    const share = absolute ? measured / (goal.atMostUs as number) : (goal.atLeast as number) / measured;
    const result = met ? "met" : `missed: ${figure(share)} times the cost allowed`;
    return [goal.text, wanted, `${figure(measured)}${unit}`, `${figure(low)}–${figure(high)}`, result];
  });
  return [heading, ...rows];
}
