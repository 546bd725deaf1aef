/** What goes to the registry, checked as users get it: the tarballs' shape, their types under several compilers, and that every entry point loads. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, copyInto, createConsumer } from "../support/packed.ts";
import { publishedPackages, root, typedEntries } from "../support/repository.ts";

const exec = promisify(execFile);
const names = publishedPackages().map(({ manifest }) => manifest.name);
const entries = publishedPackages()
  .flatMap(typedEntries)
  .map(({ specifier }) => specifier);

/** Packages of the repository that a consumer of the types needs. */
const CONSUMER_TOOLS = ["@types/node"];

/** Entry points, and the environment in which their types must hold by themselves. */
const ENVIRONMENTS = {
  nothing: { lib: ["ES2023"], types: [], has: (entry: string) => /^(@sidetone\/core|@sidetone\/vad$|sidetone\/(dsp|protocol)$)/.test(entry) },
  browser: {
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: [],
    has: (entry: string) => /^(@sidetone\/(core|vad)|sidetone)/.test(entry) && !entry.endsWith("/node"),
  },
  node: { lib: ["ES2023"], types: ["node"], has: (entry: string) => !/^sidetone(\/(websocket|wavtools))?$/.test(entry) },
};

let consumer: Consumer;

beforeAll(async () => {
  consumer = await createConsumer(CONSUMER_TOOLS);
}, 120_000);

afterAll(() => consumer?.close());

function tarballOf(name: string): Buffer<ArrayBuffer> {
  const packed = consumer.packed.find((item) => item.name === name);
  if (!packed) throw new Error(`${name} was not packed.`);
  return readFileSync(packed.tarball);
}

/** Output of the compiler, empty when there is nothing to say. */
async function typeCheck(compiler: string, options: { lib: readonly string[]; types: readonly string[]; resolution: string }, file: string): Promise<string> {
  const { lib, types, resolution } = options;
  const config = join(consumer.folder, "tsconfig.json");
  const module = resolution === "nodenext" ? "nodenext" : "esnext";
  const compilerOptions = { target: "es2022", module, moduleResolution: resolution, lib, types, strict: true, noEmit: true, skipLibCheck: false };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
  const run = exec(process.execPath, [join(root, "node_modules", compiler, "bin", "tsc"), "-p", config, "--pretty", "false"], { cwd: consumer.folder });
  return run.then(
    () => "",
    (error: { stdout: string; message: string }) => error.stdout || error.message,
  );
}

describe.each(names)("%s", (name) => {
  test("is what publint asks for", async () => {
    const data = tarballOf(name);
    const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("has types that resolve for every way of importing ES modules", async () => {
    const result = await checkPackage(createPackageFromTarballData(tarballOf(name)));
    // CommonJS and the resolution of Node 10 are not supported, on purpose.
    const problems = result.types
      ? result.problems.filter((problem) => !("resolutionKind" in problem && ["node10", "node16-cjs"].includes(problem.resolutionKind)))
      : [];
    expect(problems).toEqual([]);
  });

  test("carries a licence, no tests, no build records, no workspace ranges", async () => {
    const folder = join(consumer.folder, "node_modules", name);
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(paths).toContain("LICENSE");
    expect(paths.filter((path) => /\.test\.|tsbuildinfo|node_modules|tsup\.config|tsconfig/.test(path))).toEqual([]);
    expect(readFileSync(join(folder, "package.json"), "utf8")).not.toContain("workspace:");
  });
});

describe.each(Object.entries(ENVIRONMENTS))("types in an environment with %s", (label, { lib, types, has }) => {
  test.each([
    ["typescript", "nodenext"],
    ["typescript", "bundler"],
    ["typescript-5", "nodenext"],
    ["typescript-5", "bundler"],
  ])("%s, %s", async (compiler, resolution) => {
    const file = `${label}.ts`;
    const chosen = entries.filter(has);
    writeFileSync(join(consumer.folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(consumer.folder, file), chosen.map((entry, index) => `import * as e${index} from "${entry}";\nexport { e${index} };\n`).join(""));
    expect(await typeCheck(compiler, { lib, types, resolution }, file)).toBe("");
  });
});

test("the CLI as published measures, and names the opponents that are not installed with the command that installs them", async () => {
  const cli = join(consumer.folder, "node_modules", "@sidetone", "cli", "dist", "main.js");
  const out = join(consumer.folder, "report");
  const { stdout } = await exec(process.execPath, [cli, "bench", "ring", "--quick", "--rounds", "1", "--out", out], { cwd: consumer.folder });
  expect(stdout).toMatch(/sidetone Ring, SharedArrayBuffer +\d/);
  expect(stdout).toMatch(/ringbuf\.js +– .*ringbuf\.js is not installed/);
  expect(stdout).toMatch(/npm install --no-save ringbuf\.js@\d+\.\d+\.\d+\n/);
  expect(readdirSync(out).sort()).toEqual(["report.md", "results.json"]);
  const refused = exec(process.execPath, [cli, "bench", "--chromium"], { cwd: consumer.folder });
  await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("npm install --no-save esbuild@") });
});

test("the quick start compiles against the packages", async () => {
  copyInto(consumer, "examples/quick-start/main.ts", "quick-start.ts");
  expect(await typeCheck("typescript", { ...ENVIRONMENTS.browser, resolution: "bundler" }, "quick-start.ts")).toBe("");
});

test.each(entries)("%s loads in Node", async (entry) => {
  const { stdout } = await exec(process.execPath, ["--input-type=module", "-e", `console.log(typeof (await import("${entry}")))`], { cwd: consumer.folder });
  expect(stdout.trim()).toBe("object");
});
