/** Sidetone's stretcher, driven as the jitter buffer drives it: asked every 10 ms while the rate is behind, so that insertions and removals come evenly. */
import { PeriodStretcher } from "@sidetone/core/dsp";

const TICK_MS = 10;
/** Behind by less than this nothing is done: half a short period. */
const DUE_MS = 4;
/** Least time between two splices, and when it is urgent: the jitter buffer's. */
const PAUSE_MS = 30;
const URGENT_PAUSE_MS = 20;
/** Behind by more than this it is urgent, as it is with so little left in the jitter buffer. */
const URGENT_MS = 60;
/** Correlation that the two periods need: the jitter buffer's. */
const CALM = 0.9;
const URGENT = 0.65;

/** What was made, with the source's sample that each of its samples shows. */
export interface Stretched {
  readonly samples: Float32Array;
  readonly sourceOf: (sample: number) => number;
  readonly splices: number;
}

/** `source` at `speed` times its speed, by single periods. */
export function stretchByPeriods(source: Float32Array, rate: number, speed: number): Stretched {
  const frames = (ms: number) => Math.round((ms * rate) / 1000);
  const stretcher = new PeriodStretcher(rate);
  const spliced = new Float32Array(stretcher.windowFrames);
  const output = new Float32Array(Math.ceil(source.length / speed) + rate);
  const places = new Float64Array(output.length);
  let written = 0;
  let splices = 0;
  let since = rate;
  for (let read = 0; read < source.length; ) {
    const behind = (read / speed - written) * (speed < 1 ? 1 : -1);
    const urgent = behind > frames(URGENT_MS);
    const due = behind >= frames(DUE_MS) && since >= frames(urgent ? URGENT_PAUSE_MS : PAUSE_MS);
    const window = source.subarray(read, read + stretcher.windowFrames);
    const threshold = urgent ? URGENT : CALM;
    const splice = !due ? null : speed < 1 ? stretcher.insertPeriod(window, spliced, threshold) : stretcher.removePeriod(window, spliced, threshold);
    if (splice === null) {
      const count = Math.min(frames(TICK_MS), source.length - read);
      output.set(source.subarray(read, read + count), written);
      for (let i = 0; i < count; i++) places[written + i] = read + i;
      read += count;
      written += count;
      since += count;
      continue;
    }
    output.set(spliced.subarray(0, splice.producedFrames), written);
    const jump = splice.consumedFrames - splice.producedFrames;
    for (let i = 0; i < splice.producedFrames; i++) {
      places[written + i] = read + i + jump * Math.max(0, (i - splice.fadeFrame) / splice.periodFrames);
    }
    read += splice.consumedFrames;
    written += splice.producedFrames;
    // The jitter buffer counts from the decision on, too.
    since = splice.producedFrames;
    splices++;
  }
  return { samples: output.slice(0, written), sourceOf: (sample) => places[Math.max(0, Math.min(written - 1, Math.floor(sample)))], splices };
}
