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

/** The rules of one queue. */
export class PlayoutPolicy {
  /** Correlation that the last decision asks of the periods. */
  threshold = CALM;
  readonly #options: ResolvedPlayoutOptions;
  readonly #estimator: DelayEstimator;
  readonly #pace: Pace;
  readonly #framesPerMs: number;
  #starvedEarly = false;

  /** Rules for `rate` frames per second. */
  constructor(rate: number, options: ResolvedPlayoutOptions, estimator: DelayEstimator, pace: Pace) {
    this.#options = options;
    this.#estimator = estimator;
    this.#pace = pace;
    this.#framesPerMs = rate / 1000;
  }

  /** Frames wanted before an item starts. */
  get startFrames(): number {
    const { startMs, learnedStartMs } = this.#options;
    const start = startMs * this.#framesPerMs;
    if (!this.#starvedEarly || this.#pace.kind === "burst") return start;
    return Math.max(start, Math.min(this.#estimator.targetFrames, learnedStartMs * this.#framesPerMs));
  }

  /** Frames wanted before playback goes on after an underrun. */
  get refillFrames(): number {
    const { minRefillMs, maxRefillMs } = this.#options;
    const half = this.#pace.kind === "burst" ? 0 : this.#estimator.targetFrames / 2;
    return Math.min(maxRefillMs * this.#framesPerMs, Math.max(minRefillMs * this.#framesPerMs, half));
  }

  /** An item is over, and ran dry in its first second or did not: the next one starts accordingly. */
  learn(starved: "early" | "not"): void {
    this.#starvedEarly = starved === "early";
  }

  /** What to do at `nowFrame` with `levelFrames` queued, the next of them being media frame `mediaFrame`, `sinceFrames` after the last period was inserted or removed. */
  decide(nowFrame: number, mediaFrame: number, levelFrames: number, sinceFrames: number): PlayoutDecision {
    const levelMs = levelFrames / this.#framesPerMs;
    const sinceMs = sinceFrames / this.#framesPerMs;
    if (this.#runsLow(nowFrame, mediaFrame, levelMs)) {
      const urgent = levelMs < URGENT_LEVEL_MS || this.#pace.stalled(nowFrame);
      if (this.#options.slowDown === "none" || sinceMs < (urgent ? INSERT_URGENT_MS : INSERT_MS)) return "play";
      this.threshold = urgent ? URGENT : CALM;
      return "insert";
    }
    const pause = this.#removalPauseMs(nowFrame, mediaFrame, levelMs);
    return sinceMs < pause ? "play" : "remove";
  }

  /** Frames to pass over so that no more is queued than the bound of policy `continuous` allows; a segment of `segmentFrames` came last. */
  excessFrames(levelFrames: number, segmentFrames: number): number {
    if (this.#options.policy !== "continuous" || levelFrames <= this.#options.maxDelayMs * this.#framesPerMs + segmentFrames) return 0;
    return levelFrames - Math.max(this.#estimator.targetFrames, segmentFrames);
  }

  /** Whether to stop at a quiet point rather than to run dry: the server has stopped. */
  gaveUpOn(nowFrame: number): boolean {
    return this.#pace.stalled(nowFrame);
  }

  #runsLow(nowFrame: number, mediaFrame: number, levelMs: number): boolean {
    if (this.#pace.stalled(nowFrame)) return levelMs < STALL_LEVEL_MS;
    const pace = this.#pace;
    if (pace.kind === "burst" || pace.intervalFrames === 0) return levelMs < LOW_LEVEL_MS;
    return this.#delayFrames(nowFrame, mediaFrame) < this.#estimator.targetFrames + pace.driftFrames;
  }

  /** ms between two removals; infinite when nothing is to be removed. */
  #removalPauseMs(nowFrame: number, mediaFrame: number, levelMs: number): number {
    const { catchUp, policy, maxDelayMs } = this.#options;
    const pace = this.#pace;
    if (policy === "continuous" && levelMs > 0.75 * maxDelayMs) {
      this.threshold = URGENT;
      return REMOVE_MS.urgent;
    }
    if (catchUp === "none" || pace.kind === "burst" || nowFrame - pace.kindSinceFrame < SETTLED_MS * this.#framesPerMs) return Number.POSITIVE_INFINITY;
    const target = this.#estimator.targetFrames;
    const limit =
      catchUp === "live"
        ? target + this.#estimator.largestFrames(LIVE_INTERVALS) + LIVE_EXTRA_MS * this.#framesPerMs
        : Math.max(target, SLOW_FACTOR * this.#estimator.largestFrames(SLOW_INTERVALS)) + SLOW_EXTRA_MS * this.#framesPerMs;
    if (this.#delayFrames(nowFrame, mediaFrame) <= limit) return Number.POSITIVE_INFINITY;
    this.threshold = CALM;
    return REMOVE_MS[catchUp];
  }

  /** How much later media is played than it would be had it come as fast as the fastest of late. */
  #delayFrames(nowFrame: number, mediaFrame: number): number {
    return nowFrame - mediaFrame - this.#estimator.baseFrames;
  }
}
