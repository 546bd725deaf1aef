/**
 * The sessions of an emulator: makes them with what all of them share, and keeps the records of those that have ended, up to a number.
 */

import { unixMs } from "../clock.ts";
import { EmulatorFaults } from "../faults/connect-faults.ts";
import { Ids } from "../ids.ts";
import type { ResolvedOptions } from "../options.ts";
import { type ProfileOverrides, profileFor } from "../profiles.ts";
import { Random } from "../random.ts";
import { withNewest } from "../record/kept.ts";
import { EventLog } from "../record/log.ts";
import { ObservedSession, type ObserverOptions } from "../record/observed-session.ts";
import type { SessionRecord } from "../record/record.ts";
import { type RecordedSession, Recorder } from "../record/recorder.ts";
import type { ReplayMismatch } from "../record/replay-player.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { vadFactory } from "../vad/choice.ts";
import { LimitBook } from "./limits.ts";

/** What is said about a session when it is made. */
export interface SessionRequest extends Pick<SessionOptions, "kind" | "transport" | "createOutlet" | "onEnd"> {
  /** The model that was asked for. */
  readonly model: string;
  /** The key on whose account it is, see `KeyRing.owner`. Default: nobody's in particular. */
  readonly owner?: string | null;
  /** Settings pinned by a client secret or a call, as in `session.update`; null for none. */
  readonly pinned: unknown;
  /** What the servers in question do otherwise than OpenAI's; the `profile` option wins. Default: nothing. */
  readonly profile?: ProfileOverrides;
}

/** What is said about a session that runs elsewhere. */
export type ObserverRequest = Pick<ObserverOptions, "model" | "source" | "close" | "drop">;

/** Makes and keeps sessions. */
export class SessionRegistry {
  /** The events of all sessions. */
  readonly log: EventLog;
  /** What goes wrong on demand. */
  readonly faults: EmulatorFaults;
  /** What each key may use. */
  readonly limits: LimitBook;
  readonly #options: ResolvedOptions;
  readonly #epochMs: number;
  readonly #seed: number;
  /** Writes sessions down, if that is asked for. */
  readonly recorder: Recorder | null;
  /** What clients did otherwise than in the recording that is replayed. */
  readonly mismatches: ReplayMismatch[] = [];
  #records: (Session | ObservedSession)[] = [];
  #idCount = 0;
  #sessionCount = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#epochMs = options.clock.nowMs();
    this.log = new EventLog(options.logLimit);
    this.limits = new LimitBook(options.limits, options.clock);
    this.faults = new EmulatorFaults(options.faults, this.random("faults"), options.clock);
    this.recorder = options.record === null ? null : new Recorder(options.record, options.clock);
  }

  /** All sessions so far that run here, oldest first; of those that have ended, the newest few. */
  get sessions(): readonly Session[] {
    return this.#records.filter((record) => record instanceof Session);
  }

  /** The same, with those that run elsewhere and pass through, or are replayed. */
  get records(): readonly SessionRecord[] {
    return this.#records;
  }

  /** Time since the emulator started, in ms. */
  get nowMs(): number {
    return this.#options.clock.nowMs() - this.#epochMs;
  }

  /** A stream of random numbers of its own for `label`. */
  random(label: string): Random {
    return new Random(this.#seed).fork(label);
  }

  /** Each session draws from a sequence of its own, so that its ids do not depend on what others do. */
  nextIds(): Ids {
    const count = this.#idCount++;
    const startSeconds = this.#options.seed === null ? Math.floor(unixMs(this.#options.clock) / 1000) : 0;
    return new Ids(this.#seed + Math.imul(count, 0x9e3779b1), startSeconds + count);
  }

  /** Makes a session. @throws {WireError} when its pinned settings are refused. */
  create({ model, pinned, profile: family, kind, transport, createOutlet, onEnd, owner = null }: SessionRequest, ids: Ids = this.nextIds()): Session {
    const { profile, voice, mcpServers, vad, clock, logLimit, recordLimitMs, obfuscation, rateLimits, sessionLimitMs } = this.#options;
    const behaviour = profileFor(model, { ...family, ...profile });
    const account = this.limits.account(owner);
    let leave = () => {};
    const session = new Session({
      model,
      profile: behaviour,
      mcpServers,
      random: this.random(`session ${this.#sessionCount++}`),
      voice,
      createVad: vadFactory(vad, behaviour.vad),
      clock,
      epochMs: this.#epochMs,
      ids,
      sharedLog: this.log,
      logLimit,
      recordLimitMs,
      obfuscation,
      rateLimits,
      limitMs: sessionLimitMs,
      pinned,
      kind,
      transport,
      createOutlet,
      onEnd: () => {
        leave();
        onEnd?.();
      },
      account,
      faults: this.faults.nextSession(),
      openRecorder: this.#openRecorder,
    });
    leave = account.open();
    this.#keep(session);
    return session;
  }

  /** Makes the record of a session that runs elsewhere. */
  observe(request: ObserverRequest): ObservedSession {
    const { profile, logLimit, recordLimitMs } = this.#options;
    const session = new ObservedSession({
      ...request,
      id: this.nextIds().next("sess"),
      profile: profileFor(request.model, profile),
      nowMs: () => this.nowMs,
      sharedLog: this.log,
      logLimit,
      recordLimitMs,
      openRecorder: this.#openRecorder,
    });
    this.#keep(session);
    return session;
  }

  /** Ends what still runs. */
  endAll(code: number, reason: string): void {
    for (const record of this.#records) {
      if (record instanceof Session) record.end(code, reason);
      else record.ended(code, reason);
    }
  }

  get #openRecorder() {
    const { recorder } = this;
    return recorder === null ? undefined : (session: RecordedSession) => recorder.open(session);
  }

  #keep(record: Session | ObservedSession): void {
    this.#records = withNewest(this.#records, record, this.#options.keepSessions);
  }
}
