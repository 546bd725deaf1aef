/**
 * The connections and the log of a session that streams without turns (the Live API, translations): every event is written down once and goes to those it is meant for.
 */
import type { ClientEvent, ServerEvent } from "@sidetone/core/protocol";
import { EventLog, withoutAudio } from "../record/log.ts";
import { withoutSecrets } from "../record/secrets.ts";
import type { SessionWire } from "../wire.ts";

/** What a hub writes down, and where. */
export interface HubOptions {
  /** The session's id. */
  readonly sessionId: string;
  /** Time since the emulator started, in ms. */
  nowMs(): number;
  /** Entries of the session's own log. */
  readonly logLimit: number;
  /** Where all sessions write. */
  readonly sharedLog: EventLog;
}

/** Sends, receives and logs for one session. */
export class Hub {
  readonly log: EventLog;
  readonly #options: HubOptions;

  constructor(options: HubOptions) {
    this.#options = options;
    this.log = new EventLog(options.logLimit);
  }

  /** Time since the emulator started, in ms. */
  get nowMs(): number {
    return this.#options.nowMs();
  }

  /** Sends an event on each of `wires`. */
  send(event: { readonly type: string }, wires: Iterable<SessionWire>): void {
    this.#write("out", event);
    let text: string | null = null;
    for (const wire of wires) wire.send((text ??= JSON.stringify(event)));
  }

  /** Writes down a message of the client; null stands for one that is no event. */
  received(message: Record<string, unknown> | null): void {
    this.#write("in", message === null ? null : withoutSecrets(message));
  }

  #write(direction: "in" | "out", whole: object | null): void {
    const { event, audioBytes } = whole === null ? { event: null, audioBytes: 0 } : withoutAudio(whole as ClientEvent | ServerEvent);
    const type = typeof event?.type === "string" ? event.type : "(malformed)";
    const entry = { atMs: this.nowMs, sessionId: this.#options.sessionId, direction, type, event, audioBytes };
    this.log.add(entry);
    this.#options.sharedLog.add(entry);
  }
}
