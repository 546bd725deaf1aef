/**
 * Reads recordings. A last line that was cut off, as a crash leaves it, is left out; anything else that is wrong is said with its line.
 */
import { readFile } from "node:fs/promises";
import { RECORDING_VERSION, type RecordedEnd, type RecordedEvent, type RecordingHeader } from "./recording.ts";

/** A recorded session. */
export interface RecordedSessionLog {
  /** What it is a recording of. */
  readonly header: RecordingHeader;
  /** The events both ways, in order. */
  readonly events: readonly RecordedEvent[];
  /** How the connection ended, or null when the recording broke off before. */
  readonly end: RecordedEnd | null;
  /** How many events are missing because the disk did not take them. */
  readonly dropped: number;
}

/** What a recording holds. */
export interface Recording {
  /** The sessions, by when they began; a folder's recordings hold one each. */
  readonly sessions: readonly RecordedSessionLog[];
  /** Whether the last line was cut off. */
  readonly torn: boolean;
}

interface Draft {
  readonly header: RecordingHeader;
  readonly events: RecordedEvent[];
  end: RecordedEnd | null;
  dropped: number;
}

/** The recording in a file. @throws {Error} that names the file, and the line where one is wrong. */
export async function readRecording(path: string): Promise<Recording> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new Error(`The recording ${path} cannot be read: ${error.message}.`, { cause: error });
  });
  return parseRecording(text, path);
}

/** The recording in `text`; `name` is what messages call it. @throws {Error} that names the line that is wrong, and how. */
export function parseRecording(text: string, name = "The recording"): Recording {
  const sessions = new Map<string, Draft>();
  const lines = text.split("\n");
  // A complete file ends with a line end, behind which nothing stands.
  const torn = lines.pop() !== "";
  if (lines.length === 0) throw new Error(`${name} holds no complete line; expected is a recording as \`record\` writes it.`);
  for (const [i, line] of lines.entries()) {
    try {
      takeLine(sessions, line);
    } catch (error) {
      throw new Error(`${name}, line ${i + 1}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { sessions: [...sessions.values()], torn };
}

function takeLine(sessions: Map<string, Draft>, line: string): void {
  const value = parsed(line);
  const { session, atMs } = value;
  if (typeof session !== "string") throw new Error(`session is ${show(session)}; expected is a session's id.`);
  if (value.sidetone !== undefined) {
    sessions.set(session, { header: header(value, sessions), events: [], end: null, dropped: 0 });
    return;
  }
  const draft = sessions.get(session);
  if (draft === undefined) throw new Error(`The session ${session} has no header before this line; is this a recording?`);
  const before = draft.events.at(-1)?.atMs ?? 0;
  if (typeof atMs !== "number" || !(atMs >= before))
    throw new Error(`atMs is ${show(atMs)}; expected is a number of ms, not less than ${before} of the event before.`);
  if (draft.end !== null) throw new Error(`The session ${session} has ended before this line.`);
  if (typeof value.dropped === "number") draft.dropped += value.dropped;
  else if (isObject(value.closed)) draft.end = end(value);
  else draft.events.push(event(value));
}

function header(value: Record<string, unknown>, sessions: ReadonlyMap<string, Draft>): RecordingHeader {
  const { sidetone, version, session, model, audio } = value;
  if (sidetone !== "recording") throw new Error(`sidetone is ${show(sidetone)}; expected is "recording".`);
  if (version !== RECORDING_VERSION) throw new Error(`version is ${show(version)}; this program reads version ${RECORDING_VERSION}.`);
  if (typeof model !== "string") throw new Error(`model is ${show(model)}; expected is a model's name.`);
  if (audio !== "inline" && audio !== "wav") throw new Error(`audio is ${show(audio)}; expected are "inline" and "wav".`);
  if (sessions.has(session as string)) throw new Error(`The session ${session as string} begins a second time.`);
  return value as unknown as RecordingHeader;
}

function event(value: Record<string, unknown>): RecordedEvent {
  const { direction, event: given } = value;
  if (direction !== "in" && direction !== "out") throw new Error(`direction is ${show(direction)}; expected are "in" and "out".`);
  if (given !== null && !isObject(given)) throw new Error(`event is ${show(given)}; expected is an event, or null.`);
  if (given !== null && typeof given.type !== "string" && direction === "out") throw new Error(`event.type is ${show(given.type)}; expected is a text.`);
  return value as unknown as RecordedEvent;
}

function end(value: Record<string, unknown>): RecordedEnd {
  const { code, reason } = value.closed as Record<string, unknown>;
  const possible = Number.isInteger(code) && (code as number) >= 1000 && (code as number) <= 4999;
  if (!possible || typeof reason !== "string") throw new Error(`closed is ${show(value.closed)}; expected are a close code from 1000 to 4999 and a reason.`);
  return value as unknown as RecordedEnd;
}

function parsed(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`Not JSON: ${(error as Error).message}.`);
  }
  if (!isObject(value)) throw new Error(`${show(value)} is no JSON object.`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
