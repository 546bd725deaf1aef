import { describe, expect, test } from "vitest";
import { type Contender, type Group, right, wrong } from "./contender.ts";
import { type Lane, type RaceOptions, race } from "./race.ts";

const options: RaceOptions = { effort: "quick", rounds: 5, batchMs: 1, seed: 1, onProgress() {} };

function contender(id: string, unavailable?: string): Contender {
  return { id, label: id, origin: "npm", unavailable: () => unavailable, create: () => Promise.reject(new Error("made in a lane, not here")) };
}

function group(...contenders: Contender[]): Group {
  return { id: "ring/test", suite: "ring", title: "Test", unit: "thing", contenders };
}

function lane(batch: () => number | undefined, verdict = right("fine")): Lane {
  return { prepare: async () => ({ verdict, bytesPerCall: 3 }), batch: async () => batch(), end() {} };
}

describe("a race", () => {
  test("gives every contender one batch per round, one at a time, in changing order", async () => {
    let running = 0;
    const order: string[] = [];
    const outcomes = await race(
      group(contender("a"), contender("b"), contender("c")),
      (_group, { id }) => ({
        ...lane(() => 0),
        async batch() {
          expect(++running).toBe(1);
          order.push(id);
          await Promise.resolve();
          running--;
          return id.charCodeAt(0);
        },
      }),
      options,
    );
    expect(outcomes.map(({ rounds }) => rounds.length)).toEqual([5, 5, 5]);
    expect(outcomes.map(({ nsPerUnit }) => nsPerUnit?.median)).toEqual([97, 98, 99]);
    const rounds = Array.from({ length: 5 }, (_, i) => order.slice(i * 3, i * 3 + 3).join(""));
    for (const round of rounds) expect([...round].sort().join("")).toBe("abc");
    expect(new Set(rounds).size).toBeGreaterThan(1);
  });

  test("does not time a contender whose output is wrong", async () => {
    const fast = lane(() => 1, wrong("all zeros"));
    const [outcome] = await race(group(contender("broken")), () => fast, options);
    expect(outcome).toMatchObject({ nsPerUnit: null, rounds: [], verdict: { status: "wrong", text: "all zeros" } });
  });

  test("says why a contender is absent, and does not start it", async () => {
    const [outcome] = await race(group(contender("sox", "sox is not installed")), () => Promise.reject(new Error("started")), options);
    expect(outcome).toMatchObject({ nsPerUnit: null, verdict: { text: "sox is not installed" } });
  });

  test("lists one that dies without a time, and closes every lane", async () => {
    let batches = 0;
    let ended = 0;
    const [dying] = await race(group(contender("dying")), () => ({ ...lane(() => (++batches > 2 ? undefined : 1)), end: () => void ended++ }), options);
    expect(dying).toMatchObject({ nsPerUnit: null, verdict: { status: "wrong" } });
    expect(ended).toBe(1);
  });
});
