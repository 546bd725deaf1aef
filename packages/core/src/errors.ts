/**
 * Runtime trouble, as one error class that any room may raise.
 *
 * Programmer mistakes (a wrong option) throw `TypeError` or `RangeError` at once. Everything that can go wrong while running, with the device, the network or the
 * server, is a `SidetoneError` with a stable `code`. It is recognised through `Symbol.for`, so two copies of the package in one page agree, and it has a plain form
 * because structured clone keeps neither class nor `code`.
 */

/** Stable reason of a {@link SidetoneError}; apps may switch on it. */
export type SidetoneErrorCode =
  /** The person or the system refused the microphone. */
  | "microphone-denied"
  /** There is no microphone, or it is in use elsewhere. */
  | "microphone-unavailable"
  /** The browser has no audio device to give, or gives none to this page. */
  | "audio-unavailable"
  /** The page may not play audio until the person has clicked or typed. */
  | "audio-blocked"
  /** An AudioWorklet module could not be loaded, mostly because of the page's Content-Security-Policy. */
  | "worklet-blocked"
  /** The engine worker could not be started, mostly because of the page's Content-Security-Policy. */
  | "worker-blocked"
  /** Code in a worklet or in the worker failed. */
  | "internal"
  /** No connection: wrong URL, nothing listening, refused. */
  | "connect-failed"
  /** The server accepted the connection but did not answer in time. */
  | "connect-timeout"
  /** The server refused the key. */
  | "auth-failed"
  /** An open connection ended without being asked to. */
  | "connection-lost"
  /** The server speaks another audio encoding than the session was made for. */
  | "format-mismatch"
  /** The server sent something that is not a Realtime event; the stream goes on. */
  | "malformed-event"
  /** The server reported an error; its own words are the error's `cause`. */
  | "server-error"
  /** Microphone audio had to be dropped because the connection was away longer than the stated limit. */
  | "uplink-overflow"
  /** Not a WAV file, or one of a kind that is not supported. */
  | "wav-invalid"
  /** The pipeline was closed while the call was under way. */
  | "closed";

/** A {@link SidetoneError} as data, for crossing threads. */
export interface PlainSidetoneError {
  /** Stable reason. */
  readonly code: SidetoneErrorCode;
  /** What happened and what to do next, for people. */
  readonly message: string;
  /** Whether the session is over. */
  readonly fatal: boolean;
  /** What led to it, in words. */
  readonly cause?: string;
}

/** Options of {@link SidetoneError}. */
export interface SidetoneErrorOptions {
  /** Whether the session is over. Default: false. */
  readonly fatal?: boolean;
  /** What led to it. */
  readonly cause?: unknown;
}

const MARK = Symbol.for("sidetone.error");

/** What went wrong while running: `code` for programs, `message` for people, `fatal` when the session is over. */
export class SidetoneError extends Error {
  /** Stable reason. */
  readonly code: SidetoneErrorCode;
  /** Whether the session is over; a non-fatal error leaves the stream running. */
  readonly fatal: boolean;

  /** Makes an error; `message` says what happened and what to do next. */
  constructor(code: SidetoneErrorCode, message: string, options: SidetoneErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SidetoneError";
    this.code = code;
    this.fatal = options.fatal ?? false;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether `value` is a SidetoneError, from this or from another copy of the package. */
  static is(value: unknown): value is SidetoneError {
    return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
  }

  /** The error as data that survives structured clone. */
  toPlain(): PlainSidetoneError {
    const plain = { code: this.code, message: this.message, fatal: this.fatal };
    return this.cause === undefined ? plain : { ...plain, cause: describe(this.cause) };
  }

  /** The error from {@link toPlain}'s data. */
  static fromPlain(plain: PlainSidetoneError): SidetoneError {
    return new SidetoneError(plain.code, plain.message, { fatal: plain.fatal, cause: plain.cause });
  }

  /** `value` itself when it is a SidetoneError, else a new one with `value` as its cause. */
  static from(value: unknown, code: SidetoneErrorCode, message: string, options: SidetoneErrorOptions = {}): SidetoneError {
    return SidetoneError.is(value) ? value : new SidetoneError(code, `${message}: ${describe(value)}`, { ...options, cause: value });
  }
}

/** One line for any thrown value. */
export function describe(value: unknown): string {
  if (value instanceof Error) return value.message || value.name;
  return String(value);
}
