/** Runs a command of Sidetone's own command line from this tree. */
import { setUp } from "../setup.mjs";
import { cleanEnvironment, userFolder } from "./environment.mjs";
import { inRoot, toolNode } from "./paths.mjs";
import { runForeground } from "./run.mjs";

/** Sets up, then runs `sidetone <command> ...args` in the user's folder and takes over its exit code. */
export async function runCli(command, args) {
  await setUp();
  process.exitCode = await runForeground(toolNode(), [inRoot("packages/cli/dist/main.js"), command, ...args], { env: cleanEnvironment(), cwd: userFolder() });
}
