/**
 * What has come: takes segments into the store, and watches how they come. Counts what it cannot take; throws nothing.
 *
 * Thread: wherever the JitterBuffer lives. Time is counted in pulled frames.
 */
import { DelayEstimator } from "./delay-estimator.ts";
import type { ResolvedPlayoutOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import type { PlayoutStats } from "./stats.ts";
import { Store } from "./store.ts";
import type { Track } from "./track.ts";

/** The audio of one queue, and the arrivals of its newest item. */
export class Inbox {
  /** Tracks in playing order. */
  readonly store: Store;
  /** Target delay, from the arrivals. */
  readonly estimator: DelayEstimator;
  /** How the server delivers. */
  readonly pace: Pace;
  /** The track whose arrivals are watched: the newest; null when it is over. */
  measured: Track | null = null;
  /** Segments that brought audio since the start. */
  arrivals = 0;
  /** Frames of the last of them. */
  segmentFrames = 0;
  readonly #policy: ResolvedPlayoutOptions["policy"];
  readonly #stats: PlayoutStats;

  /** An empty inbox that counts into `stats`. */
  constructor(rate: number, options: ResolvedPlayoutOptions, stats: PlayoutStats) {
    this.store = new Store(Math.round((options.rewindMs * rate) / 1000));
    this.estimator = new DelayEstimator(rate, options);
    this.pace = new Pace(rate, options.policy === "turn");
    this.#policy = options.policy;
    this.#stats = stats;
  }

  /** Takes audio of an item at `nowFrame`; `startFrame` -1 puts it behind what is there. */
  insert(itemId: string, contentIndex: number, samples: Float32Array, startFrame: number, nowFrame: number): void {
    const stats = this.#stats;
    const track = this.store.find(itemId, contentIndex) ?? this.#open(itemId, contentIndex, startFrame, nowFrame);
    if (track === null) {
      stats.packetsDiscarded++;
      stats.lateFrames += samples.length;
      return;
    }
    if (track.done) stats.packetsAfterEnd++;
    if (samples.length === 0) return;
    if (startFrame >= 0) {
      track.timestamped = true;
      if (track.startedFrame < 0) track.lower(startFrame);
    }
    const place = startFrame >= 0 ? startFrame : track.endFrame;
    const twice = startFrame >= 0 && track.received(startFrame);
    const left = track.insert(place, samples, nowFrame);
    stats.discardedFrames += left;
    stats.receivedFrames += samples.length - left;
    if (left === samples.length) {
      stats.packetsDiscarded++;
      // One that came too late tells of a delay; one that came twice tells of none.
      if (twice) return;
    }
    this.arrivals++;
    this.segmentFrames = samples.length;
    if (track !== this.measured) return;
    this.estimator.arrived(place, nowFrame);
    this.pace.arrived(place, samples.length, nowFrame);
  }

  /** Nothing follows for this item. Of one that has not come yet it is remembered. */
  endOfItem(itemId: string, contentIndex: number): void {
    const track = this.store.find(itemId, contentIndex);
    if (track !== undefined) track.done = true;
    else if (this.store.ended(itemId, contentIndex) === undefined) this.store.remember(itemId, contentIndex, 0);
  }

  /** Takes a track out of the queue: played to its end, or cut, after which nothing of it is taken any more. */
  close(track: Track, how: "played" | "cut"): void {
    this.store.close(track, how);
    if (track === this.measured) this.measured = null;
    track.discard();
  }

  /** A track behind all others; null for an item that was cut. One that had ended goes on at its end. */
  #open(itemId: string, contentIndex: number, startFrame: number, nowFrame: number): Track | null {
    const ended = this.store.ended(itemId, contentIndex);
    if (ended === -1) return null;
    // A stream has no items: another name means that the one before is over.
    if (this.#policy === "continuous") for (const other of this.store.tracks) other.done = true;
    const track = this.store.open(itemId, contentIndex, Math.max(startFrame, ended ?? 0), nowFrame);
    track.floorFrame = ended ?? 0;
    track.recycledFrames = track.floorFrame;
    track.done = ended !== undefined && this.#policy === "turn";
    this.measured = track;
    this.estimator.restart();
    this.pace.restart(track.position, nowFrame);
    return track;
  }
}
