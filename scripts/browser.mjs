/**
 * A Chromium for the browser tests: the one the user names, an installed one, or else one that this script gets: Debian's package as root, or Playwright's own download.
 * `node scripts/browser.mjs` prints the path.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cleanEnvironment } from "./lib/environment.mjs";
import { scratch, toolNode, tools } from "./lib/paths.mjs";
import { startStep } from "./lib/progress.mjs";
import { Failure, run, runMain, tail } from "./lib/run.mjs";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "microsoft-edge-stable"];
const MAC_APPS = ["Google Chrome", "Chromium", "Microsoft Edge", "Google Chrome Canary"];
const WINDOWS_PATHS = ["Google\\Chrome\\Application\\chrome.exe", "Chromium\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"];

/** Where Playwright puts its download, inside the repository so that a clean-up removes it. */
const DOWNLOADS = join(scratch, "browsers");

function candidates() {
  if (process.platform === "darwin") {
    return MAC_APPS.flatMap((app) => ["/Applications", join(homedir(), "Applications")].map((folder) => join(folder, `${app}.app`, "Contents", "MacOS", app)));
  }
  if (process.platform === "win32") {
    const roots = [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA].filter(Boolean);
    return roots.flatMap((folder) => WINDOWS_PATHS.map((path) => join(folder, path)));
  }
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/opt/google/chrome"].filter(Boolean);
  return COMMANDS.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** Whether `path` starts. Ubuntu's chromium package is a script that asks for snap, and a browser of another architecture also exists as a file only. */
async function starts(path) {
  if (process.platform === "win32") return true; // there `--version` opens a window
  const { code, output } = await run(path, ["--version"], { env: cleanEnvironment() });
  return code === 0 && /(chrom|edge)\D*\d+\.\d+/i.test(output) && !/snap install/i.test(output);
}

async function installed() {
  for (const path of candidates()) if (existsSync(path) && (await starts(path))) return path;
  return undefined;
}

function isDebian() {
  if (process.platform !== "linux" || !existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
}

async function fromApt() {
  const step = startStep("installing Chromium with apt");
  const options = { env: cleanEnvironment({ DEBIAN_FRONTEND: "noninteractive" }), onOutput: (text) => step.note(text) };
  const update = await run("apt-get", ["update"], options);
  const install = await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], options);
  const path = install.code === 0 ? await installed() : undefined;
  step.end(path ? "installed Chromium with apt" : "apt has no working Chromium");
  return { path, log: tail(update.output + install.output) };
}

async function downloaded() {
  const env = cleanEnvironment({ PLAYWRIGHT_BROWSERS_PATH: DOWNLOADS });
  const { output } = await run(toolNode(), ["-e", "process.stdout.write(require('playwright-core').chromium.executablePath())"], { env });
  return existsSync(output) ? output : undefined;
}

async function fromPlaywright() {
  const asRoot = process.platform === "linux" && process.getuid?.() === 0;
  const step = startStep("downloading Playwright's Chromium");
  const { output } = await run(toolNode(), [tools.playwright, "install", ...(asRoot ? ["--with-deps"] : []), "chromium"], {
    env: cleanEnvironment({ PLAYWRIGHT_BROWSERS_PATH: DOWNLOADS }),
    onOutput: (text) => step.note(text),
  });
  const path = await downloaded();
  const works = path !== undefined && (await starts(path));
  step.end(works ? "downloaded Playwright's Chromium" : "Playwright's Chromium could not be downloaded or does not start");
  return { path: works ? path : undefined, log: tail(output) };
}

/** The path of a Chromium, installing one if need be. Throws a {@link Failure} that says what to do. */
export async function ensureBrowser() {
  for (const name of ["SIDETONE_CHROMIUM", "CHROME_PATH"]) {
    const named = process.env[name];
    if (!named) continue;
    if (existsSync(named) && (await starts(named))) return named;
    throw new Failure(`${name} is ${named}, which is not a browser that starts: correct it or unset it, and a browser is looked for.`);
  }
  const found = (await installed()) ?? (await downloaded());
  if (found) return found;
  const logs = [];
  if (isDebian() && process.getuid?.() === 0) {
    const { path, log } = await fromApt();
    if (path) return path;
    logs.push(log);
  }
  const { path, log } = await fromPlaywright();
  if (path) return path;
  logs.push(log);
  throw new Failure(
    "The browser tests need Chrome or Chromium: install one, or set SIDETONE_CHROMIUM to its path, and run the command again.",
    logs.join("\n\n"),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await runMain(async () => console.log(await ensureBrowser()));
