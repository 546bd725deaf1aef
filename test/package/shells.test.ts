/** Worklets and the worker are shells: short, and without arithmetic on samples. Decisions belong to classes of core, which Node can test. */
import { describe, expect, test } from "vitest";
import { read, repositoryFiles } from "../support/repository.ts";

const MAX_LINES = 40;

/** Signs of work on samples: typed arrays made or indexed, arithmetic helpers, loops. */
const SIGNS: readonly [string, RegExp][] = [
  ["makes a typed array", /new (Float32|Float64|Int16|Int32|Uint8|Uint16|Uint32)Array/],
  ["uses Math", /\bMath\./],
  ["loops by index", /\bfor\s*\(\s*(let|var)\b/],
  ["writes or computes an element", /\]\s*(=[^=>]|[+\-*/]=|[*/+-]\s*[\w(])/],
];

/** The code without comments and strings, so that words in them do not count. */
function codeOnly(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""');
}

const shells = repositoryFiles().filter((path) => /^worklets\/src\/[^/]+\.(worklet|worker)\.ts$/.test(path));

test("the shells are capture, playback and the engine worker", () => {
  expect(shells).toEqual([
    "worklets/src/audio.worklet.ts",
    "worklets/src/capture.worklet.ts",
    "worklets/src/engine.worker.ts",
    "worklets/src/playback.worklet.ts",
  ]);
});

test("worklets/src holds nothing but shells and the declarations of their scope", () => {
  const others = repositoryFiles().filter((path) => path.startsWith("worklets/src/") && !shells.includes(path) && !path.endsWith(".d.ts"));
  expect(others).toEqual([]);
});

describe.each(shells)("%s", (path) => {
  test(`has at most ${MAX_LINES} lines`, () => {
    expect(read(path).trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_LINES);
  });

  test("leaves samples to core", () => {
    const code = codeOnly(read(path));
    expect(SIGNS.filter(([, sign]) => sign.test(code)).map(([what]) => what)).toEqual([]);
  });
});

// worklets/tsup.config.ts leaves the filters of the other profiles out of the scripts.
test("what runs in a worklet asks for the default profile of resamplers only", () => {
  const rooms = repositoryFiles().filter((path) => /^packages\/core\/src\/(engine|playout)\/[^/]+(?<!\.test)\.ts$/.test(path));
  expect(rooms.length).toBeGreaterThan(20);
  expect(rooms.filter((path) => /new Resampler\([^)]*\bprofile\b/.test(read(path)))).toEqual([]);
});
