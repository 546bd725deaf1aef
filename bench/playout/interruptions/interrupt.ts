/**
 * Plays a script and judges the cut. The truth is what was rendered, found by waveform: which item and which of its frames stood at the device when the command came into effect, how long
 * it went on sounding, whether it came back, and how much of the next response was heard.
 */
import { alignSegments, type Segment } from "sidetone/testing";
import { type Player, type PlayerKind, type Position, QUANTUM, QUANTUM_MS, RATE } from "../players/player.ts";
import { hopMs, joined, LEAD_MS } from "../run-trace.ts";
import { sourceSpeech, toFloats } from "../source.ts";
import type { Scenario, ScriptEvent } from "./scenarios.ts";

/** How an interruption went. NaN or null: does not apply. */
export interface Interruption {
  readonly scenario: string;
  readonly player: string;
  /** Reported - rendered, in ms of the item that sounded. NaN: no position was reported. */
  readonly positionErrorMs: number;
  readonly rightItem: boolean | null;
  /** From the cut until the old reply is silent. */
  readonly soundAfterMs: number;
  /** Of the old reply, after it had been silent. */
  readonly oldBackMs: number;
  /** Of the next response. */
  readonly nextHeardPercent: number;
  /** Largest step from the cut to silence, in the largest that the speech there has of its own. */
  readonly stepRatio: number;
}

/** Run on after the last event, in ms. */
const TAIL_MS = 4500;
/** Peak below which nobody hears anything, for this long. */
const INAUDIBLE = 1e-3;
const INAUDIBLE_MS = 20;
/** Fades at both ends of a response may take this much of it from the matcher. */
const FADES_MS = 12;
/** Real ms that an answer is waited for in each quantum: wavtools polls with a timer. */
const ANSWER_MS = 3;

/** Lets `kind` play the script. */
export async function interrupt(scenario: Scenario, kind: PlayerKind): Promise<Interruption> {
  const sources = scenario.items.map(({ itemId, frames }, i) => ({ itemId, samples: sourceSpeech(frames, RATE, i === 0 ? "a" : "b") }));
  const player = await kind.create();
  try {
    const { output, heldFrame, received, positions } = await play(scenario, kind, player, (id) => sources.find(({ itemId }) => itemId === id)!.samples);
    const whole = new Float32Array(sources.reduce((sum, { samples }) => sum + samples.length, 0));
    let at = 0;
    const spans = sources.map(({ itemId, samples }) => {
      whole.set(toFloats(samples), at);
      at += samples.length;
      return { itemId, start: at - samples.length, end: at };
    });
    return { scenario: scenario.id, player: kind.id, ...judgeCut(output, whole, spans, heldFrame, received, positions) };
  } finally {
    player.close?.();
  }
}

interface Played {
  readonly output: Float32Array;
  /** Output frame from which on the player could know of the cut, or of the pause before it. */
  readonly heldFrame: number;
  /** Frames of each item that had been handed over by then. */
  readonly received: ReadonlyMap<string, number>;
  readonly positions: readonly Position[] | undefined;
}

async function play(scenario: Scenario, kind: PlayerKind, player: Player, sourceOf: (itemId: string) => Int16Array): Promise<Played> {
  const blocks: Float32Array[] = [];
  const delay = LEAD_MS + hopMs(kind);
  const { events } = scenario;
  const endMs = events[events.length - 1].atMs + LEAD_MS + TAIL_MS;
  let next = 0;
  let heldFrame = -1;
  const received = new Map<string, number>();
  let answer: Promise<readonly Position[] | undefined> | undefined;
  let answered = true;
  for (let quantum = 0; quantum * QUANTUM_MS < endMs; quantum++) {
    const nowMs = quantum * QUANTUM_MS;
    for (; next < events.length && events[next].atMs + delay <= nowMs; next++) {
      const event = events[next];
      const atMs = event.atMs + delay;
      if (event.do === "delta" && heldFrame < 0) received.set(event.itemId, event.startFrame + event.frames);
      if (event.do === "delta" || event.do === "done") hand(player, event, sourceOf, nowMs, atMs);
      else if (event.do === "cut") {
        // Whoever reads a wall clock reads it when it is asked.
        if (heldFrame < 0) heldFrame = kind.hop === "main" ? Math.round((atMs * RATE) / 1000) : quantum * QUANTUM;
        answered = false;
        answer = player.interrupt?.(kind.hop === "worklet" ? nowMs : atMs);
        answer?.then(() => (answered = true));
      } else if (player.pause) {
        heldFrame = quantum * QUANTUM;
        player.pause();
      }
    }
    const block = new Float32Array(QUANTUM);
    player.render(block, nowMs);
    blocks.push(block);
    if (answer && !answered) await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  }
  return { output: joined(blocks), heldFrame, received, positions: answered ? await answer : undefined };
}

type Word = Extract<ScriptEvent, { readonly itemId: string }>;

function hand(player: Player, event: Word, sourceOf: (itemId: string) => Int16Array, nowMs: number, atMs: number): void {
  if (event.do === "done") player.done(event.itemId, nowMs);
  else player.receive({ itemId: event.itemId, samples: sourceOf(event.itemId).slice(event.startFrame, event.startFrame + event.frames) }, nowMs, atMs);
}

interface Span {
  readonly itemId: string;
  readonly start: number;
  readonly end: number;
}

function judgeCut(
  output: Float32Array,
  whole: Float32Array,
  spans: readonly Span[],
  cut: number,
  received: ReadonlyMap<string, number>,
  positions: readonly Position[] | undefined,
): Omit<Interruption, "scenario" | "player"> {
  const ms = (frames: number) => (frames * 1000) / RATE;
  const segments = alignSegments(output, whole, RATE);
  const nextSpan = spans.find(({ itemId }) => itemId === "next");
  const ofNext = (segment: Segment) => nextSpan !== undefined && segment.outputStart - segment.lag >= nextSpan.start - RATE / 1000;
  const old = segments.filter((segment) => !ofNext(segment));
  const fresh = segments.filter(ofNext);

  // Sound that goes on beyond what had come stands in for the item, and is none of it.
  const come = spans.findLast(({ itemId }) => received.has(itemId));
  const truth = Math.min(renderedAt(output, old, cut), come ? come.start + (received.get(come.itemId) ?? 0) : 0);
  const span = spans.find(({ start, end }) => truth > start && truth <= end);
  const told = positions && ([...positions].reverse().find(({ heardMs }) => heardMs > 0) ?? positions[0]);
  const rightItem = told && span ? told.itemId === span.itemId : null;

  const nextStart = fresh[0]?.outputStart ?? output.length;
  const silentFrom = Math.min(firstInaudible(output, cut), Math.max(cut, nextStart));
  const back = old.filter(({ outputEnd }) => outputEnd > silentFrom + (RATE * INAUDIBLE_MS) / 1000);
  const heard = fresh.reduce((sum, { outputStart, outputEnd }) => sum + outputEnd - outputStart, 0);
  return {
    positionErrorMs: told && span ? told.heardMs - ms(truth - (spans.find(({ itemId }) => itemId === told.itemId) ?? span).start) : Number.NaN,
    rightItem,
    soundAfterMs: ms(silentFrom - cut),
    oldBackMs: ms(back.reduce((sum, { outputStart, outputEnd }) => sum + outputEnd - Math.max(outputStart, silentFrom), 0)),
    nextHeardPercent: nextSpan ? Math.min(100, ((ms(heard) + FADES_MS) / ms(nextSpan.end - nextSpan.start)) * 100) : Number.NaN,
    stepRatio:
      largestStep(output, cut - 1, Math.min(output.length, silentFrom + 2)) / Math.max(0.004, largestStep(whole, truth - RATE / 100, truth + RATE / 100)),
  };
}

/** Media frame (of all items in a row) up to which had been rendered at output frame `at`: in segments, and in the fade that follows one. */
function renderedAt(output: Float32Array, segments: readonly Segment[], at: number): number {
  const last = segments.findLast(({ outputStart }) => outputStart < at);
  if (!last) return 0;
  let end = Math.min(at, last.outputEnd);
  while (end < at && output[end] !== 0) end++;
  return end - last.lag;
}

function firstInaudible(output: Float32Array, from: number): number {
  const wanted = (RATE * INAUDIBLE_MS) / 1000;
  let quiet = 0;
  for (let i = from; i < output.length; i++) {
    quiet = Math.abs(output[i]) < INAUDIBLE ? quiet + 1 : 0;
    if (quiet === wanted) return i + 1 - wanted;
  }
  return output.length;
}

function largestStep(samples: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let i = Math.max(1, Math.round(from)); i < Math.min(samples.length, Math.round(to)); i++)
    largest = Math.max(largest, Math.abs(samples[i] - samples[i - 1]));
  return largest;
}
