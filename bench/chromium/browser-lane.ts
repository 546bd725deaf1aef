/** Contenders in Chromium: a page of its own for each, and in it a worker when that is where it shall run. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import type { Ready } from "../measure/bout.ts";
import type { OpenLane } from "../measure/race.ts";
import type { PageOrder } from "./page.ts";

/** Chromium with the benchmark's bundle, until it is closed. */
export interface Chromium {
  readonly version: string;
  lanes(thread: PageOrder["thread"]): OpenLane;
  close(): Promise<void>;
}

/** One bundle for pages and workers. What a package only does in Node is not there. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./page.ts", import.meta.url))],
    absWorkingDir: dirname(dirname(fileURLToPath(import.meta.url))),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // The same files as Node loads: some packages have other exports in their ES modules.
    mainFields: ["main"],
    write: false,
    external: ["node:*", "module", "fs", "path", "crypto"],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Serves the bundle and the wasm files that packages fetch beside themselves, isolated so that clocks are fine. */
async function serve(script: string): Promise<Server> {
  const wasm = fileURLToPath(import.meta.resolve("@echogarden/speex-resampler-wasm/simd")).replace(/\.js$/, ".wasm");
  const { readFile } = await import("node:fs/promises");
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
  if (!path) throw new Error("No Chromium was found: install one, or set SIDETONE_CHROMIUM to its path.");
  return path;
}

/** Starts Chromium and the server. */
export async function startChromium(): Promise<Chromium> {
  const server = await serve(await bundle());
  const browser: Browser = await chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu"] });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const lanes =
    (thread: PageOrder["thread"]): OpenLane =>
    async (group, contender, { effort, batchMs }) => {
      const page = await browser.newPage();
      await page.goto(address);
      await page.waitForFunction("typeof bench === 'function'");
      const ask = (request: unknown) => page.evaluate((what) => (globalThis as unknown as { bench(what: unknown): Promise<unknown> }).bench(what), request);
      const order: PageOrder = { groupId: group.id, contenderId: contender.id, effort, batchMs, thread };
      return {
        prepare: () => ask({ order }) as Promise<Ready>,
        async batch() {
          await page.bringToFront();
          const answer = await ask("batch");
          return typeof answer === "number" ? answer : undefined;
        },
        end: () => page.close(),
      };
    };
  return {
    version: browser.version(),
    lanes,
    async close() {
      await browser.close();
      server.close();
    },
  };
}
