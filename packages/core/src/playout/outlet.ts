/**
 * All that sounds of one queue goes out here: past the concealer, the splice and the fade, onto the playhead, and into the counters.
 *
 * Does what it is told, frame by frame; when and what is the voice's business. Thread: wherever the JitterBuffer lives. No allocation after the constructor.
 */
import { Concealer } from "../dsp/conceal.ts";
import { Fade } from "../dsp/fade.ts";
import { CutTail } from "./cut-tail.ts";
import type { ResolvedPlayoutOptions } from "./options.ts";
import { Playhead } from "./playhead.ts";
import { SpliceBuffer } from "./splice-buffer.ts";
import type { PlayoutStats } from "./stats.ts";
import type { Track } from "./track.ts";

/** The way out of one queue. */
export class Outlet {
  /** The map from output frames to media. */
  readonly playhead = new Playhead();
  readonly #rate: number;
  readonly #stats: PlayoutStats;
  readonly #splice: SpliceBuffer;
  readonly #concealer: Concealer;
  readonly #startFade: Fade;
  readonly #resumeFade: Fade;
  readonly #tail: CutTail;
  /** Delay and target in frames, summed over emitted samples. Arrays, since engines box a fraction that is a field. */
  readonly #sums = new Float64Array(2);
  /** The fade in force; it changes only where all is silent, or open. */
  #fade: Fade;

  /** A silent way out, `outputFrames` after the start. */
  constructor(rate: number, options: ResolvedPlayoutOptions, stats: PlayoutStats, outputFrames: number) {
    const frames = (ms: number): number => Math.round((ms * rate) / 1000);
    this.#rate = rate;
    this.#stats = stats;
    this.#splice = new SpliceBuffer(rate);
    this.#concealer = new Concealer(rate);
    this.#startFade = new Fade(frames(options.fadeMs), "silent");
    this.#resumeFade = new Fade(frames(options.resumeFadeMs), "silent");
    this.#fade = this.#startFade;
    this.#tail = new CutTail(frames(options.cutFadeMs));
    this.playhead.record(null, 0, outputFrames);
  }

  /** The fade in force. */
  get fade(): Readonly<Fade> {
    return this.#fade;
  }

  /** Frames of a splice that are still to be taken. */
  get spliceFrames(): number {
    return this.#splice.remainingFrames;
  }

  /** Adds what was summed over samples to the statistics. */
  gauge(): void {
    this.#stats.jitterBufferDelay += this.#sums[0] / this.#rate;
    this.#stats.jitterBufferTargetDelay += this.#sums[1] / this.#rate;
  }

  /** Fades in out of silence: of a start, or of a resume, which is softer. */
  begin(kind: "start" | "resume"): void {
    this.#fade = kind === "start" ? this.#startFade : this.#resumeFade;
    this.#fade.snap("silent");
    this.#fade.fadeIn();
  }

  /** Forgets what was played: nothing is continued across a stop. */
  stop(): void {
    this.#concealer.reset();
  }

  /** Makes a splice of the next frames of `track`. @returns whether there was a place for it. */
  stretch(track: Track, kind: "insert" | "remove", threshold: number): boolean {
    return this.#splice.begin(track, kind, threshold) !== 0;
  }

  /** Plays up to `frames` frames of `track`; returns how many. */
  play(track: Track, output: Float32Array, start: number, frames: number, targetFrames: number): number {
    const media = track.position;
    const arrival = track.arrivalFrame;
    const count = track.read(output, start, frames);
    this.#emit(track, output, start, count, media, 1);
    this.#sum(count, arrival, targetFrames);
    return count;
  }

  /** Plays up to `frames` frames of the splice; returns how many. */
  playSplice(track: Track, output: Float32Array, start: number, frames: number, targetFrames: number): number {
    const media = track.position;
    const arrival = track.arrivalFrame;
    const { slope } = this.#splice;
    const count = this.#splice.take(track, output, start, frames);
    this.#emit(track, output, start, count, media, slope);
    this.#sum(count, arrival, targetFrames);
    // Counted as it sounds, since a pause or a cut may come before.
    const change = count - (track.position - media);
    if (change > 0) {
      track.insertedFrames += change;
      this.#stats.insertedSamplesForDeceleration += change;
    } else {
      track.removedFrames -= change;
      this.#stats.removedSamplesForAcceleration -= change;
    }
    return count;
  }

  /** Stands in for `frames` frames: of media that is missing, whose time passes (slope 1), or of media that is awaited (slope 0). */
  conceal(track: Track, output: Float32Array, start: number, frames: number, slope: 0 | 1): void {
    const stats = this.#stats;
    if (this.#concealer.lostFrames === 0) stats.concealmentEvents++;
    const audible = this.#concealer.conceal(output, start, frames);
    this.#applyFade(output, start, frames);
    track.concealedFrames += audible;
    stats.concealedSamples += frames;
    stats.silentConcealedSamples += frames - audible;
    this.playhead.record(track, track.position, frames, slope);
    if (slope === 1) track.seek(track.position + frames);
  }

  /** Silence. */
  silence(output: Float32Array, start: number, frames: number): void {
    output.fill(0, start, start + frames);
    this.playhead.record(null, 0, frames);
  }

  /** Adds what is still fading of a cut. */
  mixTail(output: Float32Array, start: number, frames: number): void {
    this.#tail.mix(output, start, frames);
  }

  /** Leaves what would have come next of `track` to the tail, faded out; the track stays where the listener is. With null there is nothing that sounds. */
  cut(track: Track | null): void {
    if (track !== null) {
      const { next, frames } = this.#tail;
      let filled = this.#splice.copy(next, 0, frames);
      filled += track.peek(next, filled, frames - filled, this.#splice.mediaFrames);
      this.#concealer.resume(next, 0, filled);
      // Behind the end of an item as well: it may be loud to its last frame.
      this.#concealer.conceal(next, filled, frames - filled);
      this.#tail.fade(this.#fade.gain, frames);
    }
    this.#splice.clear();
    this.#concealer.reset();
  }

  /** What came from the server goes out: past the concealer, which may still be cross-fading, and the fade. */
  #emit(track: Track, output: Float32Array, start: number, frames: number, media: number, slope: 0 | 1): void {
    this.#concealer.resume(output, start, frames);
    this.#applyFade(output, start, frames);
    this.playhead.record(track, media, frames, slope);
    this.#stats.playedFrames += frames;
    this.#stats.jitterBufferEmittedCount += frames;
  }

  #sum(frames: number, arrivalFrame: number, targetFrames: number): void {
    this.#sums[0] += frames * (this.playhead.outputFrames - (frames - 1) / 2 - arrivalFrame);
    this.#sums[1] += frames * targetFrames;
  }

  #applyFade(output: Float32Array, start: number, frames: number): void {
    const fade = this.#fade;
    fade.apply(output, start, frames);
    // What begins with the fade of a resume does not end with it.
    if (fade !== this.#resumeFade || !fade.done || fade.target === "silent") return;
    this.#fade = this.#startFade;
    this.#fade.snap("open");
  }
}
