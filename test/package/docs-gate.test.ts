/** What users can name has a comment, every default that is a number has a unit, and the README's first block is a file that compiles. */
import { describe, expect, test } from "vitest";
import { surfaces } from "../support/declarations.ts";
import { defaultsIn } from "../support/defaults.ts";
import { exists, publishedPackages, read, sourceFiles, typedEntries } from "../support/repository.ts";

const MAX_QUICK_START_LINES = 12;

/** A unit, in a name (`targetMs`) or in words. */
const UNIT_IN_NAME = /(Ms|Seconds|Hz|Frames|Bytes|Db|Dbfs|Ratio|Count|Percent|Ppm|Factor|Events|Packets|Attempts|Chars|[pP]ort)$/;
const UNIT_IN_WORDS =
  /\b(ms|milliseconds?|s|seconds?|Hz|kHz|frames?|samples?|bytes?|KB|MB|dB|dBFS|ppm|percent|%|ratio|factor|fraction|times|count|events?|packets?|messages?|attempts?|characters?|per second|0 to 1|unitless|of full scale|channels?|bits?|cents|Q)\b|%/i;

const entries = publishedPackages().flatMap(typedEntries);

describe("declarations", () => {
  const read = surfaces(entries);

  test("every published package with code has entry points", () => {
    expect(entries.map(({ specifier }) => specifier)).toEqual(expect.arrayContaining(["sidetone", "@sidetone/core", "@sidetone/emulator"]));
  });

  test.each(read)("$specifier exports something", ({ exported }) => {
    expect(exported.length).toBeGreaterThan(0);
  });

  test.each(read)("$specifier is documented, symbol by symbol and member by member", ({ undocumented }) => {
    expect(undocumented).toEqual([]);
  });
});

describe("defaults", () => {
  const defaults = sourceFiles()
    .filter((path) => path.startsWith("packages/") && !path.endsWith(".test.ts"))
    .flatMap(defaultsIn);

  test("there are some", () => {
    expect(defaults.length).toBeGreaterThan(0);
  });

  test("each object says what it is for", () => {
    expect([...new Set(defaults.filter(({ objectComment }) => objectComment === "").map(({ where, object }) => `${where}: ${object}`))]).toEqual([]);
  });

  test("each number has a unit, in its name or its comment", () => {
    const bare = defaults.filter(({ isNumber, name, comment }) => isNumber && !UNIT_IN_NAME.test(name) && !UNIT_IN_WORDS.test(comment));
    expect(bare.map(({ where, name }) => `${where}: ${name}`)).toEqual([]);
  });
});

describe("the quick start", () => {
  const file = "examples/quick-start/main.ts";

  test("is the README's first TypeScript block", () => {
    expect(exists("README.md")).toBe(true);
    const block = /^```(?:ts|typescript)\n([\s\S]*?)^```/m.exec(read("README.md"))?.[1];
    expect(block).toBe(read(file));
  });

  test(`has at most ${MAX_QUICK_START_LINES} lines`, () => {
    expect(read(file).trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_QUICK_START_LINES);
  });
});
