/**
 * To the sample: media whose every frame says which one it is. Matching speech cannot tell whether one sample is gone; this can.
 *
 * Frame i is (i + 1) / 2^24, which floats hold exactly for eleven minutes at 24 kHz. Runs of exact frames are the media as it is; what sounds between two runs are fades, which stand for as
 * many frames as they have. Media that neither is there nor has any sound to stand for it was lost.
 */
import { JitterBuffer, type JitterBufferOptions, type PlayoutSegment } from "@sidetone/core/playout";
import { QUANTUM, QUANTUM_MS } from "../players/player.ts";
import type { Trace } from "../traces/trace.ts";

const ONE = 2 ** 24;
/** Frames that inexact sound between two runs may stand for, 30 ms at 24 kHz: more than any fade, and so little that concealment cannot hide a loss behind itself. */
const MOST_FADED = 720;
/** Exact frames in a row that are no coincidence. */
const RUN = 4;

/** Media frames `start` to `end` that carry their position. */
export function numbered(start: number, end: number): Float32Array {
  return Float32Array.from({ length: end - start }, (_, i) => (start + i + 1) / ONE);
}

/** Counts the frames of `mediaFrames` that were lost on the way to an output, quantum by quantum. */
export class Accounting {
  lostFrames = 0;
  /** Frames that came out as they went in. */
  exactFrames = 0;
  /** Next media frame, after the last exact one. */
  #expected = 0;
  #sounding = 0;
  #run: number[] = [];

  add(block: Float32Array): void {
    for (const sample of block) {
      const number = sample * ONE - 1;
      const last = this.#run[this.#run.length - 1];
      if (Number.isInteger(number) && number >= this.#expected && (last === undefined || number === last + 1)) {
        this.#run.push(number);
        if (this.#run.length >= RUN) this.#settle(number);
        continue;
      }
      this.#sounding += this.#run.length + (sample === 0 ? 0 : 1);
      this.#run = [];
    }
  }

  /** The output has ended. */
  end(mediaFrames: number): void {
    this.#sounding += this.#run.length;
    this.lostFrames += Math.max(0, mediaFrames - this.#expected - Math.min(this.#sounding, MOST_FADED));
  }

  #settle(number: number): void {
    const first = this.#run[0];
    this.lostFrames += Math.max(0, first - this.#expected - Math.min(this.#sounding, MOST_FADED));
    this.exactFrames += this.#run.length;
    this.#sounding = 0;
    this.#expected = number + 1;
    this.#run = [];
  }
}

/** Frames that a buffer loses of a trace. */
export function lostOn({ arrivals, mediaFrames, doneAtMs }: Trace, options: JitterBufferOptions): { lostFrames: number; exactFrames: number } {
  const buffer = new JitterBuffer(options);
  const accounting = new Accounting();
  const output = new Float32Array(QUANTUM);
  let next = 0;
  let done = false;
  for (let quantum = 0; !done || buffer.stats.queuedFrames > 0 || quantum * QUANTUM_MS < doneAtMs + 3000; quantum++) {
    const nowMs = quantum * QUANTUM_MS;
    for (; next < arrivals.length && arrivals[next].atMs <= nowMs; next++) {
      const { startFrame, frames } = arrivals[next];
      const segment: PlayoutSegment = { itemId: "a", contentIndex: 0, samples: numbered(startFrame, startFrame + frames) };
      buffer.insert(segment);
    }
    if (!done && next === arrivals.length && doneAtMs <= nowMs) {
      done = true;
      buffer.endOfItem("a", 0);
    }
    buffer.pull(output);
    accounting.add(output);
  }
  accounting.end(mediaFrames);
  return accounting;
}

/** Ten minutes that arrive at once. */
export function tenMinutes(rate: number): Trace {
  const mediaFrames = rate * 600;
  const chunk = rate / 2;
  const arrivals = Array.from({ length: mediaFrames / chunk }, (_, i) => ({ atMs: 0, startFrame: i * chunk, frames: chunk }));
  return { id: "ten-minutes", title: "ten minutes at once", class: "burst", origin: "synthetic", rate, mediaFrames, arrivals, doneAtMs: 0, note: "" };
}
