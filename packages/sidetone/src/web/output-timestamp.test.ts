import { describe, expect, it } from "vitest";
import { type OutputContext, readOutput } from "./output-timestamp.ts";

const CLOCKS = { performanceMs: () => 10_000, epochMs: () => 1_795_000_010_000 };

/** A context whose device is 40 ms behind, 4 ms after its last timestamp. */
function context(changes: Partial<OutputContext> = {}, timestamp: AudioTimestamp = { contextTime: 4.956, performanceTime: 9996 }): OutputContext {
  return {
    state: "running",
    sampleRate: 48_000,
    currentTime: 5,
    baseLatency: 0.01,
    outputLatency: 0.032,
    getOutputTimestamp: () => timestamp,
    ...changes,
  };
}

describe("readOutput", () => {
  it("gives the latency, and the timestamp as frame and moment", () => {
    const { outputLatencyMs, mark } = readOutput(context(), CLOCKS);
    expect(outputLatencyMs).toBeCloseTo(42, 6);
    expect(mark?.contextFrame).toBeCloseTo(4.956 * 48_000, 3);
    expect(mark?.epochMs).toBe(1_795_000_009_996);
  });

  const cases: [string, OutputContext][] = [
    ["zeros before the device runs", context({}, { contextTime: 0, performanceTime: 0 })],
    ["a device time without a page time", context({}, { contextTime: 4.956, performanceTime: 0 })],
    ["no members", context({}, {})],
    ["a browser without timestamps", context({ getOutputTimestamp: undefined })],
    ["a timestamp that stands still", context({}, { contextTime: 4.956, performanceTime: 8500 })],
    ["a suspended context", context({ state: "suspended" })],
    ["a frame ahead of what is rendered", context({}, { contextTime: 5.3, performanceTime: 9999 })],
    ["the newest frame as the one at the ear, at once", context({}, { contextTime: 5, performanceTime: 10_000 })],
    ["the newest frame as the one at the ear, moved back by the latency in both times", context({}, { contextTime: 4.968, performanceTime: 9968 })],
    ["no numbers", context({}, { contextTime: Number.NaN, performanceTime: Number.NaN })],
  ];
  it.each(cases)("leaves it at the latency with %s", (_, output) => {
    const { outputLatencyMs, mark } = readOutput(output, CLOCKS);
    expect(outputLatencyMs).toBeCloseTo(42, 6);
    expect(mark).toBeUndefined();
  });

  it("takes a timestamp also where the browser does not know the device's latency", () => {
    const { outputLatencyMs, mark } = readOutput(context({ outputLatency: undefined }), CLOCKS);
    expect(outputLatencyMs).toBe(10);
    expect(mark).toBeDefined();
  });

  it("reads again when it was held up between the clocks, and gives up after some tries", () => {
    const held = (readings: number[]) => {
      let last = 0;
      const performanceMs = (): number => {
        last = readings.shift() ?? last + 50;
        return last;
      };
      return readOutput(context(), { ...CLOCKS, performanceMs }).mark;
    };
    expect(held([9990, 10_000, 10_000, 10_000.2])?.epochMs).toBeCloseTo(1_795_000_009_995.9, 1);
    expect(held([9990, 10_000])).toBeUndefined();
  });
});
