import { describe, expect, it } from "vitest";
import { RECORDINGS } from "../../test/recordings.ts";
import { ConformanceChecker, checkConformance, checkSession, createEmulator, describeViolation, type LogEntry } from "../index.ts";

const created = { type: "session.created", event_id: `event_${"a".repeat(21)}`, session: { type: "realtime", id: `sess_${"a".repeat(21)}`, audio: {} } };
const out = (event: { type: string }, atMs = 0): LogEntry => ({
  atMs,
  sessionId: "",
  direction: "out",
  type: event.type,
  event: event as never,
  audioBytes: 0,
});
const into = (event: { type: string }, atMs = 0): LogEntry => ({ ...out(event, atMs), direction: "in" });

describe("the checker", () => {
  it("tells of each entry what it breaks, at once", async () => {
    const { entries, close } = await RECORDINGS.turns();
    const checker = new ConformanceChecker();
    for (const entry of entries) expect(checker.add(entry)).toEqual([]);
    const twice = checker.add(entries.findLast(({ direction }) => direction === "out") as LogEntry);
    expect(twice.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["event-id-unique"]));
    expect(checker.end({ closeCode: close.code })).toEqual(twice);
    expect(checker.end()).toBe(checker.violations);
  });

  it("says what, where, and by which fact", () => {
    const spoilt = { ...created, event_id: "evt" };
    const [violation] = checkSession([out(spoilt, 12)]);
    expect(violation).toEqual({
      rule: "event-id-shape",
      says: expect.stringContaining("21 base62 characters"),
      fact: expect.stringContaining("recorded"),
      problem: 'event_id is "evt"',
      index: 0,
      atMs: 12,
      type: "session.created",
      eventId: "evt",
    });
    expect(describeViolation(violation!)).toMatch(/^event-id-shape: event_id is "evt" \(entry 0, 12\.0 ms, session\.created evt\)\. Rule: event_id is /);
  });

  it("gives the server its time to answer, and tells of a late one once", () => {
    const clear = into({ type: "input_audio_buffer.clear" }, 100);
    const later = (atMs: number, id: string) => out({ type: "rate_limits.updated", event_id: `event_${id.repeat(21)}`, rate_limits: [] } as never, atMs);
    const log = [out(created), clear, later(1000, "b"), later(7000, "c"), later(9000, "d")];
    const rules = (options: object) => checkSession(log, { rateLimits: "any", ...options }).filter(({ rule }) => rule === "request-answered");
    expect(rules({}).map(({ index }) => index)).toEqual([3]);
    expect(rules({ replyWithinMs: 10_000 })).toEqual([]);
    expect(rules({ replyWithinMs: 10_000, complete: true }).map(({ type }) => type)).toEqual(["(end)"]);
  });

  it("looks at every session of an emulator, each by its own transport", async () => {
    const emulator = await createEmulator({ rateLimits: false });
    const client = emulator.connect();
    client.send({ type: "response.create", response: { output_modalities: ["text"] } });
    await client.next("response.done");
    client.send({ type: "session.update", session: { type: "realtime", instructions: "Be brief." } });
    await emulator.close();
    expect(checkConformance(emulator, { rateLimits: "never", complete: true })).toEqual([]);
    expect(checkConformance(emulator).map(({ rule, sessionId }) => [rule, sessionId])).toEqual([["rate-limits-follow", emulator.sessions[0]?.id]]);
  });

  it("refuses options that are none", () => {
    expect(() => new ConformanceChecker({ transport: "smoke" as never })).toThrow(
      'transport is "smoke"; allowed are "websocket", "webrtc", "sip", "sideband".',
    );
    expect(() => new ConformanceChecker({ replyWithinMs: -1 })).toThrow("replyWithinMs is -1; allowed are numbers from 0.");
    expect(() => new ConformanceChecker({ except: ["nothing"] })).toThrow('except is ["nothing"]; allowed is an array of ids of rules: event-fields,');
    expect(() => new ConformanceChecker({ complete: 1 as never })).toThrow("complete is 1");
    expect(() => new ConformanceChecker({ strict: true } as never)).toThrow('options has an unknown property "strict"');
  });
});
