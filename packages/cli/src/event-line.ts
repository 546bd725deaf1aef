/** One event of a session's log as one line of text. */
import type { LogEntry } from "@sidetone/emulator";

/** Fields worth a place on the line, in this order. */
const FIELDS = ["response_id", "item_id", "audio_start_ms", "audio_end_ms", "transcript"];
const MAX_VALUE_CHARS = 60;

/** `entry` as a line without its line end: time, direction, session, type, what matters of it. */
export function eventLine(entry: LogEntry): string {
  const event = (entry.event ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [`${(entry.atMs / 1000).toFixed(3).padStart(9)} s`, entry.direction === "in" ? "<-" : "->", entry.sessionId.slice(-6), entry.type];
  if (entry.audioBytes > 0) parts.push(`${entry.audioBytes} bytes`);
  for (const name of FIELDS) if (event[name] !== undefined && event[name] !== null) parts.push(`${name}=${printable(event[name])}`);
  const error = event.error as { code?: unknown; message?: unknown } | undefined;
  if (error !== undefined) parts.push(`${printable(error.code)}: ${printable(error.message)}`);
  return parts.join("  ");
}

/** `value` as one short piece of text; control characters of what came over the wire would reach the terminal. */
export function printable(value: unknown): string {
  const text = String(value).replace(/\p{Cc}/gu, " ");
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
}
