/**
 * The sessions of an emulator: makes them with what all of them share, and keeps the records of those that have ended, up to a number.
 */
import { Ids } from "../ids.ts";
import type { ResolvedOptions } from "../options.ts";
import { profileFor } from "../profiles.ts";
import { Random } from "../random.ts";
import { EventLog } from "../record/log.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";

/** What is said about a session when it is made. */
export interface SessionRequest extends Pick<SessionOptions, "transport" | "createOutlet" | "onEnd"> {
  /** The model that was asked for. */
  readonly model: string;
  /** Settings pinned by a client secret or a call, as in `session.update`; null for none. */
  readonly pinned: unknown;
}

/** Makes and keeps sessions. */
export class SessionRegistry {
  /** The events of all sessions. */
  readonly log: EventLog;
  readonly #options: ResolvedOptions;
  readonly #epochMs: number;
  readonly #seed: number;
  #sessions: Session[] = [];
  #idCount = 0;
  #sessionCount = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#epochMs = options.clock.nowMs();
    this.log = new EventLog(options.logLimit);
  }

  /** All sessions so far, oldest first; of those that have ended, the newest few. */
  get sessions(): readonly Session[] {
    return this.#sessions;
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
    const startSeconds = this.#options.seed === null ? Math.floor(Date.now() / 1000) : 0;
    return new Ids(this.#seed + Math.imul(count, 0x9e3779b1), startSeconds + count);
  }

  /** Makes a session. @throws {WireError} when its pinned settings are refused. */
  create({ model, pinned, transport, createOutlet, onEnd }: SessionRequest, ids: Ids = this.nextIds()): Session {
    const { profile, voice, mcpServers, createVad, clock, logLimit, recordLimitMs, obfuscation, rateLimits, sessionLimitMs, keepSessions } = this.#options;
    const session = new Session({
      model,
      profile: profileFor(model, profile),
      mcpServers,
      random: this.random(`session ${this.#sessionCount++}`),
      voice,
      createVad,
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
      transport,
      createOutlet,
      onEnd,
    });
    const ended = this.#sessions.filter((other) => other.closed !== null);
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - keepSessions)));
    this.#sessions = [...this.#sessions.filter((other) => !surplus.has(other)), session];
    return session;
  }

  /** Ends what still runs. */
  endAll(code: number, reason: string): void {
    for (const session of this.#sessions) session.end(code, reason);
  }
}
