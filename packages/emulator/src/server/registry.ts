/**
 * The sessions of an emulator: makes them with what all of them share, and keeps the records of those that have ended, up to a number.
 */

import { unixMs } from "../clock.ts";
import { EmulatorFaults } from "../faults/connect-faults.ts";
import { Ids } from "../ids.ts";
import type { ResolvedOptions } from "../options.ts";
import { type ProfileOverrides, profileFor } from "../profiles.ts";
import { Random } from "../random.ts";
import { EventLog } from "../record/log.ts";
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
  #sessions: Session[] = [];
  #idCount = 0;
  #sessionCount = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#epochMs = options.clock.nowMs();
    this.log = new EventLog(options.logLimit);
    this.limits = new LimitBook(options.limits, options.clock);
    this.faults = new EmulatorFaults(options.faults, this.random("faults"), options.clock);
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
    const startSeconds = this.#options.seed === null ? Math.floor(unixMs(this.#options.clock) / 1000) : 0;
    return new Ids(this.#seed + Math.imul(count, 0x9e3779b1), startSeconds + count);
  }

  /** Makes a session. @throws {WireError} when its pinned settings are refused. */
  create({ model, pinned, profile: family, kind, transport, createOutlet, onEnd, owner = null }: SessionRequest, ids: Ids = this.nextIds()): Session {
    const { profile, voice, mcpServers, vad, clock, logLimit, recordLimitMs, obfuscation, rateLimits, sessionLimitMs, keepSessions } = this.#options;
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
    });
    leave = account.open();
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
