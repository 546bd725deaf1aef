/**
 * The tracks of one queue in playing order, and a memory of those that are over: what was cut stays cut, and what comes after an end goes on where that was.
 *
 * Thread: wherever the JitterBuffer lives.
 */
import { Track } from "./track.ts";

/** Items over that are remembered; late audio comes within a round trip. */
const MEMORY = 128;

interface Ended {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Media frame at its end; -1 when it was cut, and nothing of it may be played any more. */
  readonly endFrame: number;
}

/** Tracks in the order of their first audio. */
export class Store {
  /** In playing order; those that are over are taken out. */
  readonly tracks: Track[] = [];
  readonly #keepFrames: number;
  readonly #ended: Ended[] = [];

  /** An empty store whose tracks keep `keepFrames` frames after they were read. */
  constructor(keepFrames: number) {
    this.#keepFrames = keepFrames;
  }

  /** The track of a content part that is queued; undefined when there is none. */
  find(itemId: string, contentIndex: number): Track | undefined {
    for (let i = 0; i < this.tracks.length; i++) {
      const track = this.tracks[i];
      if (track.itemId === itemId && track.contentIndex === contentIndex) return track;
    }
    return undefined;
  }

  /** What became of a content part that is not queued: media frame at its end, -1 when it was cut, undefined when nothing is known of it. */
  ended(itemId: string, contentIndex: number): number | undefined {
    for (let i = this.#ended.length - 1; i >= 0; i--) {
      const ended = this.#ended[i];
      if (ended.itemId === itemId && ended.contentIndex === contentIndex) return ended.endFrame;
    }
    return undefined;
  }

  /** Opens a track behind all others. */
  open(itemId: string, contentIndex: number, startFrame: number, nowFrame: number): Track {
    const track = new Track(itemId, contentIndex, startFrame, nowFrame, this.#keepFrames);
    this.tracks.push(track);
    return track;
  }

  /** Takes a track out: played to its end, or cut. */
  close(track: Track, how: "played" | "cut"): void {
    this.tracks.splice(this.tracks.indexOf(track), 1);
    this.remember(track.itemId, track.contentIndex, how === "cut" ? -1 : track.endFrame);
  }

  /** A content part that is not queued is over: at media frame `endFrame`, or cut (-1). */
  remember(itemId: string, contentIndex: number, endFrame: number): void {
    if (this.#ended.length === MEMORY) this.#ended.shift();
    this.#ended.push({ itemId, contentIndex, endFrame });
  }

  /** Media frames queued, holes included. */
  get queuedFrames(): number {
    let frames = 0;
    for (let i = 0; i < this.tracks.length; i++) frames += this.tracks[i].queuedFrames;
    return frames;
  }
}
