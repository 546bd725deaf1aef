import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { Ids } from "./ids.ts";
import { type EmulatorOptions, resolveOptions } from "./options.ts";
import { EventLog } from "./record/log.ts";

describe("options", () => {
  it("have defaults", () => {
    expect(resolveOptions({})).toMatchObject({ host: "127.0.0.1", port: 0, apiKeys: null, obfuscation: true, rateLimits: true });
  });

  it.each([
    [{ prot: 1 }, TypeError, /unknown property "prot"; allowed are host, port/],
    [{ port: 70_000 }, RangeError, "port is 70000; allowed is 0 to 65535."],
    [{ port: "80" }, TypeError, 'port is "80"; allowed is an integer from 0 to 65535.'],
    [{ host: "" }, TypeError, "host is"],
    [{ voice: "sing" }, TypeError, 'voice is "sing"; allowed are "echo", "tone" and an object with reply().'],
    [{ apiKeys: "sk" }, TypeError, 'apiKeys is neither "any" nor an array of non-empty strings'],
    [{ seed: 1.5 }, TypeError, "seed is 1.5"],
    [{ seed: -1 }, RangeError, "seed is -1"],
    [{ clock: {} }, TypeError, "clock is {}"],
    [{ vad: 1 }, TypeError, 'vad is 1; allowed are "silero-v6", "silero-v5", "energy" and a function that returns a Vad.'],
    [{ vad: "silero" }, TypeError, 'vad is "silero"; allowed are'],
    [{ createVad: () => null }, TypeError, 'unknown property "createVad"'],
    [{ profile: { vad: "v5" } }, TypeError, 'profile.vad is "v5"; allowed are "silero-v6", "silero-v5", "energy".'],
    [{ obfuscation: "no" }, TypeError, 'obfuscation is "no"'],
    [{ sessionLimitMs: 0 }, RangeError, "sessionLimitMs is 0; allowed is 1 to"],
    [{ profile: { speed: 2 } }, TypeError, 'profile has an unknown property "speed"'],
    [{ profile: { speedUp: 0 } }, RangeError, "profile.speedUp is 0; allowed is 0.1 to"],
    [{ profile: { deltaHeadMs: [0] } }, RangeError, "profile.deltaHeadMs[0] is 0"],
    [{ profile: { phase: "x" } }, TypeError, 'profile.phase is "x"'],
    [{ profile: "fast" }, TypeError, 'profile is "fast"'],
    [{ server: {} }, TypeError, "server is {}; allowed is a node:http Server."],
    [{ server: createServer(), port: 1 }, TypeError, "server is given together with host or port"],
    [null, TypeError, "options is null"],
  ])("refuse %o", (options, type, message) => {
    const attempt = () => resolveOptions(options as EmulatorOptions);
    expect(attempt).toThrow(type);
    expect(attempt).toThrow(message);
  });
});

describe("Ids", () => {
  it("look like the service's and are ordered", () => {
    const ids = new Ids(1);
    const made = Array.from({ length: 100 }, () => ids.next("item"));
    expect(made.every((id) => /^item_[0-9A-Za-z]{21}$/.test(id))).toBe(true);
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(100);
    expect(ids.call()).toMatch(/^call_[0-9A-Za-z]{16}$/);
  });

  it("repeat with the seed and differ without", () => {
    expect(new Ids(5).next("resp")).toBe(new Ids(5).next("resp"));
    expect(new Ids(5).next("resp")).not.toBe(new Ids(6).next("resp"));
  });
});

describe("EventLog", () => {
  it("keeps the newest entries and counts the others", () => {
    const log = new EventLog(10);
    for (let i = 0; i < 95; i++) log.add({ atMs: i, sessionId: "s", direction: i % 2 ? "in" : "out", type: `t${i % 3}`, event: null, audioBytes: 0 });
    expect(log.entries.length + log.dropped).toBe(95);
    expect(log.entries.length).toBeGreaterThanOrEqual(10);
    expect(log.entries.length).toBeLessThan(20);
    expect(log.entries.at(-1)?.atMs).toBe(94);
    expect(log.of("t1", "in").every(({ type, direction }) => type === "t1" && direction === "in")).toBe(true);
  });
});
