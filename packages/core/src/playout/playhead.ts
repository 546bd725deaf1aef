/**
 * The exact map from output frames to media: the only place that answers "what did the person hear".
 *
 * Every frame that leaves the jitter buffer is recorded as part of a run: `frames` output frames that showed one track from `mediaStart` on, or silence. Output
 * frames are counted from 0 at the buffer's rate; the caller knows how many of them have not reached the ear yet (resampler, device) and asks for an earlier frame.
 * Thread: wherever the JitterBuffer lives. No allocation after the constructor.
 */
import type { Track } from "./track.ts";

/** Runs kept. A run ends only where the picture changes (start, gap, next item), so this reaches back seconds at the very least. */
const MAX_RUNS = 512;

/** Where in the conversation an output frame stands. */
export interface PlayheadPosition {
  /** The track that sounds at that frame, or the last one before it when there is silence; null when nothing was played yet. */
  track: Track | null;
  /** Media frames of that track up to that output frame. */
  mediaFrames: number;
  /** Whether the track sounds at that frame. */
  sounding: boolean;
}

interface Run {
  outputStart: number;
  frames: number;
  mediaStart: number;
  track: Track | null;
}

/** Records what every output frame showed and answers for any of them. */
export class Playhead {
  /** Output frames recorded since the start. */
  outputFrames = 0;
  readonly #runs: Run[] = [];
  /** Number of runs ever begun; the newest is `#count - 1`. */
  #count = 0;

  constructor() {
    for (let i = 0; i < MAX_RUNS; i++) this.#runs.push({ outputStart: 0, frames: 0, mediaStart: 0, track: null });
  }

  /** The next `frames` output frames show `track` from its media frame `mediaStart` on, or silence (`null`). */
  record(track: Track | null, mediaStart: number, frames: number): void {
    if (frames <= 0) return;
    const last = this.#count > 0 ? this.#runs[(this.#count - 1) % MAX_RUNS] : undefined;
    if (last !== undefined && last.track === track && (track === null || last.mediaStart + last.frames === mediaStart)) {
      last.frames += frames;
    } else {
      const run = this.#runs[this.#count % MAX_RUNS];
      if (this.#count >= MAX_RUNS && run.track !== null) {
        run.track.recycledFrames = Math.max(run.track.recycledFrames, run.mediaStart + run.frames);
      }
      run.outputStart = this.outputFrames;
      run.frames = frames;
      run.mediaStart = mediaStart;
      run.track = track;
      this.#count++;
    }
    this.outputFrames += frames;
  }

  /** Frames of `track` that had been shown when output frame `outputFrame` was reached. Never decreases with `outputFrame`. */
  heardFrames(track: Track, outputFrame: number): number {
    let heard = track.recycledFrames;
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - MAX_RUNS); i--) {
      const run = this.#runs[i % MAX_RUNS];
      if (run.track !== track || run.outputStart >= outputFrame) continue;
      heard = Math.max(heard, run.mediaStart + Math.min(run.frames, outputFrame - run.outputStart));
    }
    return heard;
  }

  /** Writes to `position` what output frame `outputFrame` showed. Frames not yet recorded count as the newest one. */
  positionAt(outputFrame: number, position: PlayheadPosition): void {
    position.track = null;
    position.mediaFrames = 0;
    position.sounding = false;
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - MAX_RUNS); i--) {
      const run = this.#runs[i % MAX_RUNS];
      if (run.outputStart > outputFrame) continue;
      if (run.track === null) continue;
      const shown = outputFrame - run.outputStart;
      position.track = run.track;
      position.mediaFrames = run.mediaStart + Math.min(run.frames, shown);
      position.sounding = shown < run.frames || i === this.#count - 1;
      return;
    }
  }
}
