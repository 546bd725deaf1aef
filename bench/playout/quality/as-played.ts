/**
 * What a listener gets of a whole jitter buffer: real replies on a slow server and through a stall, the source's time warped to where the waveform says the output is (`align.ts`;
 * nobody's own map), and NSIM between the two: over all of it, silences included, and over what sounds. Between two copies the waveform says nothing, and pieces shorter than its
 * blocks it does not see; so the map is then followed by sound, as that of the stretchers is, and the figures can be compared.
 */

import { alignSegments, type Segment, SILENT_BELOW } from "sidetone/testing";
import { nsim } from "../../../test/support/spectral.ts";
import { PLAYERS } from "../players/index.ts";
import { type PlayerKind, RATE } from "../players/player.ts";
import { LEAD_MS, runTrace } from "../run-trace.ts";
import { sourceSpeech, toFloats } from "../source.ts";
import { loadTraces } from "../traces/load.ts";
import type { Trace } from "../traces/trace.ts";
import { follow, Grid } from "./follow.ts";

/** Sidetone, and what most clients do. */
const SHOWN = ["sidetone", "fifo"];
/** Silence in a row that is a gap: the floor of the source is never that silent for so long. */
const GAP_MS = 1;
/** Moments this near a gap hear it: half a spectrum, and a neighbour for the similarity. */
const NEAR_MS = 25;
const CHUNK_MS = 100;

/** One player on one trace. */
export interface PlayedFigures {
  readonly trace: string;
  readonly title: string;
  readonly player: string;
  /** Over all moments from the first sound to the last. */
  readonly nsim: number;
  /** Without gaps and their edges. */
  readonly sounding: number;
  readonly gapMs: number;
  /** Share of the output that is the source, sample for sample. */
  readonly copied: number;
}

/** A server that makes `speed` seconds of audio per second, in chunks of 100 ms; over a link that adds nothing. */
function slowServer(speed: number, seconds: number): Trace {
  const frames = (CHUNK_MS * RATE) / 1000;
  const arrivals = Array.from({ length: (seconds * 1000) / CHUNK_MS }, (_, i) => ({ atMs: (i * CHUNK_MS) / speed, startFrame: i * frames, frames }));
  const id = `slow${speed * 100}-${CHUNK_MS}`;
  const doneAtMs = arrivals[arrivals.length - 1].atMs;
  return {
    id,
    title: `${speed}x, 100 ms chunks`,
    class: "slow",
    origin: "synthetic",
    rate: RATE,
    mediaFrames: arrivals.length * frames,
    arrivals,
    doneAtMs,
    note: "",
  };
}

/** Replies that are played: two slow servers, and a stall of 1.5 s in a burst, early and late. */
export function playedTraces(): Trace[] {
  const known = loadTraces();
  const trace = (id: string) => known.filter((one) => one.id === id);
  return [...trace("slow95-100"), slowServer(0.9, 20), ...trace("burst3-blackout"), ...trace("burst3-stall1500")];
}

/** Who plays them. */
export function playedBy(): PlayerKind[] {
  return PLAYERS.filter(({ id }) => SHOWN.includes(id));
}

/** Lets `kind` play `trace`, and listens. */
export async function measurePlayed(trace: Trace, kind: PlayerKind): Promise<PlayedFigures> {
  const source = sourceSpeech(trace.mediaFrames, trace.rate);
  const player = await kind.create();
  const { output } = runTrace(trace, kind, player, source);
  player.close?.();
  const floats = toFloats(source);
  const segments = alignSegments(output, floats, RATE, (frame) => arrivedBy(trace, (frame * 1000) / RATE - LEAD_MS));
  const start = output.findIndex((sample) => Math.abs(sample) >= SILENT_BELOW);
  const heard = output.slice(start, output.findLastIndex((sample) => Math.abs(sample) >= SILENT_BELOW) + 1);
  const gaps = gapsOf(heard);
  const near = (NEAR_MS * RATE) / 1000;
  const sourceOf = follow(gridOf(floats), heard, (sample) => placeAt(segments, start + sample));
  const sounds = (sample: number) => !gaps.some((gap) => sample > gap.start - near && sample < gap.end + near);
  return {
    trace: trace.id,
    title: trace.title,
    player: kind.id,
    nsim: nsim(floats, heard, RATE, sourceOf),
    sounding: nsim(floats, heard, RATE, sourceOf, sounds),
    gapMs: (gaps.reduce((sum, gap) => sum + gap.end - gap.start, 0) * 1000) / RATE,
    copied: Math.min(1, segments.reduce((sum, { outputStart, outputEnd }) => sum + outputEnd - outputStart, 0) / heard.length),
  };
}

let grid: Grid | undefined;

/** The spectra of the reply that was played last: several players get the same one. */
function gridOf(source: Float32Array): Grid {
  if (grid === undefined || grid.samples.length !== source.length) grid = new Grid(source, RATE);
  return grid;
}

function arrivedBy({ arrivals }: Trace, atMs: number): number {
  return arrivals.reduce((furthest, arrival) => (arrival.atMs <= atMs ? Math.max(furthest, arrival.startFrame + arrival.frames) : furthest), 0);
}

/** The source's frame that an output frame shows; between two copies the time in between is shared out evenly. */
function placeAt(segments: readonly Segment[], frame: number): number {
  const next = segments.findIndex(({ outputEnd }) => outputEnd > frame);
  if (next === -1) return frame - segments[segments.length - 1].lag;
  const b = segments[next];
  const a = segments[next - 1];
  if (frame >= b.outputStart || a === undefined) return frame - b.lag;
  const share = (frame - a.outputEnd) / (b.outputStart - a.outputEnd);
  return a.outputEnd - a.lag + share * (b.outputStart - b.lag - (a.outputEnd - a.lag));
}

function gapsOf(output: Float32Array): { readonly start: number; readonly end: number }[] {
  const gaps: { start: number; end: number }[] = [];
  for (let i = 0; i < output.length; i++) {
    const start = i;
    while (i < output.length && Math.abs(output[i]) < SILENT_BELOW) i++;
    if (i - start >= (GAP_MS * RATE) / 1000) gaps.push({ start, end: i });
  }
  return gaps;
}
