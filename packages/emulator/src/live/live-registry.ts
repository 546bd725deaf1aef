/**
 * The Live sessions of an emulator: makes them, finds them for sidebands, and keeps the records of those that have ended, up to a number.
 */

import { profileFor } from "../profiles.ts";
import { withNewest } from "../record/kept.ts";
import type { ServerContext } from "../server/routes.ts";
import { vadFactory } from "../vad/choice.ts";
import { LiveSession, type LiveSessionOptions } from "./live-session.ts";

/** A session is made before its model is known; all Live models hear alike. */
const LIVE_MODEL = "gpt-live-1";

/** Makes and keeps Live sessions. */
export class LiveRegistry {
  readonly #context: ServerContext;
  #sessions: LiveSession[] = [];
  #count = 0;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** All sessions so far, oldest first; of those that have ended, the newest few. */
  get sessions(): readonly LiveSession[] {
    return this.#sessions;
  }

  /** The session of that id, if it runs. */
  find(id: string): LiveSession | undefined {
    return this.#sessions.find((session) => session.id === id && session.closed === null);
  }

  /** Makes a session on the account of `owner`; it starts with `session.start`, or by `start()` where it is made by a request. */
  create(owner: string | null, { onAudio, onEnd }: Pick<LiveSessionOptions, "onAudio" | "onEnd"> = {}): LiveSession {
    const { options, registry } = this.#context;
    const leave = registry.limits.account(owner).open();
    const { voice, clock, logLimit, recordLimitMs, sessionLimitMs, keepSessions } = options;
    const session = new LiveSession({
      ids: registry.nextIds(),
      random: registry.random(`live ${this.#count++}`),
      voice,
      createVad: vadFactory(options.vad, profileFor(LIVE_MODEL, options.profile).vad),
      clock,
      nowMs: () => registry.nowMs,
      logLimit,
      sharedLog: registry.log,
      recordLimitMs,
      limitMs: sessionLimitMs,
      faults: registry.faults.nextSession(),
      onAudio,
      onEnd: () => {
        leave();
        onEnd?.();
      },
    });
    this.#sessions = withNewest(this.#sessions, session, keepSessions);
    return session;
  }

  /** Ends what still runs. */
  endAll(code: number, reason: string): void {
    for (const session of this.#sessions) session.end(code, reason);
  }
}
