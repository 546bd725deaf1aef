/** Whether a build is needed: a hash over everything that goes into it, compared with the one that the last whole build left behind. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { inRoot, root, scratch } from "./paths.mjs";

const STAMP = join(scratch, "build.json");

/** Folders whose files all count, and single files. Tests do not: they change nothing in the output. */
const FOLDERS = ["packages/core", "packages/sidetone", "packages/emulator", "packages/cli", "worklets", "examples/playground", "test/fixtures", "bench"];
const FILES = ["package.json", "pnpm-lock.yaml", "tsconfig.base.json", "tsconfig.json", "tsup.base.ts", "scripts/build.mjs"];
const SKIPPED = new Set(["node_modules", "dist", "generated", "results"]);

/** Outputs that must exist for a stamp to count. */
const OUTPUTS = [
  "packages/core/dist/index.d.ts",
  "packages/core/src/dsp/generated/kernels.ts",
  "packages/sidetone/dist/index.js",
  "packages/sidetone/src/generated/worklets.ts",
  "packages/emulator/dist/index.js",
  "packages/cli/dist/main.js",
  "packages/cli/dist/bench/room.js",
  "packages/cli/dist/playground/index.html",
];

function* filesOf(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (SKIPPED.has(entry.name) || entry.name.endsWith(".test.ts")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path);
    else if (entry.isFile()) yield path;
  }
}

function currentHash() {
  const hash = createHash("sha256");
  const add = (path) => hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  for (const name of FOLDERS) if (existsSync(inRoot(name))) for (const path of filesOf(inRoot(name))) add(path);
  for (const name of FILES) add(inRoot(name));
  return hash.digest("hex");
}

/** Whether the sources differ from those of the last whole build, or an output is gone. */
export function buildNeeded() {
  if (!existsSync(STAMP) || OUTPUTS.some((name) => !existsSync(inRoot(name)))) return true;
  return JSON.parse(readFileSync(STAMP, "utf8")).hash !== currentHash();
}

/** Notes that the outputs match the sources. */
export async function writeBuildStamp() {
  await mkdir(scratch, { recursive: true });
  await writeFile(STAMP, `${JSON.stringify({ hash: currentHash() })}\n`);
}
