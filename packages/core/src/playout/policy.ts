/**
 * When to start, slow down, catch up, stop and go on: decisions only, from what the estimator and the pace say. The voice carries them out.
 *
 * `turn`: a reply starts at once; a server that runs ahead is never sped up and its queue is no delay; one that paces gets the delay its jitter needs, by being played slower
 * while it runs low; what lags is made good gently or not at all, since lag dies with the reply. `continuous`: the same, but catching up for real, and with a bound.
 * Thread: wherever the JitterBuffer lives. Time is counted in pulled frames. No allocation after the constructor.
 */
import type { DelayEstimator } from "./delay-estimator.ts";
import type { ResolvedPlayoutOptions } from "./options.ts";
import type { Pace } from "./pace.ts";

/** What to do with the frames to come: play them, or with a pitch period more or less. */
export type PlayoutDecision = "play" | "insert" | "remove";

/** Audio left below which a stalled server's reply is stretched: beyond it the stall is likely to be over before. */
const STALL_LEVEL_MS = 2000;
/** Audio left below which it is urgent. */
const URGENT_LEVEL_MS = 60;
/** Audio left that is little for a server that ran ahead, or of which nothing is known yet. */
const LOW_LEVEL_MS = 40;
/** Time between two periods inserted, and when it is urgent. */
const INSERT_MS = 30;
const INSERT_URGENT_MS = 20;
/** Time between two periods removed: gently, as NetEq does, and above three quarters of the bound. */
const REMOVE_MS = { slow: 150, live: 100, urgent: 50 } as const;
/** Correlation of the periods: one that is not heard, and one that is heard less than a gap. */
const CALM = 0.9;
const URGENT = 0.65;
/** Time for which a server must have been paced or slow before its delay is worth cutting: the lead of one that runs ahead takes as long to show. */
const SETTLED_MS = 2000;
/** `slow` catches up above this much of the largest delay of the last 10 s, and some. */
const SLOW_FACTOR = 0.9;
const SLOW_EXTRA_MS = 40;
const SLOW_INTERVALS = 20;
/** `live` catches up above the target, the largest delay of the last 2 s, and some: NetEq's limit. */
const LIVE_EXTRA_MS = 20;
const LIVE_INTERVALS = 4;

/** The rules of one queue. All in whole frames: engines box fractions. */
export class PlayoutPolicy {
  /** Correlation that the last decision asks of the periods. */
  threshold = CALM;
  readonly #options: ResolvedPlayoutOptions;
  readonly #estimator: DelayEstimator;
  readonly #pace: Pace;
  readonly #rate: number;
  readonly #stallLevel: number;
  readonly #urgentLevel: number;
  readonly #lowLevel: number;
  readonly #insert: number;
  readonly #insertUrgent: number;
  readonly #remove: number;
  readonly #removeUrgent: number;
  readonly #settled: number;
  readonly #slowExtra: number;
  readonly #liveExtra: number;
  readonly #bound: number;
  #starvedEarly = false;

  /** Rules for `rate` frames per second. */
  constructor(rate: number, options: ResolvedPlayoutOptions, estimator: DelayEstimator, pace: Pace) {
    this.#options = options;
    this.#estimator = estimator;
    this.#pace = pace;
    this.#rate = rate;
    this.#stallLevel = this.#frames(STALL_LEVEL_MS);
    this.#urgentLevel = this.#frames(URGENT_LEVEL_MS);
    this.#lowLevel = this.#frames(LOW_LEVEL_MS);
    this.#insert = this.#frames(INSERT_MS);
    this.#insertUrgent = this.#frames(INSERT_URGENT_MS);
    this.#remove = this.#frames(options.catchUp === "live" ? REMOVE_MS.live : REMOVE_MS.slow);
    this.#removeUrgent = this.#frames(REMOVE_MS.urgent);
    this.#settled = this.#frames(SETTLED_MS);
    this.#slowExtra = this.#frames(SLOW_EXTRA_MS);
    this.#liveExtra = this.#frames(LIVE_EXTRA_MS);
    this.#bound = options.policy === "continuous" ? this.#frames(options.maxDelayMs) : Number.MAX_SAFE_INTEGER;
  }

  /** Frames wanted before an item starts. */
  get startFrames(): number {
    const { startMs, learnedStartMs } = this.#options;
    const start = this.#frames(startMs);
    if (!this.#starvedEarly || this.#pace.kind === "burst") return start;
    return Math.max(start, Math.min(this.#estimator.targetFrames, this.#frames(learnedStartMs)));
  }

  /** Frames wanted before playback goes on after an underrun. */
  get refillFrames(): number {
    const { minRefillMs, maxRefillMs } = this.#options;
    const half = this.#pace.kind === "burst" ? 0 : this.#estimator.targetFrames >> 1;
    return Math.min(this.#frames(maxRefillMs), Math.max(this.#frames(minRefillMs), half));
  }

  /** An item is over, and ran dry in its first second or did not: the next one starts accordingly. */
  learn(starved: "early" | "not"): void {
    this.#starvedEarly = starved === "early";
  }

  /** What to do at `nowFrame` with `levelFrames` queued, the next of them being media frame `mediaFrame`, `sinceFrames` after the last period was inserted or removed. */
  decide(nowFrame: number, mediaFrame: number, levelFrames: number, sinceFrames: number): PlayoutDecision {
    if (this.#runsLow(nowFrame, mediaFrame, levelFrames)) {
      const urgent = levelFrames < this.#urgentLevel || this.#pace.stalled(nowFrame);
      if (this.#options.slowDown === "none" || sinceFrames < (urgent ? this.#insertUrgent : this.#insert)) return "play";
      this.threshold = urgent ? URGENT : CALM;
      return "insert";
    }
    if (levelFrames > 0.75 * this.#bound) {
      this.threshold = URGENT;
      return sinceFrames < this.#removeUrgent ? "play" : "remove";
    }
    if (sinceFrames < this.#remove || !this.#lags(nowFrame, mediaFrame)) return "play";
    this.threshold = CALM;
    return "remove";
  }

  /** Frames to pass over so that no more is queued than the bound of policy `continuous` allows; a segment of `segmentFrames` came last. */
  excessFrames(levelFrames: number, segmentFrames: number): number {
    return levelFrames <= this.#bound + segmentFrames ? 0 : levelFrames - Math.max(this.#estimator.targetFrames, segmentFrames);
  }

  /** Whether to stop at a quiet point rather than to run dry: the server has stopped. */
  gaveUpOn(nowFrame: number): boolean {
    return this.#pace.stalled(nowFrame);
  }

  #runsLow(nowFrame: number, mediaFrame: number, levelFrames: number): boolean {
    const pace = this.#pace;
    if (pace.stalled(nowFrame)) return levelFrames < this.#stallLevel;
    if (pace.kind === "burst" || pace.intervalFrames === 0) return levelFrames < this.#lowLevel;
    return this.#delayFrames(nowFrame, mediaFrame) < this.#estimator.targetFrames + pace.driftFrames;
  }

  /** Whether playback lags so much behind a server that keeps time that it should catch up. */
  #lags(nowFrame: number, mediaFrame: number): boolean {
    const { catchUp, policy } = this.#options;
    const pace = this.#pace;
    if (catchUp === "none" || pace.kind !== "paced" || !pace.rateKnown || nowFrame - pace.kindSinceFrame < this.#settled) return false;
    // A server that is a little faster than real time leaves an ever growing delay, but no lag.
    if (policy === "turn" && catchUp === "slow" && nowFrame - mediaFrame <= pace.firstFrames) return false;
    const target = this.#estimator.targetFrames;
    const limit =
      catchUp === "live"
        ? target + this.#estimator.largestFrames(LIVE_INTERVALS) + this.#liveExtra
        : Math.max(target, SLOW_FACTOR * this.#estimator.largestFrames(SLOW_INTERVALS)) + this.#slowExtra;
    return this.#delayFrames(nowFrame, mediaFrame) > limit;
  }

  /** How much later media is played than it would be had it come as fast as the fastest of late. */
  #delayFrames(nowFrame: number, mediaFrame: number): number {
    return nowFrame - mediaFrame - this.#estimator.baseFrames;
  }

  #frames(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }
}
