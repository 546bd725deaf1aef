/**
 * From the jitter buffer to a device: pulls media frames, resamples them to the device's rate, and keeps the jitter buffer told how many of its frames have not reached
 * the ear yet, so that every heard position accounts for the resampler and the output latency.
 *
 * Thread: the playback worklet, or the process that pulls. No allocation in `render`.
 */
import { Level } from "../dsp/level.ts";
import { Resampler } from "../dsp/resampler.ts";
import type { ItemPlayout } from "./account.ts";
import { type HeardReport, JitterBuffer, type PlayoutSegment } from "./jitter-buffer.ts";
import type { PlayoutInput } from "./log-line.ts";
import type { PlayoutOptions } from "./options.ts";
import { OutputClock } from "./output-clock.ts";
import type { PlayheadPosition } from "./playhead.ts";
import type { PlayoutStats } from "./stats.ts";

/** Options of {@link PlaybackRenderer}. */
export interface PlaybackRendererOptions {
  /** Frames per second of the server's audio, in Hz. */
  readonly mediaRate: number;
  /** Frames per second of the device, in Hz. */
  readonly deviceRate: number;
  /** Knobs of the jitter buffer. */
  readonly playout?: PlayoutOptions;
  /** The time in ms, of the clock that the marks of {@link PlaybackRenderer.clock} are in. Without one, only a latency can be told. */
  readonly nowMs?: () => number;
}

/** Device frames rendered at a time inside; larger requests are filled in steps of this. */
const STEP_FRAMES = 128;

/** No time: what {@link OutputClock} takes for having no clock. */
const noClock = (): number => Number.NaN;

/** Renders queued speech for a device of any rate. */
export class PlaybackRenderer {
  /** Level of what is rendered, over 20 ms; taken before the conversion to the device's rate, where there are fewer frames that say the same. */
  readonly level: Level;
  /** Knows which device frame is at the ear; whoever drives the device tells it quanta, marks and latency. */
  readonly clock: OutputClock;
  readonly #nowMs: () => number;
  readonly #buffer: JitterBuffer;
  readonly #resampler: Resampler;
  readonly #mediaPerDevice: number;
  readonly #block: Float32Array;
  readonly #resampled: Float32Array;
  /** Views of the start of `#resampled`, by length. */
  readonly #fronts: Float32Array[] = [];
  /** Device frames resampled and not yet handed out: `#resampled[#start..#end)`. */
  #start = 0;
  #end = 0;
  #renderedFrames = 0;

  /** A renderer with an empty queue. @throws {RangeError} when a rate or a knob is out of its range. */
  constructor(options: PlaybackRendererOptions) {
    this.#buffer = new JitterBuffer({ ...options.playout, rate: options.mediaRate });
    this.#resampler = new Resampler(options.mediaRate, options.deviceRate);
    this.clock = new OutputClock(options.deviceRate);
    this.#nowMs = options.nowMs ?? noClock;
    this.#mediaPerDevice = options.mediaRate / options.deviceRate;
    this.#block = new Float32Array(Math.max(1, Math.ceil(STEP_FRAMES * this.#mediaPerDevice)));
    this.#resampled = new Float32Array(this.#resampler.maxOutputFrames(this.#block.length));
    this.level = new Level(Math.round(options.mediaRate / 50));
  }

  /** Device frames rendered since the start. */
  get renderedFrames(): number {
    return this.#renderedFrames;
  }

  /** Counters and gauges of the jitter buffer. */
  get stats(): Readonly<PlayoutStats> {
    return this.#buffer.stats;
  }

  /** Queues audio; see {@link JitterBuffer.insert}. */
  insert(segment: PlayoutSegment): void {
    this.#buffer.insert(segment);
  }

  /** Nothing follows for this item; see {@link JitterBuffer.endOfItem}. */
  endOfItem(itemId: string, contentIndex: number): void {
    this.#buffer.endOfItem(itemId, contentIndex);
  }

  /** Fills `output` with the next device frames. */
  render(output: Float32Array): void {
    let filled = 0;
    while (filled < output.length) {
      if (this.#start === this.#end) {
        this.#buffer.pull(this.#block);
        this.level.push(this.#block);
        this.#start = 0;
        this.#end = this.#resampler.process(this.#block, this.#resampled);
        continue;
      }
      const frames = Math.min(output.length - filled, this.#end - this.#start);
      // A copy of many at once needs a view, and those of the front are worth keeping: their lengths take few values. What is left over is a frame or two as a rule.
      if (this.#start === 0 && frames > 0) output.set((this.#fronts[frames] ??= this.#resampled.subarray(0, frames)), filled);
      else for (let i = 0; i < frames; i++) output[filled + i] = this.#resampled[this.#start + i];
      this.#start += frames;
      filled += frames;
    }
    this.#renderedFrames += output.length;
  }

  /** Fades out and waits. */
  pause(): void {
    this.#updateDelay();
    this.#buffer.pause();
  }

  /** Goes on where {@link pause} stopped. */
  resume(): void {
    this.#buffer.resume();
  }

  /** Stops, forgets what is queued, and reports what was heard; see {@link JitterBuffer.flush}. */
  flush(): HeardReport {
    this.#updateDelay();
    return this.#buffer.flush();
  }

  /** Whether an item is over that {@link takeFinished} has not told of. */
  get hasFinished(): boolean {
    return this.#buffer.hasFinished;
  }

  /** How the items that are over were played; see {@link JitterBuffer.takeFinished}. */
  takeFinished(): ItemPlayout[] {
    return this.#buffer.takeFinished();
  }

  /** What was put into the jitter buffer since the last call; see {@link JitterBuffer.takeLog}. */
  takeLog(): PlayoutInput[] {
    return this.#buffer.takeLog();
  }

  /** Media frames pulled since the start. */
  get pulledFrames(): number {
    return this.#buffer.pulledFrames;
  }

  /** What is at the ear now. The same object every time; read it at once. */
  positionAtEar(): Readonly<PlayheadPosition> {
    this.#updateDelay();
    return this.#buffer.positionAtEar();
  }

  /** A device frame d shows the media frame (d - resampler delay) x media rate / device rate; d is at the ear when the clock says so. */
  #updateDelay(): void {
    const deviceFrame = this.clock.frameAtEar(this.#renderedFrames, this.#nowMs());
    const atEar = (deviceFrame - this.#resampler.delayFrames) * this.#mediaPerDevice;
    // Whole frames, rounded down: of a frame that is half at the ear nothing was heard; and engines box fractions.
    this.#buffer.outputDelayFrames = this.#buffer.pulledFrames - Math.max(0, Math.floor(atEar));
  }
}
