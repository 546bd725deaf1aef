/** What `npm start` serves: the page as a newcomer uses it, with the sample recording as the person, under the demo's own headers. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchChromium, openPage } from "../support/chromium.ts";

const MAIN = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

describe("the playground", () => {
  let demo: ReturnType<typeof spawn>;
  let output = "";
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    demo = spawn(process.execPath, [MAIN, "demo", "--port", "0"], { env: { ...process.env, OPENAI_API_KEY: "", NO_COLOR: "1" } });
    for (const stream of [demo.stdout, demo.stderr]) stream?.on("data", (data) => (output += data));
    await vi.waitFor(() => expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+/), 15_000);
    browser = await launchChromium({ flags: ["--use-fake-ui-for-media-stream"] });
    ({ page, complaints } = await openPage(browser, `${/http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]}/?auto=sample`));
  });

  afterAll(async () => {
    await browser?.close();
    demo?.kill("SIGKILL");
  });

  it("holds a conversation, and is cut by the Interrupt button", async () => {
    await page.click("#toggle");
    await expect.poll(() => page.locator(".bubble").count(), { timeout: 25_000 }).toBeGreaterThanOrEqual(2);
    const heard = (): Promise<number> => page.evaluate("sidetone.pipeline.meters.heardMs");
    await expect.poll(heard, { timeout: 10_000 }).toBeGreaterThan(800);
    await page.keyboard.press("i");
    await expect.poll(() => page.locator("body").textContent(), { timeout: 5000 }).toMatch(/heard \d+\.\d s of \d+\.\d s/i);
    expect(await page.evaluate("sidetone.pipeline.getSnapshot().stats.underruns")).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("stops, and starts again", async () => {
    await page.click("#toggle");
    await expect.poll(() => page.locator("#state").textContent()).toBe("Ended");
    await page.click("#toggle");
    await expect.poll(() => page.evaluate("sidetone.pipeline.getSnapshot().state"), { timeout: 10_000 }).toBe("open");
  });

  it("fits a phone without scrolling sideways", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  it("says so when the server goes away, and Ctrl-C ends the demo cleanly", async () => {
    const ended = new Promise((resolve) => demo.on("exit", resolve));
    demo.kill("SIGINT");
    expect(await ended).toBe(0);
    await expect.poll(() => page.locator("#notice").textContent(), { timeout: 10_000 }).toMatch(/connection|server/i);
  });
});
