/**
 * Builds everything, in the order in which the parts need each other: the WebAssembly kernels (as text inside core and vad), the weights of vad's models, worklet and worker
 * scripts (as files and as text inside `sidetone`), JavaScript of the packages, declarations, the playground page and the
 * benchmark inside the CLI. Runs on the tool chain's Node; `node scripts/build.mjs` with another Node hands over to it.
 *
 *   node scripts/build.mjs            all
 *   node scripts/build.mjs core cli   only these steps
 */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { writeBuildStamp } from "./lib/build-stamp.mjs";
import { writeKernels } from "./lib/kernels.mjs";
import { inRoot, toolNode, tools } from "./lib/paths.mjs";
import { duration, startStep } from "./lib/progress.mjs";
import { pruneDist } from "./lib/prune-dist.mjs";
import { Failure, run, runForeground, runMain } from "./lib/run.mjs";
import { writeModels } from "./lib/silero.mjs";

const PACKAGES = ["core", "sidetone", "vad", "emulator", "cli"];

/** Scripts that become text, and the name of the constant that holds each. */
const WORKLETS = { audioWorkletSource: "audio.worklet.js", engineWorkerSource: "engine.worker.js" };

/** Bundles one package by its tsup.config.ts. A process of its own, because esbuild resolves against the directory it was started in. */
async function tsup(folder) {
  const { code, output } = await run(toolNode(), [tools.tsup], { cwd: inRoot(folder) });
  if (code !== 0) throw new Failure(`Building ${folder} failed; the messages above name the file.`, output);
}

/** The worklets' built text as a module, so that `sidetone` works without a file to serve. */
async function writeWorkletModule() {
  const lines = ["// Written by the build from worklets/src. Do not edit."];
  for (const [name, file] of Object.entries(WORKLETS)) {
    const text = await readFile(inRoot("packages/sidetone/dist/worklets", file), "utf8");
    lines.push(`/** Text of ${file}. */`, `export const ${name}: string = ${JSON.stringify(text.trimEnd())};`);
  }
  const path = inRoot("packages/sidetone/src/generated/worklets.ts");
  const text = `${lines.join("\n")}\n`;
  await mkdir(inRoot("packages/sidetone/src/generated"), { recursive: true });
  // Unchanged text keeps its file time, so that tsc has nothing to do.
  if (!existsSync(path) || (await readFile(path, "utf8")) !== text) await writeFile(path, text);
}

async function declarations() {
  const { code, output } = await run(toolNode(), [tools.tsc, "-b", "--pretty", "false"]);
  if (code !== 0) throw new Failure("The types do not hold; see the messages above.", output);
}

async function playground() {
  const { code, output } = await run(toolNode(), [tools.vite, "build", "--base", "./", "--outDir", "dist", "--emptyOutDir", "--logLevel", "warn"], {
    cwd: inRoot("examples/playground"),
  });
  if (code !== 0) throw new Failure("Building the playground failed; the messages above name the file.", output);
  const target = inRoot("packages/cli/dist/playground");
  await rm(target, { recursive: true, force: true });
  await cp(inRoot("examples/playground/dist"), target, { recursive: true });
}

const STEPS = {
  kernels: writeKernels,
  models: writeModels,
  worklets: async () => {
    await tsup("worklets");
    await writeWorkletModule();
  },
  ...Object.fromEntries(PACKAGES.map((name) => [name, () => tsup(`packages/${name}`)])),
  bench: () => tsup("bench"),
  types: declarations,
  playground,
};

async function main() {
  const node = toolNode();
  if (!node) throw new Failure("The tool chain is not installed yet; run `npm run setup` first.");
  if (node !== process.execPath && process.versions.node.split(".")[0] < 24) {
    process.exitCode = await runForeground(node, [inRoot("scripts/build.mjs"), ...process.argv.slice(2)]);
    return;
  }
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in STEPS));
  if (unknown.length > 0) throw new Failure(`There is no build step ${unknown.join(", ")}; the steps are ${Object.keys(STEPS).join(", ")}.`);
  const started = Date.now();
  for (const [name, build] of Object.entries(STEPS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const step = startStep(`building ${name}`);
    try {
      await build();
    } catch (error) {
      step.end(`building ${name} failed`);
      throw error;
    }
    step.end(`built ${name}`);
  }
  if (wanted.length > 0) return;
  for (const name of PACKAGES) await pruneDist(inRoot("packages", name), started);
  await writeBuildStamp();
  console.error(`Build finished in ${duration(Date.now() - started)}.`);
}

await runMain(main);
