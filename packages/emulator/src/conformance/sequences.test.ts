import { describe, expect, it } from "vitest";
import { RECORDINGS, type RecordingName } from "../../test/recordings.ts";
import type { CheckedEntry } from "./checker.ts";
import { RECORDED_SEQUENCES } from "./recorded-sequences.ts";
import { type EventSequence, expectSequence } from "./sequence.ts";

/** Which session shows which recorded sequence. */
const SHOWN_BY: Readonly<Record<string, RecordingName>> = {
  "server-vad-turn": "turns",
  "text-answer": "writing",
  "function-call": "call",
  "client-cancel": "writing",
  interruption: "interruption",
  "manual-turn": "manual",
  truncation: "interruption",
  "truncation-refused": "interruption",
  "second-response-refused": "beside",
  "idle-timeout": "idle",
  expiry: "expiry",
  "overlapping-items": "overlap",
};

const overWebSocket = RECORDED_SEQUENCES.filter(({ transport }) => transport === "websocket");

describe("recorded sequences", () => {
  it("are all shown by a session", () => {
    expect(Object.keys(SHOWN_BY).sort()).toEqual(overWebSocket.map(({ id }) => id).sort());
    expect(new Set(RECORDED_SEQUENCES.map(({ id }) => id)).size).toBe(RECORDED_SEQUENCES.length);
  });

  it.each(overWebSocket)("are reproduced: $id", async (sequence) => {
    const { entries } = await RECORDINGS[SHOWN_BY[sequence.id] as RecordingName]();
    expect(expectSequence(entries, sequence)).toBeNull();
  });

  it.each(overWebSocket.filter(({ steps }) => steps.length > 2))("are not found where an event is missing: $id", async (sequence) => {
    const { entries } = await RECORDINGS[SHOWN_BY[sequence.id] as RecordingName]();
    const last = sequence.steps.findLast(({ times = "one" }) => times === "one");
    const without = entries.filter(({ type }) => type !== last?.type);
    expect(expectSequence(without, sequence)).toContain(sequence.id);
  });
});

describe("a sequence", () => {
  const log = (...events: object[]): CheckedEntry[] =>
    events.map((event) => ({ atMs: 0, direction: "out", type: (event as { type: string }).type, event: event as never, audioBytes: 0 }));
  const sequence = (steps: EventSequence["steps"], anywhere: string[] = []): EventSequence => ({
    id: "test",
    title: "",
    transport: "websocket",
    anywhere,
    steps,
  });

  it("may begin anywhere, and has nothing in between but what may come anywhere", () => {
    const steps = [{ type: "a" }, { type: "b" }];
    expect(expectSequence(log({ type: "x" }, { type: "a" }, { type: "a" }, { type: "b" }), sequence(steps))).toBeNull();
    expect(expectSequence(log({ type: "a" }, { type: "x" }, { type: "b" }), sequence(steps, ["x"]))).toBeNull();
    expect(expectSequence(log({ type: "a" }, { type: "x" }, { type: "b" }), sequence(steps))).toBe('test: after 1 of 2 steps, x came where "b" should come');
  });

  it("counts: some, any, maybe", () => {
    const steps = [{ type: "a", times: "some" }, { type: ["b", "c"], times: "any" }, { type: "d", times: "maybe" }, { type: "e" }] as const;
    for (const types of ["ae", "aae", "abcbe", "ade", "aabde"]) {
      expect(expectSequence(log(...[...types].map((type) => ({ type }))), sequence(steps))).toBeNull();
    }
    for (const types of ["e", "be", "adde", "a", "axe"]) {
      expect(expectSequence(log(...[...types].map((type) => ({ type }))), sequence(steps))).toContain("test: after");
    }
  });

  it("binds names, and compares what it names and nothing else", () => {
    const steps = [
      { type: "a", with: { item: { id: "$id" }, list: [{ n: 1 }] } },
      { type: "b", with: { id: "$id" } },
    ];
    const a = { type: "a", item: { id: "i1", more: 1 }, list: [{ n: 1, m: 2 }] };
    expect(expectSequence(log(a, { type: "b", id: "i1" }), sequence(steps))).toBeNull();
    expect(expectSequence(log(a, { type: "b", id: "i2" }), sequence(steps))).toBe('test: after 1 of 2 steps, b.id is "i2", $id was "i1"');
    expect(expectSequence(log({ ...a, list: [{ n: 2 }] }), sequence(steps))).toContain("nothing begins it");
  });

  it("tells the two directions apart", () => {
    const steps = [{ type: "a", direction: "in" }, { type: "a" }] as const;
    const [first, second] = log({ type: "a" }, { type: "a" }) as [CheckedEntry, CheckedEntry];
    expect(expectSequence([{ ...first, direction: "in" }, second], sequence(steps))).toBeNull();
    expect(expectSequence([first, { ...second, direction: "in" }], sequence(steps))).not.toBeNull();
  });
});
