/** Who holds the microphone and the loudspeaker, before, during and after sessions. */
import type { Emulator } from "@sidetone/emulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import type { DevicesPage } from "./pages/devices.ts";

declare const devices: DevicesPage;

describe("devices around a session", () => {
  let browser: Browser;
  let emulator: Emulator;
  let server: PageServer;
  let page: Page;

  beforeAll(async () => {
    [browser, emulator, server] = await Promise.all([
      launchChromium({ flags: ["--use-fake-ui-for-media-stream"] }),
      checkedEmulator({ voice: "tone" }),
      servePage("devices.ts"),
    ]);
    ({ page } = await openPage(browser, server.origin));
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([emulator?.close(), server?.close()]);
  });

  it("lets a microphone go that is granted after the start has failed", async () => {
    const { failed, tracks } = await page.evaluate((url) => devices.lateGrant(url), emulator.url);
    expect(failed).toBe("worklet-blocked");
    expect(tracks).toEqual(["ended"]);
    await page.reload();
  });

  it("plays into the output it is given, and the same devices serve one session after the other", async () => {
    const peaks = await page.evaluate((url) => devices.outputTwice(url), emulator.url);
    for (const peak of peaks) expect(peak).toBeGreaterThan(0.05);
  });

  it("says that a device is in use", async () => {
    expect(await page.evaluate((url) => devices.shared(url), emulator.url)).toBe("microphone-unavailable");
  });

  it("refuses a stream without sound, leaves the app's own stream running, and is deaf to it after the session", async () => {
    expect(await page.evaluate((url) => devices.streams(url), emulator.url)).toEqual({ silent: "microphone-unavailable", afterClose: [], ownTrack: "live" });
  });

  it("takes settings and events out of a framework's proxies", async () => {
    expect(await page.evaluate((url) => devices.proxies(url), emulator.url)).toEqual({ sent: ["session.update", "input_audio_buffer.clear"], failed: "" });
  });
});
