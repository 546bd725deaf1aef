/**
 * What is heard of a splice: steps and clicks, by what speech at that place has of its own. A step is a jump from one sample to the next that is far above what is usual there; a click is a
 * millisecond with far more high frequencies than the source has around there.
 */
import type { Segment } from "./align.ts";

/** A jump of so many times the usual step is a hard edge. */
const HARD = 6;
/** And it must be more than the source does at that very place, which is what a fade leaves of it. */
const MORE = 1.5;
/** And it stands alone: the pulses of a voice that is concealed are as steep as any cut, but take several samples. */
const ALONE = 1.5;
/** Smaller ones nobody hears: -48 dB. */
const SMALLEST_STEP = 0.004;
const CLICK = 3;
const SMALLEST_CLICK = 0.008;
/** Clicks nearer than this are one. */
const ONE_CLICK_MS = 10;

/** What is usual in a signal, millisecond by millisecond. */
class Usual {
  readonly #block: number;
  readonly #steps: Float32Array;
  readonly #bends: Float32Array;

  constructor(source: Float32Array, rate: number) {
    this.#block = Math.round(rate / 1000);
    const blocks = Math.ceil(source.length / this.#block);
    const steps = new Float32Array(blocks);
    const bends = new Float32Array(blocks);
    for (let b = 0; b < blocks; b++) {
      let squares = 0;
      let bend = 0;
      for (let i = Math.max(2, b * this.#block); i < Math.min(source.length, (b + 1) * this.#block); i++) {
        const step = source[i] - source[i - 1];
        squares += step * step;
        bend = Math.max(bend, Math.abs(step - (source[i - 1] - source[i - 2])));
      }
      steps[b] = squares / this.#block;
      bends[b] = bend;
    }
    this.#steps = steps;
    this.#bends = bends;
  }

  /** Usual step (RMS) within 10 ms of a frame. */
  step(frame: number): number {
    return Math.sqrt(this.#around(this.#steps, frame, 10, "mean"));
  }

  /** Largest second difference within 5 ms of a frame. */
  bend(frame: number): number {
    return this.#around(this.#bends, frame, 5, "max");
  }

  #around(of: Float32Array, frame: number, reachMs: number, how: "mean" | "max"): number {
    const b = Math.min(of.length - 1, Math.max(0, Math.floor(frame / this.#block)));
    const from = Math.max(0, b - reachMs);
    const to = Math.min(of.length - 1, b + reachMs);
    let sum = 0;
    let max = 0;
    for (let i = from; i <= to; i++) {
      sum += of[i];
      max = Math.max(max, of[i]);
    }
    return how === "max" ? max : sum / (to - from + 1);
  }
}

/** Where the media stands at an output frame, seen from the segments on both sides. */
function around(segments: readonly Segment[], index: number, frame: number): number[] {
  const before = segments[index - 1];
  const after = segments[index];
  return [...(before ? [Math.min(frame, before.outputEnd) - before.lag] : []), ...(after ? [Math.max(frame, after.outputStart) - after.lag] : [])];
}

/** The larger of the steps before and after the one to frame `i`. */
function nextTo(output: Float32Array, i: number): number {
  return Math.max(Math.abs(output[i - 1] - output[i - 2]), i + 1 < output.length ? Math.abs(output[i + 1] - output[i]) : 0);
}

/** What is heard of splices, as frames of the output. */
export interface Edges {
  /** Jumps where two stretches meet. */
  readonly hardEdges: number[];
  /** Clicks, there or inside a stretch. */
  readonly clicks: number[];
}

/** Every hard edge and every click of `output`, in which `segments` are `source`; both at `rate` Hz. */
export function findEdges(output: Float32Array, source: Float32Array, segments: readonly Segment[], rate: number): Edges {
  const usual = new Usual(source, rate);
  const hardEdges: number[] = [];
  const clicks: number[] = [];
  const oneClick = (ONE_CLICK_MS * rate) / 1000;
  let index = 0;
  for (let i = 2; i < output.length; i++) {
    while (index < segments.length && segments[index].outputEnd + 2 < i) index++;
    const segment = segments[index];
    const step = Math.abs(output[i] - output[i - 1]);
    const bend = Math.abs(output[i] - 2 * output[i - 1] + output[i - 2]);
    if (step < SMALLEST_STEP && bend < SMALLEST_CLICK) continue;
    // Inside a segment the output is the source; a click of a sample or two in there still bends more than the source does.
    const inside = segment !== undefined && i >= segment.outputStart + 2 && i < segment.outputEnd - 2;
    const places = inside ? [i - segment.lag] : around(segments, index + (segment !== undefined && i >= segment.outputEnd - 2 ? 1 : 0), i);
    if (places.length === 0) continue;
    if (
      !inside &&
      step >= SMALLEST_STEP &&
      step > HARD * Math.max(...places.map((place) => usual.step(place))) &&
      step > MORE * ownStep(i) &&
      step > ALONE * nextTo(output, i)
    ) {
      if (hardEdges.length === 0 || i - hardEdges[hardEdges.length - 1] > oneClick / 4) hardEdges.push(i);
    }
    if (bend >= SMALLEST_CLICK && bend > CLICK * Math.max(...places.map((place) => usual.bend(place)))) {
      if (clicks.length === 0 || i - clicks[clicks.length - 1] > oneClick) clicks.push(i);
      else clicks[clicks.length - 1] = i;
    }
  }
  return { hardEdges, clicks };

  /** The largest step of the source where this one would be, at the lag before and at the lag after. */
  function ownStep(i: number): number {
    let own = 0;
    for (const segment of segments.slice(Math.max(0, index - 1), index + 2)) {
      for (let at = i - segment.lag - 1; at <= i - segment.lag + 1; at++) own = Math.max(own, Math.abs((source[at] ?? 0) - (source[at - 1] ?? 0)));
    }
    return own;
  }
}
