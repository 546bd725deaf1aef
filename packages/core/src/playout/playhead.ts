/**
 * The exact map from output frames to media: the only place that answers "what did the person hear".
 *
 * Every frame that leaves the jitter buffer is recorded as part of a run: `frames` output frames that showed one track from `mediaStart` on, either frame by frame (slope 1)
 * or standing still (slope 0: what was inserted or concealed is no media), or silence. What was left out is a jump between two runs. Output frames are counted from 0 at the
 * buffer's rate; the caller knows which of them is at the ear (resampler, device) and asks for that one.
 * Thread: wherever the JitterBuffer lives. No allocation after the constructor.
 */
import type { Track } from "./track.ts";

/** Runs kept. Stretching makes 150 a second at the very most, so this reaches back further than any device's latency. */
const MAX_RUNS = 1024;

/** Media frames per output frame of a run: 1 where the track is played, 0 where something stands in for it. */
export type Slope = 0 | 1;

/** Where in the conversation an output frame stands. */
export interface PlayheadPosition {
  /** The track that sounds at that frame, or the last one before it when there is silence; null when nothing was played yet. */
  track: Track | null;
  /** Media frames of that track up to that output frame; never less than for an earlier frame. */
  mediaFrames: number;
  /** Whether the track sounds at that frame. */
  sounding: boolean;
}

interface Run {
  outputStart: number;
  frames: number;
  mediaStart: number;
  slope: Slope;
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
    for (let i = 0; i < MAX_RUNS; i++) this.#runs.push({ outputStart: 0, frames: 0, mediaStart: 0, slope: 1, track: null });
  }

  /** The next `frames` output frames show `track` from its media frame `mediaStart` on, or silence (`null`). */
  record(track: Track | null, mediaStart: number, frames: number, slope: Slope = 1): void {
    if (frames <= 0) return;
    const last = this.#count > 0 ? this.#runs[(this.#count - 1) % MAX_RUNS] : undefined;
    if (last !== undefined && last.track === track && (track === null || (last.slope === slope && last.mediaStart + last.frames * slope === mediaStart))) {
      last.frames += frames;
    } else {
      const run = this.#runs[this.#count % MAX_RUNS];
      if (this.#count >= MAX_RUNS && run.track !== null) run.track.recycledFrames = Math.max(run.track.recycledFrames, reached(run, run.frames));
      run.outputStart = this.outputFrames;
      run.frames = frames;
      run.mediaStart = mediaStart;
      run.slope = slope;
      run.track = track;
      this.#count++;
    }
    this.outputFrames += frames;
  }

  /** Media frames of `track` that had been shown when output frame `outputFrame` was reached. Never decreases with `outputFrame`. */
  heardFrames(track: Track, outputFrame: number): number {
    let heard = track.recycledFrames;
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - MAX_RUNS); i--) {
      const run = this.#runs[i % MAX_RUNS];
      if (run.track === track && run.outputStart < outputFrame) heard = Math.max(heard, reached(run, outputFrame - run.outputStart));
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
      if (run.outputStart > outputFrame || run.track === null) continue;
      position.track = run.track;
      position.mediaFrames = this.heardFrames(run.track, outputFrame);
      position.sounding = outputFrame - run.outputStart < run.frames || i === this.#count - 1;
      return;
    }
  }
}

/** Media frame that a run has reached after `frames` of its frames. */
function reached(run: Run, frames: number): number {
  return run.mediaStart + run.slope * Math.min(run.frames, frames);
}
