import { expect, test } from "vitest";
import { parseBenchArgs, SUITES } from "./args.ts";

test("no arguments mean everything", () => {
  expect(parseBenchArgs([])).toEqual({ suites: SUITES, quick: false, out: undefined, chromium: false, rounds: undefined, seed: 1, help: false });
});

test("suites and options in any order", () => {
  expect(parseBenchArgs(["ring", "--quick", "pcm", "--rounds", "3", "--out", "there", "--node", "26"])).toMatchObject({
    suites: ["ring", "pcm"],
    quick: true,
    rounds: 3,
    out: "there",
  });
});

test("what is not known is refused, by name", () => {
  expect(() => parseBenchArgs(["rings"])).toThrow("There is no suite rings; there are kernels,");
  expect(() => parseBenchArgs(["--rounds", "0"])).toThrow('--rounds is "0"');
  expect(() => parseBenchArgs(["--fast"])).toThrow("--fast");
});
