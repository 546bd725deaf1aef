/** Child processes, and failures that are one sentence instead of a stack. */
import { spawn } from "node:child_process";
import { root } from "./paths.mjs";

const ORPHAN_CHECK_MS = 500;

/** A failure to show to a person: one sentence that says what to do, and details (a tool's output) below it. */
export class Failure extends Error {
  constructor(sentence, details = "") {
    super(sentence);
    this.details = details;
  }
}

/** Runs a script's main function; a {@link Failure} becomes its sentence and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.details) console.error(`\n${error.details.trimEnd()}\n`);
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Runs a command to its end and resolves with its exit code and, unless `stdio` is "inherit", its output. Never rejects: a command that is missing has code 127. */
export function run(command, args, { env = process.env, cwd = root, stdio = "capture", onOutput, shell = false } = {}) {
  return new Promise((resolve) => {
    let output = "";
    const capture = stdio === "capture";
    const child = spawn(command, args, { cwd, env, shell, windowsHide: true, stdio: capture ? ["ignore", "pipe", "pipe"] : stdio });
    const take = (chunk) => {
      output += chunk;
      onOutput?.(String(chunk));
    };
    child.stdout?.setEncoding("utf8").on("data", take);
    child.stderr?.setEncoding("utf8").on("data", take);
    child.on("error", (error) => resolve({ code: 127, signal: null, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => resolve({ code: code ?? 1, signal, output }));
  });
}

/** The last lines of a log, for showing below a sentence. */
export function tail(text, lines = 15) {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/**
 * Runs a command in the user's terminal until it ends and resolves with its exit code. Ctrl-C reaches the whole process group, so this process only waits; a signal sent
 * to this process alone is passed on.
 */
export function runForeground(command, args, { env = process.env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: "inherit" });
    let interrupted = false;
    const forward = (signal) => {
      interrupted = true;
      // On a terminal the child has had its Ctrl-C already; a second one would cut its orderly end short.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    // npm runs scripts through a shell that keeps signals to itself: when npm is told to end, this process is left without its parent and nothing else tells it.
    const parent = process.ppid;
    const orphanWatch = setInterval(() => process.ppid !== parent && forward("SIGTERM"), ORPHAN_CHECK_MS);
    if (!process.env.npm_lifecycle_event) clearInterval(orphanWatch);
    const end = (code) => {
      clearInterval(orphanWatch);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", () => end(127));
    child.on("close", (code) => end(interrupted && code === null ? 0 : (code ?? 1)));
  });
}
