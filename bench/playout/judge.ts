/** One trace, one player: run, align, measure. */
import { alignSegments } from "sidetone/testing";
import { type Figures, measure, playedAt } from "./metrics/measure.ts";
import { type PlayerKind, RATE } from "./players/player.ts";
import { LEAD_MS, runTrace, STEP_MS } from "./run-trace.ts";
import { sourceSpeech, toFloats } from "./source.ts";
import type { Trace } from "./traces/trace.ts";

/** What happened when, in ms, every `stepMs` from the first arrival on. NaN: the player does not tell. */
export interface Timeline {
  readonly stepMs: number;
  readonly arrivedMs: readonly number[];
  readonly playedMs: readonly number[];
  readonly levelMs: readonly number[];
  readonly targetMs: readonly number[];
  /** Silences inside the reply, from and to. */
  readonly gapsMs: readonly (readonly [number, number])[];
}

/** A finished run. */
export interface Run {
  readonly trace: string;
  readonly player: string;
  readonly figures: Figures;
  readonly timeline: Timeline;
}

/** Lets `kind` play `trace` and judges what was heard. */
export async function judge(trace: Trace, kind: PlayerKind): Promise<Run> {
  const source = sourceSpeech(trace.mediaFrames, trace.rate);
  const player = await kind.create();
  try {
    const { output, levelMs, targetMs } = runTrace(trace, kind, player, source);
    const firstArrival = Math.round((LEAD_MS * RATE) / 1000);
    const floats = toFloats(source);
    const { figures, segments, gaps } = measure(
      output,
      floats,
      alignSegments(output, floats, RATE, (frame) => furthestBy(trace, (frame * 1000) / RATE - LEAD_MS)),
      firstArrival,
      RATE,
    );
    const lead = Math.round(LEAD_MS / STEP_MS);
    const played = playedAt(segments, output.length, STEP_MS, RATE).slice(lead);
    const timeline: Timeline = {
      stepMs: STEP_MS,
      arrivedMs: played.map((_, i) => arrivedBy(trace, i * STEP_MS)),
      playedMs: played,
      levelMs: levelMs.slice(lead, lead + played.length),
      targetMs: targetMs.slice(lead, lead + played.length),
      gapsMs: gaps.map(({ start, end }) => [(start * 1000) / RATE - LEAD_MS, (end * 1000) / RATE - LEAD_MS] as const),
    };
    return { trace: trace.id, player: kind.id, figures, timeline };
  } finally {
    player.close?.();
  }
}

/** The furthest media frame that had arrived at a time. */
function furthestBy({ arrivals }: Trace, atMs: number): number {
  let furthest = 0;
  for (const arrival of arrivals) {
    if (arrival.atMs > atMs) break;
    furthest = Math.max(furthest, arrival.startFrame + arrival.frames);
  }
  return furthest;
}

/** ms of media that had arrived at a time. */
function arrivedBy(trace: Trace, atMs: number): number {
  let frames = 0;
  for (const arrival of trace.arrivals) {
    if (arrival.atMs > atMs) break;
    frames += arrival.frames;
  }
  return (frames * 1000) / trace.rate;
}
