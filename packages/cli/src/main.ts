#!/usr/bin/env node
/** The `sidetone` command: the process around it. Ctrl-C ends it in order, a second one at once. */
import { fileURLToPath } from "node:url";
import { runCli } from "./cli.ts";
import { EXIT_STOPPED } from "./failure.ts";

/** A terminal's Ctrl-C may come twice, once to the process group and once passed on by a parent; within this many ms it counts as one. */
const SAME_KEY_PRESS_MS = 300;
/** ms that an orderly end may take. */
const END_WITHIN_MS = 3000;
/** ms for what is left (sockets that close, output that is written) once the command is done. */
const LINGER_MS = 500;

const stopping = new AbortController();
let stoppedAtMs = 0;

function stop(signal: NodeJS.Signals): void {
  const nowMs = performance.now();
  if (!stopping.signal.aborted) {
    stoppedAtMs = nowMs;
    setTimeout(() => process.exit(EXIT_STOPPED), END_WITHIN_MS).unref();
    stopping.abort();
  } else if (signal === "SIGINT" && nowMs - stoppedAtMs > SAME_KEY_PRESS_MS) {
    process.exit(EXIT_STOPPED);
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
for (const stream of [process.stdout, process.stderr]) {
  // Whoever reads the output may go away (`| head`); that ends the command without noise.
  stream.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? stop("SIGTERM") : undefined));
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stopping.signal,
  pageFolder: fileURLToPath(new URL("./playground/", import.meta.url)),
  benchFolder: fileURLToPath(new URL("./bench/", import.meta.url)),
});
setTimeout(() => process.exit(), LINGER_MS).unref();
