import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWav } from "@sidetone/core/dsp";
import { VERSION } from "sidetone/node";
import { afterAll, describe, expect, test } from "vitest";
import { fakeIo } from "../test/fake-io.ts";
import { runCli } from "./cli.ts";

const SPEECH = fileURLToPath(new URL("../../../test/fixtures/speech-b.wav", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sidetone-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const io = fakeIo(env);
  return { code: await runCli(argv, io), out: io.out(), err: io.err() };
}

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function isOneSentence(text: string): boolean {
  return text.endsWith("\n") && text.trimEnd().split("\n").length === 1 && !text.includes("    at ");
}

describe("the command line", () => {
  test.each([["--help"], ["-h"], ["help"]])("%s lists the commands", async (flag) => {
    const { code, out } = await run([flag]);
    expect(code).toBe(0);
    for (const name of ["demo", "talk <speech.wav>", "emulate", "bench [suite ...]"]) expect(out).toContain(`sidetone ${name}`);
  });

  test("without a command it shows the help and fails", async () => {
    expect(await run([])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("sidetone talk") });
  });

  test("--version", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, out: `${VERSION}\n` });
  });

  test.each(["demo", "talk", "emulate", "bench"])("%s has a help", async (name) => {
    expect(await run([name, "--help"])).toMatchObject({ code: 0, err: "", out: expect.stringContaining(`sidetone ${name}`) });
  });

  test.each([
    [["dance"], /no command "dance"/],
    [["--dance"], /no flag "--dance"/],
    [["demo", "extra"], /too many/],
    [["demo", "--port", "x"], /--port is "x"/],
    [["talk", SPEECH, "--voice", "bass"], /--voice is "bass"/],
    [["talk", SPEECH, "--url", "ws://127.0.0.1:1/", "--openai"], /two servers/],
    [["talk", SPEECH, "--url", "ws://127.0.0.1:1/", "--voice", "tone"], /--voice is the emulator's/],
    [["talk", SPEECH, "--openai"], /needs a key/],
    [["talk", SPEECH, "--out", SPEECH], /the input file itself/],
    [["talk", SPEECH, "--out", join(folder, "one.wav"), "--playout-log", join(folder, "one.wav")], /--playout-log and --out name one file/],
    [["talk", SPEECH, "--url", "ws://127.0.0.1:1/", "--api-key", "a b"], /--api-key/],
  ])("%j is a usage error", async (argv, sentence) => {
    const { code, out, err } = await run(argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(sentence);
    expect(isOneSentence(err)).toBe(true);
  });

  test("SIDETONE_DEBUG shows the stack", async () => {
    expect((await run(["dance"], { SIDETONE_DEBUG: "1" })).err).toContain("    at ");
  });
});

describe("talk refuses what it cannot use, before it connects", () => {
  const odd = writeWav({ rate: 4000, samples: new Float32Array(4000) });
  const twelveBit = writeWav({ rate: 16_000, samples: new Float32Array(160) });
  twelveBit[34] = 12;
  const missing = join(folder, "missing.wav");
  test.each([
    ["a missing file", missing, /There is no file/],
    ["a folder", folder, /is a folder/],
    ["an empty file", file("empty.wav", ""), /is empty/],
    ["a file of another kind", file("text.wav", "This is a text and no sound."), /Not a WAV file/],
    ["half a header", file("short.wav", twelveBit.subarray(0, 20)), /fmt/],
    ["no audio", file("none.wav", writeWav({ rate: 16_000, samples: new Float32Array(0) })), /holds no audio/],
    ["a rate out of range", file("slow.wav", odd), /4000 frames a second/],
    ["an encoding that is not supported", file("twelve.wav", twelveBit), /12 bits/],
  ])("%s", async (_name, path, sentence) => {
    const { code, out, err } = await run(["talk", path]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(sentence);
    expect(isOneSentence(err)).toBe(true);
  });

  test.each([
    ["in a folder that is not there", join(folder, "nowhere", "reply.wav"), /there is no folder/],
    ["that is a folder", folder, /is a folder/],
  ])("an output %s", async (_name, path, sentence) => {
    expect(await run(["talk", SPEECH, "--out", path])).toMatchObject({ code: 1, out: "", err: expect.stringMatching(sentence) });
  });

  test("leaves no reply behind when the log cannot be written", async () => {
    const { code, err } = await run(["talk", SPEECH, "--out", join(folder, "unsaid.wav"), "--playout-log", join(folder, "nowhere", "log.jsonl")]);
    expect(code).toBe(1);
    expect(err).toMatch(/there is no folder/);
    expect(readdirSync(folder)).not.toContain("unsaid.wav");
  });

  test("with --json the failure is a document as well", async () => {
    const { code, out, err } = await run(["talk", missing, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ outcome: "failed", error: { code: "unreadable", message: err.trimEnd() } });
  });

  test("OPENAI_API_KEY does not travel unencrypted to another machine", async () => {
    const { code, err } = await run(["talk", SPEECH, "--url", "ws://192.0.2.1/v1/realtime"], { OPENAI_API_KEY: "sk-secret" });
    expect(code).toBe(2);
    expect(err).toContain("unencrypted");
    expect(err).not.toContain("sk-secret");
  });
});

describe("talk without a server", () => {
  test("nothing listening: one sentence, and no file is left", async () => {
    const { code, err } = await run(["talk", SPEECH, "--url", "ws://127.0.0.1:1/", "--out", join(folder, "unheard.wav")]);
    expect(code).toBe(1);
    expect(err).toContain("No connection to ws://127.0.0.1:1/");
    expect(readdirSync(folder)).not.toContain("unheard.wav");
  });

  test("a server that never answers is given up in time", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const started = performance.now();
    const { code, err } = await run(["talk", SPEECH, "--url", `ws://127.0.0.1:${port}/`, "--timeout", "1s"]);
    expect(code).toBe(1);
    expect(err).toContain("within 1000 ms");
    expect(performance.now() - started).toBeLessThan(3000);
    silent.close();
  });
});
