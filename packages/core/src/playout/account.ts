/** The account of one item: how it was played, from what its track and its server leave. */
import type { ServerPace } from "./pace.ts";
import type { Track } from "./track.ts";

/** How one item was played, told when it is over. */
export interface ItemPlayout {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
  readonly contentIndex: number;
  /** How it ended: played to its last frame, or cut. */
  readonly end: "played" | "cut";
  /** ms received. */
  readonly totalMs: number;
  /** ms from its first audio to its first sound; -1 when it was never heard. */
  readonly startMs: number;
  /** Times it stopped for want of audio. */
  readonly gaps: number;
  /** ms of silence those cost. */
  readonly gapMs: number;
  /** ms concealed, without the silence. */
  readonly concealedMs: number;
  /** ms inserted to play slower. */
  readonly insertedMs: number;
  /** ms removed to play faster. */
  readonly removedMs: number;
  /** ms that its end came later than had all of it been there at once; the time of items before it is none. */
  readonly lagMs: number;
  /** How its server delivered it. */
  readonly pace: ServerPace;
  /** Target delay at its end, in ms. */
  readonly targetMs: number;
}

/** What was going on when an item ended. */
export interface Circumstances {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /** Frames pulled. */
  readonly nowFrame: number;
  /** How the server delivered. */
  readonly pace: ServerPace;
  /** Target delay, in frames. */
  readonly targetFrames: number;
}

/** The account of `track`, which ended now. */
export function accountOf(track: Track, end: "played" | "cut", { rate, nowFrame, pace, targetFrames }: Circumstances): ItemPlayout {
  const ms = (frames: number): number => Math.floor((frames * 1000) / rate);
  return {
    itemId: track.itemId,
    contentIndex: track.contentIndex,
    end,
    totalMs: ms(track.endFrame),
    startMs: track.startedFrame < 0 ? -1 : ms(track.startedFrame - track.openedFrame),
    gaps: track.gaps,
    gapMs: ms(track.gapFrames),
    concealedMs: ms(track.concealedFrames),
    insertedMs: ms(track.insertedFrames),
    removedMs: ms(track.removedFrames),
    lagMs: ms(lagFrames(track, nowFrame)),
    pace,
    targetMs: ms(targetFrames),
  };
}

/** Frames by which `track` is later at `nowFrame` than it would be had all of it been there at once. */
export function lagFrames(track: Track, nowFrame: number): number {
  return nowFrame - track.dueFrame - (track.position - track.originFrame);
}
