import { expect, it } from "vitest";
import { ReplySchedule } from "./schedule.ts";

it("knows when each delta is due", () => {
  const schedule = new ReplySchedule({ firstAudioDelayMs: 400, speedUp: 4 });
  schedule.created(1000);
  expect(schedule.delta(1400, 100)).toBe(0);
  expect(schedule.delta(1430, 150)).toBe(5);
  expect(schedule.delta(1450, 250)).toBe(-12.5);
  schedule.created(5000);
  expect(schedule.delta(5401, 100)).toBe(1);
});
