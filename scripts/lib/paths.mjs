/** Where things are. Plain Node 20, because the set-up runs before anything is installed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Scratch files of the scripts: logs, stamps, test results. Ignored by git. */
export const scratch = join(root, ".sidetone");

/** A path inside the repository. */
export function inRoot(...parts) {
  return join(root, ...parts);
}

/** Whether the Node at hand can run the tool chain itself; the oldest that tsup and vitest both accept. */
function hostNodeIsEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 11);
}

/**
 * The Node that runs the tool chain: the one installed as a dev dependency, found as a file and not through `.bin`, whose entries are shell scripts on some systems.
 * Where that package has no binary for the platform, a recent enough Node of the user's own does.
 */
export function toolNode() {
  for (const name of ["node.exe", "node"]) {
    const path = inRoot("node_modules", "node", "bin", name);
    if (existsSync(path)) return path;
  }
  return hostNodeIsEnough() ? process.execPath : undefined;
}

/** JavaScript entry of each tool, to be run with `toolNode()`. */
export const tools = {
  asc: inRoot("node_modules", "assemblyscript", "bin", "asc.js"),
  biome: inRoot("node_modules", "@biomejs", "biome", "bin", "biome"),
  playwright: inRoot("node_modules", "playwright-core", "cli.js"),
  tsc: inRoot("node_modules", "typescript", "bin", "tsc"),
  tsup: inRoot("node_modules", "tsup", "dist", "cli-default.js"),
  vite: inRoot("node_modules", "vite", "bin", "vite.js"),
  vitest: inRoot("node_modules", "vitest", "vitest.mjs"),
};
