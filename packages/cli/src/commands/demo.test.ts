import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fakeIo, until } from "../../test/fake-io.ts";
import { runCli } from "../cli.ts";

const KEY = "sk-test-0123456789abcdef";
const pageFolder = mkdtempSync(join(tmpdir(), "sidetone-page-"));
writeFileSync(join(pageFolder, "index.html"), "<!doctype html><title>page</title>");
afterAll(() => rmSync(pageFolder, { recursive: true }));

describe("sidetone demo", () => {
  const addressIn = (text: string) => /http:\/\/127\.0\.0\.1:(\d+)\//.exec(text)?.[0];

  test("prints where it is and what answers, and ends at Ctrl-C with a session open", async () => {
    const io = fakeIo({}, pageFolder);
    const running = runCli(["demo", "--port", "0"], io);
    await until(() => addressIn(io.out()) !== undefined);
    expect(io.out()).toContain("local emulator");
    const socket = new WebSocket(`${addressIn(io.out())?.replace("http", "ws")}v1/realtime?model=m`);
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    const started = performance.now();
    io.stop();
    expect(await running).toBe(0);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(io.err()).toBe("");
  });

  test("with a key says so, and never shows the key", async () => {
    const io = fakeIo({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: "http://127.0.0.1:1/v1/" }, pageFolder);
    const running = runCli(["demo", "--port", "0"], io);
    await until(() => io.out().includes("Service:"));
    expect(io.out()).toContain("billed to OPENAI_API_KEY");
    io.stop();
    expect(await running).toBe(0);
    expect(io.out() + io.err()).not.toContain(KEY);
  });

  test("a port that was asked for and is taken is one sentence", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const io = fakeIo({}, pageFolder);
    expect(await runCli(["demo", "--port", String(port)], io)).toBe(1);
    expect(io.err()).toBe(`Port ${port} on 127.0.0.1 is taken by another program; stop that, or choose another with --port (0 takes any free one).\n`);
    holder.close();
  });

  test("a default port that is taken gives way to the next", async () => {
    const first = fakeIo({}, pageFolder);
    const second = fakeIo({}, pageFolder);
    const running = [runCli(["demo"], first)];
    await until(() => addressIn(first.out()) !== undefined);
    running.push(runCli(["demo"], second));
    await until(() => addressIn(second.out()) !== undefined);
    expect(addressIn(second.out())).not.toBe(addressIn(first.out()));
    expect(second.out()).toContain("Port 4400 is taken");
    first.stop();
    second.stop();
    expect(await Promise.all(running)).toEqual([0, 0]);
  });

  test("a page that is not built, and a base URL that is none, are one sentence each", async () => {
    const unbuilt = fakeIo({}, join(pageFolder, "nowhere"));
    expect(await runCli(["demo", "--port", "0"], unbuilt)).toBe(1);
    expect(unbuilt.err()).toContain("npm run build");
    const odd = fakeIo({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: "nowhere" }, pageFolder);
    expect(await runCli(["demo", "--port", "0"], odd)).toBe(1);
    expect(odd.err()).toContain("OPENAI_BASE_URL");
  });
});
