import { describe, expect, it } from "vitest";
import { ResponseLatency } from "./response-latency.ts";

describe("ResponseLatency", () => {
  it("counts from the end of speech, silence deducted, to the first heard sample", () => {
    const latency = new ResponseLatency();
    // 5 s were appended at clock time 100 s; speech ended 0.7 s before that: 4.8 s of audio, of which the last 0.5 s were silence.
    latency.speechStopped(4800, 500, 5000, 100_000, null);
    expect(latency.lastMs).toBe(-1);
    latency.heard(null, 0, 100_500);
    latency.heard("a", 0, 100_900);
    // 80 ms of the reply had been heard at 101 s, so it began at 100.92 s; speech ended at 99.3 s.
    latency.heard("a", 80, 101_000);
    expect(latency.lastMs).toBe(1620);
  });

  it("does not take the reply that was sounding before for the answer", () => {
    const latency = new ResponseLatency();
    latency.speechStopped(1000, 500, 1000, 10_000, "old");
    latency.heard("old", 900, 10_020);
    expect(latency.lastMs).toBe(-1);
    latency.heard("new", 20, 10_520);
    expect(latency.lastMs).toBe(1000);
  });

  it("keeps a turn's figure until the next turn is answered", () => {
    const latency = new ResponseLatency();
    latency.speechStopped(1000, 0, 1000, 10_000, null);
    latency.heard("a", 20, 10_120);
    latency.heard("b", 20, 20_000);
    expect(latency.lastMs).toBe(100);
    latency.speechStopped(5000, 0, 5000, 30_000, "b");
    expect(latency.lastMs).toBe(100);
  });
});
