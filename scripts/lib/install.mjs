/** The dependencies: installed by the pnpm that package.json names, through npx, only when something that decides about them has changed. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cleanEnvironment } from "./environment.mjs";
import { inRoot, scratch, toolNode } from "./paths.mjs";
import { startStep } from "./progress.mjs";
import { Failure, run, tail } from "./run.mjs";

const STAMP = inRoot("node_modules", ".sidetone-setup");
const LOG = join(scratch, "install.log");

/** What to tell the user when the log says so; the first match wins. */
const CAUSES = [
  [/ENOSPC|no space left/i, "The disk is full: free about 1 GB and run the command again."],
  [/EACCES|EPERM|permission denied/i, "A file may not be written: check who owns this folder and the npm cache, then run the command again."],
  [
    /CERT|self[- ]signed|certificate/i,
    "The registry's certificate is not trusted: point NODE_EXTRA_CA_CERTS at your network's CA file and run the command again.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET|network|fetch failed|error sending request|getaddrinfo|META_FETCH/i,
    "The npm registry cannot be reached: check the network or the proxy settings (HTTPS_PROXY) and run the command again.",
  ],
  [
    /OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH/,
    "pnpm-lock.yaml does not match the package.json files: install once without --frozen-lockfile and commit the lockfile.",
  ],
];

function workspaceManifests() {
  const files = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", "worklets/package.json", "test/package.json", "bench/package.json"];
  for (const parent of ["packages", "examples"]) {
    for (const name of readdirSync(inRoot(parent))) {
      const file = `${parent}/${name}/package.json`;
      if (existsSync(inRoot(file))) files.push(file);
    }
  }
  return files;
}

function wantedStamp() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of workspaceManifests())
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(inRoot(file)))
      .update("\0");
  return hash.digest("hex");
}

/** How to call npx: through npm's own script when npm runs us (no shell, also on Windows), else by its name. */
function npxCommand(args) {
  const npm = process.env.npm_execpath;
  const npx = npm && /^npm-cli\.[cm]?js$/.test(basename(npm)) ? join(dirname(npm), "npx-cli.js") : undefined;
  if (npx && existsSync(npx)) return { command: process.execPath, args: [npx, ...args], shell: false };
  return { command: "npx", args, shell: process.platform === "win32" };
}

/** npm waits over a minute by default before it says that there is no network. */
const IMPATIENCE = { npm_config_fetch_retry_mintimeout: "2000", npm_config_fetch_retry_maxtimeout: "10000" };

/** Installs the dependencies unless they are in place. Throws a {@link Failure} that says what to do. */
export async function ensureDependencies() {
  const wanted = wantedStamp();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted && toolNode()) return;

  const { packageManager } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
  const { command, args, shell } = npxCommand(["-y", packageManager, "install", "--frozen-lockfile", "--prod=false", "--reporter=append-only"]);
  const step = startStep("installing the dependencies (a few hundred MB the first time)");
  // CI=true: pnpm asks no questions, for example before it replaces a node_modules of another package manager.
  const { code, output } = await run(command, args, {
    shell,
    env: cleanEnvironment({ CI: "true", ...IMPATIENCE }),
    onOutput: (text) => step.note(text),
  });
  await mkdir(scratch, { recursive: true });
  await writeFile(LOG, output);
  if (code !== 0 || !toolNode()) {
    step.end("installing the dependencies failed");
    const cause =
      code === 127 ? "npx was not found: install npm beside Node and run the command again." : CAUSES.find(([pattern]) => pattern.test(output))?.[1];
    throw new Failure(cause ?? "The dependencies could not be installed; the lines above say why, the whole log is .sidetone/install.log.", tail(output));
  }
  await writeFile(STAMP, wanted);
  step.end("installed the dependencies");
}
