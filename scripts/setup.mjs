/**
 * Everything between a fresh clone and a working tree: checks Node, installs the dependencies, builds. Each part is skipped when its inputs have not changed, so that a
 * second start costs a fraction of a second. Plain Node 20, nothing installed.
 */
import { pathToFileURL } from "node:url";
import { buildNeeded } from "./lib/build-stamp.mjs";
import { cleanEnvironment } from "./lib/environment.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { inRoot, toolNode } from "./lib/paths.mjs";
import { startStep } from "./lib/progress.mjs";
import { Failure, run, runMain } from "./lib/run.mjs";

const OLDEST_NODE = 20;

async function ensureBuild() {
  if (!buildNeeded()) return;
  const step = startStep("building");
  const { code, output } = await run(toolNode(), [inRoot("scripts/build.mjs")], {
    env: cleanEnvironment(),
    onOutput: (text) => step.note(text),
  });
  if (code !== 0) {
    step.end("building failed");
    throw new Failure("The build failed; the messages above name the file. A fresh clone should build, so look at local changes first.", output);
  }
  step.end("built");
}

/** Brings the tree into a state in which everything can run. Throws a {@link Failure} that says what to do. */
export async function setUp() {
  const version = process.versions.node;
  if (Number(version.split(".")[0]) < OLDEST_NODE) {
    throw new Failure(
      `Sidetone needs Node ${OLDEST_NODE} or newer, this is ${version}: install a newer one from https://nodejs.org and run the command again.`,
    );
  }
  await ensureDependencies();
  await ensureBuild();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await runMain(setUp);
