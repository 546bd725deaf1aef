import { expect, test } from "vitest";
import { RATE } from "../players/player.ts";
import { loadTraces } from "../traces/load.ts";
import { Accounting, lostOn, numbered, tenMinutes } from "./accounting.ts";

function lost(...parts: Float32Array[]): number {
  const accounting = new Accounting();
  for (const part of parts) accounting.add(part);
  accounting.end(1000);
  return accounting.lostFrames;
}

test("every lost frame counts, wherever it is; silence and fades do not hide one", () => {
  expect(lost(numbered(0, 1000))).toBe(0);
  expect(lost(numbered(0, 400), numbered(401, 1000))).toBe(1);
  expect(lost(numbered(3, 1000))).toBe(3);
  expect(lost(numbered(0, 993))).toBe(7);
  const half = (from: number, to: number) => numbered(from, to).map((sample) => sample * 0.377);
  expect(lost(numbered(0, 400), half(400, 420), new Float32Array(50), half(420, 440), numbered(440, 1000))).toBe(0);
  expect(lost(numbered(0, 400), half(400, 420), new Float32Array(50), half(430, 440), numbered(440, 1000))).toBe(10);
  expect(lost(numbered(0, 100), new Float32Array(1440).fill(0.01), numbered(900, 1000))).toBe(80);
});

test("ten minutes that arrive at once are all played, nearly all of them untouched", () => {
  const { lostFrames, exactFrames } = lostOn(tenMinutes(RATE), { rate: RATE });
  expect(lostFrames).toBe(0);
  expect(exactFrames).toBeGreaterThan(RATE * 599);
});

test("a trace with nothing but gaps loses nothing", () => {
  expect(lostOn(loadTraces().find(({ id }) => id === "slow95-100")!, { rate: RATE }).lostFrames).toBe(0);
});
