/**
 * How a server delivers: ahead of time, just in time, or too slowly; how often; and whether it has stopped.
 *
 * Thread: wherever the JitterBuffer lives. Time is counted in pulled frames. No allocation after the constructor.
 */

/** How a server delivers an item: `burst` ahead of real time, `paced` at it, `slow` below it. */
export type ServerPace = "burst" | "paced" | "slow";

/** Lead from which a server is ahead of time, and the one below which it is not any more. */
const BURST_LEAD_MS = 400;
/** Lead with which a rate above real time is believed: what a jump after a stall looks like does not come with a lead. */
const FAST_LEAD_MS = 150;
const FAST_RATE = 1.02;
const SLOW_RATE = 0.98;
/** Time over which the rate is measured: this much at least, and no more than that. */
const LEAST_RATE_MS = 2000;
const MOST_RATE_MS = 6000;
const MARK_MS = 100;
/** How slow a server is held to be at most, and over which time; before that is known, from how much time on its rate is worth anything. */
const MOST_EXCESS = 0.15;
const DRIFT_MS = 500;
const ROUGH_RATE_MS = 200;
/** Silence of the wire that is a stall: this much, this many usual intervals, and this much more than what came last should take. */
const STALL_MS = 100;
const STALL_INTERVALS = 2;
const STALL_FACTOR = 1.25;
const PACED_STALL_MS = 200;
const PACED_STALL_INTERVALS = 3;
/** Share of a new interval in the usual one. */
const SMOOTHING = 0.2;

/** Observes the arrivals of one item after another. */
export class Pace {
  readonly #rate: number;
  readonly #runsAhead: boolean;
  readonly #markFrames: number;
  /** Arrival and media time at marks `MARK_MS` apart, a ring. */
  readonly #markedArrivals = new Float64Array(MOST_RATE_MS / MARK_MS);
  readonly #markedMedia = new Float64Array(MOST_RATE_MS / MARK_MS);
  #marks = 0;
  #kind: ServerPace = "paced";
  #firstArrival = 0;
  #origin = 0;
  #lastArrival = 0;
  #since = 0;
  #lastMedia = 0;
  /** Frames that came with the last arrival. */
  #lastFrames = 0;
  /** Usual frames between arrivals; 0 is unknown. */
  #usual = 0;
  /** Media time per arrival time (0 is unknown), and time between two arrivals per media of the first, smoothed. An array, since engines box a fraction that is a field. */
  readonly #measured = new Float64Array(2);

  /** For `rate` frames per second; of a stream without end, `runsAhead` false, a lead is no more than a clock that drifts, or what was passed over. */
  constructor(rate: number, runsAhead = true) {
    this.#rate = rate;
    this.#runsAhead = runsAhead;
    this.#markFrames = (MARK_MS * rate) / 1000;
  }

  /** How the server delivers, as of now; a new item is held to be like the one before until it shows. */
  get kind(): ServerPace {
    return this.#kind;
  }

  /** Frame at which {@link kind} last changed, or the item began. */
  get kindSinceFrame(): number {
    return this.#since;
  }

  /** Whether enough of the item came to tell how fast it comes. */
  get rateKnown(): boolean {
    return this.#measured[0] > 0;
  }

  /** Arrival less media time of the item's first arrival, in frames: what a playback without any lag runs at. */
  get firstFrames(): number {
    return this.#firstArrival - this.#origin;
  }

  /** Usual frames between two arrivals; 0 while unknown. */
  get intervalFrames(): number {
    return this.#usual;
  }

  /** A new item begins with media frame `mediaFrame`, at `nowFrame`. */
  restart(mediaFrame: number, nowFrame: number): void {
    this.#firstArrival = nowFrame;
    this.#origin = mediaFrame;
    this.#lastArrival = nowFrame;
    this.#since = nowFrame;
    this.#lastMedia = mediaFrame;
    this.#marks = 0;
    this.#usual = 0;
    this.#lastFrames = 0;
    this.#measured[0] = 0;
    this.#measured[1] = 1;
  }

  /** `frames` frames of media from `mediaFrame` on arrived at `nowFrame`. */
  arrived(mediaFrame: number, frames: number, nowFrame: number): void {
    const interval = nowFrame - this.#lastArrival;
    // What waited behind a stall comes all at once, and the stall itself counts no more than the least that is one.
    if (this.#usual === 0) this.#usual = Math.min(interval, this.#rate);
    else if (interval > 0) this.#usual = Math.round(this.#usual + (Math.min(interval, this.#stallFrames()) - this.#usual) * SMOOTHING);
    if (interval > 0 && this.#lastFrames > 0) this.#measured[1] += (Math.min(interval / this.#lastFrames, 2) - this.#measured[1]) * SMOOTHING;
    this.#lastFrames = frames;
    this.#lastMedia = mediaFrame;
    this.#lastArrival = nowFrame;
    this.#mark(mediaFrame, nowFrame);
    this.#measured[0] = this.#rateOver(mediaFrame, nowFrame);
    const kind = this.#classify(mediaFrame - this.#origin - (nowFrame - this.#firstArrival), this.#measured[0]);
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#since = nowFrame;
  }

  /** Whether so much time has passed since the last arrival that something is wrong. */
  stalled(nowFrame: number): boolean {
    return nowFrame - this.#lastArrival > this.#stallFrames();
  }

  /** Frames by which a server that is slow falls behind until the delays of its arrivals tell: in half a second, and until the next arrival. 0 for one that is not. */
  get driftFrames(): number {
    const excess = this.#excess();
    return excess <= 0 ? 0 : Math.round(Math.min(excess, MOST_EXCESS) * ((DRIFT_MS * this.#rate) / 1000 + this.#usual));
  }

  /** Time per media time that goes beyond real time; before the rate is known that of all so far, which is rough. */
  #excess(): number {
    const measured = this.#measured[0];
    if (measured > 0) return this.#kind === "slow" ? 1 / measured - 1 : 0;
    const elapsed = this.#lastArrival - this.#firstArrival;
    const media = this.#lastMedia - this.#origin;
    return elapsed > (ROUGH_RATE_MS * this.#rate) / 1000 && media > 0 ? elapsed / media - 1 : 0;
  }

  #stallFrames(): number {
    if (this.#kind !== "burst") return Math.max((PACED_STALL_MS * this.#rate) / 1000, PACED_STALL_INTERVALS * this.#usual);
    return Math.max((STALL_MS * this.#rate) / 1000, STALL_INTERVALS * this.#usual, STALL_FACTOR * this.#measured[1] * this.#lastFrames);
  }

  #classify(leadFrames: number, rate: number): ServerPace {
    const leadMs = this.#runsAhead ? (leadFrames * 1000) / this.#rate : -1;
    if (leadMs > BURST_LEAD_MS || (rate > FAST_RATE && leadMs > FAST_LEAD_MS)) return "burst";
    // One that was stays one until its lead is gone; at first, when there is none yet, until something speaks against it.
    if (this.#kind === "burst" && leadMs >= (rate === 0 ? 0 : FAST_LEAD_MS)) return "burst";
    return rate > 0 && rate < SLOW_RATE ? "slow" : "paced";
  }

  #mark(mediaFrame: number, nowFrame: number): void {
    const size = this.#markedArrivals.length;
    if (this.#marks > 0 && nowFrame - this.#markedArrivals[(this.#marks - 1) % size] < this.#markFrames) return;
    this.#markedArrivals[this.#marks % size] = nowFrame;
    this.#markedMedia[this.#marks % size] = mediaFrame;
    this.#marks++;
  }

  /** Media time per arrival time, over as long as is remembered; 0 while too little is. */
  #rateOver(mediaFrame: number, nowFrame: number): number {
    const size = this.#markedArrivals.length;
    let oldest = Math.max(0, this.#marks - size);
    while (oldest < this.#marks - 1 && nowFrame - this.#markedArrivals[oldest % size] > (MOST_RATE_MS * this.#rate) / 1000) oldest++;
    oldest %= size;
    const elapsed = nowFrame - this.#markedArrivals[oldest];
    return elapsed < (LEAST_RATE_MS * this.#rate) / 1000 ? 0 : (mediaFrame - this.#markedMedia[oldest]) / elapsed;
  }
}
