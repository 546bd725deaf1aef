/** Failures as the command line shows them: one sentence that says what to do, and an exit code. */
import { SidetoneError } from "sidetone/node";

/** Exit code of a command that could not do its work. */
export const EXIT_FAILED = 1;
/** Exit code of a command line that makes no sense. */
export const EXIT_USAGE = 2;
/** Exit code after Ctrl-C, where stopping early means that the work was not done (128 + SIGINT). */
export const EXIT_STOPPED = 130;

/** Something to tell the person at the terminal. */
export class CliError extends Error {
  /** Stable reason, for `--json`. */
  readonly code: string;
  /** Exit code of the process. */
  readonly exitCode: number;

  constructor(code: string, sentence: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = options.exitCode ?? EXIT_FAILED;
  }
}

/** A command line that makes no sense: exit code 2. */
export function usageError(sentence: string): CliError {
  return new CliError("usage", sentence, { exitCode: EXIT_USAGE });
}

/** What is shown of a failure. */
export interface Explanation {
  readonly code: string;
  readonly sentence: string;
  readonly exitCode: number;
  /** For whoever asks with SIDETONE_DEBUG. */
  readonly stack: string;
}

/** Any thrown value as something to show. */
export function explain(error: unknown): Explanation {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof CliError) return { code: error.code, sentence: error.message, exitCode: error.exitCode, stack };
  if (SidetoneError.is(error)) return { code: error.code, sentence: error.message, exitCode: EXIT_FAILED, stack };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", sentence: `${message} (unexpected; SIDETONE_DEBUG=1 shows where)`, exitCode: EXIT_FAILED, stack };
}

/** Whether `error` is Node's system error `code`, for example `ENOENT`. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
