/** A Chromium for one test file: fake or real microphone, the page's errors collected, everything closed at the end. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** What differs from a Chromium that plays at once and has no microphone file. */
export interface ChromiumOptions {
  /** WAV file that the fake microphone plays once. */
  readonly microphone?: string;
  /** More command line flags. */
  readonly flags?: readonly string[];
  /** Whether pages may play without a gesture. Default: "allowed". */
  readonly autoplay?: "allowed" | "needs-gesture";
}

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
];

/** Starts Chromium; the test command says where it is. */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  const executablePath = [process.env.SIDETONE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error("No Chromium was found; run the tests with `npm test`, which installs one.");
  const args = [...FLAGS, ...(options.flags ?? [])];
  args.push(`--autoplay-policy=${options.autoplay === "needs-gesture" ? "document-user-activation-required" : "no-user-gesture-required"}`);
  if (options.microphone !== undefined) args.push("--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${options.microphone}%noloop`);
  return chromium.launch({ executablePath, args, ignoreDefaultArgs: ["--mute-audio", "--headless"] });
}

/** Opens `url`; what the page complains about ends up in the returned array. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  await page.goto(url);
  return { page, complaints };
}
