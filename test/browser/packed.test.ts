/** The packages as published, bundled the way apps bundle them, opened in Chromium: the worklets and the worker must come along and make sound. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Emulator } from "@sidetone/emulator";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { type Consumer, createConsumer } from "../support/packed.ts";

/** Without turn detection: the fake microphone beeps, and a beep would interrupt. */
const MAIN = `
import { createPipeline, microphone, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";
globalThis.start = async (url) => {
  const session = { audio: { input: { turn_detection: null } } };
  globalThis.pipeline = createPipeline({ transport: webSocket({ url }), source: microphone(), sink: speaker(), session });
  await globalThis.pipeline.start();
  globalThis.pipeline.send({ type: "response.create" });
};
`;

const HTML = '<!doctype html><meta charset="utf-8"><title>app</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>';

describe("the published packages in an app", () => {
  let consumer: Consumer;
  let emulator: Emulator;
  let browser: Browser;
  let server: Server;
  let served = "";

  beforeAll(async () => {
    [consumer, emulator, browser] = await Promise.all([
      createConsumer([]),
      checkedEmulator({ voice: "tone" }),
      launchChromium({ flags: ["--use-fake-ui-for-media-stream"] }),
    ]);
    writeFileSync(join(consumer.folder, "main.js"), MAIN);
    writeFileSync(join(consumer.folder, "index.html"), HTML);
    server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      try {
        response.writeHead(200, { "content-type": type }).end(readFileSync(join(served, path === "/" ? "index.html" : path)));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(async () => {
    await browser?.close();
    await emulator?.close();
    server?.closeAllConnections();
    server?.close();
    consumer?.close();
  });

  for (const [name, bundle] of [
    ["Vite", (outDir: string) => vite({ root: consumer.folder, logLevel: "error", configFile: false, build: { outDir, emptyOutDir: true } })],
    [
      "esbuild",
      async (outDir: string) => {
        await esbuild({ entryPoints: [join(consumer.folder, "main.js")], outdir: outDir, bundle: true, minify: true, format: "esm", logLevel: "error" });
        writeFileSync(join(outDir, "index.html"), HTML);
      },
    ],
  ] as const) {
    it(`talk after ${name}`, async () => {
      served = join(consumer.folder, `dist-${name}`);
      await bundle(served);
      const { page, complaints } = await openPage(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.evaluate(`start("${emulator.url}")`);
      await expect.poll(() => page.evaluate("pipeline.getSnapshot().stats?.playedMs"), { timeout: 10_000 }).toBeGreaterThan(500);
      const stats = (await page.evaluate("pipeline.getSnapshot().stats")) as { packetsSent: number; packetsLost: number; underruns: number };
      expect(stats.packetsSent).toBeGreaterThan(20);
      expect(stats).toMatchObject({ packetsLost: 0, underruns: 0 });
      await page.evaluate("pipeline.close()");
      expect(complaints).toEqual([]);
      await page.close();
    });
  }
});
