/**
 * The calls of an emulator, over WebRTC and simulated SIP, by their ids: what HTTP routes and sidebands find them by.
 */
import { WireError } from "../errors.ts";
import { HttpError } from "../server/http-error.ts";
import type { Session } from "../session/session.ts";

const CALL_ID_LENGTH = 21;

/** A call that is being set up or under way. */
export interface Call {
  /** `rtc_u2_...`. */
  readonly id: string;
  /** Its session, or null while nobody has accepted it. */
  readonly session: Session | null;
  /** The application ends the call. */
  hangUpByServer(): void;
  /** The emulator closes: ends the call, and resolves when nothing of it is open any more. */
  close(): Promise<void>;
}

/** Knows the calls that have not ended. */
export class CallBook {
  readonly #calls = new Map<string, Call>();
  readonly #working = new Set<Promise<void>>();
  readonly #text: (length: number) => string;
  #closed = false;

  /** `randomText` gives random characters for ids. */
  constructor(randomText: (length: number) => string) {
    this.#text = randomText;
  }

  /** Whether the emulator is closing: no call may be added any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** An id for a new call. */
  nextId(): string {
    return `rtc_u2_${this.#text(CALL_ID_LENGTH)}`;
  }

  /** Adds a call. */
  add(call: Call): void {
    this.#calls.set(call.id, call);
  }

  /** Forgets a call that is over; `rest` is what still has to be closed of it. */
  remove(id: string, rest: Promise<void> = Promise.resolve()): void {
    this.#calls.delete(id);
    this.await(rest);
  }

  /** Lets {@link close} wait for something that is under way, such as the setting up of a call, whatever comes of it. */
  await(work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.#working.add(settled);
    void settled.then(() => this.#working.delete(settled));
  }

  /** The call of that id. @throws {HttpError} 404 when there is none, or it is over. */
  require(id: string): Call {
    const call = this.#calls.get(id);
    if (call !== undefined) return call;
    throw new HttpError(404, new WireError(`No call found for call_id '${id}'.`, { code: "call_id_not_found", param: "call_id" }));
  }

  /** The session of the call of that id. @throws {HttpError} 404 when there is none, or nobody has accepted it. */
  requireSession(id: string): Session {
    const { session } = this.require(id);
    if (session !== null) return session;
    throw new HttpError(404, new WireError(`No session found for call_id '${id}'.`, { code: "call_id_not_found", param: "call_id" }));
  }

  /** Ends all calls; resolves when nothing of them is open. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#calls.values()].map((call) => call.close()));
    await Promise.all(this.#working);
  }
}
