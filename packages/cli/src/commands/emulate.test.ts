import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fakeIo, until } from "../../test/fake-io.ts";
import { runCli } from "../cli.ts";

const address = (text: string) => /ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime/.exec(text)?.[0];

async function connected(url: string, protocols: string[] = ["realtime"]): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("refused"));
  });
  return socket;
}

test("prints its address and, when asked to, every event, one line each", async () => {
  const io = fakeIo();
  const running = runCli(["emulate", "--port", "0", "--verbose", "--seed", "7"], io);
  await until(() => address(io.out()) !== undefined);
  const socket = await connected(`${address(io.out())}?model=gpt-test`);
  socket.send('{"type":"input_audio_buffer.append","audio":"AAAA"}');
  socket.send('{"type":"nonsense"}');
  await until(() => /-> .*error/.test(io.out()));
  socket.close();
  await until(() => io.out().includes("ended"));
  io.stop();
  expect(await running).toBe(0);
  expect(io.out()).toMatch(/Session sess_\w+ began \(gpt-test\)\./);
  expect(io.out()).toMatch(/^ +\d+\.\d{3} s {2}-> {2}\w+ {2}session\.created/m);
  expect(io.out()).toMatch(/<- {2}\w+ {2}input_audio_buffer\.append {2}3 bytes/);
  expect(io.err()).toBe("");
});

test("accepts the given keys alone", async () => {
  const io = fakeIo();
  const running = runCli(["emulate", "--port", "0", "--api-key", "one", "--api-key", "two"], io);
  await until(() => address(io.out()) !== undefined);
  const url = `${address(io.out())}?model=m`;
  (await connected(url, ["realtime", "openai-insecure-api-key.two"])).close();
  await expect(connected(url)).rejects.toThrow("refused");
  const page = await fetch((address(io.out()) as string).replace("ws", "http").replace("/v1/realtime", "/"));
  expect([page.status, await page.text()]).toEqual([404, expect.stringContaining("emulator")]);
  io.stop();
  expect(await running).toBe(0);
});

test("the process ends at once and in order at SIGINT, with a client connected", async () => {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@sidetone/source", main, "emulate", "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (more) => {
    text += more;
  });
  child.stderr.setEncoding("utf8").on("data", (more) => {
    complaints += more;
  });
  await until(() => address(text) !== undefined);
  await connected(`${address(text)}?model=m`);
  const started = performance.now();
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
  expect(performance.now() - started).toBeLessThan(1500);
});
