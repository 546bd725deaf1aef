/**
 * A run's figures, from the waveform: what the transitions between segments are.
 *
 * Between two segments the output goes on by so much and the media by so much. Output without media is a gap where it is silent, stretch where the media advances all the same, and
 * concealment (or a repetition, when the media goes back) otherwise. Media without output is missing, unless it went smoothly and a period at a time, which is how lag is caught up.
 */
import { findEdges, findSilences, SAME_WITHIN, type Segment, SILENT_BELOW, type Stretch } from "sidetone/testing";

/** Figures of one run, in ms unless counted. */
export interface Figures {
  /** From the first delta to the first sound. */
  readonly startMs: number;
  /** Silences inside the reply. */
  readonly gaps: number;
  readonly gapMs: number;
  readonly longestGapMs: number;
  readonly hardEdges: number;
  readonly clicks: number;
  /** Media that was never played, other than by {@link removedMs}. */
  readonly missingMs: number;
  /** Media played twice, in pieces longer than a pitch period. */
  readonly repeatedMs: number;
  /** Sound that is not in the source, or stands in for media that had not come. */
  readonly concealedMs: number;
  /** Time put in by stretching, and taken out by it. */
  readonly insertedMs: number;
  readonly removedMs: number;
  /** Behind immediate gapless playback: mean over the media, and at its end. */
  readonly lagMs: number;
  readonly endLagMs: number;
}

/** {@link Figures} with what they were made of. */
export interface Measurement {
  readonly figures: Figures;
  readonly segments: readonly Segment[];
  readonly gaps: readonly Stretch[];
}

/** Share of samples that a fade of the source fits; of anything else half would be much. */
const LIKE = 0.9;
/** Silence shorter than this is not counted. */
const SHORTEST_GAP_MS = 0.3;
/** The longest that one operation of a stretcher takes out or puts in: a pitch period. */
const PERIOD_MS = 20;
/** Differences below this are the search's. */
const NOTHING_MS = 0.3;
/** The quiet ends of two fades look like the silence between them. */
const QUIET_FADE_MS = 3;

/** Measures `output`, in which `source` should be heard from frame `firstArrival` on, once. `segments` come from `align`. */
export function measure(output: Float32Array, source: Float32Array, segments: readonly Segment[], firstArrival: number, rate: number): Measurement {
  const ms = (frames: number) => (frames * 1000) / rate;
  const sum = { missing: 0, repeated: 0, concealed: 0, inserted: 0, removed: 0 };
  const gaps: Stretch[] = [];
  const { hardEdges, clicks } = findEdges(output, source, segments, rate);
  const shortest = Math.round((SHORTEST_GAP_MS * rate) / 1000);
  const hardBetween = (from: number, to: number) => hardEdges.some((at) => at >= from - 2 && at <= to + 2);
  if (segments.length === 0) return { figures: nothing(ms(source.length)), segments, gaps };

  for (let i = 1; i < segments.length; i++) {
    const a = segments[i - 1];
    const b = segments[i];
    const outputFrames = b.outputStart - a.outputEnd;
    const mediaFrames = outputFrames + a.lag - b.lag;
    const silent = findSilences(output, a.outputEnd, b.outputStart, shortest);
    gaps.push(...silent);
    const silentFrames = silent.reduce((total, { start, end }) => total + end - start, 0);
    const soundMs = ms(outputFrames - silentFrames);
    const mediaMs = ms(mediaFrames);
    const moreMs = soundMs - mediaMs;
    if (Math.abs(moreMs) < (silentFrames > 0 ? QUIET_FADE_MS : NOTHING_MS)) {
      // As long as it should be, but is it the source? A fade is; what fills the hole of a lost packet is not.
      if (silentFrames === 0) sum.concealed += ms(foreign(output, source, a, b, rate));
    } else if (moreMs > 0) {
      if (silentFrames > 0) sum.concealed += moreMs;
      else if (mediaMs < 0 && soundMs < PERIOD_MS && moreMs > PERIOD_MS) sum.repeated += moreMs;
      else if (moreMs <= PERIOD_MS || mediaMs > soundMs / 2) sum.inserted += moreMs;
      else sum.concealed += moreMs;
    } else {
      const smooth = silentFrames === 0 && !hardBetween(a.outputEnd, b.outputStart);
      if (smooth && (-moreMs <= PERIOD_MS || soundMs > mediaMs / 2)) sum.removed -= moreMs;
      else sum.missing -= moreMs;
    }
  }
  const first = segments[0];
  const last = segments[segments.length - 1];
  const firstSound = firstAbove(output);
  const heads = ms(first.outputStart - first.lag) - ms(first.outputStart - firstSound);
  const tails = ms(source.length - (last.outputEnd - last.lag)) - ms(lastAbove(output) - last.outputEnd);
  for (const edge of [heads, tails]) {
    if (edge > QUIET_FADE_MS) sum.missing += edge;
    if (edge < -QUIET_FADE_MS) sum.concealed -= edge;
  }
  const weight = segments.reduce((total, { outputStart, outputEnd }) => total + outputEnd - outputStart, 0);
  const lag = segments.reduce((total, segment) => total + (segment.outputEnd - segment.outputStart) * (segment.lag - firstArrival), 0) / weight;
  return {
    figures: {
      // The very first sample that is no silence: at the start of a fade it is far below any threshold.
      startMs: ms(firstOf(output) - firstOf(source) - firstArrival),
      gaps: gaps.length,
      gapMs: ms(gaps.reduce((total, { start, end }) => total + end - start, 0)),
      longestGapMs: ms(gaps.reduce((longest, { start, end }) => Math.max(longest, end - start), 0)),
      hardEdges: hardEdges.length,
      clicks: clicks.length,
      missingMs: sum.missing,
      repeatedMs: sum.repeated,
      concealedMs: sum.concealed,
      insertedMs: sum.inserted,
      removedMs: sum.removed,
      lagMs: ms(lag),
      endLagMs: ms(last.lag - firstArrival),
    },
    segments,
    gaps,
  };
}

function nothing(missingMs: number): Figures {
  const none = { gaps: 0, gapMs: 0, longestGapMs: 0, hardEdges: 0, clicks: 0, repeatedMs: 0, concealedMs: 0, insertedMs: 0, removedMs: 0 };
  return { ...none, startMs: Number.NaN, lagMs: Number.NaN, endLagMs: Number.NaN, missingMs };
}

function firstOf(samples: Float32Array): number {
  return samples.findIndex((sample) => sample !== 0);
}

function firstAbove(output: Float32Array): number {
  return output.findIndex((sample) => Math.abs(sample) >= SILENT_BELOW);
}

function lastAbove(output: Float32Array): number {
  return output.findLastIndex((sample) => Math.abs(sample) >= SILENT_BELOW) + 1;
}

/** Frames between two segments that sound like neither of them going on. */
function foreign(output: Float32Array, source: Float32Array, a: Segment, b: Segment, rate: number): number {
  const block = Math.round(rate / 500);
  let frames = 0;
  for (let at = a.outputEnd; at < b.outputStart; at += block) {
    const length = Math.min(block, b.outputStart - at);
    if ([a.lag, b.lag].every((lag) => !alike(output, at, source, at - lag, length))) frames += length;
  }
  return frames;
}

/** Whether it is the same sound or a fade of it: no sample is larger than the source's, or on the other side of zero. */
function alike(output: Float32Array, at: number, source: Float32Array, from: number, length: number): boolean {
  let fit = 0;
  for (let i = 0; i < length; i++) {
    const y = source[from + i] ?? 0;
    const x = y < 0 ? -output[at + i] : output[at + i];
    if (x >= -SAME_WITHIN && x <= Math.abs(y) + SAME_WITHIN) fit++;
  }
  return fit >= length * LIKE;
}

/** Media played up to each step of `stepMs`, in ms, for the timeline: the newest frame that had been played by then. */
export function playedAt(segments: readonly Segment[], outputFrames: number, stepMs: number, rate: number): number[] {
  const played: number[] = [];
  let index = 0;
  let position = 0;
  for (let atMs = 0; atMs * rate < outputFrames * 1000; atMs += stepMs) {
    const at = Math.round((atMs * rate) / 1000);
    while (index < segments.length && segments[index].outputEnd <= at) position = segments[index].outputEnd - segments[index++].lag;
    const segment = segments[index];
    played.push(((segment !== undefined && segment.outputStart <= at ? at - segment.lag : position) * 1000) / rate);
  }
  return played;
}
