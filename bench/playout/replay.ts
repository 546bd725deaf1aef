/**
 * Plays a recorded session once more: its inputs, at the frame at which each came, through a new buffer. No clock takes part, so what is heard is what was heard, to the sample.
 *
 * The log is JSON lines: a head with version, rate and options; then the inputs in order, each with the frames that had been pulled by then; then `close`. Audio may be left out of it; speech
 * of the same length stands in, since levels and gaps do not depend on it.
 */

import { decodeBase64, decodePcm16Bytes } from "@sidetone/core/dsp";
import { JitterBuffer, type JitterBufferOptions } from "@sidetone/core/playout";
import type { Timeline } from "./judge.ts";
import { QUANTUM } from "./players/player.ts";
import { sourceSpeech, toFloats } from "./source.ts";

/** What a log says. */
export interface SessionLog {
  readonly rate: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly LoggedInput[];
}

interface Item {
  readonly itemId: string;
  readonly contentIndex: number;
}

/** One input; `at` is in frames pulled. */
export type LoggedInput =
  | ({ readonly at: number; readonly do: "insert"; readonly frames: number; readonly startFrame?: number; readonly pcm16?: string } & Item)
  | ({ readonly at: number; readonly do: "endOfItem" } & Item)
  | { readonly at: number; readonly do: "pause" | "resume" | "flush" | "close" };

/** What came of it. */
export interface Replay {
  readonly timeline: Timeline;
  readonly output: Float32Array;
  readonly flushes: readonly {
    readonly atMs: number;
    readonly items: readonly { readonly itemId: string; readonly heardMs: number; readonly totalMs: number }[];
  }[];
  readonly stats: Readonly<Record<string, unknown>>;
}

const STEP_MS = 20;
const VERBS = ["insert", "endOfItem", "pause", "resume", "flush", "close"];

/** Reads a log. @throws {Error} with the line that is wrong. */
export function parseLog(text: string): SessionLog {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const objects = lines.map((line, i) => {
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new Error(`Line ${i + 1} of the log is no JSON.`);
    }
  });
  const [head, ...rest] = objects;
  if (head?.type !== "sidetone-playout-log" || head.version !== 1)
    throw new Error('The log does not begin with {"type":"sidetone-playout-log","version":1,…}.');
  if (typeof head.rate !== "number") throw new Error("The log's head has no rate.");
  let latest = 0;
  for (const [i, input] of rest.entries()) {
    const known = typeof input.do === "string" && VERBS.includes(input.do);
    if (!known || typeof input.at !== "number" || input.at < latest)
      throw new Error(`Line ${i + 2} of the log is no input, or comes before the one above it: ${lines[i + 1].slice(0, 80)}`);
    if (input.do === "insert" && !(typeof input.frames === "number" && typeof input.itemId === "string"))
      throw new Error(`Line ${i + 2} of the log inserts without itemId or frames.`);
    latest = input.at;
  }
  if (rest[rest.length - 1]?.do !== "close") throw new Error("The log does not end with close.");
  return { rate: head.rate, options: (head.options ?? {}) as Record<string, unknown>, inputs: rest as unknown as LoggedInput[] };
}

/** Replays `log`. */
export function replay({ rate, options, inputs }: SessionLog): Replay {
  const buffer = new JitterBuffer({ ...options, rate } as JitterBufferOptions);
  const stepFrames = Math.round((STEP_MS * rate) / 1000);
  const output = new Float32Array(inputs[inputs.length - 1].at);
  const timeline = {
    stepMs: STEP_MS,
    arrivedMs: [] as number[],
    playedMs: [] as number[],
    levelMs: [] as number[],
    targetMs: [] as number[],
    gapsMs: [] as [number, number][],
  };
  const flushes: { atMs: number; items: { itemId: string; heardMs: number; totalMs: number }[] }[] = [];
  const ms = (frames: number) => (frames * 1000) / rate;
  const positions = new Map<string, number>();
  let arrived = 0;
  let pulled = 0;
  let beganFrames = -1;
  const pullUntil = (frame: number) => {
    while (pulled < frame) {
      const end = Math.min(frame, pulled + QUANTUM);
      buffer.pull(output.subarray(pulled, end));
      pulled = end;
      if (beganFrames < 0 || pulled - beganFrames < timeline.levelMs.length * stepFrames) continue;
      const { queuedFrames, targetMs }: Readonly<Record<string, unknown>> = { ...buffer.stats };
      timeline.arrivedMs.push(ms(arrived));
      // What was cut counts as gone: the line shows what is no longer owed.
      timeline.playedMs.push(ms(arrived - Number(queuedFrames)));
      timeline.levelMs.push(ms(Number(queuedFrames)));
      timeline.targetMs.push(typeof targetMs === "number" ? targetMs : Number.NaN);
    }
  };
  for (const input of inputs) {
    pullUntil(input.at);
    if (input.do === "insert") {
      if (beganFrames < 0) beganFrames = pulled;
      const key = `${input.itemId} ${input.contentIndex}`;
      const start = input.startFrame ?? positions.get(key) ?? 0;
      const samples = input.pcm16 === undefined ? standIn(start, input.frames, rate) : decoded(input.pcm16, input.frames);
      positions.set(key, start + samples.length);
      arrived += samples.length;
      // Spread, since a buffer that does not know of start frames yet has no such field.
      const segment = {
        itemId: input.itemId,
        contentIndex: input.contentIndex,
        samples,
        ...(input.startFrame === undefined ? {} : { startFrame: input.startFrame }),
      };
      buffer.insert(segment);
    } else if (input.do === "endOfItem") buffer.endOfItem(input.itemId, input.contentIndex);
    else if (input.do === "flush")
      flushes.push({ atMs: ms(pulled), items: buffer.flush().items.map(({ itemId, heardMs, totalMs }) => ({ itemId, heardMs, totalMs })) });
    else if (input.do !== "close") buffer[input.do]();
  }
  timeline.gapsMs = silences(output, beganFrames, rate);
  return { timeline, output, flushes, stats: { ...buffer.stats } };
}

function decoded(pcm16: string, frames: number): Float32Array {
  const bytes = new Uint8Array(frames * 2);
  const samples = new Float32Array(frames);
  decodePcm16Bytes(bytes.subarray(0, decodeBase64(pcm16, bytes)), samples);
  return samples;
}

/** Speech, as long as what was said. */
function standIn(start: number, frames: number, rate: number): Float32Array {
  const minute = sourceSpeech(rate * 60, rate);
  return toFloats(Int16Array.from({ length: frames }, (_, i) => minute[(start + i) % minute.length]));
}

/** Digital silence between sounds, in ms from `began` on. */
function silences(output: Float32Array, began: number, rate: number): [number, number][] {
  const found: [number, number][] = [];
  let silentFrom = -1;
  for (let i = Math.max(0, began), sounded = false; i < output.length; i++) {
    if (output[i] === 0) {
      if (sounded && silentFrom < 0) silentFrom = i;
      continue;
    }
    if (silentFrom >= 0 && i - silentFrom >= rate / 1000) found.push([((silentFrom - began) * 1000) / rate, ((i - began) * 1000) / rate]);
    sounded = true;
    silentFrom = -1;
  }
  return found;
}
