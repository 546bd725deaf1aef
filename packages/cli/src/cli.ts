/** Which command is meant, and how failures look: one sentence on stderr and an exit code. */
import { VERSION } from "sidetone/node";
import { type Command, commandHelp, parseCommandLine } from "./args.ts";
import { bench } from "./commands/bench.ts";
import { demo } from "./commands/demo.ts";
import { emulate } from "./commands/emulate.ts";
import { replay } from "./commands/replay.ts";
import { talk } from "./commands/talk.ts";
import { explain, usageError } from "./failure.ts";
import type { Io } from "./io.ts";

const COMMANDS: readonly Command[] = [demo, talk, emulate, replay, bench];

/** Runs the command line `argv` (without node and script) and returns the exit code; never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const { sentence, exitCode, stack } = explain(error);
    io.stderr.write(`${io.env.SIDETONE_DEBUG ? stack : sentence}\n`);
    return exitCode;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? io.stderr : io.stdout).write(help());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    io.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const kind = name.startsWith("-") ? "flag" : "command";
    throw usageError(`There is no ${kind} "${name}"; the commands are ${COMMANDS.map((known) => known.name).join(", ")} (\`sidetone --help\`).`);
  }
  const args = parseCommandLine(command, rest);
  if (args.has("help")) {
    io.stdout.write(commandHelp(command));
    return 0;
  }
  return command.run(args, io);
}

function help(): string {
  const width = Math.max(...COMMANDS.map(({ name, operands }) => `${name} ${operands}`.length));
  const rows = COMMANDS.map(({ name, operands, summary }) => `  sidetone ${`${name} ${operands}`.padEnd(width)}  ${summary}`);
  const more = "`sidetone <command> --help` explains one; `sidetone --version` tells the version.";
  return `Sidetone: the audio engine under voice apps, on the command line.\n\n${rows.join("\n")}\n\n${more}\n`;
}
