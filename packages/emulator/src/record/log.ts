/**
 * What went over the wire, in order and with times. Audio payloads are cut out of the kept events (their size stays), so that an hour of talk is a log and not a
 * recording; the log holds a bounded number of entries and says how many older ones it has let go.
 */
import type { ClientEvent, ServerEvent } from "@sidetone/core/protocol";

/** One event on the wire. */
export interface LogEntry {
  /** Time since the emulator started, in ms. */
  readonly atMs: number;
  /** Id of the session, `sess_...`; empty for a connection that was refused. */
  readonly sessionId: string;
  /** `in` came from the client, `out` went to it. */
  readonly direction: "in" | "out";
  /** The event's type; `(malformed)` for a message that is not an event. */
  readonly type: string;
  /** The event, with an empty string in place of audio; null for a message that is not an event. */
  readonly event: ClientEvent | ServerEvent | null;
  /** Bytes of audio, decoded, that were cut out of `event`. */
  readonly audioBytes: number;
}

/** What was logged, oldest first. */
export interface LogRecord {
  /** The entries still held, oldest first. */
  readonly entries: readonly LogEntry[];
  /** How many older entries were let go. */
  readonly dropped: number;
  /** The entries of one type, oldest first; `direction` narrows them further. */
  of(type: string, direction?: "in" | "out"): LogEntry[];
}

/** Where events carry audio, in any of the interfaces. */
const AUDIO_FIELDS: ReadonlyMap<string, string> = new Map([
  ["input_audio_buffer.append", "audio"],
  ["response.output_audio.delta", "delta"],
  ["session.input_audio.append", "audio"],
  ["session.input_audio_buffer.append", "audio"],
  ["session.output_audio.delta", "delta"],
  ["session.output_audio.fixture.play", "audio"],
]);

/** A bounded log. */
export class EventLog implements LogRecord {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #dropped = 0;

  /** Keeps the newest `limit` entries (up to twice as many for a while, so that dropping costs nothing). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  get dropped(): number {
    return this.#dropped;
  }

  of(type: string, direction?: "in" | "out"): LogEntry[] {
    return this.#entries.filter((entry) => entry.type === type && (direction === undefined || entry.direction === direction));
  }

  /** Adds an entry. */
  add(entry: LogEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length < 2 * this.#limit) return;
    this.#dropped += this.#entries.length - this.#limit;
    this.#entries = this.#entries.slice(-this.#limit);
  }
}

/** `event` as the log keeps it: without audio, and with the number of bytes that were cut out. */
export function withoutAudio<E extends ClientEvent | ServerEvent>(event: E): { event: E; audioBytes: number } {
  const field = AUDIO_FIELDS.get(event.type);
  if (field === undefined) return { event, audioBytes: 0 };
  const payload = (event as Record<string, unknown>)[field];
  if (typeof payload !== "string") return { event, audioBytes: 0 };
  const padding = payload.endsWith("==") ? 2 : payload.endsWith("=") ? 1 : 0;
  return { event: { ...event, [field]: "" }, audioBytes: Math.max(0, Math.floor((payload.length * 3) / 4) - padding) };
}
