/**
 * What the page can say about the loudspeaker: the latency, and which frame is there at which moment. Pure but for the two clocks it reads; called on the main thread.
 *
 * `getOutputTimestamp()` gives zeros before the device runs, an old moment while it starts or is suspended, and in some browsers a frame that is still being rendered. Such readings
 * leave only the latency.
 */
import type { PlaybackLatency } from "@sidetone/core/engine";

/** The part of an AudioContext that is read; older browsers lack some of it. */
export interface OutputContext extends Pick<AudioContext, "state" | "sampleRate" | "currentTime"> {
  readonly baseLatency?: number;
  readonly outputLatency?: number;
  getOutputTimestamp?(): AudioTimestamp;
}

/** The clocks of a page, in ms. */
export interface PageClocks {
  /** Since the page's origin, in fractions. */
  readonly performanceMs: () => number;
  /** Since 1970. */
  readonly epochMs: () => number;
}

const PAGE_CLOCKS: PageClocks = { performanceMs: () => performance.now(), epochMs: () => Date.now() };

/** ms that the readings may take together; with more, the thread was held up between them and they do not belong together. */
const MAX_READING_MS = 1;

/** Tries to get readings that belong together. */
const MAX_TRIES = 3;

/** ms since the timestamp's moment above which it is held to stand still; devices renew it with every buffer. */
const MAX_AGE_MS = 1000;

/** Reads `context` once. The epoch comes from `Date`, not from `performance.timeOrigin`, which does not follow when the wall clock is set or the machine slept. */
export function readOutput(context: OutputContext, clocks: PageClocks = PAGE_CLOCKS): PlaybackLatency {
  // `outputLatency` is 0 until the device runs, and missing in some browsers; then the base latency is the best that is known.
  const outputLatencyMs = ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1000;
  const mark = readMark(context, clocks);
  return mark === undefined ? { type: "latency", outputLatencyMs } : { type: "latency", outputLatencyMs, mark };
}

function readMark(context: OutputContext, clocks: PageClocks): PlaybackLatency["mark"] {
  if (context.state !== "running") return undefined;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = clocks.performanceMs();
    const timestamp = context.getOutputTimestamp?.();
    const epochMs = clocks.epochMs();
    const after = clocks.performanceMs();
    if (after - before > MAX_READING_MS) continue;
    const { contextTime = 0, performanceTime = 0 } = timestamp ?? {};
    const ageMs = (before + after) / 2 - performanceTime;
    if (!(contextTime > 0 && performanceTime > 0 && ageMs < MAX_AGE_MS)) return undefined;
    // What has left the loudspeaker is behind what is rendered by the device's part of the latency at least. Half of it is enough to tell a frame at the ear from one that is being rendered.
    const behindMs = (context.currentTime - contextTime) * 1000 - ageMs;
    if (!(behindMs >= (context.outputLatency || 0) * 500)) return undefined;
    return { contextFrame: contextTime * context.sampleRate, epochMs: epochMs - ageMs };
  }
  return undefined;
}
