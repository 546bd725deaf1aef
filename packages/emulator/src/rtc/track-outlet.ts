/**
 * The model's speech on a media track: it comes faster than it can be heard, waits here, and is played in real time. Since the server plays, the server knows what was
 * heard: it says when playing starts, stops and is cleared, and truncates items itself, in steps of 20 ms. Whoever owns the track pulls frames; what was pulled was played.
 *
 * Invariants: `started` before `stopped` or `cleared`, once each time that a response is played, as soon as the next frame is its; `stopped` never before
 * `response.done`; nothing of a part is played after it was cut.
 */
import { decodeWire } from "../audio.ts";
import { type SessionContext, TRACK_FORMAT } from "../session/context.ts";
import type { Speech, SpeechOutlet } from "../session/speech-outlet.ts";
import { FRAME_MS, TRACK_RATE } from "./audio-codec.ts";

/** What the outlet needs of its session. */
export type TrackContext = Pick<SessionContext, "send" | "conversation" | "truncate">;

/** A content part on its way to the listener. */
interface Part {
  readonly speech: Speech;
  readonly waiting: Int16Array[];
  written: number;
  played: number;
  ended: boolean;
}

/** A response that has audio. */
interface Playing {
  readonly responseId: string;
  /** Speech of the user interrupts what is said in the conversation, and nothing beside it. */
  readonly inConversation: boolean;
  /** Parts not played to their ends, in order. */
  parts: Part[];
  started: boolean;
  done: boolean;
}

/** The outlet of one session whose audio goes over a track. */
export class TrackOutlet implements SpeechOutlet {
  readonly byEvents = false;
  readonly #context: TrackContext;
  /** The parts in the queue. */
  readonly #parts = new Map<Speech, Part>();
  #queue: Playing[] = [];
  #interrupted: Part[] = [];

  /** An outlet with nothing to play. */
  constructor(context: TrackContext) {
    this.#context = context;
  }

  /** Fills `frame` with the next 20 ms at 24 kHz, silence where there is no speech, and tells what begins and ends with it. */
  pull(frame: Int16Array): void {
    this.#retire();
    let filled = 0;
    for (let playing = this.#queue[0]; playing !== undefined && filled < frame.length; ) {
      const part = playing.parts[0];
      if (part === undefined) break;
      if (part.waiting.length > 0) this.#start(playing);
      filled += take(part, frame.subarray(filled));
      if (part.waiting.length > 0) continue;
      if (!part.ended) break;
      playing.parts.shift();
      this.#parts.delete(part.speech);
    }
    frame.fill(0, filled);
  }

  begin(speech: Speech): void {
    let playing = this.#queue.find(({ responseId }) => responseId === speech.responseId);
    if (playing === undefined) {
      const inConversation = this.#context.conversation.find(speech.itemId) !== undefined;
      playing = { responseId: speech.responseId, inConversation, parts: [], started: false, done: false };
      this.#queue.push(playing);
    }
    const part: Part = { speech, waiting: [], written: 0, played: 0, ended: false };
    playing.parts.push(part);
    this.#parts.set(speech, part);
  }

  write(speech: Speech, bytes: Uint8Array): void {
    const part = this.#parts.get(speech);
    if (part === undefined) return;
    // Whatever the settings say, responses over a track are made in the track's format.
    const samples = decodeWire(bytes, TRACK_FORMAT);
    if (samples.length === 0) return;
    part.waiting.push(samples);
    part.written += samples.length;
    const [first] = this.#queue;
    // Nothing is before it: the next frame plays it.
    if (first?.responseId === speech.responseId && first.parts[0] === part) this.#start(first);
  }

  end(speech: Speech): void {
    const part = this.#parts.get(speech);
    if (part !== undefined) part.ended = true;
  }

  responseDone(responseId: string): void {
    const playing = this.#queue.find((other) => other.responseId === responseId);
    if (playing !== undefined) playing.done = true;
  }

  interrupt(): void {
    this.#interrupted = this.#cut(this.#queue.filter(({ inConversation }) => inConversation));
  }

  interrupted(): void {
    const parts = this.#interrupted;
    this.#interrupted = [];
    for (const part of parts) this.#truncate(part);
  }

  clear(): void {
    for (const part of this.#cut(this.#queue)) this.#truncate(part);
  }

  close(): void {
    this.#queue = [];
    this.#interrupted = [];
    this.#parts.clear();
  }

  #start(playing: Playing): void {
    if (playing.started) return;
    playing.started = true;
    this.#context.send({ type: "output_audio_buffer.started", response_id: playing.responseId });
  }

  /** Takes leave of responses that were played to the end, or had nothing to play; the last sample of the frame before has been played by now. */
  #retire(): void {
    for (let playing = this.#queue[0]; playing?.done; playing = this.#queue[0]) {
      while (playing.parts[0]?.ended && playing.parts[0].waiting.length === 0) this.#parts.delete((playing.parts.shift() as Part).speech);
      if (playing.parts.length > 0) return;
      this.#queue.shift();
      if (playing.started) this.#context.send({ type: "output_audio_buffer.stopped", response_id: playing.responseId });
    }
  }

  /** Stops what is played and what waits; returns the parts that were not heard to the end. What was heard to the end needs no stop. */
  #cut(responses: readonly Playing[]): Part[] {
    const all: Part[] = [];
    for (const playing of responses) {
      const unheard = playing.parts.filter((part) => part.written > 0 && (part.played < part.written || !part.ended));
      // What is still made of them is not taken any more.
      for (const { speech } of playing.parts) this.#parts.delete(speech);
      playing.parts = [];
      all.push(...unheard);
      if (!playing.started || unheard.length === 0) continue;
      playing.started = false;
      this.#context.send({ type: "output_audio_buffer.cleared", response_id: playing.responseId });
    }
    this.#queue = this.#queue.filter(({ done, started }) => started || !done);
    return all;
  }

  #truncate({ speech, played }: Part): void {
    const { spoken } = speech.stored;
    const audioEndMs = Math.floor((played * 1000) / TRACK_RATE / FRAME_MS) * FRAME_MS;
    // Deleted, never in the conversation, or cut shorter by the client already: nothing to tell.
    if (this.#context.conversation.find(speech.itemId) !== speech.stored || spoken === null || spoken.keptMs < audioEndMs) return;
    this.#context.truncate(speech.stored, speech.contentIndex, audioEndMs);
  }
}

/** Moves what `part` has into `output`; returns how much that was. */
function take(part: Part, output: Int16Array): number {
  let filled = 0;
  while (filled < output.length) {
    const next = part.waiting[0];
    if (next === undefined) break;
    const frames = Math.min(next.length, output.length - filled);
    output.set(next.subarray(0, frames), filled);
    filled += frames;
    if (frames === next.length) part.waiting.shift();
    else part.waiting[0] = next.subarray(frames);
  }
  part.played += filled;
  return filled;
}
