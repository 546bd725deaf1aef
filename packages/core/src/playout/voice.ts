/**
 * Plays one queue: the state machine of starting, playing, running dry, pausing and being cut, and everything that is done to samples on the way.
 *
 *   idle -> priming -> playing <-> starved; paused from any of them; cut from any of them to idle
 *
 * All that sounds passes one gain (a fade at every edge) and the concealer's memory, and is told to the playhead. Decisions fall every 10 ms of output while playing, whatever
 * the size of the pulls, so that the same arrivals give the same output to the bit.
 * Thread: wherever the JitterBuffer lives. No allocation in `render`.
 */
import { Concealer } from "../dsp/conceal.ts";
import { Fade } from "../dsp/fade.ts";
import { CutTail } from "./cut-tail.ts";
import { DelayEstimator } from "./delay-estimator.ts";
import type { ResolvedPlayoutOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { Playhead, type PlayheadPosition } from "./playhead.ts";
import { PlayoutPolicy } from "./policy.ts";
import { findQuiet } from "./quiet.ts";
import { SpliceBuffer } from "./splice-buffer.ts";
import type { ItemPlayout, PlayoutState, PlayoutStats } from "./stats.ts";
import { Store } from "./store.ts";
import type { Track } from "./track.ts";

const TICK_MS = 10;
/** How far before running dry a quiet point is looked for when the server has stopped. */
const QUIET_STOP_MS = 140;
/** Gaps from this length on count as interruptions (webrtc-stats, `interruptionCount`). */
const INTERRUPTION_MS = 150;
/** An underrun so soon after the start of an item tells that it started on too little. */
const EARLY_MS = 1000;
/** Tellings of items that nobody took. */
const MAX_FINISHED = 64;

/** One queue and its player. */
export class Voice {
  /** Whether another voice has the word: nothing starts meanwhile. */
  held = false;
  /** Tellings of items that are over, oldest first; whoever reads them empties the list. */
  readonly finished: ItemPlayout[] = [];
  readonly #rate: number;
  readonly #options: ResolvedPlayoutOptions;
  readonly #stats: PlayoutStats;
  readonly #store: Store;
  readonly #estimator: DelayEstimator;
  readonly #pace: Pace;
  readonly #policy: PlayoutPolicy;
  readonly #playhead = new Playhead();
  readonly #splice: SpliceBuffer;
  readonly #concealer: Concealer;
  readonly #concealFrames: number;
  readonly #startFade: Fade;
  readonly #resumeFade: Fade;
  readonly #tail: CutTail;
  /** What is looked at for a quiet point. */
  readonly #scratch: Float32Array;
  readonly #rewindFrames: number;
  /** Delay and target in frames, summed over emitted samples. Arrays, since engines box a fraction that is a field. */
  readonly #delaySums = new Float64Array(2);
  /** The fade in force; it changes only where all is silent, or open. */
  #fade: Fade;
  #state: PlayoutState = "idle";
  #stateBeforePause: PlayoutState = "idle";
  /** The track that is played, from its start to its end, paused or not; null between items. */
  #current: Track | null = null;
  /** The track whose arrivals are observed: the newest. */
  #measured: Track | null = null;
  /** Why the fade-out under way is there: the item ends, or the server has stopped and this is a quiet point. */
  #ending: "none" | "item" | "stall" = "none";
  /** Media frame of a quiet point at which to stop; -1 when there is none. */
  #stopAt = -1;
  /** Whether anything arrived since playback stopped for want of audio. */
  #refilled = false;
  /** Frames in a row that stood in for media that was not there: silence too. */
  #hidden = 0;
  #gapFrames = 0;
  #tickLeft = 0;
  #sinceSplice = 0;
  #segmentFrames = 0;

  /** A voice with an empty queue that counts into `stats`; `outputFrames` frames were pulled before it. */
  constructor(rate: number, options: ResolvedPlayoutOptions, stats: PlayoutStats, outputFrames = 0) {
    const frames = (ms: number): number => Math.round((ms * rate) / 1000);
    this.#rate = rate;
    this.#options = options;
    this.#stats = stats;
    this.#store = new Store(frames(options.rewindMs));
    this.#estimator = new DelayEstimator(rate, options);
    this.#pace = new Pace(rate);
    this.#policy = new PlayoutPolicy(rate, options, this.#estimator, this.#pace);
    this.#splice = new SpliceBuffer(rate);
    this.#concealer = new Concealer(rate);
    this.#concealFrames = frames(options.concealMs);
    this.#startFade = new Fade(frames(options.fadeMs), "silent");
    this.#resumeFade = new Fade(frames(options.resumeFadeMs), "silent");
    this.#fade = this.#startFade;
    this.#tail = new CutTail(frames(options.cutFadeMs));
    this.#rewindFrames = frames(options.rewindMs);
    this.#playhead.record(null, 0, outputFrames);
    this.#scratch = new Float32Array(Math.max(this.#rewindFrames, frames(QUIET_STOP_MS)));
  }

  /** Output frames rendered since the start. */
  get outputFrames(): number {
    return this.#playhead.outputFrames;
  }

  /** Whether anything is queued or under way. */
  get busy(): boolean {
    return this.#store.tracks.length > 0;
  }

  /** Whether an item has begun and is not over. */
  get sounding(): boolean {
    return this.#current !== null;
  }

  /** Writes the gauges of now to the statistics, and adds its own to the sums. */
  gauge(): void {
    const stats = this.#stats;
    stats.queuedFrames += this.#store.queuedFrames;
    stats.state = this.#state;
    stats.pace = this.#pace.kind;
    stats.targetMs = (this.#estimator.targetFrames * 1000) / this.#rate;
    stats.lagMs = this.#current === null ? 0 : this.#lagMs(this.#current);
    stats.jitterBufferDelay += this.#delaySums[0] / this.#rate;
    stats.jitterBufferTargetDelay += this.#delaySums[1] / this.#rate;
  }

  /** Queues audio; `startFrame` -1 puts it behind what is there of its item. Never throws. */
  insert(itemId: string, contentIndex: number, samples: Float32Array, startFrame: number): void {
    const stats = this.#stats;
    const now = this.outputFrames;
    let track = this.#store.find(itemId, contentIndex);
    if (track === undefined) {
      const ended = this.#store.ended(itemId, contentIndex);
      if (ended === -1) {
        stats.packetsDiscarded++;
        stats.lateFrames += samples.length;
        return;
      }
      track = this.#store.open(itemId, contentIndex, Math.max(startFrame, ended ?? 0), now);
      track.floorFrame = ended ?? 0;
      track.recycledFrames = track.floorFrame;
      track.done = ended !== undefined && this.#options.policy === "turn";
      this.#measured = track;
      this.#estimator.restart();
      this.#pace.restart(track.position, now);
    }
    if (track.done) stats.packetsAfterEnd++;
    if (samples.length === 0) return;
    if (startFrame >= 0) {
      track.timestamped = true;
      if (track.startedFrame < 0) track.lower(startFrame);
    }
    const place = startFrame >= 0 ? startFrame : track.endFrame;
    const left = track.insert(place, samples, now);
    stats.discardedFrames += left;
    stats.receivedFrames += samples.length - left;
    if (left === samples.length) stats.packetsDiscarded++;
    this.#segmentFrames = samples.length;
    this.#refilled = true;
    this.#stopAt = -1;
    if (track !== this.#measured) return;
    this.#estimator.arrived(place, now);
    this.#pace.arrived(place, samples.length, now);
  }

  /** Nothing follows for this item. */
  endOfItem(itemId: string, contentIndex: number): void {
    const track = this.#store.find(itemId, contentIndex);
    if (track !== undefined) track.done = true;
  }

  /** Fills `frames` frames of `output` from `start` on. */
  render(output: Float32Array, start: number, frames: number): void {
    const end = start + frames;
    let at = start;
    while (at < end) {
      const track = this.#ready();
      let produced: number;
      if (track === null) {
        produced = this.#silence(output, at, end - at);
      } else {
        if (this.#tickLeft === 0) this.#decide(track);
        produced = this.#produce(track, output, at, Math.min(end - at, this.#tickLeft));
        this.#tickLeft -= produced;
        this.#sinceSplice += produced;
      }
      this.#tail.mix(output, at, produced);
      at += produced;
    }
  }

  /** Fades out and waits; what arrives meanwhile is kept. */
  pause(): void {
    if (this.#state === "paused") return;
    this.#silenceNow();
    this.#stateBeforePause = this.#state;
    this.#state = "paused";
  }

  /** Goes on from the last quiet point before the place of the pause, faded in. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = this.#stateBeforePause;
    const track = this.#current;
    if (this.#state !== "playing" || track === null) return;
    const paused = track.position;
    const oldest = track.seek(Math.max(track.oldestFrame, paused - this.#rewindFrames));
    const frames = track.peek(this.#scratch, 0, paused - oldest);
    const quiet = findQuiet(this.#scratch, frames, this.#rate, "quietest");
    track.seek(quiet < 0 ? paused : oldest + quiet);
    this.#stats.replayedFrames += paused - track.position;
    this.#begin(track, this.#resumeFade);
  }

  /** Stops at once, faded, and forgets everything queued; tells of each item that had frames left what of it had been heard at output frame `atEar`. */
  cut(atEar: number, tell: (track: Track, heardFrames: number) => void): void {
    if (this.#state !== "paused") this.#silenceNow();
    const tracks = this.#store.tracks;
    while (tracks.length > 0) {
      const track = tracks[0];
      if (!track.drained) {
        const heard = Math.min(this.heardFrames(track, atEar), track.endFrame);
        tell(track, heard);
        this.#stats.droppedFrames += track.queuedFrames;
        track.toldFrames = heard;
      }
      // A stream without items goes on after a cut; an item that was cut does not.
      this.#finish(track, track.drained ? "played" : "cut", this.#options.policy === "continuous");
    }
    this.#state = "idle";
    this.#current = null;
  }

  /** Media frames of `track` that had been heard at output frame `atEar`. */
  heardFrames(track: Track, atEar: number): number {
    return this.#playhead.heardFrames(track, atEar);
  }

  /** Writes to `position` what output frame `atEar` showed. */
  positionAt(atEar: number, position: PlayheadPosition): void {
    this.#playhead.positionAt(atEar, position);
    if (position.track !== null) position.mediaFrames = Math.min(position.mediaFrames, position.track.toldFrames);
  }

  /** The track to be played now, or null for silence. Moves the state. */
  #ready(): Track | null {
    if (this.#state === "paused") return null;
    if (this.#state === "playing") return this.#current;
    const { tracks } = this.#store;
    if (this.#state === "starved") {
      if (!this.#mayGoOn(tracks[0])) return null;
    } else {
      while (tracks.length > 0 && tracks[0].drained) this.#finish(tracks[0], "played");
      if (tracks.length === 0 || !this.#mayStart(tracks[0])) {
        this.#state = tracks.length === 0 ? "idle" : "priming";
        return null;
      }
    }
    const [track] = tracks;
    this.#begin(track, this.#startFade);
    return track;
  }

  #mayStart(track: Track): boolean {
    return !this.held && track.availableFrames > 0 && (track.done || track.queuedFrames >= this.#policy.startFrames);
  }

  /** After running dry: when there is enough again, or all there will ever be; behind a hole that the time has passed over there is nothing to wait for. */
  #mayGoOn(track: Track): boolean {
    if (track.done) return true;
    const passed = this.#passHole(track);
    return track.availableFrames > 0 && (passed || (this.#refilled && track.queuedFrames >= this.#policy.refillFrames));
  }

  /** What stood in for media that was not there has taken the time of the hole that was found since. @returns whether there is one. */
  #passHole(track: Track): boolean {
    const frames = Math.min(this.#hidden, track.holeFrames);
    if (frames === 0) return false;
    track.seek(track.position + frames);
    this.#hidden -= frames;
    return true;
  }

  #begin(track: Track, fade: Fade): void {
    if (track.startedFrame < 0) track.startedFrame = this.outputFrames;
    this.#endGap();
    this.#current = track;
    this.#state = "playing";
    this.#ending = "none";
    this.#stopAt = -1;
    this.#hidden = 0;
    this.#tickLeft = 0;
    this.#fade = fade;
    fade.snap("silent");
    fade.fadeIn();
  }

  /** Every 10 ms: whether the frames to come are played as they are, slower or faster. */
  #decide(track: Track): void {
    this.#tickLeft = this.#ticks(TICK_MS);
    if (this.#ending !== "none" || this.#stopAt >= 0 || this.#splice.remainingFrames > 0 || track.done || track !== this.#measured) return;
    const now = this.outputFrames;
    const level = track.availableFrames;
    if (level === 0) return;
    const excess = this.#policy.excessFrames(track.queuedFrames, this.#segmentFrames);
    if (excess > 0) {
      this.#skip(track, excess);
      return;
    }
    const quietStop = Math.min(this.#ticks(QUIET_STOP_MS), this.#policy.refillFrames + this.#ticks(30));
    if (!track.timestamped && level <= quietStop && this.#policy.gaveUpOn(now)) {
      const frames = track.peek(this.#scratch, 0, level);
      const quiet = findQuiet(this.#scratch, frames, this.#rate, "none");
      if (quiet >= 0) {
        this.#stopAt = track.position + quiet;
        return;
      }
    }
    const decision = this.#policy.decide(now, track.position, track.queuedFrames, this.#sinceSplice);
    if (decision === "play") return;
    const change = this.#splice.begin(track, decision, this.#policy.threshold);
    if (change !== 0) this.#sinceSplice = 0;
  }

  /** Produces up to `wanted` frames of `track` or in its place; 0 when only the state changed. */
  #produce(track: Track, output: Float32Array, start: number, wanted: number): number {
    const level = track.availableFrames;
    // Still standing in for what has come now, or all has come: no need to stop. Nor to end, when something was added to what had ended.
    if (this.#ending === "stall" && (track.done || (this.#hidden > 0 && track.queuedFrames > 0))) this.#goOn();
    if (this.#ending === "item" && track.queuedFrames > this.#fade.remainingFrames + 1) this.#goOn();
    // An item ends with its last frame, were it a silent one since it was too short for two fades.
    if (this.#ending !== "none" && this.#fade.done && (this.#ending === "stall" || level === 0)) {
      this.#stop(track);
      return 0;
    }
    if (this.#splice.remainingFrames > 0) return this.#playSplice(track, output, start, wanted);
    if (level > 0) return this.#play(track, output, start, Math.min(wanted, this.#untilEdge(track, level)));
    if (track.holeFrames > 0) return this.#fillHole(track, output, start, wanted);
    if (track.done) {
      if (this.#ending === "none" && this.#next() !== null) {
        this.#join(track);
        return 0;
      }
      this.#endWith("item");
      if (this.#fade.done) return 0;
    }
    return this.#conceal(track, output, start, wanted);
  }

  /** Frames that may be played before something changes: the fade of the end begins, or of a stop. At such a place it is begun. */
  #untilEdge(track: Track, level: number): number {
    if (this.#ending === "item") return level;
    if (this.#ending === "stall") return Math.min(level, this.#fade.remainingFrames);
    if (track.done) {
      if (track.queuedFrames !== level || this.#next() !== null) return level;
      // A fade-in that is still under way is turned round where it is: half of what is left up, half down.
      const fade = this.#fade;
      const steady = fade.done ? level - fade.frames : (level - fade.frames + fade.remainingFrames) >> 1;
      if (steady > 0) return steady;
      this.#endWith("item");
    } else if (this.#stopAt >= 0) {
      const steady = this.#stopAt - (this.#fade.frames >> 1) - track.position;
      if (steady > 0) return Math.min(level, steady);
      this.#endWith("stall");
      // What follows the fade is played when it goes on.
      return Math.min(level, this.#fade.remainingFrames);
    }
    return level;
  }

  #endWith(why: "item" | "stall"): void {
    if (this.#ending !== "none") return;
    this.#ending = why;
    this.#refilled = false;
    this.#fade.fadeOut();
  }

  #goOn(): void {
    this.#ending = "none";
    this.#stopAt = -1;
    this.#fade.fadeIn();
  }

  /** The item after the one being played, if it could join on without a gap. */
  #next(): Track | null {
    const next = this.#store.tracks.length > 1 ? this.#store.tracks[1] : null;
    return next !== null && this.#mayStart(next) ? next : null;
  }

  /** The fade-out is through: the item is over, or playback waits. */
  #stop(track: Track): void {
    const ending = this.#ending;
    this.#ending = "none";
    this.#concealer.reset();
    if (ending === "item") {
      this.#finish(track, "played");
      this.#state = "priming";
      this.#current = null;
    } else this.#starve(track);
  }

  #starve(track: Track): void {
    this.#state = "starved";
    this.#stopAt = -1;
    this.#stats.underruns++;
    track.gaps++;
    if (this.outputFrames - track.startedFrame < this.#ticks(EARLY_MS)) track.starvedEarly = true;
  }

  /** Goes over to the next item without an edge. */
  #join(track: Track): void {
    this.#finish(track, "played");
    const [next] = this.#store.tracks;
    next.startedFrame = this.outputFrames;
    this.#current = next;
    this.#stopAt = -1;
    this.#hidden = 0;
  }

  /** Passes over frames: what would have come next fades out under what comes instead. */
  #skip(track: Track, frames: number): void {
    this.#silenceNow();
    track.seek(track.position + frames);
    this.#stats.skippedFrames += frames;
    this.#begin(track, this.#resumeFade);
    this.#tickLeft = this.#ticks(TICK_MS);
  }

  #play(track: Track, output: Float32Array, start: number, frames: number): number {
    const media = track.position;
    const arrival = track.arrivalFrame;
    const count = track.read(output, start, frames);
    this.#emit(track, output, start, count, media, 1, arrival);
    return count;
  }

  #playSplice(track: Track, output: Float32Array, start: number, wanted: number): number {
    const media = track.position;
    const { slope } = this.#splice;
    const arrival = track.arrivalFrame;
    const count = this.#splice.take(track, output, start, wanted);
    this.#emit(track, output, start, count, media, slope, arrival);
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

  /** What came from the server goes out: past the concealer, which may still be cross-fading, and the fade. */
  #emit(track: Track, output: Float32Array, start: number, frames: number, media: number, slope: 0 | 1, arrival: number): void {
    this.#concealer.resume(output, start, frames);
    this.#applyFade(output, start, frames);
    this.#playhead.record(track, media, frames, slope);
    this.#hidden = 0;
    const stats = this.#stats;
    stats.playedFrames += frames;
    stats.jitterBufferEmittedCount += frames;
    this.#delaySums[0] += frames * (this.outputFrames - (frames - 1) / 2 - arrival);
    this.#delaySums[1] += frames * this.#estimator.targetFrames;
  }

  /** Media that is known to be missing, later media being there: its time passes. */
  #fillHole(track: Track, output: Float32Array, start: number, wanted: number): number {
    this.#passHole(track);
    const frames = Math.min(wanted, track.holeFrames);
    if (frames === 0) return 0;
    const media = track.position;
    this.#standIn(track, output, start, frames);
    this.#playhead.record(track, media, frames, 1);
    track.seek(media + frames);
    return frames;
  }

  /** The queue is empty and more is to come: stands in for it for a while, then stops. */
  #conceal(track: Track, output: Float32Array, start: number, wanted: number): number {
    const left = this.#concealFrames - this.#hidden;
    if (this.#ending === "none" && left <= this.#fade.frames) this.#endWith("stall");
    const frames = this.#ending === "none" ? Math.min(wanted, left - this.#fade.frames) : Math.min(wanted, Math.max(1, this.#fade.remainingFrames));
    this.#standIn(track, output, start, frames);
    this.#playhead.record(track, track.position, frames, 0);
    this.#hidden += frames;
    return frames;
  }

  #standIn(track: Track, output: Float32Array, start: number, frames: number): void {
    const stats = this.#stats;
    if (this.#concealer.lostFrames === 0) stats.concealmentEvents++;
    const audible = this.#concealer.conceal(output, start, frames);
    this.#applyFade(output, start, frames);
    track.concealedFrames += audible;
    stats.concealedSamples += frames;
    stats.silentConcealedSamples += frames - audible;
  }

  #applyFade(output: Float32Array, start: number, frames: number): void {
    const fade = this.#fade;
    fade.apply(output, start, frames);
    // What begins with the fade of a resume does not end with it.
    if (fade !== this.#resumeFade || !fade.done || fade.target === "silent") return;
    this.#fade = this.#startFade;
    this.#fade.snap("open");
  }

  /** Silence: of all `wanted` frames, or until a hole has been passed over. @returns its frames. */
  #silence(output: Float32Array, start: number, wanted: number): number {
    const starved = this.#state === "starved" ? this.#store.tracks[0] : undefined;
    const hole = starved === undefined ? 0 : starved.holeFrames;
    const frames = hole > this.#hidden ? Math.min(wanted, hole - this.#hidden) : wanted;
    output.fill(0, start, start + frames);
    this.#playhead.record(null, 0, frames);
    if (starved !== undefined) this.#countGap(starved, frames);
    return frames;
  }

  #countGap(track: Track, frames: number): void {
    track.gapFrames += frames;
    this.#gapFrames += frames;
    if (track.timestamped) this.#hidden += frames;
    this.#stats.underrunFrames += frames;
    this.#stats.concealedSamples += frames;
    this.#stats.silentConcealedSamples += frames;
  }

  #endGap(): void {
    const gap = this.#gapFrames;
    this.#gapFrames = 0;
    if (gap < this.#ticks(INTERRUPTION_MS)) return;
    this.#stats.interruptionCount++;
    this.#stats.totalInterruptionDuration += gap / this.#rate;
  }

  /** Leaves what sounds to the tail; the track stays where the listener is. */
  #silenceNow(): void {
    const track = this.#current;
    if (this.#state === "playing" && track !== null) {
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
    this.#ending = "none";
    this.#stopAt = -1;
    this.#endGap();
  }

  /** An item is over. */
  #finish(track: Track, end: "played" | "cut", continues = false): void {
    this.#store.close(track, end === "cut" && !continues ? "cut" : "played");
    if (end === "played" && track.startedFrame >= 0) this.#policy.learn(track.starvedEarly ? "early" : "not");
    if (this.finished.length === MAX_FINISHED) this.finished.shift();
    this.finished.push({
      itemId: track.itemId,
      contentIndex: track.contentIndex,
      end,
      totalMs: this.#ms(track.endFrame),
      startMs: track.startedFrame < 0 ? -1 : this.#ms(track.startedFrame - track.openedFrame),
      gaps: track.gaps,
      gapMs: this.#ms(track.gapFrames),
      concealedMs: this.#ms(track.concealedFrames),
      insertedMs: this.#ms(track.insertedFrames),
      removedMs: this.#ms(track.removedFrames),
      lagMs: this.#lagMs(track),
      pace: this.#pace.kind,
      targetMs: this.#ms(this.#estimator.targetFrames),
    });
    if (track === this.#measured) this.#measured = null;
    track.discard();
  }

  #lagMs(track: Track): number {
    return this.#ms(this.outputFrames - track.openedFrame - (track.position - track.originFrame));
  }

  #ms(frames: number): number {
    return Math.floor((frames * 1000) / this.#rate);
  }

  #ticks(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }
}
