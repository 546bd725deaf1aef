/**
 * Holds a server's audio by (itemId, contentIndex) and plays it as it was spoken: in order, faded at every edge, never dropping a frame that was not cut.
 *
 * Two verbs: `insert` when audio arrives, `pull` when the device wants frames. Time is counted in pulled frames, never by a wall clock, so a test plays ten minutes in
 * milliseconds and twice the same. What the samples go through stands in `voice.ts`, the rules in `policy.ts`; audio beside the conversation has a voice of its own.
 * Thread: one (the playback worklet, or the process that pulls). No allocation in `pull`; nothing that arrives throws.
 */
import { checkRange } from "../check-options.ts";
import type { ItemPlayout } from "./account.ts";
import type { PlayoutInput } from "./log-line.ts";
import { type PlayoutOptions, type ResolvedPlayoutOptions, resolvePlayoutOptions } from "./options.ts";
import type { PlayheadPosition } from "./playhead.ts";
import { createPlayoutStats, type PlayoutStats } from "./stats.ts";
import type { Track } from "./track.ts";
import { Voice } from "./voice.ts";

/** Options of {@link JitterBuffer}. */
export interface JitterBufferOptions extends PlayoutOptions {
  /** Frames per second of what is inserted and pulled, in Hz: 8000 to 192000. */
  readonly rate: number;
}

/** A piece of audio of one item. */
export interface PlayoutSegment {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
  readonly contentIndex: number;
  /** Mono frames at the buffer's rate, full scale +-1. The buffer takes the array over. */
  readonly samples: Float32Array;
  /** Media frame of the item at which the segment begins, a whole number from 0 on; with it, holes are concealed and order is restored. Default: behind what is there. */
  readonly startFrame?: number;
  /** Which queue: the conversation's, or that of audio beside it (`conversation: "none"`). Default: `conversation`. */
  readonly queue?: "conversation" | "out-of-band";
}

/** What was heard of one item, in whole milliseconds, rounded down. */
export interface HeardItem {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
  readonly contentIndex: number;
  /** ms that reached the ear; never more than `totalMs`. */
  readonly heardMs: number;
  /** ms received from the server. */
  readonly totalMs: number;
}

/** What was heard and what was dropped: one entry per item that had not been handed to the device to its end. */
export interface HeardReport {
  /** In playing order; audio beside the conversation last. */
  readonly items: HeardItem[];
}

/** Frames at whose multiples the two voices look at each other. */
const GRID_FRAMES = 64;

/** The buffer between a server's audio and a device; see the head of this file. */
export class JitterBuffer {
  /** Frames per second, in Hz. */
  readonly rate: number;
  /**
   * Frames pulled that have not reached the ear: what stands in resamplers and in the device. Deducted from every heard position. Set it before asking, as often as it
   * changes.
   */
  outputDelayFrames = 0;
  readonly #options: ResolvedPlayoutOptions;
  readonly #stats = createPlayoutStats();
  readonly #voice: Voice;
  /** Plays what stands beside the conversation; made when there is such a thing. */
  #beside: Voice | null = null;
  #block = new Float32Array(0);
  /** What was put in since somebody asked; null when no log is kept. */
  #log: PlayoutInput[] | null;
  readonly #position: PlayheadPosition = { track: null, mediaFrames: 0, sounding: false };

  /** An empty buffer. @throws {RangeError} when an option is out of its range, {@link TypeError} when it is unknown; the message names it. */
  constructor(options: JitterBufferOptions) {
    const { rate, ...playout } = options;
    this.rate = checkRange("rate", rate, 8000, 192000, "Hz");
    this.#options = resolvePlayoutOptions(playout);
    this.#voice = new Voice(rate, this.#options, this.#stats);
    this.#log = this.#options.log === "inputs" ? [] : null;
  }

  /** Counters and gauges; the same object every time. */
  get stats(): Readonly<PlayoutStats> {
    this.#stats.queuedFrames = 0;
    this.#stats.jitterBufferDelay = 0;
    this.#stats.jitterBufferTargetDelay = 0;
    this.#beside?.gauge();
    this.#voice.gauge();
    return this.#stats;
  }

  /** Frames pulled since the start. */
  get pulledFrames(): number {
    return this.#voice.outputFrames;
  }

  /**
   * Queues audio of an item behind what is there of it, or at its `startFrame`; a new item stands behind all others. Audio of an item that was cut is dropped. What is no
   * audio, or has no place, is counted and dropped; samples that are no numbers are counted and play as 0. Never throws.
   */
  insert(segment: PlayoutSegment): void {
    const { itemId, contentIndex, samples, startFrame, queue } = segment;
    const stats = this.#stats;
    stats.packetsReceived++;
    // An item without a name, or one that no end could be told of, would hold up the queue.
    if (!(samples instanceof Float32Array) || typeof itemId !== "string" || !isCount(contentIndex) || (startFrame !== undefined && !isCount(startFrame))) {
      stats.packetsMalformed++;
      return;
    }
    if (this.#log !== null) this.#log.push(asInput(segment, this.pulledFrames));
    for (let i = 0; i < samples.length; i++) {
      if (samples[i] - samples[i] === 0) continue;
      samples[i] = 0;
      stats.invalidSamples++;
    }
    if (queue !== "out-of-band") this.#voice.insert(itemId, contentIndex, samples, startFrame ?? -1);
    else if (this.#options.outOfBand === "ignore") stats.packetsDiscarded++;
    else this.#besideVoice().insert(itemId, contentIndex, samples, startFrame ?? -1);
    this.#takeTurns();
  }

  /** Nothing follows for this item: what is queued plays to the last frame. Unknown items are ignored. */
  endOfItem(itemId: string, contentIndex: number): void {
    this.#log?.push({ at: this.pulledFrames, do: "endOfItem", itemId, contentIndex });
    this.#voice.endOfItem(itemId, contentIndex);
    this.#beside?.endOfItem(itemId, contentIndex);
  }

  /** Fills `output` with the next frames; silence where there is nothing to play. Time advances by `output.length` frames. */
  pull(output: Float32Array): void {
    const beside = this.#beside;
    if (beside === null) this.#voice.render(output, 0, output.length);
    else this.#pullBoth(beside, output);
  }

  /** Fades out and waits; what arrives meanwhile is kept. */
  pause(): void {
    this.#log?.push({ at: this.pulledFrames, do: "pause" });
    this.#voice.pause();
    this.#beside?.pause();
  }

  /** Goes on from the last quiet point before the place of the pause, at most `rewindMs` before it, faded in. What was heard before counts as heard. */
  resume(): void {
    this.#log?.push({ at: this.pulledFrames, do: "resume" });
    this.#voice.resume();
    this.#beside?.resume();
  }

  /**
   * Stops at once (faded), forgets everything queued, and says what was heard of each item that had frames left or was still being received. The audio of an item whose
   * last frame is already with the device cannot be called back: it counts as heard and is not listed.
   */
  flush(): HeardReport {
    this.#log?.push({ at: this.pulledFrames, do: "flush" });
    const items: HeardItem[] = [];
    const atEar = this.#atEar();
    const tell = ({ itemId, contentIndex, endFrame }: Track, heard: number): void => {
      items.push({ itemId, contentIndex, heardMs: this.#ms(heard), totalMs: this.#ms(endFrame) });
    };
    this.#voice.cut(atEar, tell);
    this.#beside?.cut(atEar, tell);
    this.#takeTurns();
    this.#stats.flushes++;
    return { items };
  }

  /** What is at the ear now, {@link outputDelayFrames} deducted. The same object every time; read it at once. */
  positionAtEar(): Readonly<PlayheadPosition> {
    const position = this.#position;
    const atEar = this.#atEar();
    this.#voice.positionAt(atEar, position);
    if (!position.sounding && this.#beside !== null && (this.#beside.speaking || position.track === null)) this.#beside.positionAt(atEar, position);
    return position;
  }

  /** How the items that are over were played; each is told once. */
  takeFinished(): ItemPlayout[] {
    const finished = this.#voice.finished.splice(0);
    if (this.#beside !== null) finished.push(...this.#beside.finished.splice(0));
    return finished;
  }

  /** Whether {@link takeFinished} has anything to tell. */
  get hasFinished(): boolean {
    return this.#voice.finished.length > 0 || (this.#beside !== null && this.#beside.finished.length > 0);
  }

  /** What was put in since the last call, with option `log: "inputs"`; see `playoutLogLine`. Empty without it. */
  takeLog(): PlayoutInput[] {
    const log = this.#log ?? [];
    if (log.length > 0) this.#log = [];
    return log;
  }

  /** In steps of a fixed grid, so that who waits for whom does not depend on the size of the pulls. */
  #pullBoth(beside: Voice, output: Float32Array): void {
    let at = 0;
    while (at < output.length) {
      const place = this.#voice.outputFrames % GRID_FRAMES;
      const frames = Math.min(output.length - at, GRID_FRAMES - place);
      if (place === 0) this.#takeTurns();
      this.#voice.render(output, at, frames);
      beside.render(this.#block, 0, frames);
      for (let i = 0; i < frames; i++) output[at + i] += this.#block[i];
      at += frames;
    }
  }

  /** With `outOfBand: "play"` whoever has the word keeps it; the conversation gets it first. */
  #takeTurns(): void {
    if (this.#beside === null || this.#options.outOfBand !== "play") return;
    this.#voice.held = this.#beside.speaking;
    this.#beside.held = this.#voice.busy;
  }

  #besideVoice(): Voice {
    if (this.#beside === null) {
      this.#block = new Float32Array(GRID_FRAMES);
      this.#beside = new Voice(this.rate, this.#options, this.#stats, this.#voice.outputFrames);
    }
    return this.#beside;
  }

  #atEar(): number {
    return Math.max(0, this.#voice.outputFrames - this.outputDelayFrames);
  }

  #ms(frames: number): number {
    return Math.floor((frames * 1000) / this.rate);
  }
}

/** A segment as it stands in a log; with a copy of the samples, since the buffer makes zeros of those that are no numbers. */
function asInput({ itemId, contentIndex, samples, startFrame, queue }: PlayoutSegment, at: number): PlayoutInput {
  const input = { at, do: "insert" as const, itemId, contentIndex, samples: samples.slice() };
  return { ...input, ...(startFrame === undefined ? {} : { startFrame }), ...(queue === undefined ? {} : { queue }) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
