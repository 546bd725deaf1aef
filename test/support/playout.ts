/** What playout's tests share: samples that say where they belong, and a trace of what the playhead was told of every output frame. */
import { JitterBuffer, type JitterBufferOptions } from "../../packages/core/src/playout/jitter-buffer.ts";
import { Playhead } from "../../packages/core/src/playout/playhead.ts";
import type { PlayoutState } from "../../packages/core/src/playout/stats.ts";
import type { Track } from "../../packages/core/src/playout/track.ts";

export const RATE = 24_000;

export function frames(ms: number): number {
  return Math.round((ms * RATE) / 1000);
}

export function buffer(options: Partial<JitterBufferOptions> = {}): JitterBuffer {
  return new JitterBuffer({ rate: RATE, ...options });
}

/** Neither stretching nor catching up: what comes out is what went in, but for fades and concealment. */
export const PLAIN = { slowDown: "none", catchUp: "none" } as const;

/** Pulls `count` frames, `block` at a time. */
export function pull(from: JitterBuffer, count: number, block = 64): Float32Array {
  const output = new Float32Array(count);
  for (let i = 0; i < count; i += block) from.pull(output.subarray(i, Math.min(count, i + block)));
  return output;
}

/** The sample of media frame `position` of item `item`, 0 to 7: from 0.5 to 1, rising slowly, exact in a float. */
export function code(item: number, position: number): number {
  return 0.5 + (position * 8 + item) / 2 ** 24;
}

/** `count` samples of item `item` from media frame `start` on. */
export function coded(item: number, start: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => code(item, start + i));
}

/** Largest difference between neighbours, the silence before included. */
export function largestStep(samples: ArrayLike<number>): number {
  let step = 0;
  let before = 0;
  for (let i = 0; i < samples.length; i++) {
    step = Math.max(step, Math.abs(samples[i] - before));
    before = samples[i];
  }
  return step;
}

/** Steepest step of a raised cosine over `count` frames, for a signal of 1. */
export function fadeStep(count: number): number {
  return (Math.PI / 2 / count) * 1.01;
}

/** What the playhead was told of one output frame. */
export interface Shown {
  readonly track: Track | null;
  readonly media: number;
  readonly slope: 0 | 1;
}

/** Runs `run` with a list that fills with what every playhead is told meanwhile, frame by frame: use one buffer in it. */
export function traced<T>(run: (shown: Shown[]) => T): T {
  const original = Playhead.prototype.record;
  const shown: Shown[] = [];
  Playhead.prototype.record = function (track, mediaStart, count, slope = 1) {
    for (let i = 0; i < count; i++) shown.push(track === null ? { track, media: 0, slope: 0 } : { track, media: mediaStart + i * slope, slope });
    original.call(this, track, mediaStart, count, slope);
  };
  try {
    return run(shown);
  } finally {
    Playhead.prototype.record = original;
  }
}

/** Inserts `ms` of item "a", "b", ... from `fromMs` of it on. */
export const put = (jitter: JitterBuffer, itemId: string, ms: number, fromMs = 0): void =>
  jitter.insert({ itemId, contentIndex: 0, samples: coded(itemId.charCodeAt(0) - 97, frames(fromMs), frames(ms)) });
/** Whether all is exactly 0. */
export const silent = (output: Float32Array): boolean => output.every((sample) => sample === 0);

/** A buffer brought into a state, and what it gave so far; item "a" has 200 ms, none in `idle`, 20 in `priming`. */
export function inState(
  state: PlayoutState | "concealing" | "ending" | "starting",
  options: Partial<JitterBufferOptions> = {},
): { jitter: JitterBuffer; output: number[] } {
  const jitter = buffer({ ...PLAIN, ...options });
  const output: number[] = [];
  const take = (ms: number): void => void output.push(...pull(jitter, frames(ms)));
  if (state === "priming") put(jitter, "a", 20);
  else if (state !== "idle") put(jitter, "a", 200);
  if (state === "ending") jitter.endOfItem("a", 0);
  take({ idle: 50, priming: 50, starting: 2, playing: 100, paused: 100, concealing: 220, ending: 197, starved: 300 }[state]);
  if (state === "paused") {
    jitter.pause();
    take(50);
  }
  return { jitter, output };
}

/** Every state of {@link inState}. */
export const ALL = ["idle", "priming", "starting", "playing", "concealing", "ending", "starved", "paused"] as const;
