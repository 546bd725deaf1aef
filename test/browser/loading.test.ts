/** How worklets and worker load under the policies that pages have, and what is said when they cannot. */
import type { AddressInfo } from "node:net";
import type { Emulator } from "@sidetone/emulator";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { launchChromium, openPage } from "../support/chromium.ts";
import { call, waitForNote } from "../support/conversation-page.ts";
import { servePage } from "../support/page-server.ts";

describe("loading under a Content-Security-Policy", () => {
  let browser: Browser;
  let emulator: Emulator;

  beforeAll(async () => {
    // A worker that comes as a data: URL has no origin of its own, which browsers tell servers as "null".
    const emulated = checkedEmulator({ origins: ["null"] });
    [browser, emulator] = await Promise.all([launchChromium({ flags: ["--use-fake-ui-for-media-stream"] }), emulated]);
  });

  afterAll(async () => {
    await browser?.close();
    await emulator?.close();
  });

  /** Starts a session in a page with this policy. */
  async function start(policy: string, workletBase?: string) {
    const server = await servePage("conversation.ts", policy === "" ? {} : { "content-security-policy": `${policy}; connect-src *` });
    const { page } = await openPage(browser, server.origin);
    try {
      return await call(page, "start", { url: emulator.url, workletBase: workletBase ?? "" });
    } finally {
      await call(page, "close");
      await page.close();
      await server.close();
    }
  }

  for (const policy of ["", "script-src 'self' blob:", "script-src 'self' data:"]) {
    it(`works from the package's own text under "${policy || "no policy"}"`, async () => {
      expect(await start(policy)).toBeNull();
    });
  }

  it("works from files under script-src 'self'", async () => {
    expect(await start("script-src 'self'", "/worklets")).toBeNull();
  });

  it("names the directive and the file under script-src 'self' without files", async () => {
    const error = await start("script-src 'self'");
    expect(error?.code).toMatch(/^(worklet|worker)-blocked$/);
    expect(error?.message).toMatch(/Content-Security-Policy.*script-src.*sidetone\/worklets\/\w+\.\w+\.js.*(workletUrl|workerUrl)/s);
  });

  it("says what is wrong with an address that is not the file", async () => {
    const error = await start("", "/nowhere");
    expect(error?.code).toMatch(/^(worklet|worker)-blocked$/);
    expect(error?.message).toContain("/nowhere/");
  });
});

describe("trouble in a page", () => {
  let browser: Browser;
  let emulator: Emulator;

  beforeAll(async () => {
    [browser, emulator] = await Promise.all([launchChromium(), checkedEmulator({})]);
  });

  afterAll(async () => {
    await browser?.close();
    await emulator?.close();
  });

  it("says that the microphone was refused, and starts again once it is allowed", async () => {
    const server = await servePage("conversation.ts");
    const { page } = await openPage(browser, server.origin);
    expect(await call(page, "start", { url: emulator.url })).toMatchObject({ code: "microphone-denied" });
    expect((await call(page, "snapshot"))?.state).toBe("failed");
    await page.context().grantPermissions(["microphone"]);
    expect(await call(page, "start", { url: emulator.url })).toBeNull();
    await call(page, "close");
    await server.close();
  });

  it("says that nothing listens, that a key is wrong or not one for pages, and that there is no WebSocket; and the page stays usable", async () => {
    const server = await servePage("conversation.ts");
    const { page } = await openPage(browser, server.origin);
    await page.context().grantPermissions(["microphone"]);
    expect(await call(page, "start", { url: "ws://127.0.0.1:9/v1/realtime" })).toMatchObject({ code: "connect-failed" });
    expect(await call(page, "start", { url: "no url" })).toMatchObject({ code: "connect-failed" });
    expect(await call(page, "start", { url: emulator.url, apiKey: "sk-secret" })).toMatchObject({
      name: "TypeError",
      message: expect.stringContaining("ephemeral"),
    });
    const guarded = await checkedEmulator({ apiKeys: ["right"] });
    expect(await call(page, "start", { url: guarded.url, apiKey: "wrong" })).toMatchObject({ code: "auth-failed" });
    expect(await call(page, "start", { url: guarded.url, apiKey: "right" })).toBeNull();
    await call(page, "close");
    await guarded.close();
    // The page's own server accepts connections but knows no WebSocket.
    expect(await call(page, "start", { url: server.origin.replace("http", "ws") })).toMatchObject({ code: "connect-failed" });
    expect(await call(page, "start", { url: emulator.url })).toBeNull();
    await call(page, "close");
    await server.close();
  });

  it("gives up a server that never answers, and survives one that talks nonsense", async () => {
    const silent = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    const babbling = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    babbling.on("connection", (socket) => {
      socket.send('{"type":"session.created","session":{"type":"realtime"}}');
      socket.on("message", (data) => {
        if (!String(data).includes("session.update")) return;
        socket.send('{"type":"session.updated","session":{"type":"realtime"}}');
        for (const nonsense of ["", "{", "[1]", '{"type":7}', '{"type":"response.output_audio.delta","item_id":"a","content_index":0,"delta":"%%"}'])
          socket.send(nonsense);
        socket.send(new Uint8Array([1, 2, 3]));
        socket.send('{"type":"something.new","event_id":"e1"}');
      });
    });
    const address = (server: WebSocketServer): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const server = await servePage("conversation.ts");
    const { page } = await openPage(browser, server.origin);
    await page.context().grantPermissions(["microphone"]);
    expect(await call(page, "start", { url: address(silent), limits: { answerTimeoutMs: 500 } })).toMatchObject({ code: "connect-timeout" });
    expect(await call(page, "start", { url: address(babbling) })).toBeNull();
    await waitForNote(page, "something.new");
    const errors = (await call(page, "notes")).filter((note) => note.what === "error").map((note) => (note.detail as { code: string }).code);
    expect(errors).toEqual(["connect-timeout", ...Array(6).fill("malformed-event")]);
    expect((await call(page, "snapshot"))?.state).toBe("open");
    await call(page, "close");
    silent.close();
    babbling.close();
    await server.close();
  });

  it("says that the browser keeps the page silent, and starts at the next click", async () => {
    // Without a microphone: Chromium lets a page play that is allowed to listen.
    const strict = await launchChromium({ autoplay: "needs-gesture" });
    const server = await servePage("conversation.ts");
    try {
      const options = JSON.stringify({ url: emulator.url, workletBase: "", source: "none" });
      const { page } = await openPage(strict, `${server.origin}/?start=${encodeURIComponent(options)}`);
      await page.waitForTimeout(3000);
      expect((await call(page, "snapshot"))?.error).toMatchObject({ code: "audio-blocked", fatal: false });
      await call(page, "send", { type: "response.create" } as never);
      await waitForNote(page, "response.done");
      expect((await call(page, "snapshot"))?.stats?.playedMs).toBe(0);
      await page.mouse.click(100, 100);
      await expect.poll(async () => (await call(page, "snapshot"))?.stats?.playedMs, { timeout: 5000 }).toBeGreaterThan(500);
      await call(page, "close");
    } finally {
      await strict.close();
      await server.close();
    }
  });
});
