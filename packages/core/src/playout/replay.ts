/**
 * Reads a playout log and plays it again.
 *
 * Any thread; not for hot paths.
 */
import { decodeBase64 } from "../dsp/base64.ts";
import { decodePcm16, pcm16View } from "../dsp/pcm16.ts";
import { JitterBuffer } from "./jitter-buffer.ts";
import { PLAYOUT_LOG_TYPE, PLAYOUT_LOG_VERSION, type PlayoutInput, type PlayoutLogHeader } from "./log-line.ts";
import type { PlayoutOptions } from "./options.ts";

/** A log that was read. */
export interface PlayoutLog extends PlayoutLogHeader {
  /** In the order in which they came. */
  readonly inputs: readonly PlayoutInput[];
}

/** Told of a replay. */
export interface ReplayObserver {
  /** An input was applied. */
  input?(input: PlayoutInput, buffer: JitterBuffer): void;
  /** `samples` were pulled; they are valid during the call. */
  pulled?(samples: Float32Array, buffer: JitterBuffer): void;
}

/** Reads a log. Segments without audio, which somebody took out of it, get silence. @throws {SyntaxError} that names the line, when it is none. */
export function parsePlayoutLog(text: string): PlayoutLog {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [header, ...rest] = lines.map(parseLine);
  if (header?.type !== PLAYOUT_LOG_TYPE || header.version !== PLAYOUT_LOG_VERSION || typeof header.rate !== "number") {
    throw new SyntaxError(
      `Line 1 is no header of a playout log of version ${PLAYOUT_LOG_VERSION}: {"type":"${PLAYOUT_LOG_TYPE}","version":${PLAYOUT_LOG_VERSION},"rate":24000,"options":{}}.`,
    );
  }
  return { rate: header.rate, options: (header.options ?? {}) as PlayoutOptions, inputs: rest.map((line, i) => toInput(line, i + 2)) };
}

/**
 * Puts the inputs of `log` into a new buffer at the frames at which they came, pulling `blockFrames` frames at a time between them. @returns the buffer as it was at the end.
 * @throws {RangeError} or {TypeError} when the log's options are none.
 */
export function replayPlayout(log: PlayoutLog, observer: ReplayObserver = {}, blockFrames = 128): JitterBuffer {
  const buffer = new JitterBuffer({ ...log.options, log: "none", rate: log.rate });
  const block = new Float32Array(blockFrames);
  for (const input of log.inputs) {
    while (buffer.pulledFrames < input.at) {
      const samples = block.subarray(0, Math.min(blockFrames, input.at - buffer.pulledFrames));
      buffer.pull(samples);
      observer.pulled?.(samples, buffer);
    }
    apply(buffer, input);
    observer.input?.(input, buffer);
  }
  return buffer;
}

function apply(buffer: JitterBuffer, { do: verb, itemId = "", contentIndex = 0, samples, startFrame, queue }: PlayoutInput): void {
  if (verb === "insert") {
    // A copy: the buffer takes arrays over, and a log may be replayed twice.
    const segment = { itemId, contentIndex, samples: samples?.slice() ?? new Float32Array(0) };
    buffer.insert({ ...segment, ...(startFrame === undefined ? {} : { startFrame }), ...(queue === undefined ? {} : { queue }) });
  } else if (verb === "endOfItem") buffer.endOfItem(itemId, contentIndex);
  else if (verb === "pause") buffer.pause();
  else if (verb === "resume") buffer.resume();
  else if (verb === "flush") buffer.flush();
}

function parseLine(line: string, index: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new SyntaxError(`Line ${index + 1} of the playout log is no JSON object: ${line.slice(0, 60)}`);
}

function toInput(line: Record<string, unknown>, number: number): PlayoutInput {
  const { at, do: verb, frames, pcm16, ...rest } = line;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0)
    throw new SyntaxError(`Line ${number} of the playout log: at is ${String(at)}; allowed are whole frames from 0 on.`);
  const input = { ...rest, at, do: verb } as PlayoutInput;
  if (verb !== "insert") return input;
  const samples = new Float32Array(typeof frames === "number" && Number.isSafeInteger(frames) && frames >= 0 ? frames : 0);
  if (typeof pcm16 !== "string") return { ...input, samples };
  try {
    const bytes = new Uint8Array(samples.length * 2);
    decodeBase64(pcm16, bytes);
    decodePcm16(pcm16View(bytes), samples);
  } catch (cause) {
    throw new SyntaxError(`Line ${number} of the playout log: pcm16 is not the base64 of ${samples.length} frames.`, { cause });
  }
  return { ...input, samples };
}
