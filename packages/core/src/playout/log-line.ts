/**
 * A debug log of playout that can be replayed: everything that was put into a jitter buffer, and when, in pulled frames. What the buffer did with it follows from that, to
 * the bit, since its time is counted in pulled frames and its output does not depend on the size of the pulls; so a log of inputs is a log of everything.
 *
 * JSON lines: a header, then one line an input. Audio is PCM16 in base64, which loses nothing of what a server sends. Any thread; not for hot paths. `replay.ts` reads it.
 */
import { encodeBase64 } from "../dsp/base64.ts";
import { encodePcm16Bytes } from "../dsp/pcm16.ts";
import type { PlayoutOptions } from "./options.ts";

/** What the first line says of itself. */
export const PLAYOUT_LOG_TYPE = "sidetone-playout-log";
/** Version of the format. */
export const PLAYOUT_LOG_VERSION = 1;

/** One input of a jitter buffer. */
export interface PlayoutInput {
  /** Frames that had been pulled. */
  readonly at: number;
  /** What was called; `close` marks the end. */
  readonly do: "insert" | "endOfItem" | "pause" | "resume" | "flush" | "close";
  /** Conversation item, for `insert` and `endOfItem`. */
  readonly itemId?: string;
  /** Content part of the item. */
  readonly contentIndex?: number;
  /** Mono frames, full scale +-1, for `insert`. */
  readonly samples?: Float32Array<ArrayBuffer>;
  /** Media frame at which the segment begins, if it said so. */
  readonly startFrame?: number;
  /** Queue, if the segment named one. */
  readonly queue?: "conversation" | "out-of-band";
}

/** First line of a log. */
export interface PlayoutLogHeader {
  /** Frames per second of everything in it, in Hz. */
  readonly rate: number;
  /** Options of the buffer. */
  readonly options: PlayoutOptions;
}

/** The first line of a log, without the end of line. */
export function playoutLogHeader({ rate, options }: PlayoutLogHeader): string {
  return JSON.stringify({ type: PLAYOUT_LOG_TYPE, version: PLAYOUT_LOG_VERSION, rate, options });
}

/** The line of an input, without the end of line. */
export function playoutLogLine(input: PlayoutInput): string {
  const { samples, ...rest } = input;
  if (samples === undefined) return JSON.stringify(rest);
  const bytes = new Uint8Array(samples.length * 2);
  encodePcm16Bytes(samples, bytes);
  return JSON.stringify({ ...rest, frames: samples.length, pcm16: encodeBase64(bytes) });
}
