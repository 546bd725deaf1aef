/**
 * Which rendered frame is at the ear at a given moment.
 *
 * A device takes frames in bursts of its own buffer, so "rendered minus latency" is a staircase, wrong by up to a buffer. What the browser says about the device, "context
 * frame f left the loudspeaker at moment t", is a straight line that goes on between two such marks at the context's rate. This clock follows that line while it is plausible:
 * the latency it implies has to be possible, near what the device is said to have, and near its own average. Otherwise (no marks, old ones, a wall clock that was set, a device that stood
 * still) it answers from that average, or from the latency it was told. An answer is never beyond what was rendered and never below an earlier one.
 * Thread: the playback worklet, or whoever pulls. No allocation after the constructor. Frames of the context and own frames differ by when the node began.
 */

/** Every bound of {@link OutputClock}, with its unit and its reason; marked as pure, so that bundles without a clock go without. */
const DEFAULTS = /* @__PURE__ */ Object.freeze({
  /** ms, longest latency that is believed; wireless loudspeakers have some hundreds. */
  maxLatencyMs: 4000,
  /** ms by which an implied latency may be below 0: both ends read clocks that count whole ms. */
  clockErrorMs: 2,
  /** ms by which an implied latency may differ from the one that was told, besides half of that: browsers give it rounded, and some without the device's part. */
  toldErrorMs: 100,
  /** ms by which the implied latency may leave its average, besides the device's own bursts, before a new mark has to confirm it. */
  departureMs: 20,
  /** ms between a mark and the line so far up to which it is noise, and averaged; clocks that count whole ms and timestamps make about 1. */
  markNoiseMs: 3,
  /** Marks the line is averaged over. At one in 500 ms, a device that runs 200 ppm off is followed within half a ms. */
  markAverage: 4,
  /** ms for which a line is extended without a new mark; 200 ppm are 1 ms in that time. */
  maxAgeMs: 5000,
  /** Quanta the implied latency is averaged over: about 0.7 s, tens of bursts. */
  latencyAverage: 256,
  /** ms, the device's bursts before they were measured: the largest that are usual. */
  burstMs: 40,
});

/** Turns rendered frames and the time into the frame at the ear. */
export class OutputClock {
  readonly #framesPerMs: number;
  /** The line: `#lineFrame` of the context is at the ear at `#lineMs`. */
  #lineFrame = 0;
  #lineMs = Number.NaN;
  /** Marks in the line's average. */
  #lineMarks = 0;
  /** Whether the line is followed; a doubt lasts until a mark confirms or replaces it. */
  #trusted = false;
  /** A mark to be judged at the next quantum. */
  #newFrame = 0;
  #newMs = Number.NaN;
  /** A mark that contradicts everything known; a second one that agrees with it is believed. */
  #oddFrame = 0;
  #oddMs = Number.NaN;
  /** Latency as told, in frames; 0 when nothing is known. */
  #toldFrames = 0;
  /** Average of the implied latency, in frames, over `#samples` quanta. */
  #latencyFrames = 0;
  #samples = 0;
  /** Frames by which the implied latency may leave its average: the device's own bursts, as measured, and some more. A number from the start: engines box what began as undefined. */
  #toleranceFrames = Number.NaN;
  /** Context frames minus own frames. */
  #ownStart = 0;
  /** Own frames rendered, as far as {@link advance} was told. */
  #ownFrames = 0;
  #earFrame = 0;

  /** A clock for a device of `rate` frames per second that nothing is known about yet. */
  constructor(rate: number) {
    this.#framesPerMs = rate / 1000;
    this.#toleranceFrames = (DEFAULTS.departureMs + DEFAULTS.burstMs) * this.#framesPerMs;
  }

  /** The latency in force, in ms, 0 to 4000: the average of what the marks imply, or what was told as long as there are none. */
  get latencyMs(): number {
    return this.#usualLatency() / this.#framesPerMs;
  }

  /**
   * Says how long a rendered frame takes to the ear by the device's own account, in ms; 0 means not known. Held within 0 to 4000, no number is ignored. A change beyond the
   * ordinary means another device: what was measured on the old one is forgotten.
   */
  setLatency(latencyMs: number): void {
    if (Number.isNaN(latencyMs)) return;
    const told = Math.min(Math.max(latencyMs, 0), DEFAULTS.maxLatencyMs) * this.#framesPerMs;
    if (Math.abs(told - this.#toldFrames) > this.#toleranceFrames) this.#forget();
    this.#toldFrames = told;
  }

  /** The device says that frame `contextFrame` of the context (a fraction is welcome) was at the ear at `epochMs`, a moment of the clock that gives every `nowMs`. Judged at the next quantum. */
  mark(contextFrame: number, epochMs: number): void {
    if (!Number.isFinite(contextFrame) || !Number.isFinite(epochMs)) return;
    this.#newFrame = contextFrame;
    this.#newMs = epochMs;
  }

  /** A quantum of `frames` frames, the first of which is `contextFrame` of the context, was rendered at `nowMs`. */
  advance(contextFrame: number, frames: number, nowMs: number): void {
    this.#ownStart = contextFrame - this.#ownFrames;
    this.#ownFrames += frames;
    // Between two bursts the latency falls by what the next one adds; the middle of a quantum is the average over both.
    const middle = contextFrame + frames / 2;
    if (!Number.isNaN(this.#newMs)) this.#judge(middle, nowMs);
    if (!this.#follows(nowMs)) return;
    const latency = middle - this.#lineAt(nowMs);
    const deviation = Math.abs(latency - this.#latencyFrames);
    if (deviation > this.#toleranceFrames) {
      this.#trusted = false;
      return;
    }
    if (this.#samples < DEFAULTS.latencyAverage) this.#samples++;
    this.#latencyFrames += (latency - this.#latencyFrames) / this.#samples;
    // The implied latency is a saw-tooth as high as a burst, so it deviates by a quarter of one on average.
    const tolerance = DEFAULTS.departureMs * this.#framesPerMs + 4 * deviation;
    this.#toleranceFrames += (tolerance - this.#toleranceFrames) / DEFAULTS.latencyAverage;
  }

  /** Own frame at the ear at `nowMs`, `renderedFrames` being rendered: 0 to `renderedFrames`, fractions included, and never less than an earlier answer. No number as time means that there is no clock. */
  frameAtEar(renderedFrames: number, nowMs: number): number {
    let frame = renderedFrames - this.#usualLatency();
    if (this.#follows(nowMs)) {
      const line = this.#lineAt(nowMs) - this.#ownStart;
      if (Math.abs(renderedFrames - line - this.#latencyFrames) <= this.#toleranceFrames) frame = line;
    }
    this.#earFrame = Math.min(Math.max(frame, this.#earFrame), renderedFrames);
    return this.#earFrame;
  }

  #usualLatency(): number {
    return this.#samples > 0 ? Math.min(Math.max(0, this.#latencyFrames), DEFAULTS.maxLatencyMs * this.#framesPerMs) : this.#toldFrames;
  }

  #lineAt(nowMs: number): number {
    return this.#lineFrame + (nowMs - this.#lineMs) * this.#framesPerMs;
  }

  /** Whether the line holds at `nowMs`. */
  #follows(nowMs: number): boolean {
    return this.#trusted && nowMs - this.#lineMs <= DEFAULTS.maxAgeMs;
  }

  #forget(): void {
    this.#trusted = false;
    this.#samples = 0;
    this.#oddMs = Number.NaN;
    this.#toleranceFrames = (DEFAULTS.departureMs + DEFAULTS.burstMs) * this.#framesPerMs;
  }

  /** Takes the new mark into the line, makes it the line, keeps it for comparison, or drops it; `renderedFrame` of the context is being rendered at `nowMs`. */
  #judge(renderedFrame: number, nowMs: number): void {
    const frame = this.#newFrame;
    const ms = this.#newMs;
    this.#newMs = Number.NaN;
    const perMs = this.#framesPerMs;
    const latency = renderedFrame - frame - (nowMs - ms) * perMs;
    if (latency < -DEFAULTS.clockErrorMs * perMs || latency > DEFAULTS.maxLatencyMs * perMs || nowMs - ms > DEFAULTS.maxAgeMs) return;
    const told = this.#toldFrames;
    if (told > 0 && Math.abs(latency - told) > DEFAULTS.toldErrorMs * perMs + told / 2) return;
    const offLine = this.#follows(nowMs) ? frame - this.#lineAt(ms) : Number.POSITIVE_INFINITY;
    if (Math.abs(offLine) <= DEFAULTS.markNoiseMs * perMs) {
      if (this.#lineMarks < DEFAULTS.markAverage) this.#lineMarks++;
      this.#lineFrame = frame - offLine * (1 - 1 / this.#lineMarks);
      this.#lineMs = ms;
      return;
    }
    const tolerance = this.#toleranceFrames;
    const usual = this.#samples > 0 && Math.abs(latency - this.#latencyFrames) <= tolerance;
    const asTold = told > 0 && Math.abs(latency - told) <= tolerance;
    const confirmed = Math.abs(frame - this.#oddFrame - (ms - this.#oddMs) * perMs) <= tolerance;
    if (!usual && !asTold && !confirmed && this.#samples > 0) {
      this.#oddFrame = frame;
      this.#oddMs = ms;
      return;
    }
    // The average belongs to the line: with a line nearby it moves by what the line moves, with another one it begins anew.
    if (!usual) this.#samples = 0;
    else if (Math.abs(offLine) <= tolerance) this.#latencyFrames -= offLine;
    if (this.#samples === 0) this.#latencyFrames = latency;
    this.#lineFrame = frame;
    this.#lineMs = ms;
    this.#lineMarks = 1;
    this.#trusted = true;
    this.#oddMs = Number.NaN;
  }
}
