/**
 * An emulator's log as it grows: what began and ended, what happens in the conversations, and, when asked for, every event. For people as lines, for programs as JSON.
 *
 * Looks now and then instead of listening, so that printing costs sessions nothing; a run of deltas is printed when something else comes, or when it pauses.
 */
import type { Emulator, LogEntry, SessionRecord } from "@sidetone/emulator";
import { type EventRun, eventLine, isFolded, printable, time } from "./event-line.ts";
import { type Output, type Style, styleFor } from "./io.ts";
import { TurnWatch } from "./turn-lines.ts";

/** Looks without a further event after which a run is printed, and looks after which it is printed in any case. */
const QUIET_LOOKS = 5;
const LONG_LOOKS = 50;
/** Sessions whose names are remembered after their end. */
const MAX_ENDED = 1000;
/** Text of a run that is kept, in characters. */
const MAX_RUN_CHARS = 200;

/** What is printed. */
export interface LiveLogOptions {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sentences alone, every event too, or JSON. */
  readonly form: "turns" | "events" | "json";
}

interface Run {
  entry: LogEntry;
  count: number;
  audioBytes: number;
  text: string;
  quiet: number;
  looks: number;
}

interface Followed {
  readonly session: SessionRecord | null;
  readonly label: string;
  readonly turns: TurnWatch | null;
  /** Runs by direction, type and item, in the order in which they began. */
  readonly runs: Map<string, Run>;
  ended: boolean;
}

/** Prints what is new in an emulator since the last look. */
export class LiveLog {
  readonly #emulator: Emulator;
  readonly #options: LiveLogOptions;
  readonly #style: Style;
  readonly #followed = new Map<string, Followed>();
  /** Log entries, sessions and mismatches seen, counted from the emulator's start. */
  #seen = 0;
  #sessions = 0;
  #mismatches = 0;

  constructor(emulator: Emulator, options: LiveLogOptions) {
    this.#emulator = emulator;
    this.#options = options;
    this.#style = styleFor(options.output, options.env);
  }

  /** Prints what is new. */
  look(): void {
    for (const session of this.#emulator.sessions) if (!this.#followed.has(session.id)) this.#begin(session);
    const { entries, dropped } = this.#emulator.log;
    for (const entry of entries.slice(Math.max(0, this.#seen - dropped))) this.#entry(entry);
    this.#seen = dropped + entries.length;
    for (const mismatch of this.#emulator.mismatches.slice(this.#mismatches)) this.#mismatch(mismatch);
    this.#mismatches = this.#emulator.mismatches.length;
    for (const [id, followed] of this.#followed) {
      for (const run of followed.runs.values()) {
        run.quiet++;
        run.looks++;
      }
      if ([...followed.runs.values()].some(({ quiet, looks }) => quiet > QUIET_LOOKS || looks > LONG_LOOKS)) this.#flush(followed);
      if (followed.session?.closed === null || followed.session === null) continue;
      this.#end(followed, followed.session);
      this.#followed.delete(id);
      this.#followed.set(id, { ...followed, session: null, ended: true });
    }
    this.#forget();
  }

  /** Prints what is new and what was held back. */
  end(): void {
    this.look();
    for (const followed of this.#followed.values()) this.#flush(followed);
  }

  #begin(session: SessionRecord): void {
    const followed: Followed = { session, label: `#${++this.#sessions}`, turns: new TurnWatch(session), runs: new Map(), ended: false };
    this.#followed.set(session.id, followed);
    const { id, model, transport, openedAtMs } = session;
    if (this.#options.form === "json") this.#json({ kind: "session", atMs: openedAtMs, session: id, model, transport });
    else this.#line(`${time(openedAtMs)}  ${followed.label.padEnd(3)}  ${this.#style.bold(`Session ${id} began`)} (${printable(model)}).`);
  }

  /** A session of another interface, or a connection that got none: its events alone are told. */
  #stranger(id: string): Followed {
    const stranger: Followed = { session: null, label: id === "" ? "-" : `#${++this.#sessions}`, turns: null, runs: new Map(), ended: true };
    this.#followed.set(id, stranger);
    return stranger;
  }

  #end(followed: Followed, { id, closed }: SessionRecord): void {
    if (closed === null) return;
    this.#flush(followed);
    const { atMs, code, reason } = closed;
    if (this.#options.form === "json") this.#json({ kind: "end", atMs, session: id, code, reason });
    else
      this.#line(
        `${time(atMs)}  ${followed.label.padEnd(3)}  ${this.#style.bold(`Session ${id} ended`)} (close code ${code}${reason ? `, ${printable(reason)}` : ""}).`,
      );
  }

  #entry(entry: LogEntry): void {
    const { form } = this.#options;
    if (form === "json") {
      const { atMs, sessionId, direction, type, event, audioBytes } = entry;
      this.#json({ kind: "event", atMs, session: sessionId, direction, type, ...(audioBytes > 0 ? { audioBytes } : {}), event });
      return;
    }
    const followed = this.#followed.get(entry.sessionId) ?? this.#stranger(entry.sessionId);
    if (form === "events") {
      if (isFolded(entry.type)) this.#fold(followed, entry);
      else {
        this.#flush(followed);
        this.#print(followed, { entry, count: 1, audioBytes: entry.audioBytes, text: "" });
      }
    }
    const turn = followed.turns?.see(entry);
    if (turn === null || turn === undefined || (form === "events" && turn.who === "error" && entry.type === "error")) return;
    const who =
      turn.who === "error"
        ? this.#style.red("error")
        : turn.who === "user"
          ? this.#style.cyan("user ")
          : this.#style.green(turn.who === "call" ? "calls" : "model");
    this.#line(`${time(turn.atMs)}  ${followed.label.padEnd(3)}  ${who}  ${turn.text}`);
  }

  #fold(followed: Followed, entry: LogEntry): void {
    const event = (entry.event ?? {}) as { item_id?: unknown; delta?: unknown };
    const key = `${entry.direction} ${entry.type} ${String(event.item_id)}`;
    const run = followed.runs.get(key) ?? { entry, count: 0, audioBytes: 0, text: "", quiet: 0, looks: 0 };
    run.count++;
    run.quiet = 0;
    run.audioBytes += entry.audioBytes;
    if (typeof event.delta === "string" && run.text.length < MAX_RUN_CHARS) run.text += event.delta;
    followed.runs.set(key, run);
  }

  #flush(followed: Followed): void {
    for (const run of followed.runs.values()) this.#print(followed, run);
    followed.runs.clear();
  }

  #print({ session, label }: Followed, run: EventRun): void {
    const audio = session?.config.audio;
    const format = (run.entry.direction === "in" ? audio?.input.format : audio?.output.format) ?? null;
    this.#line(eventLine(run, { label, format, style: this.#style }));
  }

  #mismatch({ sessionId, atMs, kind, type, message }: Emulator["mismatches"][number]): void {
    if (this.#options.form === "json") this.#json({ kind: "mismatch", atMs, session: sessionId, mismatch: kind, type, message });
    else this.#line(`${time(atMs)}  ${(this.#followed.get(sessionId)?.label ?? "-").padEnd(3)}  ${this.#style.red("differs")}  ${printable(message, 200)}`);
  }

  /** The names of the oldest sessions, when there are too many. */
  #forget(): void {
    let surplus = this.#followed.size - MAX_ENDED;
    for (const [id, { ended }] of this.#followed) {
      if (surplus <= 0) return;
      if (ended && this.#followed.delete(id)) surplus--;
    }
  }

  #line(text: string): void {
    this.#options.output.write(`${text}\n`);
  }

  #json(value: object): void {
    this.#options.output.write(`${JSON.stringify(value)}\n`);
  }
}
