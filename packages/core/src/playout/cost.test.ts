/** What a pull may cost: nothing on the heap, in no mode, and the same time whatever is queued. */
import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../../test/support/heap-growth.ts";
import { frames as at24k } from "../../../../test/support/playout.ts";
import { JitterBuffer, type JitterBufferOptions, type PlayoutSegment } from "./jitter-buffer.ts";

const block = new Float32Array(16);

function filled(
  options: Partial<JitterBufferOptions>,
  segments: number,
  length: number,
  gap = 0,
  queue: PlayoutSegment["queue"] = "conversation",
): JitterBuffer {
  const jitter = new JitterBuffer({ rate: 24_000, ...options });
  fill(jitter, segments, length, gap, queue);
  return jitter;
}

function fill(jitter: JitterBuffer, segments: number, length: number, gap = 0, queue: PlayoutSegment["queue"] = "conversation"): void {
  for (let i = 0; i < segments; i++) {
    const samples = Float32Array.from({ length }, (_, k) => 0.2 * Math.sin((i * length + k) / 20));
    jitter.insert({ itemId: queue as string, contentIndex: 0, samples, queue, ...(gap === 0 ? {} : { startFrame: i * (length + gap) }) });
  }
}

describe("no allocation in a pull", () => {
  const modes: [string, () => () => void][] = [
    [
      "idle",
      () => {
        const jitter = new JitterBuffer({ rate: 24_000 });
        return () => jitter.pull(block);
      },
    ],
    [
      "playing ten minutes of 20 ms chunks",
      () => {
        const jitter = filled({}, 30_000, at24k(20));
        return () => jitter.pull(block);
      },
    ],
    [
      "starved",
      () => {
        const jitter = filled({}, 1, at24k(50));
        return () => jitter.pull(block);
      },
    ],
    [
      "paused",
      () => {
        const jitter = filled({}, 50, at24k(20));
        jitter.pull(block);
        jitter.pause();
        return () => jitter.pull(block);
      },
    ],
    [
      "pausing and resuming, with the position asked for",
      () => {
        const jitter = filled({}, 1000, at24k(20));
        let frames = 0;
        return () => {
          if (frames++ % 10 === 0) jitter.pause();
          else if (frames % 10 === 5) jitter.resume();
          jitter.pull(block);
          if (frames % 100 === 0) jitter.positionAtEar();
        };
      },
    ],
    [
      "concealing 20 ms out of every 40",
      () => {
        const jitter = filled({}, 11_000, at24k(20), at24k(20));
        return () => jitter.pull(block);
      },
    ],
    [
      "mixing two queues",
      () => {
        const jitter = filled({ outOfBand: "mix" }, 22_000, at24k(20));
        fill(jitter, 22_000, at24k(20), 0, "out-of-band");
        return () => jitter.pull(block);
      },
    ],
    [
      "one queue waiting for the other",
      () => {
        const jitter = filled({ outOfBand: "play" }, 22_000, at24k(20));
        fill(jitter, 10, at24k(20), 0, "out-of-band");
        return () => jitter.pull(block);
      },
    ],
  ];
  for (const [name, make] of modes) it(name, { timeout: 60_000 }, () => expect(growth(make())).toBeLessThan(MOST_BYTES));

  // At 192 kHz and a frame a pull the measurement takes three seconds of audio, all of which is stretched.
  const one = new Float32Array(1);

  it("removing periods", { timeout: 60_000 }, () => {
    const jitter = filled({ rate: 192_000, policy: "continuous", maxDelayMs: 10_000 }, 500, 3840);
    expect(growth(() => jitter.pull(one))).toBeLessThan(MOST_BYTES);
    expect(jitter.stats.removedSamplesForAcceleration).toBeGreaterThan(0.1 * jitter.pulledFrames);
  });

  it("inserting periods", { timeout: 60_000 }, () => {
    const jitter = filled({ rate: 192_000 }, 125, 3840);
    expect(growth(() => jitter.pull(one))).toBeLessThan(MOST_BYTES);
    expect(jitter.stats.insertedSamplesForDeceleration).toBeGreaterThan(0.05 * jitter.pulledFrames);
  });
});

it("costs no more with ten minutes in a hundred thousand chunks than with ten seconds", () => {
  const pulled = new Float32Array(128);
  /** The quickest of ten times a second of audio. */
  const time = (jitter: JitterBuffer): number => {
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 10; k++) {
      const start = performance.now();
      for (let i = 0; i < 187; i++) jitter.pull(pulled);
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  time(filled({}, 2000, 144));
  const short = time(filled({}, 2000, 144));
  const long = time(filled({}, 100_000, 144));
  // Anything that looks at the whole queue would take hundreds of times as long.
  expect(long).toBeLessThan(10 * short + 5);
});
