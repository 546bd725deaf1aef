import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fakeIo } from "../../test/fake-io.ts";
import type { BenchRequest } from "../bench-room.ts";
import { runCli } from "../cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A benchmark that does what `body` says with its `request`. */
function room(name: string, body: string): string {
  const path = mkdtempSync(join(folder, name));
  writeFileSync(join(path, "package.json"), '{ "type": "module" }');
  writeFileSync(join(path, "room.js"), `export async function run(request) { ${body} }`);
  return path;
}

const echo = room(
  "echo",
  "const { stdout, stderr, signal, ...plain } = request; stdout.write(JSON.stringify({ ...plain, rounds: plain.rounds ?? null, out: plain.out ?? null }));",
);

async function run(argv: readonly string[], benchFolder = echo) {
  const io = fakeIo({}, "", benchFolder);
  return { code: await runCli(["bench", ...argv], io), out: io.out(), err: io.err() };
}

async function asked(...argv: string[]): Promise<BenchRequest> {
  const { code, out, err } = await run(argv);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as BenchRequest;
}

describe("sidetone bench", () => {
  test("asks for everything, with the packages of the folder it is started in and no files, when nothing is said", async () => {
    expect(await asked()).toEqual({
      suites: ["kernels", "pcm", "g711", "base64", "messages", "ring", "fused"],
      quick: false,
      chromium: false,
      rounds: null,
      seed: 1,
      out: null,
      folder: process.cwd(),
      command: "sidetone bench",
    });
  });

  test("hands on suites and flags, and makes the folder for the report first", async () => {
    const out = join(folder, "report", "of today");
    const request = await asked("ring", "--quick", "pcm", "--rounds", "3", "--seed=9", "--chromium", "--out", out);
    expect(request).toMatchObject({ suites: ["ring", "pcm"], quick: true, chromium: true, rounds: 3, seed: 9, out });
    expect(request.command).toBe(`sidetone bench ring pcm --quick --chromium --rounds 3 --seed 9 --out ${out}`);
    expect(existsSync(out)).toBe(true);
  });

  test.each([
    [["rings"], /no suite "rings"; allowed are kernels, pcm/],
    [["--rounds", "0"], /--rounds is "0"; allowed are whole numbers from 1 to 1000/],
    [["--seed", "x"], /--seed is "x"/],
    [["--out", ""], /--out is empty/],
    [["--fast"], /no flag --fast/],
  ])("%j is a usage error", async (argv, sentence) => {
    expect(await run(argv)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(sentence) });
  });

  test("a folder that cannot be made, and a benchmark that is not built, are one sentence each", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(await run(["--out", join(file, "report")])).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^The folder .* of --out cannot be made/),
    });
    expect(await run([], join(folder, "nowhere"))).toMatchObject({ code: 1, err: "The benchmark is not built yet; run `npm run build` and try again.\n" });
  });

  test("what the benchmark cannot do is said in its words; a fault in it is called unexpected", async () => {
    const needy = room("needy", 'throw Object.assign(new Error("--chromium needs esbuild."), { name: "BenchError" });');
    expect(await run(["--chromium"], needy)).toMatchObject({ code: 1, err: "--chromium needs esbuild.\n" });
    expect((await run([], room("broken", 'throw new TypeError("x is not a function");'))).err).toContain("unexpected");
  });

  test("Ctrl-C ends it with 130", async () => {
    const patient = room("patient", 'await new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));');
    const io = fakeIo({}, "", patient);
    const running = runCli(["bench"], io);
    await new Promise((resolve) => setTimeout(resolve, 50));
    io.stop();
    expect(await running).toBe(130);
    expect(io.err()).toBe("");
  });

  test("is in the README of the package", () => {
    expect(readFileSync(new URL("../../README.md", import.meta.url), "utf8")).toContain("npx @sidetone/cli bench");
  });
});
