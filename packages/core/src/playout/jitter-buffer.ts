/**
 * Holds a server's audio by (itemId, contentIndex) and plays it as it was spoken: in order, faded at every edge, never dropping a frame that was not cut.
 *
 * Two verbs: `insert` when audio arrives, `pull` when the device wants frames. Time is counted in pulled frames, never by a wall clock, so a test plays ten minutes in
 * milliseconds and twice the same. Policy `turn`: a queue by item; an item starts when enough of it is there or when it is complete; when a queue runs dry the last
 * frames are faded out and playback waits for a refill.
 * Thread: one (the playback worklet, or the process that pulls). No allocation in `pull`.
 */
import { checkRange } from "../check-options.ts";
import { Fade } from "../dsp/fade.ts";
import { type PlayoutOptions, resolvePlayoutOptions } from "./options.ts";
import { Playhead, type PlayheadPosition } from "./playhead.ts";
import { Track } from "./track.ts";

/** Options of {@link JitterBuffer}. */
export interface JitterBufferOptions extends PlayoutOptions {
  /** Frames per second of what is inserted and pulled, in Hz: 8000 to 192000. */
  readonly rate: number;
}

/** A piece of audio of one item. */
export interface PlayoutSegment {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
  readonly contentIndex: number;
  /** Mono frames at the buffer's rate, full scale +-1. The buffer takes the array over. */
  readonly samples: Float32Array;
}

/** What was heard of one item, in whole milliseconds, rounded down. */
export interface HeardItem {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
  readonly contentIndex: number;
  /** ms that reached the ear; never more than `totalMs`. */
  readonly heardMs: number;
  /** ms received from the server. */
  readonly totalMs: number;
}

/** What was heard and what was dropped: one entry per item that had not been handed to the device to its end. */
export interface HeardReport {
  /** In playing order. */
  readonly items: HeardItem[];
}

/** What the buffer is doing. */
export type PlayoutState = "idle" | "priming" | "playing" | "starved" | "paused";

/** Lifetime counters, which only grow, and two gauges. */
export interface PlayoutStats {
  /** Frames inserted. */
  receivedFrames: number;
  /** Frames of speech pulled. */
  playedFrames: number;
  /** Frames of silence pulled while an item was unfinished: the length of all gaps. */
  underrunFrames: number;
  /** Times the queue ran dry inside an item. */
  underruns: number;
  /** Frames thrown away by `flush`. */
  droppedFrames: number;
  /** Calls of `flush`. */
  flushes: number;
  /** Gauge: frames queued now. */
  queuedFrames: number;
  /** Gauge: state now. */
  state: PlayoutState;
}

/** The buffer between a server's audio and a device; see the head of this file. */
export class JitterBuffer {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /**
   * Frames pulled that have not reached the ear: what stands in resamplers and in the device. Deducted from every heard position. Set it before asking, as often as it
   * changes.
   */
  outputDelayFrames = 0;
  readonly #startFrames: number;
  readonly #refillFrames: number;
  readonly #cutFadeFrames: number;
  readonly #playhead = new Playhead();
  readonly #fade: Fade;
  /** The faded rest of what was cut or paused, mixed under whatever comes next so that neither waits for the other. */
  readonly #tail: Float32Array;
  #tailStart = 0;
  #tailEnd = 0;
  #tracks: Track[] = [];
  #state: PlayoutState = "idle";
  #stateBeforePause: PlayoutState = "idle";
  /** Frames until the running fade-out is through and the state changes; -1 when none is running. */
  #endingFrames = -1;
  readonly #position: PlayheadPosition = { track: null, mediaFrames: 0, sounding: false };
  readonly #stats: PlayoutStats = {
    receivedFrames: 0,
    playedFrames: 0,
    underrunFrames: 0,
    underruns: 0,
    droppedFrames: 0,
    flushes: 0,
    queuedFrames: 0,
    state: "idle",
  };

  /** An empty buffer. @throws {RangeError} when an option is out of its range, {@link TypeError} when it is unknown; the message names it. */
  constructor(options: JitterBufferOptions) {
    const { rate, ...playout } = options;
    this.rate = checkRange("rate", rate, 8000, 192000, "Hz");
    const { startMs, refillMs, fadeMs, cutFadeMs } = resolvePlayoutOptions(playout);
    this.#startFrames = this.#frames(startMs);
    this.#refillFrames = this.#frames(refillMs);
    this.#fade = new Fade(this.#frames(fadeMs), "silent");
    this.#cutFadeFrames = this.#frames(cutFadeMs);
    this.#tail = new Float32Array(this.#cutFadeFrames);
  }

  /** Counters and gauges; the same object every time. */
  get stats(): Readonly<PlayoutStats> {
    let queued = 0;
    for (let i = 0; i < this.#tracks.length; i++) queued += this.#tracks[i].availableFrames;
    this.#stats.queuedFrames = queued;
    this.#stats.state = this.#state;
    return this.#stats;
  }

  /** Frames pulled since the start. */
  get pulledFrames(): number {
    return this.#playhead.outputFrames;
  }

  /** Queues audio of an item behind what is there of it; a new item stands behind all others. */
  insert(segment: PlayoutSegment): void {
    this.#track(segment.itemId, segment.contentIndex).append(segment.samples);
    this.#stats.receivedFrames += segment.samples.length;
  }

  /** Nothing follows for this item: what is queued plays to the last frame. Unknown items are ignored. */
  endOfItem(itemId: string, contentIndex: number): void {
    const track = this.#find(itemId, contentIndex);
    if (track !== undefined) track.done = true;
  }

  /** Fills `output` with the next frames; silence where there is nothing to play. Time advances by `output.length` frames. */
  pull(output: Float32Array): void {
    let filled = 0;
    while (filled < output.length) {
      const wanted = output.length - filled;
      const track = this.#ready();
      if (track === null) {
        this.#silence(output, filled, wanted);
        break;
      }
      filled += this.#play(track, output, filled, wanted);
    }
    if (this.#tailStart < this.#tailEnd) this.#mixTail(output);
  }

  /** Fades out and waits; what arrives meanwhile is kept. */
  pause(): void {
    if (this.#state === "paused") return;
    this.#captureTail();
    this.#stateBeforePause = this.#state;
    this.#state = "paused";
    this.#endingFrames = -1;
  }

  /** Goes on with the frame after the last one that counted as heard at {@link pause}, faded in. */
  resume(): void {
    if (this.#state !== "paused") return;
    const before = this.#stateBeforePause;
    this.#state = before;
    if (before === "playing") this.#begin();
  }

  /**
   * Stops at once (faded), forgets everything queued, and says what was heard of each item that had frames left or was still being received. The audio of an item whose
   * last frame is already with the device cannot be called back: it counts as heard and is not listed.
   */
  flush(): HeardReport {
    if (this.#state !== "paused") this.#captureTail();
    const atEar = Math.max(0, this.#playhead.outputFrames - this.outputDelayFrames);
    const items: HeardItem[] = [];
    for (const track of this.#tracks) {
      if (track.drained) continue;
      const heard = Math.min(this.#playhead.heardFrames(track, atEar), track.receivedFrames);
      items.push({ itemId: track.itemId, contentIndex: track.contentIndex, heardMs: this.#ms(heard), totalMs: this.#ms(track.receivedFrames) });
      this.#stats.droppedFrames += track.availableFrames;
      track.toldFrames = heard;
      track.discard();
    }
    this.#stats.flushes++;
    this.#tracks = [];
    this.#state = "idle";
    this.#endingFrames = -1;
    return { items };
  }

  /** What is at the ear now, {@link outputDelayFrames} deducted. The same object every time; read it at once. */
  positionAtEar(): Readonly<PlayheadPosition> {
    const position = this.#position;
    this.#playhead.positionAt(Math.max(0, this.#playhead.outputFrames - this.outputDelayFrames), position);
    if (position.track !== null) position.mediaFrames = Math.min(position.mediaFrames, position.track.toldFrames);
    return position;
  }

  /** The track that may be played now, or null for silence. Moves the state. */
  #ready(): Track | null {
    if (this.#state === "paused") return null;
    const track = this.#head();
    if (track === null) {
      this.#state = "idle";
      return null;
    }
    if (this.#state === "playing") return track;
    const wanted = this.#state === "starved" ? this.#refillFrames : this.#startFrames;
    if (track.availableFrames > 0 && (track.done || track.availableFrames >= wanted)) {
      this.#begin();
      return track;
    }
    if (this.#state === "idle") this.#state = "priming";
    return null;
  }

  #begin(): void {
    this.#state = "playing";
    this.#endingFrames = -1;
    this.#fade.snap("silent");
    this.#fade.fadeIn();
  }

  /** Plays up to `wanted` frames of `track`; returns how many. */
  #play(track: Track, output: Float32Array, start: number, wanted: number): number {
    if (this.#endingFrames < 0) {
      const steady = this.#followed(track) ? track.availableFrames : track.availableFrames - this.#fade.frames;
      if (steady > 0) return this.#emit(track, output, start, Math.min(wanted, steady));
      this.#endingFrames = track.availableFrames;
      this.#fade.fadeOut();
    }
    const played = this.#endingFrames > 0 ? this.#emit(track, output, start, Math.min(wanted, this.#endingFrames)) : 0;
    this.#endingFrames -= played;
    if (this.#endingFrames === 0) {
      this.#endingFrames = -1;
      if (track.drained) this.#state = "priming";
      else {
        this.#state = "starved";
        this.#stats.underruns++;
      }
    }
    return played;
  }

  #emit(track: Track, output: Float32Array, start: number, frames: number): number {
    const mediaStart = track.readFrames;
    const read = track.read(output, start, frames);
    this.#fade.apply(output, start, read);
    this.#playhead.record(track, mediaStart, read);
    this.#stats.playedFrames += read;
    return read;
  }

  #silence(output: Float32Array, start: number, frames: number): void {
    output.fill(0, start, start + frames);
    this.#playhead.record(null, 0, frames);
    if (this.#state === "starved") this.#stats.underrunFrames += frames;
  }

  /** Whether the next track's audio joins on without a gap once `track` ends. */
  #followed(track: Track): boolean {
    if (!track.done) return false;
    const next = this.#tracks[this.#tracks.indexOf(track) + 1];
    return next !== undefined && (next.availableFrames >= this.#startFrames || (next.done && next.availableFrames > 0));
  }

  /** Keeps the next few frames, faded out, for {@link #mixTail}; the tracks stay where they are. */
  #captureTail(): void {
    const track = this.#state === "playing" ? this.#head() : null;
    if (track === null) return;
    const frames = track.peek(this.#tail, 0, this.#cutFadeFrames);
    const gain = this.#fade.gain / 2;
    for (let i = 0; i < frames; i++) this.#tail[i] *= gain + gain * Math.cos((Math.PI * (i + 0.5)) / frames);
    this.#tailStart = 0;
    this.#tailEnd = frames;
  }

  #mixTail(output: Float32Array): void {
    const frames = Math.min(output.length, this.#tailEnd - this.#tailStart);
    for (let i = 0; i < frames; i++) output[i] += this.#tail[this.#tailStart + i];
    this.#tailStart += frames;
  }

  /** The oldest track with anything left to play or to come; drained ones are let go. */
  #head(): Track | null {
    while (this.#tracks.length > 0 && this.#tracks[0].drained) this.#tracks.shift();
    return this.#tracks.length > 0 ? this.#tracks[0] : null;
  }

  #find(itemId: string, contentIndex: number): Track | undefined {
    for (const track of this.#tracks) if (track.itemId === itemId && track.contentIndex === contentIndex) return track;
    return undefined;
  }

  #track(itemId: string, contentIndex: number): Track {
    let track = this.#find(itemId, contentIndex);
    if (track === undefined) {
      track = new Track(itemId, contentIndex);
      this.#tracks.push(track);
    }
    return track;
  }

  #ms(frames: number): number {
    return Math.floor((frames * 1000) / this.rate);
  }

  #frames(ms: number): number {
    return Math.round((ms * this.rate) / 1000);
  }
}
