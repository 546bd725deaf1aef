import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../../test/support/heap-growth.ts";
import { JitterBuffer, type JitterBufferOptions } from "./jitter-buffer.ts";

const RATE = 24_000;
const ms = (frames: number): number => (frames * 1000) / RATE;
const frames = (milliseconds: number): number => Math.round((milliseconds * RATE) / 1000);

/** Samples that say where they belong: item number in the integer part's place, position in the fraction; never 0 and never near full scale of a neighbour. */
function ramp(start: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 0.25 + ((start + i) % 5000) / 10_000);
}

function buffer(options: Partial<JitterBufferOptions> = {}): JitterBuffer {
  return new JitterBuffer({ rate: RATE, ...options });
}

function pull(from: JitterBuffer, count: number, block = 64): Float32Array {
  const output = new Float32Array(count);
  for (let i = 0; i < count; i += block) from.pull(output.subarray(i, Math.min(count, i + block)));
  return output;
}

/** Largest difference between neighbours, silence before and after included. */
function largestStep(samples: Float32Array): number {
  let step = Math.abs(samples[0]);
  for (let i = 1; i < samples.length; i++) step = Math.max(step, Math.abs(samples[i] - samples[i - 1]));
  return step;
}

/** Steepest step of a raised cosine over `count` frames, for a signal of 1. */
const fadeStep = (count: number): number => (Math.PI / 2 / count) * 1.01;

/** Nothing is stretched. */
const PLAIN = { slowDown: "none", catchUp: "none" } as const;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("JitterBuffer", () => {
  it("plays an item whole, untouched but for the fades at its edges", () => {
    const jitter = buffer();
    const speech = ramp(0, frames(500));
    jitter.insert({ itemId: "a", contentIndex: 0, samples: speech });
    jitter.endOfItem("a", 0);
    const output = pull(jitter, frames(600));
    const edge = frames(5);
    expect(output.subarray(edge, speech.length - edge)).toEqual(speech.subarray(edge, speech.length - edge));
    expect(output.subarray(speech.length)).toEqual(new Float32Array(frames(600) - speech.length));
    expect(jitter.stats).toMatchObject({ receivedFrames: speech.length, playedFrames: speech.length, underruns: 0, underrunFrames: 0, state: "idle" });
  });

  it("has no hard edge anywhere: start, underrun, resume, end, pause, cut", () => {
    const jitter = buffer({ minRefillMs: 40 });
    const full = (count: number): Float32Array => new Float32Array(count).fill(1);
    const heard: Float32Array[] = [];
    jitter.insert({ itemId: "a", contentIndex: 0, samples: full(frames(100)) });
    heard.push(pull(jitter, frames(200)));
    jitter.insert({ itemId: "a", contentIndex: 0, samples: full(frames(300)) });
    heard.push(pull(jitter, frames(100)));
    jitter.pause();
    heard.push(pull(jitter, frames(50)));
    jitter.resume();
    heard.push(pull(jitter, frames(50)));
    jitter.flush();
    heard.push(pull(jitter, frames(50)));
    const all = Float32Array.from(heard.flatMap((part) => [...part]));
    expect(largestStep(all)).toBeLessThan(fadeStep(frames(5)));
    expect(Math.max(...all)).toBe(1);
  });

  it("waits for startMs, or for the end of a short item", () => {
    const jitter = buffer({ startMs: 30 });
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(29)) });
    expect(largestStep(pull(jitter, frames(100)))).toBe(0);
    expect(jitter.stats.state).toBe("priming");
    jitter.endOfItem("a", 0);
    pull(jitter, frames(100));
    expect(jitter.stats.playedFrames).toBe(frames(29));
    expect(jitter.stats.underruns).toBe(0);
  });

  it("counts an underrun and its length, and loses nothing by it", () => {
    const jitter = buffer({ ...PLAIN, minRefillMs: 100 });
    const first = ramp(0, frames(100));
    const second = ramp(frames(100), frames(150));
    jitter.insert({ itemId: "a", contentIndex: 0, samples: first });
    pull(jitter, frames(300));
    // 100 ms of speech, 60 of concealment, and silence.
    expect(jitter.stats).toMatchObject({
      underruns: 1,
      underrunFrames: frames(140),
      concealedSamples: frames(200),
      silentConcealedSamples: frames(140),
      concealmentEvents: 1,
      playedFrames: first.length,
      state: "starved",
    });
    jitter.insert({ itemId: "a", contentIndex: 0, samples: second.slice(0, frames(50)) });
    expect(largestStep(pull(jitter, frames(100)))).toBe(0);
    jitter.insert({ itemId: "a", contentIndex: 0, samples: second.slice(frames(50)) });
    jitter.endOfItem("a", 0);
    const resumed = pull(jitter, frames(200));
    expect(resumed.subarray(frames(5), frames(145))).toEqual(second.subarray(frames(5), frames(145)));
    expect(resumed.subarray(frames(150))).toEqual(new Float32Array(frames(50)));
    expect(jitter.stats).toMatchObject({ underruns: 1, playedFrames: frames(250), interruptionCount: 1, state: "idle" });
    expect(jitter.takeFinished()).toMatchObject([
      { itemId: "a", end: "played", totalMs: 250, startMs: 0, gaps: 1, gapMs: 240, concealedMs: 60, insertedMs: 0 },
    ]);
  });

  it("joins a complete item to the next without a gap or a fade", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(100)) });
    jitter.insert({ itemId: "b", contentIndex: 0, samples: ramp(frames(100), frames(100)) });
    jitter.endOfItem("a", 0);
    jitter.endOfItem("b", 0);
    const output = pull(jitter, frames(200));
    expect(output.subarray(frames(5), frames(195))).toEqual(ramp(0, frames(200)).subarray(frames(5), frames(195)));
  });

  it("keeps audio of a later item that came before the earlier one was complete", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(60)) });
    jitter.insert({ itemId: "b", contentIndex: 0, samples: ramp(1000, frames(60)) });
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(frames(60), frames(60)) });
    jitter.endOfItem("a", 0);
    jitter.endOfItem("b", 0);
    const output = pull(jitter, frames(180));
    expect(output.subarray(frames(5), frames(115))).toEqual(ramp(0, frames(120)).subarray(frames(5), frames(115)));
    expect(output.subarray(frames(125), frames(175))).toEqual(ramp(1000, frames(60)).subarray(frames(5), frames(55)));
  });

  it("passes over items that end without audio", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "empty", contentIndex: 0, samples: new Float32Array(0) });
    jitter.insert({ itemId: "b", contentIndex: 0, samples: ramp(0, frames(50)) });
    expect(largestStep(pull(jitter, frames(50)))).toBe(0);
    jitter.endOfItem("empty", 0);
    pull(jitter, frames(40));
    expect(jitter.stats.playedFrames).toBe(frames(40));
  });

  it("reports what was heard at a cut: floored, output delay deducted, later items 0, finished ones not at all", () => {
    const jitter = buffer();
    for (const itemId of ["a", "b", "c"]) jitter.insert({ itemId, contentIndex: 0, samples: ramp(0, frames(200)) });
    for (const itemId of ["a", "b"]) jitter.endOfItem(itemId, 0);
    pull(jitter, frames(300) + 7);
    jitter.outputDelayFrames = frames(40);
    expect(jitter.flush()).toEqual({
      items: [
        { itemId: "b", contentIndex: 0, heardMs: Math.floor(ms(frames(60) + 7)), totalMs: 200 },
        { itemId: "c", contentIndex: 0, heardMs: 0, totalMs: 200 },
      ],
    });
    expect(jitter.stats).toMatchObject({ flushes: 1, droppedFrames: frames(300) - 7, queuedFrames: 0 });
  });

  it("reports an item that starved as heard to its end so far, since more was to come", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(100)) });
    pull(jitter, frames(400));
    jitter.outputDelayFrames = frames(40);
    expect(jitter.flush().items).toEqual([{ itemId: "a", contentIndex: 0, heardMs: 100, totalMs: 100 }]);
  });

  it("does not list an item whose last frame is with the device already", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(100)) });
    jitter.endOfItem("a", 0);
    pull(jitter, frames(100));
    jitter.outputDelayFrames = frames(40);
    expect(jitter.flush().items).toEqual([]);
  });

  it("is silent 12 ms after a cut, and plays the next reply whole even when it comes at once", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(frames(500)).fill(0.5) });
    pull(jitter, frames(100));
    jitter.flush();
    const reply = ramp(0, frames(200));
    jitter.insert({ itemId: "b", contentIndex: 0, samples: reply });
    jitter.endOfItem("b", 0);
    const output = pull(jitter, frames(250));
    // Under the first 12 ms lies the fading rest of the old reply; from then on there is nothing but the new one.
    expect(output.subarray(frames(12), frames(195))).toEqual(reply.subarray(frames(12), frames(195)));
    expect(jitter.stats.playedFrames).toBe(frames(300));
  });

  it("resumes a pause with the very next sample where it is told not to go back", () => {
    const jitter = buffer({ rewindMs: 0 });
    const speech = ramp(0, frames(400));
    jitter.insert({ itemId: "a", contentIndex: 0, samples: speech });
    jitter.endOfItem("a", 0);
    pull(jitter, frames(100));
    jitter.pause();
    const paused = pull(jitter, frames(100));
    expect(largestStep(paused.subarray(frames(12)))).toBe(0);
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(100));
    jitter.resume();
    const output = pull(jitter, frames(300));
    // Faded in over 10 ms, and out over 5 at its end.
    expect(output.subarray(frames(10), frames(295))).toEqual(speech.subarray(frames(110), frames(395)));
    expect(output[frames(10) - 1]).toBeLessThan(speech[frames(110) - 1]);
    pull(jitter, 1);
    expect(jitter.stats).toMatchObject({ underruns: 0, replayedFrames: 0, playedFrames: frames(400), state: "idle" });
  });

  it("resumes a pause at the last quiet point before it, at most 400 ms back, and never reports less than before", () => {
    const jitter = buffer();
    const speech = ramp(0, frames(1000));
    // Quiet from 300 to 330 ms, and from 420 to 440.
    speech.fill(0.001, frames(300), frames(330));
    speech.fill(0.001, frames(420), frames(440));
    jitter.insert({ itemId: "a", contentIndex: 0, samples: speech });
    jitter.endOfItem("a", 0);
    pull(jitter, frames(500));
    jitter.pause();
    pull(jitter, frames(100));
    jitter.resume();
    const { replayedFrames } = jitter.stats;
    // The middle of the last 10 ms that are quiet.
    expect(Math.abs(replayedFrames - frames(500 - 435))).toBeLessThanOrEqual(frames(2));
    const place = frames(500) - replayedFrames;
    const output = pull(jitter, frames(50));
    expect(output.subarray(frames(10))).toEqual(speech.subarray(place + frames(10), place + frames(50)));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(500));
    pull(jitter, frames(50));
    expect(jitter.positionAtEar().mediaFrames).toBe(place + frames(100));
    pull(jitter, frames(600));
    expect(jitter.stats).toMatchObject({ playedFrames: frames(1000) + replayedFrames, state: "idle", underruns: 0 });
  });

  it("finds that point as far back as 400 ms in audio of short chunks, which it has played long ago", () => {
    const jitter = buffer();
    const speech = ramp(0, frames(1500));
    speech.fill(0.001, frames(630), frames(660));
    for (let ms = 0; ms < 1500; ms += 10) jitter.insert({ itemId: "a", contentIndex: 0, samples: speech.slice(frames(ms), frames(ms + 10)) });
    jitter.endOfItem("a", 0);
    pull(jitter, frames(1000));
    jitter.pause();
    pull(jitter, frames(100));
    jitter.resume();
    expect(Math.abs(jitter.stats.replayedFrames - frames(1000 - 655))).toBeLessThanOrEqual(frames(2));
    const place = frames(1000) - jitter.stats.replayedFrames;
    expect(pull(jitter, frames(300)).subarray(frames(10))).toEqual(speech.subarray(place + frames(10), place + frames(300)));
  });

  it("goes back 400 ms at most, loud as it may be, and not before the start of the item", () => {
    for (const before of [100, 1000]) {
      const jitter = buffer();
      jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(2000)) });
      jitter.endOfItem("a", 0);
      pull(jitter, frames(before));
      jitter.pause();
      jitter.resume();
      expect(jitter.stats.replayedFrames).toBeGreaterThan(0);
      expect(jitter.stats.replayedFrames).toBeLessThanOrEqual(frames(Math.min(before, 400)));
      pull(jitter, frames(3000));
      expect(jitter.stats.state).toBe("idle");
    }
  });

  it("cuts from a pause without a sound", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(400)) });
    pull(jitter, frames(100));
    jitter.pause();
    pull(jitter, frames(50));
    expect(jitter.flush().items).toEqual([{ itemId: "a", contentIndex: 0, heardMs: 100, totalMs: 400 }]);
    expect(largestStep(pull(jitter, frames(50)))).toBe(0);
  });

  it("does not depend on the size of the pulls, to the bit", () => {
    const run = (block: number): Float32Array => {
      const jitter = buffer();
      for (let i = 0; i < 10; i++) jitter.insert({ itemId: `i${i % 3}`, contentIndex: 0, samples: ramp(i * 777, 777 + i * 100) });
      for (let i = 0; i < 3; i++) jitter.endOfItem(`i${i}`, 0);
      return pull(jitter, 16_000, block);
    };
    const whole = run(16_000);
    for (const block of [1, 64, 128, 441, 960]) expect(run(block)).toEqual(whole);
  });

  it("allocates nothing per pull, with ten minutes queued, playing or starved", () => {
    const playing = buffer();
    for (let i = 0; i < 3000; i++) playing.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(frames(200)) });
    const block = new Float32Array(16);
    expect(growth(() => playing.pull(block))).toBeLessThan(MOST_BYTES);
    expect(playing.stats.underruns).toBe(0);
    const starved = buffer();
    starved.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(frames(50)) });
    expect(growth(() => starved.pull(block))).toBeLessThan(MOST_BYTES);
    expect(starved.stats.state).toBe("starved");
  });

  it("lets the audio of replies go that are over, cut or played, though the playhead remembers them", { timeout: 30_000 }, async () => {
    const jitter = buffer();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 60; i++) {
      jitter.insert({ itemId: `i${i}`, contentIndex: 0, samples: new Float32Array(frames(20_000)) });
      jitter.endOfItem(`i${i}`, 0);
      pull(jitter, frames(i % 2 === 0 ? 100 : 20_100), 4800);
      if (i % 2 === 0) jitter.flush();
    }
    // Sixty replies of 20 s are 115 MB. The memory of arrays is given back some time after a collection, on another thread.
    const kept = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(kept, { timeout: 10_000 }).toBeLessThan(20_000_000);
  });

  it("freezes the position of a cut item at what was reported", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(500)) });
    pull(jitter, frames(300));
    jitter.outputDelayFrames = frames(100);
    expect(jitter.flush().items[0].heardMs).toBe(200);
    pull(jitter, frames(300));
    expect(jitter.positionAtEar().mediaFrames).toBe(frames(200));
  });

  it("goes on waiting after a pause that found it waiting", () => {
    const jitter = buffer();
    jitter.insert({ itemId: "a", contentIndex: 0, samples: ramp(0, frames(10)) });
    pull(jitter, frames(20));
    jitter.pause();
    pull(jitter, frames(20));
    jitter.resume();
    pull(jitter, frames(20));
    expect(jitter.stats).toMatchObject({ state: "priming", underruns: 0, playedFrames: 0 });
  });

  it("refuses bad options by name", () => {
    expect(() => buffer({ rate: 4000 })).toThrow(/rate is 4000 Hz; allowed are 8000 to 192000/);
    expect(() => buffer({ startMs: -1 })).toThrow(/startMs is -1 ms; allowed are 0 to 2000/);
    expect(() => buffer({ fadeMs: Number.NaN })).toThrow(/fadeMs/);
    expect(() => buffer({ startMS: 1 } as never)).toThrow(/no option "startMS"/);
    expect(() => buffer({ policy: "live" as never })).toThrow(/policy is "live"/);
  });
});
