/** Contenders in Chromium: a page of its own for each, and in it a worker when that is where it shall run. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, CDPSession, Page } from "playwright-core";
import { BenchError } from "../args.ts";
import { missing, moduleFolders, packageOf, resolveInstalled } from "../installed.ts";
import type { Ready } from "../measure/bout.ts";
import type { ProfileRow } from "../measure/contender.ts";
import { type CpuProfile, profileRows, SAMPLE_US } from "../measure/profile-rows.ts";
import type { Lane, OpenLane } from "../measure/race.ts";
import { PINNED } from "../opponents.ts";
import type { PageOrder } from "./page.ts";

/** Chromium with the benchmark's bundle, until it is closed. */
export interface Chromium {
  readonly version: string;
  /** Version of its JavaScript engine. */
  readonly v8: string;
  lanes(thread: PageOrder["thread"]): OpenLane;
  close(): Promise<void>;
}

/** A module that is not a dependency: it comes from where the user has it. */
async function load<Module>(name: string, folders: readonly string[]): Promise<Module> {
  const { default: whole, ...named } = await import(pathToFileURL(resolveInstalled(name, folders)).href);
  return { ...whole, ...named };
}

/** One bundle for pages and workers. What a package only does in Node is not there, and packages that are not installed are left out. */
async function bundle(pageFile: string, folders: readonly string[]): Promise<string> {
  const { build } = await load<typeof import("esbuild")>("esbuild", folders);
  const { outputFiles } = await build({
    entryPoints: [pageFile],
    absWorkingDir: dirname(pageFile),
    nodePaths: folders.flatMap(moduleFolders),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // The same files as Node loads: some packages have other exports in their ES modules.
    mainFields: ["main"],
    write: false,
    external: ["node:*", "module", "fs", "path", "crypto", "stream", ...missing(Object.keys(PINNED), folders).flatMap((name) => [name, `${name}/*`])],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** A package that fetches a file beside itself. */
const WITH_WASM_FILE = "@echogarden/speex-resampler-wasm/simd";

/** Serves the bundle and the wasm files that packages fetch beside themselves, isolated so that clocks are fine. */
async function serve(script: string, folders: readonly string[]): Promise<Server> {
  const hasWasm = missing([packageOf(WITH_WASM_FILE)], folders).length === 0;
  const wasm = hasWasm ? resolveInstalled(WITH_WASM_FILE, folders).replace(/\.js$/, ".wasm") : "";
  const server = createServer(async ({ url }, response) => {
    const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    if (url === "/") response.writeHead(200, { ...headers, "content-type": "text/html" }).end('<!doctype html><script type="module" src="/page.js"></script>');
    else if (url === "/page.js") response.writeHead(200, { ...headers, "content-type": "text/javascript" }).end(script);
    else if (url?.endsWith(".wasm")) response.writeHead(200, { ...headers, "content-type": "application/wasm" }).end(await readFile(wasm));
    else response.writeHead(404, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function executable(): string {
  const path = [process.env.SIDETONE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((candidate) => candidate && existsSync(candidate));
  if (!path) throw new BenchError("No Chromium was found: install one, or set SIDETONE_CHROMIUM to its path.");
  return path;
}

/** Batches that a profile is taken of. */
const PROFILED_BATCHES = { quick: 15, full: 60 } as const;

/** Where the time of some batches goes: V8's profiler in the page, through the driver. Workers are out of its reach. */
async function profileOf(page: Page, batches: number, batch: () => Promise<unknown>): Promise<readonly ProfileRow[]> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.setSamplingInterval", { interval: SAMPLE_US });
  await session.send("Profiler.start");
  for (let i = 0; i < batches; i++) await batch();
  const { profile } = await session.send("Profiler.stop");
  await session.detach();
  return profileRows(profile as CpuProfile);
}

async function openPage(browser: Browser, address: string, order: PageOrder): Promise<Lane> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction("typeof bench === 'function'");
  const ask = (request: unknown) => page.evaluate((what) => (globalThis as unknown as { bench(what: unknown): Promise<unknown> }).bench(what), request);
  const batch = async () => {
    await page.bringToFront();
    const answer = await ask("batch");
    return typeof answer === "number" ? answer : undefined;
  };
  return {
    prepare: () => ask({ order }) as Promise<Ready>,
    batch,
    ...(order.thread === "main" ? { profile: () => profileOf(page, PROFILED_BATCHES[order.effort], batch) } : {}),
    end: () => page.close(),
  };
}

/** Starts Chromium and the server. `pageFile` is page.ts or its build; packages come from `folders`. */
export async function startChromium(pageFile: string, folders: readonly string[]): Promise<Chromium> {
  const { chromium } = await load<typeof import("playwright-core")>("playwright-core", folders);
  const server = await serve(await bundle(pageFile, folders), folders);
  const browser = await chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu"] });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const session = await browser.newBrowserCDPSession();
  const { jsVersion } = await session.send("Browser.getVersion");
  await session.detach();
  return {
    version: browser.version(),
    v8: jsVersion,
    lanes:
      (thread: PageOrder["thread"]): OpenLane =>
      (group, contender, { effort, batchMs }) =>
        openPage(browser, address, { groupId: group.id, contenderId: contender.id, effort, batchMs, thread }),
    async close() {
      await browser.close();
      server.close();
    },
  };
}
