/**
 * Plays the server's side of a recorded session to a client. Either by the recording's clock, whatever the client does; or by the client: what followed something of the
 * client's in the recording is sent when that has come again, as much later as it was then. The user's audio counts by its length, since no client cuts it twice alike.
 *
 * Ids that the client chose in the recording are exchanged for those that it chooses now; the server's stay as they are.
 */
import type { EmulatorClock } from "../clock.ts";
import { isObject } from "../session/validate.ts";
import type { RecordedSessionLog } from "./read-recording.ts";
import type { RecordedEvent } from "./recording.ts";

/** Something that the client did otherwise than in the recording. */
export interface ReplayMismatch {
  /** Id of the session that replays. */
  readonly sessionId: string;
  /** When it was found, in ms since the emulator started. */
  readonly atMs: number;
  /** An event that the recording does not have here, one that it has and that did not come, or one with another content. */
  readonly kind: "unexpected" | "missing" | "different";
  /** Type of the event. */
  readonly type: string;
  /** Words for people. */
  readonly message: string;
}

/** What a player is made of. */
export interface ReplayPlayerOptions {
  readonly log: RecordedSessionLog;
  readonly pace: "triggered" | "clock";
  readonly clock: EmulatorClock;
  readonly send: (event: object) => void;
  /** The server closed the recorded session, in this way. */
  readonly close: (code: number, reason: string) => void;
  readonly onMismatch: (mismatch: Pick<ReplayMismatch, "kind" | "type" | "message">) => void;
}

/** An event of the client's in the recording. */
interface Cue {
  readonly recorded: RecordedEvent;
  readonly type: string;
  /** Characters of audio that the client had sent by then, base64. */
  readonly audio: number;
  /** When it came in this replay, in ms of the clock; null while it has not. */
  cameMs: number | null;
}

const APPEND = "input_audio_buffer.append";
/** Ends that the client, or nobody, decided on. */
const CLIENT_CLOSES = new Set([1000, 1005, 1006]);

/** Plays one session. */
export class ReplayPlayer {
  readonly #options: ReplayPlayerOptions;
  readonly #cues: Cue[];
  /** What is sent, each after a number of cues. */
  readonly #lines: { readonly recorded: RecordedEvent; readonly after: number }[] = [];
  readonly #ids = new Map<string, string>();
  #startMs = 0;
  #sent = 0;
  /** Cues up to the client's last event that is not audio. */
  #nextCue = 0;
  /** Cues that have come, and so have all before them. */
  #come = 0;
  #audio = 0;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(options: ReplayPlayerOptions) {
    this.#options = options;
    this.#cues = [];
    let audio = 0;
    for (const recorded of options.log.events) {
      if (recorded.track !== undefined) continue;
      if (recorded.direction === "out") {
        this.#lines.push({ recorded, after: this.#cues.length });
        continue;
      }
      const type = typeOf(recorded.event);
      if (type === APPEND) audio += String(recorded.event?.audio).length;
      this.#cues.push({ recorded, type, audio, cameMs: null });
    }
  }

  /** The client is there. */
  start(): void {
    this.#startMs = this.#options.clock.nowMs();
    this.#goOn();
  }

  /** A message of the client; null for bytes. */
  receive(text: string | null): void {
    if (this.#stopped) return;
    const event = parsed(text);
    const type = typeOf(event);
    if (type === APPEND) this.#audio += String(event?.audio).length;
    else this.#take(type, event);
    const nowMs = this.#options.clock.nowMs();
    for (; this.#come < this.#cues.length; this.#come++) {
      const cue = this.#cues[this.#come] as Cue;
      // One after the other; a client that is further on than its audio has sent less of it this time.
      if (this.#come >= this.#nextCue && !(cue.type === APPEND && this.#audio >= cue.audio)) break;
      cue.cameMs = nowMs;
    }
    this.#goOn();
  }

  /** The client is gone: nothing more is sent, and what it left out is told. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    for (const { type } of this.#cues.slice(this.#nextCue))
      if (type !== APPEND) this.#tell("missing", type, `The client ended without ${type}, which it sent in the recording.`);
  }

  /** Finds an event of the client in the recording. */
  #take(type: string, event: Record<string, unknown> | null): void {
    const at = this.#cues.findIndex((cue, i) => i >= this.#nextCue && cue.type === type);
    if (at < 0) {
      const expected = this.#cues.slice(this.#nextCue).find((cue) => cue.type !== APPEND)?.type;
      this.#tell("unexpected", type, `The client sent ${type}; the recording has ${expected ?? "nothing more"} here.`);
      return;
    }
    for (const skipped of this.#cues.slice(this.#nextCue, at)) {
      if (skipped.type !== APPEND)
        this.#tell("missing", skipped.type, `The client sent ${type} without ${skipped.type}, which came before it in the recording.`);
    }
    this.#nextCue = at + 1;
    const then = (this.#cues[at] as Cue).recorded.event;
    if (then === null || event === null) return;
    this.#learn(then.event_id, event.event_id);
    if (isObject(then.item) && isObject(event.item)) {
      this.#learn(then.item.id, event.item.id);
      if (then.item.type !== event.item.type) {
        this.#tell("different", type, `The client created an item of type ${String(event.item.type)}; in the recording it is ${String(then.item.type)}.`);
      }
    }
  }

  #learn(then: unknown, now: unknown): void {
    if (typeof then === "string" && typeof now === "string" && then !== now) this.#ids.set(then, now);
  }

  /** Sends what is due, and waits for what will be. */
  #goOn(): void {
    this.#cancel?.();
    this.#cancel = null;
    while (!this.#stopped) {
      const dueMs = this.#dueMs();
      if (dueMs === null) return;
      const waitMs = dueMs - this.#options.clock.nowMs();
      if (waitMs > 0) {
        this.#cancel = this.#options.clock.after(waitMs, () => this.#goOn());
        return;
      }
      const line = this.#lines[this.#sent++];
      if (line === undefined) {
        this.#end();
        return;
      }
      if (line.recorded.event !== null) this.#options.send(this.#translated(line.recorded.event) as object);
    }
  }

  /** When the next line, or the end, is due, in ms of the clock; null while it waits for the client. */
  #dueMs(): number | null {
    const line = this.#lines[this.#sent];
    const end = this.#sent > this.#lines.length ? null : this.#options.log.end;
    const atMs = line?.recorded.atMs ?? end?.atMs;
    if (atMs === undefined) return null;
    if (this.#options.pace === "clock") return this.#startMs + atMs;
    const cue = this.#cues[(line?.after ?? this.#cues.length) - 1];
    if (cue === undefined) return this.#startMs + atMs;
    return cue.cameMs === null ? null : cue.cameMs + atMs - cue.recorded.atMs;
  }

  #end(): void {
    const closed = this.#options.log.end?.closed;
    if (closed !== undefined && (!CLIENT_CLOSES.has(closed.code) || closed.reason !== "")) this.#options.close(closed.code, closed.reason);
  }

  #translated(value: unknown): unknown {
    if (this.#ids.size === 0) return value;
    if (typeof value === "string") return this.#ids.get(value) ?? value;
    if (Array.isArray(value)) return value.map((entry) => this.#translated(entry));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, this.#translated(entry)]));
  }

  #tell(kind: ReplayMismatch["kind"], type: string, message: string): void {
    this.#options.onMismatch({ kind, type, message });
  }
}

function typeOf(event: Readonly<Record<string, unknown>> | null): string {
  return typeof event?.type === "string" ? event.type : "(malformed)";
}

function parsed(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = text === null ? null : JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
