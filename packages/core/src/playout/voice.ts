/**
 * Plays one queue: the state machine of starting, playing, running dry, pausing and being cut.
 *
 *   idle -> priming -> playing <-> starved; paused from any of them; cut from any of them to idle
 *
 * What comes goes through the inbox, what sounds through the outlet; the policy decides, and this carries it out. Decisions fall every 10 ms of output while playing, whatever
 * the size of the pulls, so that the same arrivals give the same output to the bit.
 * Thread: wherever the JitterBuffer lives. No allocation in `render`.
 */
import { accountOf, type ItemPlayout, lagFrames } from "./account.ts";
import { Inbox } from "./inbox.ts";
import type { ResolvedPlayoutOptions } from "./options.ts";
import { Outlet } from "./outlet.ts";
import type { PlayheadPosition } from "./playhead.ts";
import { PlayoutPolicy } from "./policy.ts";
import { findQuiet } from "./quiet.ts";
import type { PlayoutState, PlayoutStats } from "./stats.ts";
import type { Track } from "./track.ts";

const TICK_MS = 10;
/** How far before running dry a quiet point is looked for when the server has stopped; and how far before, beyond what is waited for then. */
const QUIET_STOP_MS = 140;
const QUIET_STOP_MARGIN_MS = 30;
/** A hole longer than this is a jump of the sender's clock: no more of it is waited out. */
const LONGEST_HOLE_MS = 1000;
/** Gaps from this length on count as interruptions (webrtc-stats, `interruptionCount`). */
const INTERRUPTION_MS = 150;
/** An underrun so soon after the start of an item tells that it started on too little. */
const EARLY_MS = 1000;
/** Tellings of items that nobody took. */
const MAX_FINISHED = 64;

/** One queue and its player. */
export class Voice {
  /** Whether another voice has the word: nothing begins meanwhile. */
  held = false;
  /** Accounts of items that are over, oldest first; whoever reads them empties the list. */
  readonly finished: ItemPlayout[] = [];
  readonly #rate: number;
  readonly #continues: boolean;
  readonly #stats: PlayoutStats;
  readonly #inbox: Inbox;
  readonly #outlet: Outlet;
  readonly #policy: PlayoutPolicy;
  readonly #tickFrames: number;
  readonly #concealFrames: number;
  readonly #rewindFrames: number;
  /** What is looked at for a quiet point. */
  readonly #scratch: Float32Array;
  #state: PlayoutState = "idle";
  #stateBeforePause: PlayoutState = "idle";
  /** The track that is played, from its start to its end, paused or not; null between items. It is the first of the queue. */
  #current: Track | null = null;
  /** Why the fade-out under way is there: the item ends, or there is nothing left, or a quiet point to stop at. */
  #ending: "none" | "item" | "stall" = "none";
  /** Media frame of a quiet point at which to stop; -1 when there is none. It holds as long as nothing arrives. */
  #stopAt = -1;
  #stopArrivals = 0;
  /** Arrivals when playback began to stop for want of audio. */
  #starvedArrivals = 0;
  /** Frames in a row that stood in for media that was not there: silence too. */
  #hidden = 0;
  #gapFrames = 0;
  #tickLeft = 0;
  #sinceSplice = 0;
  /** Media frame that the item under way had reached before a resume went back. */
  #furthest = 0;

  /** A voice with an empty queue that counts into `stats`; `outputFrames` frames were pulled before it. */
  constructor(rate: number, options: ResolvedPlayoutOptions, stats: PlayoutStats, outputFrames = 0) {
    this.#rate = rate;
    this.#continues = options.policy === "continuous";
    this.#stats = stats;
    this.#inbox = new Inbox(rate, options, stats);
    this.#outlet = new Outlet(rate, options, stats, outputFrames);
    this.#policy = new PlayoutPolicy(rate, options, this.#inbox.estimator, this.#inbox.pace);
    this.#tickFrames = this.#frames(TICK_MS);
    this.#concealFrames = this.#frames(options.concealMs);
    this.#rewindFrames = this.#frames(options.rewindMs);
    this.#scratch = new Float32Array(Math.max(this.#rewindFrames, this.#frames(QUIET_STOP_MS)));
  }

  /** Output frames rendered since the start. */
  get outputFrames(): number {
    return this.#outlet.playhead.outputFrames;
  }

  /** Whether anything is queued or under way. */
  get busy(): boolean {
    return this.#tracks.length > 0;
  }

  /** Whether it has the word: an item plays, or is paused in playing, and does not just wait for more. */
  get speaking(): boolean {
    return this.#current !== null && (this.#state === "paused" ? this.#stateBeforePause : this.#state) === "playing";
  }

  /** Writes the gauges of now to the statistics, and adds its own to the sums. */
  gauge(): void {
    const stats = this.#stats;
    stats.queuedFrames += this.#inbox.store.queuedFrames;
    stats.state = this.#state;
    stats.pace = this.#inbox.pace.kind;
    stats.targetMs = (this.#inbox.estimator.targetFrames * 1000) / this.#rate;
    stats.lagMs = this.#current === null ? 0 : Math.floor((lagFrames(this.#current, this.outputFrames) * 1000) / this.#rate);
    this.#outlet.gauge();
  }

  /** Queues audio; `startFrame` -1 puts it behind what is there of its item. Never throws. */
  insert(itemId: string, contentIndex: number, samples: Float32Array, startFrame: number): void {
    this.#inbox.insert(itemId, contentIndex, samples, startFrame, this.outputFrames);
  }

  /** Nothing follows for this item. */
  endOfItem(itemId: string, contentIndex: number): void {
    this.#inbox.endOfItem(itemId, contentIndex);
  }

  /** Fills `frames` frames of `output` from `start` on. */
  render(output: Float32Array, start: number, frames: number): void {
    const end = start + frames;
    let at = start;
    while (at < end) {
      const track = this.#ready();
      let produced: number;
      if (track === null) {
        produced = this.#wait(output, at, end - at);
      } else {
        if (this.#tickLeft === 0) this.#decide(track);
        produced = this.#produce(track, output, at, Math.min(end - at, this.#tickLeft));
        this.#tickLeft -= produced;
        this.#sinceSplice += produced;
      }
      this.#outlet.mixTail(output, at, produced);
      at += produced;
    }
  }

  /** Fades out and waits; what arrives meanwhile is kept. */
  pause(): void {
    if (this.#state === "paused") return;
    this.#breakOff();
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
    // However often somebody pauses, it does not go back any further from what was heard.
    this.#furthest = Math.max(this.#furthest, paused);
    const oldest = track.seek(Math.min(paused, Math.max(track.oldestFrame, this.#furthest - this.#rewindFrames)));
    const frames = track.peek(this.#scratch, 0, paused - oldest);
    const quiet = findQuiet(this.#scratch, frames, this.#rate, "quietest");
    track.seek(quiet < 0 ? paused : oldest + quiet);
    this.#stats.replayedFrames += paused - track.position;
    this.#begin(track, "resume");
  }

  /** Stops at once, faded, and forgets everything queued; tells of each item that had frames left what of it had been heard at output frame `atEar`. */
  cut(atEar: number, tell: (track: Track, heardFrames: number) => void): void {
    if (this.#state !== "paused") this.#breakOff();
    const tracks = this.#tracks;
    while (tracks.length > 0) {
      const track = tracks[0];
      if (!track.drained) {
        const heard = Math.min(this.#outlet.playhead.heardFrames(track, atEar), track.endFrame);
        tell(track, heard);
        this.#stats.droppedFrames += track.queuedFrames;
        track.toldFrames = heard;
      }
      this.#finish(track, track.drained ? "played" : "cut");
    }
    this.#state = "idle";
    this.#current = null;
  }

  /** Writes to `position` what output frame `atEar` showed. */
  positionAt(atEar: number, position: PlayheadPosition): void {
    this.#outlet.playhead.positionAt(atEar, position);
    if (position.track !== null) position.mediaFrames = Math.min(position.mediaFrames, position.track.toldFrames);
  }

  get #tracks(): Track[] {
    return this.#inbox.store.tracks;
  }

  /** The track to be played now, or null for silence. Moves the state. */
  #ready(): Track | null {
    if (this.#state === "paused") return null;
    if (this.#state === "playing") return this.#current;
    const tracks = this.#tracks;
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
    this.#begin(track, "start");
    return track;
  }

  #mayStart(track: Track): boolean {
    return !this.held && track.availableFrames > 0 && (track.done || track.queuedFrames >= this.#policy.startFrames);
  }

  /** After running dry: when there is enough again, or all there will ever be; behind a hole that the time has passed over there is nothing to wait for. */
  #mayGoOn(track: Track): boolean {
    if (this.held) return false;
    if (track.done) return true;
    const passed = this.#passHole(track);
    const refilled = this.#inbox.arrivals !== this.#starvedArrivals && track.queuedFrames >= this.#policy.refillFrames;
    return track.availableFrames > 0 && (passed || refilled);
  }

  /** What stood in for media that was not there has taken the time of the hole that was found since. @returns whether there is one. */
  #passHole(track: Track): boolean {
    const hole = track.holeFrames;
    const frames = Math.min(hole, Math.max(this.#hidden, hole - this.#frames(LONGEST_HOLE_MS)));
    if (frames === 0) return false;
    track.seek(track.position + frames);
    this.#hidden = Math.max(0, this.#hidden - frames);
    return true;
  }

  #begin(track: Track, fade: "start" | "resume"): void {
    if (track.startedFrame < 0) track.startedFrame = this.outputFrames;
    this.#endGap();
    this.#current = track;
    this.#state = "playing";
    this.#ending = "none";
    this.#stopAt = -1;
    this.#hidden = 0;
    this.#tickLeft = 0;
    this.#outlet.begin(fade);
  }

  /** Every 10 ms: whether the frames to come are played as they are, slower or faster. */
  #decide(track: Track): void {
    this.#tickLeft = this.#tickFrames;
    const level = track.availableFrames;
    if (this.#stopArrivals !== this.#inbox.arrivals) this.#stopAt = -1;
    if (level === 0 || this.#ending !== "none" || this.#stopAt >= 0 || this.#outlet.spliceFrames > 0) return;
    const excess = this.#continues ? this.#policy.excessFrames(this.#inbox.store.queuedFrames, this.#inbox.segmentFrames) : 0;
    if (excess > 0) {
      this.#skip(track, Math.min(excess, track.queuedFrames));
      return;
    }
    if (track.done || track !== this.#inbox.measured) return;
    const now = this.outputFrames;
    if (this.#planStop(track, level, now)) return;
    const decision = this.#policy.decide(now, track.position, track.queuedFrames, this.#sinceSplice);
    if (decision !== "play" && this.#outlet.stretch(track, decision, this.#policy.threshold)) this.#sinceSplice = 0;
  }

  /** The server has stopped and little is left: a quiet point in that is a better place to stop than its end. */
  #planStop(track: Track, level: number, now: number): boolean {
    const most = Math.min(this.#frames(QUIET_STOP_MS), this.#policy.refillFrames + this.#frames(QUIET_STOP_MARGIN_MS));
    if (track.timestamped || level > most || !this.#policy.gaveUpOn(now)) return false;
    const frames = track.peek(this.#scratch, 0, level);
    const quiet = findQuiet(this.#scratch, frames, this.#rate, "none");
    if (quiet < 0) return false;
    this.#stopAt = track.position + quiet;
    this.#stopArrivals = this.#inbox.arrivals;
    return true;
  }

  /** Produces up to `wanted` frames of `track` or in its place; 0 when only the state changed. */
  #produce(track: Track, output: Float32Array, start: number, wanted: number): number {
    const outlet = this.#outlet;
    const level = track.availableFrames;
    // Still standing in for what has come now, or all has come: no need to stop. Nor to end, when something was added to what had ended.
    if (this.#ending === "stall" && (track.done || (this.#hidden > 0 && track.queuedFrames > 0))) this.#goOn();
    if (this.#ending === "item" && track.queuedFrames > outlet.fade.remainingFrames + 1) this.#goOn();
    // An item ends with its last frame, were it a silent one since it was too short for two fades.
    if (this.#ending !== "none" && outlet.fade.done && (this.#ending === "stall" || level === 0)) {
      this.#stop(track);
      return 0;
    }
    const target = this.#inbox.estimator.targetFrames;
    if (outlet.spliceFrames > 0) {
      this.#hidden = 0;
      return outlet.playSplice(track, output, start, wanted, target);
    }
    if (level > 0) {
      this.#hidden = 0;
      return outlet.play(track, output, start, Math.min(wanted, this.#untilEdge(track, level)), target);
    }
    if (track.holeFrames > 0) return this.#fillHole(track, output, start, wanted);
    if (track.done) {
      if (this.#ending === "none" && this.#next() !== null) {
        this.#join(track);
        return 0;
      }
      this.#endWith("item");
      if (outlet.fade.done) return 0;
    }
    return this.#conceal(track, output, start, wanted);
  }

  /** Frames that may be played before something changes: the fade of the end begins, or of a stop. At such a place it is begun. */
  #untilEdge(track: Track, level: number): number {
    const { fade } = this.#outlet;
    if (this.#ending === "item") return level;
    if (this.#ending === "stall") return Math.min(level, fade.remainingFrames);
    if (track.done) {
      if (track.queuedFrames !== level || this.#next() !== null) return level;
      // A fade-in that is still under way is turned round where it is: half of what is left up, half down.
      const steady = fade.done ? level - fade.frames : (level - fade.frames + fade.remainingFrames) >> 1;
      if (steady > 0) return steady;
      this.#endWith("item");
    } else if (this.#stopAt >= 0 && this.#stopArrivals === this.#inbox.arrivals) {
      const steady = this.#stopAt - (fade.frames >> 1) - track.position;
      if (steady > 0) return Math.min(level, steady);
      this.#endWith("stall");
      // What follows the fade is played when it goes on.
      return Math.min(level, fade.remainingFrames);
    }
    return level;
  }

  #endWith(why: "item" | "stall"): void {
    if (this.#ending !== "none") return;
    this.#ending = why;
    this.#starvedArrivals = this.#inbox.arrivals;
    this.#outlet.fade.fadeOut();
  }

  #goOn(): void {
    this.#ending = "none";
    this.#stopAt = -1;
    this.#outlet.fade.fadeIn();
  }

  /** The item after the one being played, if it could join on without a gap. */
  #next(): Track | null {
    const next = this.#tracks.length > 1 ? this.#tracks[1] : null;
    return next !== null && this.#mayStart(next) ? next : null;
  }

  /** The fade-out is through: the item is over, or playback waits. */
  #stop(track: Track): void {
    const ending = this.#ending;
    this.#ending = "none";
    this.#stopAt = -1;
    this.#outlet.stop();
    if (ending === "item") {
      this.#finish(track, "played");
      this.#state = "priming";
      this.#current = null;
      return;
    }
    this.#state = "starved";
    this.#stats.underruns++;
    // It stopped where it was quiet, without concealment: the silence is all there is of that.
    if (this.#hidden === 0) this.#stats.concealmentEvents++;
    track.gaps++;
    if (this.outputFrames - track.startedFrame < this.#frames(EARLY_MS)) track.starvedEarly = true;
  }

  /** Goes over to the next item without an edge. */
  #join(track: Track): void {
    this.#finish(track, "played");
    const [next] = this.#tracks;
    next.startedFrame = this.outputFrames;
    this.#current = next;
    this.#stopAt = -1;
    this.#hidden = 0;
  }

  /** Passes over frames: what would have come next fades out under what comes instead. */
  #skip(track: Track, frames: number): void {
    this.#breakOff();
    track.seek(track.position + frames);
    this.#stats.skippedFrames += frames;
    this.#begin(track, "resume");
    this.#tickLeft = this.#tickFrames;
  }

  /** Media that is known to be missing, later media being there: its time passes. */
  #fillHole(track: Track, output: Float32Array, start: number, wanted: number): number {
    this.#passHole(track);
    const frames = Math.min(wanted, track.holeFrames);
    if (frames > 0) this.#outlet.conceal(track, output, start, frames, 1);
    return frames;
  }

  /** The queue is empty and more is to come: stands in for it for a while, then stops. */
  #conceal(track: Track, output: Float32Array, start: number, wanted: number): number {
    const { fade } = this.#outlet;
    const left = this.#concealFrames - this.#hidden - fade.frames;
    if (this.#ending === "none" && left <= 0) this.#endWith("stall");
    const frames = Math.min(wanted, this.#ending === "none" ? left : Math.max(1, fade.remainingFrames));
    this.#outlet.conceal(track, output, start, frames, 0);
    this.#hidden += frames;
    return frames;
  }

  /** Silence: of all `wanted` frames, or until a hole has been passed over. @returns its frames. */
  #wait(output: Float32Array, start: number, wanted: number): number {
    const starved = this.#state === "starved" ? this.#tracks[0] : undefined;
    const hole = starved === undefined ? 0 : starved.holeFrames;
    const frames = hole > this.#hidden ? Math.min(wanted, hole - this.#hidden) : wanted;
    this.#outlet.silence(output, start, frames);
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
    if (gap < this.#frames(INTERRUPTION_MS)) return;
    this.#stats.interruptionCount++;
    this.#stats.totalInterruptionDuration += gap / this.#rate;
  }

  /** Whatever sounds fades out under what comes next. */
  #breakOff(): void {
    this.#outlet.cut(this.#state === "playing" ? this.#current : null);
    this.#ending = "none";
    this.#stopAt = -1;
    this.#endGap();
  }

  /** An item is over. */
  #finish(track: Track, end: "played" | "cut"): void {
    this.#furthest = 0;
    if (end === "played" && track.startedFrame >= 0) this.#policy.learn(track.starvedEarly ? "early" : "not");
    if (this.finished.length === MAX_FINISHED) this.finished.shift();
    const { pace, estimator } = this.#inbox;
    const circumstances = { rate: this.#rate, nowFrame: this.outputFrames, pace: pace.kind, targetFrames: estimator.targetFrames };
    this.finished.push(accountOf(track, end, circumstances));
    // A stream without items goes on after a cut; an item that was cut does not.
    this.#inbox.close(track, this.#continues ? "played" : end);
    if (this.#tracks.length > 0) this.#tracks[0].dueFrame = this.outputFrames;
  }

  #frames(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }
}
