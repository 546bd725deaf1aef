import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import type { FaultTrigger } from "./plan.ts";
import { Trigger } from "./trigger.ts";

/** Which of the events, from 1, a trigger hits. */
function hits(
  when: FaultTrigger,
  events: readonly (readonly [type: string, sinceMs?: number, bytes?: number])[],
  times = Number.POSITIVE_INFINITY,
  seed = 1,
): number[] {
  const trigger = new Trigger(when, times, new Random(seed));
  let totalBytes = 0;
  return events.flatMap(([type, sinceMs = 0, bytes = 10], i) => {
    totalBytes += bytes;
    return trigger.hits({ type, sinceMs, totalBytes }) ? [i + 1] : [];
  });
}

const six = (["a", "b", "a", "c.x", "c.y", "a"] as const).map((type) => [type] as const);

describe("a trigger", () => {
  it.each<[FaultTrigger, number[]]>([
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ type: "a" }, [1, 3, 6]],
    [{ type: ["b", "c.x"] }, [2, 4]],
    [{ type: "c.*" }, [4, 5]],
    [{ type: "*" }, [1, 2, 3, 4, 5, 6]],
    [{ nth: 4 }, [4]],
    [{ nth: [1, 6] }, [1, 6]],
    [{ type: "a", nth: 2 }, [3]],
    [{ every: 2 }, [2, 4, 6]],
    [{ type: "a", every: 3 }, [6]],
    [{ probability: 0 }, []],
    [{ probability: 1 }, [1, 2, 3, 4, 5, 6]],
    [{ afterBytes: 35 }, [4, 5, 6]],
    [{ afterBytes: 35, nth: 1 }, [4]],
  ])("%j hits %j", (when, expected) => expect(hits(when, six)).toEqual(expected));

  it("knows times", () => {
    const events = [0, 100, 200, 300].map((sinceMs) => ["a", sinceMs] as const);
    expect(hits({ afterMs: 100, untilMs: 250 }, events)).toEqual([2, 3]);
    expect(hits({ afterMs: 100, nth: 2 }, events)).toEqual([3]);
  });

  it("hits so often and no more", () => expect(hits({ every: 2 }, six, 2)).toEqual([2, 4]));

  it("hits by chance, as the seed has it", () => {
    const many = Array.from({ length: 4000 }, () => ["a"] as const);
    const hit = hits({ probability: 0.3 }, many);
    expect(hit.length).toBeGreaterThan(1100);
    expect(hit.length).toBeLessThan(1300);
    expect(hits({ probability: 0.3 }, many)).toEqual(hit);
    expect(hits({ probability: 0.3 }, many, 1e9, 2)).not.toEqual(hit);
  });
});
