/** Events of a session's log as lines of text; runs of deltas become one line. */

import { type AudioFormat, bytesPerFrame, formatRate } from "@sidetone/core/protocol";
import type { LogEntry } from "@sidetone/emulator";
import type { Style } from "./io.ts";

/** Fields worth a place on the line, in this order. */
const FIELDS = ["audio_start_ms", "audio_end_ms", "transcript"];
const MAX_VALUE_CHARS = 60;
/** What is shown of an id: its end, which differs most. */
const ID_CHARS = 6;
/** Width of the label of a session. */
const LABEL_CHARS = 3;

/** Several events of one kind, or one event. */
export interface EventRun {
  /** The first of them. */
  readonly entry: LogEntry;
  readonly count: number;
  /** Bytes of audio in all of them. */
  readonly audioBytes: number;
  /** The text of all of them, as far as it is shown. */
  readonly text: string;
}

/** What a line tells beside the event. */
export interface LineContext {
  /** Short name of the session. */
  readonly label: string;
  /** Format of its audio in the run's direction, to tell its length; null when it is not known. */
  readonly format: AudioFormat | null;
  readonly style: Style;
}

/** Whether events of this type come many in a row and only their sum is of interest. */
export function isFolded(type: string): boolean {
  return /(?:\baudio|_audio|audio_buffer)\.append$|\.delta$/.test(type);
}

/** `run` as a line without its line end: time, session, direction, type, what matters of it. */
export function eventLine({ entry, count, audioBytes, text }: EventRun, { label, format, style }: LineContext): string {
  const event = (entry.event ?? {}) as Readonly<Record<string, unknown>>;
  const arrow = entry.direction === "in" ? style.cyan("<-") : style.green("->");
  const type = count > 1 ? `${entry.type} x${count}` : entry.type;
  const parts = [time(entry.atMs), label.padEnd(LABEL_CHARS), arrow, entry.type === "error" ? style.red(type) : type];
  if (audioBytes > 0) parts.push(format === null ? `${audioBytes} bytes` : duration((audioBytes * 1000) / (formatRate(format) * bytesPerFrame(format))));
  if (text !== "") parts.push(style.dim(`"${printable(text)}"`));
  if (!isFolded(entry.type)) {
    for (const detail of details(event)) parts.push(style.dim(detail));
    for (const name of FIELDS) if (event[name] !== undefined && event[name] !== null) parts.push(style.dim(`${name}=${printable(event[name])}`));
    const error = event.error as { code?: unknown; message?: unknown } | undefined;
    if (error !== undefined && error !== null) parts.push(`${printable(error.code)}: ${printable(error.message)}`);
  }
  return parts.join("  ");
}

/** Which response and item it is about, and what these are. */
function details({ response_id, item_id, response, item }: Readonly<Record<string, unknown>>): string[] {
  const { id: responseId, status } = (response ?? {}) as Readonly<Record<string, unknown>>;
  const { id: itemId, type, role, status: itemStatus } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return [
    shortId("response", response_id ?? responseId),
    shortId("item", item_id ?? itemId),
    ...[type, role, itemStatus, status].map((word) => (typeof word === "string" ? printable(word) : "")),
  ].filter((part) => part !== "");
}

function shortId(name: string, id: unknown): string {
  return typeof id === "string" ? `${name} ${printable(id.length > ID_CHARS ? `…${id.slice(-ID_CHARS)}` : id)}` : "";
}

/** The time of an event as a column. */
export function time(atMs: number): string {
  return `${(atMs / 1000).toFixed(3).padStart(9)} s`;
}

/** A length of time for people: `412 ms`, `3.45 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `value` as one short piece of text; control characters of what came over the wire would reach the terminal. */
export function printable(value: unknown, maxChars = MAX_VALUE_CHARS): string {
  const text = String(value).replace(/\p{Cc}/gu, " ");
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
}
