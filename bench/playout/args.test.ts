import { expect, test } from "vitest";
import { parsePlayoutArgs } from "./args.ts";

test("nothing means everything", () => {
  const { traces, players, whole } = parsePlayoutArgs([]);
  expect(whole).toBe(true);
  expect(traces.length).toBeGreaterThan(30);
  expect(players.map(({ id }) => id)).toEqual(expect.arrayContaining(["sidetone", "wavtools", "fifo"]));
});

test("traces by id and class, players by id", () => {
  const { traces, players, whole } = parsePlayoutArgs(["--trace", "slow95-100,burst", "--player", "fifo", "--player", "sidetone"]);
  expect(whole).toBe(false);
  expect(traces.every(({ id, class: kind }) => id === "slow95-100" || kind === "burst")).toBe(true);
  expect(players.every(({ id, origin }) => id === "fifo" || origin === "sidetone")).toBe(true);
});

test("options of the buffer to try, which the buffer must know", () => {
  const { players, whole } = parsePlayoutArgs(["--player", "fifo", "--set", "startMs=50,minRefillMs=200"]);
  expect(whole).toBe(false);
  expect(players.map(({ id }) => id)).toEqual(["fifo", "sidetone startMs=50,minRefillMs=200"]);
  expect(() => parsePlayoutArgs(["--set", "startMs=-1"])).toThrow("startMs");
  expect(() => parsePlayoutArgs(["--set", "begin=1"])).toThrow("begin");
});

test("what is not there is refused, by name", () => {
  expect(() => parsePlayoutArgs(["--trace", "bursts"])).toThrow("There is no trace bursts; there are ");
  expect(() => parsePlayoutArgs(["--player", "quicktime"])).toThrow("There is no player quicktime; there are sidetone");
  expect(() => parsePlayoutArgs(["--fast"])).toThrow("--fast");
});
