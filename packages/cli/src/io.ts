/** What a command sees of the process, so that tests can run commands without one. */

/** A place to write text to. */
export interface Output {
  /** Whether a person looks at it as it comes. */
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** A command's surroundings. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** Progress and complaints. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Folder of the built playground. */
  readonly pageFolder: string;
  /** Folder of the built benchmark. */
  readonly benchFolder: string;
}

/** Text attributes for one output; they do nothing when it is no terminal or NO_COLOR (no-color.org) is set. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
}

/** The style that `output` can show. */
export function styleFor(output: Output, env: Io["env"]): Style {
  const colored = output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  const paint =
    (on: number, off: number) =>
    (text: string): string =>
      colored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), green: paint(32, 39), red: paint(31, 39), cyan: paint(36, 39) };
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
