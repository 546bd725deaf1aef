import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWav } from "@sidetone/core/dsp";
import { JitterBuffer, playoutLogHeader, playoutLogLine } from "@sidetone/core/playout";
import { afterAll, describe, expect, test } from "vitest";
import { fakeIo } from "../../test/fake-io.ts";
import { runCli } from "../cli.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

// The room as it is in its sources; the built one is what people get.
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
writeFileSync(
  join(folder, "replay.js"),
  `export { reportReplay } from ${JSON.stringify(new URL("../../../../bench/playout/replay-report.ts", import.meta.url).href)};`,
);

/** A log of 300 ms of a tone, and what was heard of it. */
function session(name: string): { path: string; heard: Float32Array } {
  const buffer = new JitterBuffer({ rate: 24_000, log: "inputs" });
  const samples = Float32Array.from({ length: 7200 }, (_, i) => Math.round(8000 * Math.sin(i / 20)) / 32_768);
  buffer.insert({ itemId: "a", contentIndex: 0, samples });
  buffer.endOfItem("a", 0);
  const heard = new Float32Array(9600);
  for (let i = 0; i < heard.length; i += 128) buffer.pull(heard.subarray(i, i + 128));
  const lines = [...buffer.takeLog(), { at: buffer.pulledFrames, do: "close" as const }].map(playoutLogLine);
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, [playoutLogHeader({ rate: 24_000, options: {} }), ...lines].join("\n"));
  return { path, heard };
}

async function run(...argv: string[]) {
  const io = fakeIo({}, "", folder);
  return { code: await runCli(["replay", ...argv], io), out: io.out(), err: io.err() };
}

describe("sidetone replay", () => {
  test("tells, draws and plays what was heard", async () => {
    const { path, heard } = session("whole");
    const [svg, wav] = [join(folder, "whole.svg"), join(folder, "whole.wav")];
    const { code, out, err } = await run(path, "--out", svg, "--wav", wav);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/receivedFrames +7200/);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg[\s\S]*Replay of whole/);
    const { rate, samples } = readWav(readFileSync(wav));
    expect(rate).toBe(24_000);
    for (const [i, sample] of samples.entries()) expect(Math.abs(sample - heard[i])).toBeLessThan(1 / 32_768);
  });

  test("says in one sentence what is wrong, and leaves no file", async () => {
    const svg = join(folder, "none.svg");
    const missing = await run(join(folder, "missing.jsonl"), "--out", svg);
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/missing\.jsonl cannot be read/) });
    const path = join(folder, "broken.jsonl");
    writeFileSync(path, "hello");
    expect(await run(path, "--out", svg)).toMatchObject({ code: 1, err: expect.stringMatching(/broken\.jsonl: Line 1 of the playout log is no JSON/) });
    expect(existsSync(svg)).toBe(false);
    const whole = session("kept").path;
    const content = readFileSync(whole, "utf8");
    expect(await run(whole, "--out", whole)).toMatchObject({ code: 2, err: expect.stringMatching(/the input file itself/) });
    expect(readFileSync(whole, "utf8")).toBe(content);
    expect(await run(whole, "--out", svg, "--wav", svg)).toMatchObject({ code: 2, err: expect.stringMatching(/--wav and --out name one file/) });
    expect(existsSync(svg)).toBe(false);
    expect(await run()).toMatchObject({ code: 2 });
  });
});
