import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS, resolvePlan } from "./options.ts";
import type { Fault, FaultPlan } from "./plan.ts";
import { FAULT_PRESETS } from "./presets.ts";

const withFault = (fault: object): FaultPlan => ({ faults: [fault as Fault] });

describe("a plan", () => {
  it("is JSON, and stays as it was given", () => {
    const plan: FaultPlan = {
      preset: "wifi",
      out: {
        delayMs: { type: "mix", of: [{ weight: 1, value: { type: "sum", of: [1, { type: "trace", values: [1, 2] }] } }] },
        bytesPerSecond: 1000,
        order: "free",
      },
      faults: [{ fault: "disconnect", how: "close", code: 1012, reason: "restart", when: { type: ["a", "b.*"], nth: [1, 2], session: 1 }, times: 1 }],
    };
    const resolved = resolvePlan(JSON.parse(JSON.stringify(plan)));
    expect(resolved).toEqual({ out: plan.out, in: FAULT_PRESETS.wifi.in, faults: plan.faults });
  });

  it("is a preset by name, alone or with more", () => {
    expect(resolvePlan("train").faults).toEqual(FAULT_PRESETS.train.faults);
    const fault: Fault = { fault: "expire", when: { afterMs: 5 } };
    expect(resolvePlan({ preset: "train", faults: [fault] }).faults).toEqual([...FAULT_PRESETS.train.faults, fault]);
  });

  it.each(Object.keys(FAULT_PRESETS))("%s keeps to its own rules", (name) => {
    const preset = FAULT_PRESETS[name as keyof typeof FAULT_PRESETS] as FaultPlan;
    expect(resolvePlan({ ...preset })).toMatchObject({ out: preset.out, in: preset.in, faults: preset.faults ?? [] });
  });

  it("has nothing that the README leaves out", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    for (const name of [...FAULT_KINDS, ...Object.keys(FAULT_PRESETS)]) expect(readme).toContain(`\`${name}\``);
  });

  it("does not change with the caller's object", () => {
    const fault = { fault: "drop" as const, when: { nth: [1] } };
    const resolved = resolvePlan({ faults: [fault] });
    fault.when.nth.push(2);
    expect(resolved.faults[0]?.when?.nth).toEqual([1]);
  });

  it.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    ["dsl", TypeError, 'faults is "dsl"; allowed are wifi, lte, train, bad-hotel, tcp-loss, satellite.'],
    [{ preset: "dsl" }, TypeError, 'faults.preset is "dsl"'],
    [7, TypeError, "faults is 7; allowed is an object."],
    [{ latency: 1 }, TypeError, 'faults has an unknown property "latency"; allowed are preset, out, in, faults.'],
    [{ out: { delay: 1 } }, TypeError, 'faults.out has an unknown property "delay"'],
    [{ out: { delayMs: -1 } }, RangeError, "faults.out.delayMs is -1"],
    [{ out: { delayMs: { type: "gauss" } } }, TypeError, 'faults.out.delayMs.type is "gauss"; allowed are uniform, normal,'],
    [{ out: { delayMs: { type: "uniform", min: 1 } } }, TypeError, "faults.out.delayMs has no max, which it needs."],
    [{ out: { delayMs: { type: "uniform", min: 2, max: 1 } } }, RangeError, "faults.out.delayMs.min is 2 and faults.out.delayMs.max 1"],
    [{ out: { delayMs: { type: "trace", values: [] } } }, TypeError, "faults.out.delayMs.values is []"],
    [{ out: { delayMs: { type: "trace", values: [1, "2"] } } }, TypeError, 'faults.out.delayMs.values[1] is "2"'],
    [{ out: { delayMs: { type: "mix", of: [{ weight: 0, value: 1 }] } } }, RangeError, "faults.out.delayMs.of has no weight above 0"],
    [{ out: { delayMs: { type: "sum", of: [1, { type: "pareto", min: 1, shape: 0 }] } } }, RangeError, "faults.out.delayMs.of[1].shape is 0"],
    [{ in: { bytesPerSecond: 0 } }, RangeError, "faults.in.bytesPerSecond is 0"],
    [{ in: { order: "any" } }, TypeError, 'faults.in.order is "any"; allowed are kept, free.'],
    [{ faults: {} }, TypeError, "faults.faults is {}; allowed is an array"],
    [withFault({ fault: "explode" }), TypeError, 'faults.faults[0].fault is "explode"; allowed are stall, disconnect,'],
    [withFault({ fault: "stall" }), TypeError, "faults.faults[0] has no forMs, which it needs."],
    [withFault({ fault: "drop", forMs: 1 }), TypeError, 'faults.faults[0] has an unknown property "forMs"; allowed are when, times.'],
    [withFault({ fault: "drop", times: 0 }), RangeError, "faults.faults[0].times is 0"],
    [withFault({ fault: "drop", when: { nth: 0 } }), RangeError, "faults.faults[0].when.nth is 0"],
    [withFault({ fault: "drop", when: { nth: [1, 2.5] } }), TypeError, "faults.faults[0].when.nth[1] is 2.5"],
    [withFault({ fault: "drop", when: { probability: 2 } }), RangeError, "faults.faults[0].when.probability is 2"],
    [withFault({ fault: "drop", when: { everyMs: 5 } }), TypeError, 'faults.faults[0].when of "drop" has an unknown property "everyMs"'],
    [withFault({ fault: "refuse", when: { session: 1 } }), TypeError, 'unknown property "session"'],
    [withFault({ fault: "response-fails", when: { type: "x" } }), TypeError, 'unknown property "type"'],
    [withFault({ fault: "malform", as: "truncated", when: { direction: "in" } }), TypeError, 'unknown property "direction"'],
    [withFault({ fault: "stall", forMs: 5, when: { everyMs: 0 } }), RangeError, "faults.faults[0].when.everyMs is 0"],
    [withFault({ fault: "stall", forMs: 5, when: { everyMs: 5, nth: 1 } }), TypeError, "everyMs together with conditions on events"],
    [withFault({ fault: "stall", forMs: 5, when: { afterMs: 5, untilMs: 1 } }), RangeError, "untilMs is 1, before afterMs, 5"],
    [withFault({ fault: "disconnect", code: 1006 }), RangeError, 'code is 1006, which no close frame may carry; for 1006 use how: "fin" or "reset"'],
    [withFault({ fault: "disconnect", code: 1015 }), RangeError, "code is 1015"],
    [withFault({ fault: "disconnect", reason: "é".repeat(62) }), RangeError, "reason has 124 bytes"],
    [withFault({ fault: "malform", as: "upside-down" }), TypeError, 'as is "upside-down"; allowed are truncated,'],
    [withFault({ fault: "refuse", status: 200 }), RangeError, "status is 200; allowed is 400 to 599."],
    [withFault({ fault: "slow-generation", speedUp: 0 }), RangeError, "speedUp is 0"],
    [withFault({ fault: "slow-generation", pauses: { everyMs: 5 } }), TypeError, "pauses has no forMs"],
  ])("is refused when it is %j", (plan, type, message) => {
    const attempt = () => resolvePlan(plan as FaultPlan);
    expect(attempt).toThrow(type);
    expect(attempt).toThrow(message);
  });
});
