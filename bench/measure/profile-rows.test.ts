import { expect, test } from "vitest";
import { type CpuProfile, profileRows } from "./profile-rows.ts";

function profile(...hits: [name: string, hitCount: number, url?: string][]): CpuProfile {
  return { nodes: hits.map(([functionName, hitCount, url = "x.js"], id) => ({ id, callFrame: { functionName, url }, hitCount })) };
}

test("one function's samples count together, first those that took most", () => {
  expect(profileRows(profile(["process", 10], ["set", 30], ["process", 60]))).toEqual([
    { name: "process", share: 0.7 },
    { name: "set", share: 0.3 },
  ]);
});

test("what is not the work does not count", () => {
  expect(profileRows(profile(["(idle)", 900], ["(program)", 50], ["process", 5]))).toEqual([{ name: "process", share: 1 }]);
});

test("the garbage collector, WebAssembly and the benchmark's own loop are named", () => {
  const rows = profileRows(profile(["(garbage collector)", 1], ["convert", 1, "wasm://wasm/1"], ["wasm-function[3]", 1, "wasm://wasm/1"], ["#timed", 1]));
  expect(rows.map(({ name }) => name)).toEqual(["garbage collector", "convert (wasm)", "wasm-function[3]", "the benchmark's loop"]);
});

test("what has no name is found by its line", () => {
  const callFrame = { functionName: "", url: "a/fused.ts", lineNumber: 61 };
  expect(profileRows({ nodes: [{ id: 1, callFrame, hitCount: 3 }] })).toEqual([{ name: "function at fused.ts:62", share: 1 }]);
});

test("what is small stands together, and all shares make a whole", () => {
  const rows = profileRows(profile(["a", 970], ["b", 10], ["c", 10], ["d", 10]));
  expect(rows.map(({ name }) => name)).toEqual(["a", "the rest"]);
  expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
});

test("a profile without samples has no rows", () => {
  expect(profileRows(profile())).toEqual([]);
});
