/**
 * Command lines: one table of flags per command makes both the parser and `--help`, so that neither can know a flag that the other does not.
 */
import { parseArgs } from "node:util";
import { usageError } from "./failure.ts";
import type { Io } from "./io.ts";

/** One flag. */
export interface Flag {
  /** Name of its value in the help, for example `<port>`; a flag without one is on or off. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly many?: boolean;
  readonly help: string;
}

/** The flags of a command by name, without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** One command. */
export interface Command {
  readonly name: string;
  /** Positional arguments in the help, for example `<speech.wav>`; empty when it takes none. */
  readonly operands: string;
  /** How many positional arguments it takes, or that it looks at them itself. */
  readonly operandCount: number | "any";
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraph below the flags in the help. */
  readonly details: string;
  readonly flags: Flags;
  /** Does the work and returns the exit code. */
  run(args: Args, io: Io): Promise<number>;
}

/** What was given on the command line. */
export interface Args {
  readonly operands: readonly string[];
  /** Whether an on-or-off flag was given. */
  has(name: string): boolean;
  /** The value of a flag, or undefined when it was not given. */
  text(name: string): string | undefined;
  /** All values of a flag. */
  all(name: string): readonly string[];
}

const HELP: Flags = { help: { help: "Show this text." } };

/** Reads the arguments of `command`. @throws {CliError} with exit code 2. */
export function parseCommandLine(command: Command, argv: readonly string[]): Args {
  const flags: Flags = { ...command.flags, ...HELP };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? ("boolean" as const) : ("string" as const), multiple: flag.many === true },
    ]),
  );
  let values: Record<string, unknown>;
  let operands: string[];
  try {
    ({ values, positionals: operands } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true }));
  } catch (error) {
    throw usageError(complaint(error as Error & { code?: string }, command));
  }
  if (values.help !== true && command.operandCount !== "any" && operands.length !== command.operandCount) {
    const extra = operands[command.operandCount];
    if (extra !== undefined)
      throw usageError(`"${extra}" is one argument too many for \`sidetone ${command.name}\`; \`sidetone ${command.name} --help\` explains it.`);
    throw usageError(`\`sidetone ${command.name}\` needs ${command.operands}; \`sidetone ${command.name} --help\` explains it.`);
  }
  return {
    operands,
    has: (name) => values[name] === true,
    text: (name) => values[name] as string | undefined,
    all: (name) => (values[name] as string[] | undefined) ?? [],
  };
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const rows = Object.entries({ ...command.flags, ...HELP }).map(([name, flag]) => [`--${name}${flag.value === undefined ? "" : ` ${flag.value}`}`, flag.help]);
  const width = Math.max(...rows.map(([left]) => (left as string).length));
  const table = rows.map(([left, right]) => `  ${(left as string).padEnd(width)}  ${right}`).join("\n");
  const operands = command.operands === "" ? "" : ` ${command.operands}`;
  return `sidetone ${command.name}${operands} [flags]\n\n${command.summary}\n\n${table}\n\n${command.details}\n`;
}

function complaint(error: Error & { code?: string }, command: Command): string {
  const see = `\`sidetone ${command.name} --help\` lists what there is`;
  const flag = /'(?:-\w, )?(-{1,2}[^\s'<=]+)/.exec(error.message)?.[1] ?? "A flag";
  if (error.code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `\`sidetone ${command.name}\` has no flag ${flag}; ${see}.`;
  if (error.code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    const takesNone = error.message.includes("does not take an argument");
    return takesNone ? `${flag} takes no value; ${see}.` : `${flag} needs a value (written ${flag}=… when it begins with a dash); ${see}.`;
  }
  return `${error.message.split(". ")[0]}; ${see}.`;
}
