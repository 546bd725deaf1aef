/** Holds what playout has reached: `npm run bench -- playout --update` writes new figures, knowingly. */
import { expect, test } from "vitest";
import { presentGoals, readRegression, regressions } from "./regression.ts";
import { loadTraces } from "./traces/load.ts";

test("no figure of playout is worse than the one that is held", { timeout: 120_000 }, async () => {
  const goals = await presentGoals(loadTraces());
  expect(regressions(goals, readRegression())).toEqual([]);
  expect(
    goals
      .filter(({ tolerance }) => tolerance !== undefined)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(Object.keys(readRegression()).sort());
});

test("a worse figure and a missing one are told", () => {
  const goal = { id: "a", title: "A", value: 3, limit: 0, met: false, tolerance: 1 };
  expect(regressions([goal], { a: { value: 2, tolerance: 1 } })).toEqual([]);
  expect(regressions([goal], { a: { value: 1, tolerance: 1 } })).toEqual(["A: 3; 1 is held (+1)."]);
  expect(regressions([], { a: { value: 1, tolerance: 1 } })).toEqual(["a is held at 1, but was not measured."]);
});
