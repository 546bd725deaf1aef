/** The knobs of playout: names, ranges and defaults, checked in one place, so that a page can refuse a wrong one before a worklet does. */
import { checkKnown, checkRange } from "../check-options.ts";
import { PLAYOUT_DEFAULTS } from "./defaults.ts";

const CHOICES = {
  policy: ["turn", "continuous"],
  catchUp: ["slow", "live", "none"],
  slowDown: ["auto", "none"],
  outOfBand: ["play", "mix", "ignore"],
  log: ["none", "inputs"],
} as const;

/** How replies are queued: by item, until played or cut; or as one stream without items, at a bounded delay. */
export type PlayoutPolicy = (typeof CHOICES)["policy"][number];
/** How playback that lags behind a server of real-time pace gets nearer: gently, as fast as WebRTC does, or not at all. */
export type CatchUp = (typeof CHOICES)["catchUp"][number];
/** What becomes of audio beside the conversation: played when the conversation's own is through, mixed with it, or not played. */
export type OutOfBand = (typeof CHOICES)["outOfBand"][number];

/** Knobs of the jitter buffer; the ms ones default to {@link PLAYOUT_DEFAULTS}. */
export interface PlayoutOptions {
  /** How replies are queued. With `continuous`, for full-duplex servers, audio needs no items, and an interruption passes over what is queued and tells the server nothing. Default: `turn`. */
  readonly policy?: PlayoutPolicy;
  /** How lag behind a paced server is made good. Default: `slow` with policy `turn`, since lag dies with the reply; `live` with `continuous`. */
  readonly catchUp?: CatchUp;
  /** Whether playback is stretched where audio threatens to run dry. Default: `auto`. */
  readonly slowDown?: (typeof CHOICES)["slowDown"][number];
  /** What becomes of audio beside the conversation (`conversation: "none"`). Default: `play`. */
  readonly outOfBand?: OutOfBand;
  /** Whether everything that is put in is kept for a debug log that can be replayed; costs as much memory as the audio. Default: `none`. */
  readonly log?: (typeof CHOICES)["log"][number];
  /** ms of audio wanted before an item starts: 0 to 2000. */
  readonly startMs?: number;
  /** ms of the most that `startMs` grows to for a paced or slow server whose last reply starved at its start: 0 to 5000; no more than `startMs` switches that off. */
  readonly learnedStartMs?: number;
  /** ms of audio wanted at least before playback goes on after an underrun: 0 to 5000. */
  readonly minRefillMs?: number;
  /** ms of audio wanted at most before playback goes on after an underrun: `minRefillMs` to 5000. */
  readonly maxRefillMs?: number;
  /** ms of target delay at least: 0 to 2000. */
  readonly minDelayMs?: number;
  /** ms of target delay at most, `minDelayMs` to 10000. With policy `continuous` also what may be queued: the oldest above it is passed over. */
  readonly maxDelayMs?: number;
  /** ms of concealment at most where audio runs dry: 5 to 60. */
  readonly concealMs?: number;
  /** ms of fade where audio starts out of silence and where the queued audio ends: 1 to 50. */
  readonly fadeMs?: number;
  /** ms of fade-out on `flush` and `pause`: 1 to 30. */
  readonly cutFadeMs?: number;
  /** ms of fade-in on `resume`: 1 to 50. */
  readonly resumeFadeMs?: number;
  /** ms that `resume` goes back at most, to the last quiet point: 0 to 2000; 0 goes on with the very next frame. */
  readonly rewindMs?: number;
}

/** {@link PlayoutOptions} with nothing left open, in ms. */
export type ResolvedPlayoutOptions = Required<PlayoutOptions>;

const RANGES_MS = {
  startMs: [0, 2000],
  learnedStartMs: [0, 5000],
  minRefillMs: [0, 5000],
  maxRefillMs: [0, 5000],
  minDelayMs: [0, 2000],
  maxDelayMs: [0, 10_000],
  concealMs: [5, 60],
  fadeMs: [1, 50],
  cutFadeMs: [1, 30],
  resumeFadeMs: [1, 50],
  rewindMs: [0, 2000],
} as const;

/** Checks `options` and fills in the defaults. @throws {TypeError} for an unknown name, {RangeError} for a value out of its range. */
export function resolvePlayoutOptions(options: PlayoutOptions): ResolvedPlayoutOptions {
  if (typeof options !== "object" || options === null) throw new TypeError(`playout is ${String(options)}; allowed is an object of knobs.`);
  checkKnown("playout", options, [...Object.keys(CHOICES), ...Object.keys(RANGES_MS)]);
  const policy = choice("policy", options, "turn");
  const defaults = policy === "turn" ? PLAYOUT_DEFAULTS : { ...PLAYOUT_DEFAULTS, maxDelayMs: PLAYOUT_DEFAULTS.continuousMaxDelayMs };
  const ms = (name: keyof typeof RANGES_MS): number => {
    const [min, max] = RANGES_MS[name];
    return checkRange(name, options[name] ?? defaults[name], min, max, "ms");
  };
  const resolved = {
    policy,
    catchUp: choice("catchUp", options, policy === "turn" ? "slow" : "live"),
    slowDown: choice("slowDown", options, "auto"),
    outOfBand: choice("outOfBand", options, "play"),
    log: choice("log", options, "none"),
    startMs: ms("startMs"),
    learnedStartMs: ms("learnedStartMs"),
    minRefillMs: ms("minRefillMs"),
    maxRefillMs: ms("maxRefillMs"),
    minDelayMs: ms("minDelayMs"),
    maxDelayMs: ms("maxDelayMs"),
    concealMs: ms("concealMs"),
    fadeMs: ms("fadeMs"),
    cutFadeMs: ms("cutFadeMs"),
    resumeFadeMs: ms("resumeFadeMs"),
    rewindMs: ms("rewindMs"),
  };
  checkOrder(resolved, "minRefillMs", "maxRefillMs");
  checkOrder(resolved, "minDelayMs", "maxDelayMs");
  return resolved;
}

function choice<Name extends keyof typeof CHOICES>(
  name: Name,
  options: PlayoutOptions,
  fallback: (typeof CHOICES)[Name][number],
): (typeof CHOICES)[Name][number] {
  const value = options[name] ?? fallback;
  const allowed: readonly string[] = CHOICES[name];
  if (!allowed.includes(value)) throw new RangeError(`${name} is "${String(value)}"; allowed are ${allowed.map((word) => `"${word}"`).join(", ")}.`);
  return value as (typeof CHOICES)[Name][number];
}

function checkOrder(options: ResolvedPlayoutOptions, low: "minRefillMs" | "minDelayMs", high: "maxRefillMs" | "maxDelayMs"): void {
  if (options[low] > options[high])
    throw new RangeError(`${low} is ${options[low]} ms; allowed is at most ${high}, ${options[high]} ms. Where one is not given, its default counts.`);
}
