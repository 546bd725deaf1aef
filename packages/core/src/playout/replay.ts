/**
 * Reads a playout log and plays it again.
 *
 * Any thread; not for hot paths.
 */
import { decodeBase64 } from "../dsp/base64.ts";
import { decodePcm16, pcm16View } from "../dsp/pcm16.ts";
import { type HeardReport, JitterBuffer } from "./jitter-buffer.ts";
import { PLAYOUT_LOG_TYPE, PLAYOUT_LOG_VERSION, type PlayoutInput, type PlayoutLogHeader } from "./log-line.ts";
import type { PlayoutOptions } from "./options.ts";

/** A log that was read. */
export interface PlayoutLog extends PlayoutLogHeader {
  /** In the order in which they came. */
  readonly inputs: readonly PlayoutInput[];
}

/** Told of a replay. */
export interface ReplayObserver {
  /** An input was applied; `report` is what a flush said. */
  input?(input: PlayoutInput, buffer: JitterBuffer, report: HeardReport | null): void;
  /** `samples` were pulled; they are valid during the call. */
  pulled?(samples: Float32Array, buffer: JitterBuffer): void;
}

/** Audio for a segment of `frames` frames that was logged without, `startFrame` frames into its item. */
export type StandIn = (frames: number, startFrame: number) => Float32Array<ArrayBuffer>;

const VERBS: readonly string[] = ["insert", "endOfItem", "pause", "resume", "flush", "close"] satisfies PlayoutInput["do"][];

/**
 * Reads a log. Segments from which somebody took the audio get what `standIn` gives, silence by default. @throws {SyntaxError} that names the line, when it is none, or its lines are not
 * in order.
 */
export function parsePlayoutLog(text: string, standIn: StandIn = (frames) => new Float32Array(frames)): PlayoutLog {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [header, ...rest] = lines.map(parseLine);
  if (header?.type !== PLAYOUT_LOG_TYPE || header.version !== PLAYOUT_LOG_VERSION || typeof header.rate !== "number") {
    throw new SyntaxError(
      `Line 1 is no header of a playout log of version ${PLAYOUT_LOG_VERSION}: {"type":"${PLAYOUT_LOG_TYPE}","version":${PLAYOUT_LOG_VERSION},"rate":24000,"options":{}}.`,
    );
  }
  const inputs: PlayoutInput[] = [];
  const ends = new Map<string, number>();
  for (const [i, line] of rest.entries()) {
    const wrong = fault(line, inputs.at(-1)?.at ?? 0);
    if (wrong !== null) throw new SyntaxError(`Line ${i + 2} of the playout log: ${wrong}`);
    const input = line as unknown as LoggedInput;
    if (input.do !== "insert") {
      inputs.push(input);
      continue;
    }
    const { frames, pcm16, ...plain } = input;
    const key = `${input.itemId} ${input.contentIndex}`;
    const start = input.startFrame ?? ends.get(key) ?? 0;
    ends.set(key, start + frames);
    inputs.push({ ...plain, samples: pcm16 === undefined ? standIn(frames, start) : decode(pcm16, frames, i + 2) });
  }
  return { rate: header.rate, options: (header.options ?? {}) as PlayoutOptions, inputs };
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
    const report = apply(buffer, input);
    observer.input?.(input, buffer, report);
  }
  return buffer;
}

function apply(buffer: JitterBuffer, { do: verb, itemId = "", contentIndex = 0, samples, startFrame, queue }: PlayoutInput): HeardReport | null {
  if (verb === "flush") return buffer.flush();
  if (verb === "insert") {
    // A copy: the buffer takes arrays over, and a log may be replayed twice.
    const segment = { itemId, contentIndex, samples: samples?.slice() ?? new Float32Array(0) };
    buffer.insert({ ...segment, ...(startFrame === undefined ? {} : { startFrame }), ...(queue === undefined ? {} : { queue }) });
  } else if (verb === "endOfItem") buffer.endOfItem(itemId, contentIndex);
  else if (verb === "pause") buffer.pause();
  else if (verb === "resume") buffer.resume();
  return null;
}

/** An input as it stands in a line that {@link fault} has nothing against. */
interface LoggedInput extends Omit<PlayoutInput, "samples"> {
  readonly frames: number;
  readonly pcm16?: string;
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

/** What is wrong with a line after one at frame `before`; null when nothing is. */
function fault({ at, do: verb, itemId, contentIndex, frames, pcm16 }: Record<string, unknown>, before: number): string | null {
  if (!isFrame(at) || at < before) return `at is ${String(at)}; allowed are whole frames from that of the line before on, ${before}.`;
  if (!VERBS.includes(String(verb))) return `do is ${JSON.stringify(verb)}; allowed are ${VERBS.join(", ")}.`;
  if ((verb === "insert" || verb === "endOfItem") && !(typeof itemId === "string" && isFrame(contentIndex))) return "itemId or contentIndex is missing.";
  if (verb === "insert" && !isFrame(frames)) return `frames is ${String(frames)}; allowed are whole numbers from 0 on.`;
  return verb === "insert" && pcm16 !== undefined && typeof pcm16 !== "string" ? "pcm16 is no text." : null;
}

function isFrame(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function decode(pcm16: string, frames: number, line: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(frames);
  try {
    const bytes = new Uint8Array(frames * 2);
    if (decodeBase64(pcm16, bytes) !== bytes.length) throw new RangeError("It is shorter.");
    decodePcm16(pcm16View(bytes), samples);
  } catch (cause) {
    throw new SyntaxError(`Line ${line} of the playout log: pcm16 is not the base64 of ${frames} frames.`, { cause });
  }
  return samples;
}
