import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRecording } from "@sidetone/emulator";
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
  expect(io.out()).toMatch(/^ +\d+\.\d{3} s {2}#1 {3}-> {2}session\.created/m);
  expect(io.out()).toMatch(/#1 {3}<- {2}input_audio_buffer\.append {2}0 ms/);
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

test("serves all of the emulator's interfaces, and nothing else", async () => {
  const { io, done, url } = await running("--verbose");
  const other = (path: string) => url.replace("/v1/realtime", path);
  const live = await connected(other("/v1/live/sessions"));
  live.send(JSON.stringify({ type: "session.start", session: { model: "gpt-live-1" } }));
  await until(() => /#1 {3}-> {2}session\.started/.test(io.out()));
  live.close();
  await expect(connected(other("/v1/elsewhere"))).rejects.toThrow("refused");
  io.stop();
  expect(await done).toBe(0);
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

/** `emulate` with these flags, running. */
async function running(...flags: string[]) {
  const io = fakeIo();
  const done = runCli(["emulate", "--port", "0", ...flags], io);
  await until(() => address(io.out()) !== undefined || io.err() !== "");
  return { io, done, url: `${address(io.out())}?model=gpt-test` };
}

const say = (text: string) => [
  JSON.stringify({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } }),
  JSON.stringify({ type: "response.create" }),
];

async function answered(url: string, text: string): Promise<WebSocket> {
  const socket = await connected(url);
  const done = new Promise<void>((resolve) =>
    socket.addEventListener("message", ({ data }) => String(data).includes('"type":"rate_limits.updated"') && resolve()),
  );
  for (const message of say(text)) socket.send(message);
  await done;
  return socket;
}

test("tells what happens in a conversation, in sentences", async () => {
  const { io, done, url } = await running();
  const socket = await answered(url, "Hi");
  socket.send('{"type":"nonsense"}');
  await until(() => io.out().includes("error"));
  socket.close();
  await until(() => io.out().includes("ended"));
  io.stop();
  expect(await done).toBe(0);
  expect(io.out()).toMatch(/ s {2}#1 {3}Session sess_\w+ began \(gpt-test\)\./);
  expect(io.out()).toMatch(/ s {2}#1 {3}model {2}completed, 800 ms of speech, first sound \d+ ms after being asked, "\(echo of “Hi”\)"/);
  expect(io.out()).toMatch(/ s {2}#1 {3}error {2}invalid_value: Invalid value: 'nonsense'/);
  expect(io.out()).not.toContain("response.created");
});

test("folds runs of deltas into one line each", async () => {
  const { io, done, url } = await running("--verbose");
  const socket = await answered(url, "Say it again and again");
  await until(() => io.out().includes("rate_limits.updated"));
  socket.close();
  io.stop();
  await done;
  const deltas = io
    .out()
    .split("\n")
    .filter((line) => line.includes(".delta"));
  expect(deltas).toHaveLength(2);
  expect(deltas.join("\n")).toMatch(/-> {2}response\.output_audio_transcript\.delta x\d {2}"\(echo of “Say it again and again”\)"/);
  expect(deltas.join("\n")).toMatch(/-> {2}response\.output_audio\.delta x\d {2}1\.32 s/);
});

test("prints JSON for programs, one event a line", async () => {
  const { io, done } = await (async () => {
    const io = fakeIo();
    const done = runCli(["emulate", "--port", "0", "--json"], io);
    await until(() => address(io.out()) !== undefined);
    return { io, done };
  })();
  (await answered(`${address(io.out())}?model=m`, "Hi")).close();
  await until(() => io.out().includes('"kind":"end"'));
  io.stop();
  await done;
  const lines = io
    .out()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.slice(0, 3)).toMatchObject([
    { kind: "listening" },
    { kind: "session", model: "m" },
    { kind: "event", type: "session.created", direction: "out" },
  ]);
  expect(lines.find(({ type }) => type === "response.output_audio.delta").audioBytes).toBeGreaterThan(1000);
  expect(lines.at(-1)).toMatchObject({ kind: "end", code: 1005 });
});

test("answers as a script says, records it, and replays the recording", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-emulate-test-"));
  try {
    const script = join(folder, "talk.json");
    writeFileSync(
      script,
      JSON.stringify({ turns: [{ when: { text: "weather" }, items: [{ type: "function_call", name: "weather", arguments: { city: "Bonn" } }] }] }),
    );
    const first = await running("--script", script, "--record", join(folder, "recordings"), "--model", "gpt-realtime-mini", "--vad", "energy");
    (await answered(first.url, "How is the weather?")).close();
    await until(() => first.io.out().includes("ended"));
    first.io.stop();
    await first.done;
    expect(first.io.out()).toMatch(/calls {2}weather\(\{"city":"Bonn"\}\)/);
    const recording = join(folder, "recordings", readdirSync(join(folder, "recordings"))[0] as string);
    expect(readFileSync(recording, "utf8")).toContain('"voice":"alloy"');

    const second = await running("--replay", recording);
    const socket = await connected(second.url);
    socket.send('{"type":"response.cancel"}');
    for (const message of say("How is the weather?")) socket.send(message);
    await until(() => second.io.out().includes("calls"));
    socket.close();
    await until(() => second.io.out().includes("ended"));
    second.io.stop();
    await second.done;
    expect(second.io.out()).toMatch(/calls {2}weather\(\{"city":"Bonn"\}\)/);
    expect(second.io.out()).toMatch(/differs {2}The client sent response\.cancel; the recording has conversation\.item\.create here\./);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("speaks a dialect", async () => {
  const { url, io, done } = await running("--dialect", "beta");
  const socket = await connected(`${url}?model=gpt-realtime`, ["realtime", "openai-beta.realtime-v1"]);
  const updated = new Promise<unknown>((resolve) => {
    socket.onmessage = ({ data }) => String(data).includes('"session.updated"') && resolve(JSON.parse(String(data)));
  });
  socket.send(JSON.stringify({ type: "session.update", session: { input_audio_format: "g711_ulaw" } }));
  expect(await updated).toMatchObject({ session: { input_audio_format: "g711_ulaw", modalities: ["text", "audio"] } });
  socket.close();
  await until(() => io.out().includes("ended"));
  io.stop();
  await done;
});

test("relays to a service, with the key of an environment variable", async () => {
  const service = await running("--api-key", "right-key");
  const io = fakeIo({ SERVICE_KEY: "right-key" });
  const done = runCli(["emulate", "--port", "0", "--relay", address(service.io.out()) as string, "--relay-key-env", "SERVICE_KEY"], io);
  await until(() => address(io.out().split("emulator (relay")[1] ?? "") !== undefined);
  (await answered(`${address(io.out().split("emulator (relay")[1] as string)}?model=m`, "Hi")).close();
  await until(() => io.out().includes("ended") && service.io.out().includes("ended"));
  expect(io.out()).toMatch(/emulator \(relay to 127\.0\.0\.1:\d+\)/);
  expect(io.out()).toMatch(/#1 {3}model {2}completed/);
  expect(io.out()).not.toContain("right-key");
  for (const each of [io, service.io]) each.stop();
  expect(await Promise.all([done, service.done])).toEqual([0, 0]);
});

test("makes go wrong what a plan says, over TLS with a certificate to trust", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-faults-test-"));
  try {
    const [plan, certificate] = [join(folder, "plan.json"), join(folder, "cert.pem")];
    writeFileSync(plan, JSON.stringify({ faults: [{ fault: "response-fails", code: "rate_limit_exceeded" }] }));
    const io = fakeIo();
    const done = runCli(["emulate", "--port", "0", "--faults", plan, "--tls", certificate], io);
    await until(() => /wss:\S+/.test(io.out()));
    const url = /wss:\S+\/v1\/realtime/.exec(io.out())?.[0] as string;
    const script = `const s = new WebSocket("${url}?model=m"); s.onopen = () => s.send('{"type":"response.create"}');
      s.onmessage = ({ data }) => { const e = JSON.parse(data); if (e.type === "response.done") { console.log(e.response.status_details.error.code); s.close(); } };`;
    const child = spawn(process.execPath, ["-e", script], { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate }, stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (more) => {
      text += more;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(text).toBe("rate_limit_exceeded\n");
    await until(() => io.out().includes("ended"));
    expect(io.out()).toMatch(/error {2}failed \(rate_limit_exceeded\)/);
    io.stop();
    expect(await done).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [["--faults", "storm"], 2, '--faults is "storm"; allowed are wifi, lte'],
  [["--faults", "/nowhere/plan.json"], 1, "The plan /nowhere/plan.json cannot be read"],
  [["--tls", "/nowhere/cert.pem"], 1, "--tls /nowhere/cert.pem cannot be written"],
  [["--voice", "sing"], 2, '--voice is "sing"; allowed are echo, tone, chirp, say and wav:<file or folder>.'],
  [["--voice", "echo", "--script", "x"], 2, "--voice and --script are both given; one of them says what answers."],
  [["--by-clock"], 2, "--by-clock is given without --replay."],
  [["--record-wav"], 2, "--record-wav is given without --record."],
  [["--relay-key-env", "X"], 2, "--relay-key-env is given without --relay."],
  [["--relay", "https://x.test/v1"], 2, "--relay begins with https://; write wss://x.test/v1 instead."],
  [["--relay", "wss://x.test/v1", "--relay-key-env", "NO_SUCH_KEY"], 1, "--relay-key-env names NO_SUCH_KEY, which is not set"],
  [["--vad", "ears"], 2, '--vad is "ears"; allowed are silero-v6, silero-v5, energy.'],
  [["--dialect", "welsh"], 2, '--dialect is "welsh"; allowed are ga, azure, beta, azure-beta, voice-live.'],
  [["--model", "gpt-9"], 2, '--model is "gpt-9"; allowed are gpt-realtime-2.1'],
  [["--json", "--verbose"], 2, "--json and --verbose are both given"],
  [["--voice", "wav:/nowhere/at-all.wav"], 1, "There is no file or folder /nowhere/at-all.wav."],
  [["--script", "/nowhere/at-all.json"], 1, "The script /nowhere/at-all.json cannot be read"],
  [["--replay", "/nowhere/at-all.jsonl"], 1, "The recording /nowhere/at-all.jsonl cannot be read"],
])("%j is refused", async (flags, code, message) => {
  const io = fakeIo();
  expect(await runCli(["emulate", "--port", "0", ...flags], io)).toBe(code);
  expect(io.err()).toContain(message);
  expect(io.err()).not.toContain("unexpected");
});

test("what was recorded outlives a process that is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-killed-test-"));
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@sidetone/source", main, "emulate", "--port", "0", "--record", folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => {
      text += more;
    });
    await until(() => address(text) !== undefined);
    await answered(`${address(text)}?model=m`, "Hi");
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const { sessions } = await readRecording(join(folder, readdirSync(folder)[0] as string));
    expect(sessions[0]?.end).toBeNull();
    expect(sessions[0]?.events.map(({ event }) => event?.type)).toEqual(
      expect.arrayContaining(["session.created", "response.create", "response.output_audio.delta", "response.done"]),
    );
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});
