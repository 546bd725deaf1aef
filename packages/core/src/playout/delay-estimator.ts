/**
 * How much delay a paced server's audio needs: from the history of arrivals to a target.
 *
 * The delay of an arrival is relative to the fastest one of the last 2 s. Of every half second the largest relative delay goes into a histogram that forgets slowly (and fast
 * at first); the target is its 95 % quantile. That is the rule of WebRTC's NetEq (delay manager and underrun optimizer) with buckets half as wide. What was learned lasts
 * from item to item; media time does not.
 * Thread: wherever the JitterBuffer lives. Time is counted in pulled frames. No allocation after the constructor.
 */

/** Window of the fastest arrival, and its resolution. */
const BASE_MS = 2000;
const BASE_BIN_MS = 100;
/** One observation for the histogram. */
const INTERVAL_MS = 500;
/** Intervals whose largest delay is remembered as it was: 12 s, so that catching up can mind the worst of late. */
const INTERVALS = 24;
const BUCKET_MS = 10;
const BUCKETS = 200;
const QUANTILE = 0.95;
/** What is kept of the histogram at an observation, in the long run; at the n-th it is at most 1 - 2 / (n + 1). */
const FORGET = 0.983;
const NONE = Number.POSITIVE_INFINITY;

/** Limits of a {@link DelayEstimator}, in ms. */
export interface DelayLimits {
  /** Target at least, in ms. */
  readonly minDelayMs: number;
  /** Target at most, in ms. */
  readonly maxDelayMs: number;
}

/** Arrivals in, target delay out. */
export class DelayEstimator {
  readonly #bucketFrames: number;
  readonly #minFrames: number;
  readonly #maxFrames: number;
  readonly #baseBinFrames: number;
  /** Least arrival less media time, by bin of arrival time. Not of 32 bits: 2^31 frames are a day at 24 kHz, three hours at 192. */
  readonly #baseBins = new Float64Array(BASE_MS / BASE_BIN_MS).fill(NONE);
  #baseBin = -1;
  readonly #intervalFrames: number;
  /** Largest relative delay, by interval of arrival time; the current one too. */
  readonly #largest = new Float64Array(INTERVALS).fill(-1);
  #interval = -1;
  readonly #histogram = new Float64Array(BUCKETS);
  #observations = 0;
  #targetFrames: number;
  #baseFrames = 0;

  /** An estimator that knows nothing yet, for `rate` frames per second. */
  constructor(rate: number, limits: DelayLimits) {
    const frames = (ms: number): number => Math.round((ms * rate) / 1000);
    this.#bucketFrames = frames(BUCKET_MS);
    this.#minFrames = frames(limits.minDelayMs);
    this.#maxFrames = frames(limits.maxDelayMs);
    this.#baseBinFrames = frames(BASE_BIN_MS);
    this.#intervalFrames = frames(INTERVAL_MS);
    this.#targetFrames = this.#minFrames;
  }

  /** Delay wanted, in frames. */
  get targetFrames(): number {
    return this.#targetFrames;
  }

  /** Arrival less media time of the fastest arrival of late, in frames: what a playback without any delay would run at. */
  get baseFrames(): number {
    return this.#baseFrames;
  }

  /** Media time begins anew. What was learned of delays stays. */
  restart(): void {
    this.#baseBins.fill(NONE);
    this.#baseFrames = 0;
  }

  /** Media from `mediaFrame` on arrived when `nowFrame` frames had been pulled. @returns its delay relative to the fastest, in frames. */
  arrived(mediaFrame: number, nowFrame: number): number {
    const offset = nowFrame - mediaFrame;
    this.#advance(nowFrame);
    const slot = this.#baseBin % this.#baseBins.length;
    this.#baseBins[slot] = Math.min(this.#baseBins[slot], offset);
    this.#baseFrames = NONE;
    for (let i = 0; i < this.#baseBins.length; i++) this.#baseFrames = Math.min(this.#baseFrames, this.#baseBins[i]);
    const delay = offset - this.#baseFrames;
    const interval = this.#interval % INTERVALS;
    this.#largest[interval] = Math.max(this.#largest[interval], delay);
    return delay;
  }

  /** Largest relative delay of the last `intervals` half seconds with the one under way, 1 to 24; in frames, 0 when nothing arrived. */
  largestFrames(intervals: number): number {
    let largest = 0;
    for (let i = 0; i < intervals && i <= this.#interval; i++) largest = Math.max(largest, this.#largest[(this.#interval - i) % INTERVALS]);
    return largest;
  }

  /** Time without arrivals belongs to the history as well: old delays are forgotten by it. */
  #advance(nowFrame: number): void {
    const bin = Math.floor(nowFrame / this.#baseBinFrames);
    const bins = this.#baseBins.length;
    for (let i = Math.max(this.#baseBin + 1, bin - bins + 1); i <= bin; i++) this.#baseBins[i % bins] = NONE;
    this.#baseBin = Math.max(bin, this.#baseBin);
    const interval = Math.floor(nowFrame / this.#intervalFrames);
    if (interval <= this.#interval) return;
    if (this.#interval >= 0 && this.#largest[this.#interval % INTERVALS] >= 0) this.#observe(this.#largest[this.#interval % INTERVALS]);
    for (let i = Math.max(this.#interval + 1, interval - INTERVALS + 1); i <= interval; i++) this.#largest[i % INTERVALS] = -1;
    this.#interval = interval;
  }

  #observe(delayFrames: number): void {
    const keep = Math.min(FORGET, 1 - 2 / (++this.#observations + 1));
    const bucket = Math.min(BUCKETS - 1, Math.floor(delayFrames / this.#bucketFrames));
    const histogram = this.#histogram;
    for (let i = 0; i < BUCKETS; i++) histogram[i] *= keep;
    histogram[bucket] += 1 - keep;
    let sum = 0;
    let quantile = 0;
    while (quantile < BUCKETS - 1 && (sum += histogram[quantile]) < QUANTILE) quantile++;
    this.#targetFrames = Math.min(this.#maxFrames, Math.max(this.#minFrames, (quantile + 1) * this.#bucketFrames));
  }
}
