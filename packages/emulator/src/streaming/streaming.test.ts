import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { speech } from "../../test/wire-client.ts";
import type { AudioClip } from "../audio.ts";
import { EnergyVad } from "../vad/energy.ts";
import { FramePump } from "./frame-pump.ts";
import { TurnListener } from "./turn-listener.ts";
import { Utterances } from "./utterances.ts";

/** Samples that say where they are in their stream. */
const ramp = (from: number, count: number) => Int16Array.from({ length: count }, (_, i) => (from + i) % 30_000);

describe("a frame pump", () => {
  const setUp = (onFrame?: () => void) => {
    const clock = new ManualClock();
    const frames: { atMs: number; samples: Int16Array }[] = [];
    const failures: unknown[] = [];
    const pump = new FramePump({
      clock,
      rate: 1000,
      frameMs: 80,
      onFrame: (samples) => {
        frames.push({ atMs: clock.nowMs(), samples });
        onFrame?.();
      },
      onFailure: (error) => failures.push(error),
    });
    return { clock, frames, pump, failures };
  };

  it("cuts pieces of any size into frames, and loses nothing", () => {
    const { clock, frames, pump } = setUp();
    for (let at = 0, size = 1; at < 900; at += size, size = (size % 37) + 5) {
      pump.push(ramp(at, size));
      clock.advance(size);
    }
    const all = frames.flatMap(({ samples }) => [...samples]);
    expect(frames.every(({ samples }) => samples.length === 80)).toBe(true);
    expect(all).toEqual([...ramp(0, all.length)]);
    expect(all.length).toBeGreaterThan(800);
    expect(pump.backlogMs).toBeLessThan(80);
  });

  it("never runs faster than the clock, but for what a jittery network held up", () => {
    const { clock, frames, pump } = setUp();
    pump.push(ramp(0, 4000));
    expect(frames.length).toBeLessThanOrEqual(6);
    const first = frames.length;
    clock.advance(800);
    expect(frames).toHaveLength(first + 10);
    expect(frames.slice(first).map(({ atMs }, i) => atMs - (frames[first]?.atMs ?? 0) - i * 80)).toEqual(Array(10).fill(0));
  });

  it("makes up for a late piece at once, and not for a long silence", () => {
    const { clock, frames, pump } = setUp();
    pump.push(ramp(0, 80));
    clock.advance(240);
    pump.push(ramp(80, 240));
    expect(frames).toHaveLength(4);
    clock.advance(60_000);
    pump.push(ramp(0, 8000));
    expect(frames.length).toBeLessThanOrEqual(4 + 6);
  });

  it("runs what waits when it is flushed, the last frame filled up, and nothing when it is closed", () => {
    const { frames, pump } = setUp();
    pump.push(ramp(1, 1000));
    pump.flush();
    expect(frames).toHaveLength(13);
    expect([...(frames.at(-1)?.samples ?? [])]).toEqual([...ramp(961, 40), ...new Array(40).fill(0)]);
    pump.close();
    pump.push(ramp(0, 1000));
    pump.flush();
    expect(frames).toHaveLength(13);
  });

  it("tells of a frame that fails, once, and stops", () => {
    const { clock, frames, pump, failures } = setUp(() => {
      throw new Error("no");
    });
    pump.push(ramp(0, 1000));
    clock.advance(1000);
    expect(failures).toEqual([new Error("no")]);
    expect(frames).toHaveLength(1);
  });
});

describe("utterances", () => {
  it("are said one after another, each word in the frame in which it begins", () => {
    const queue = new Utterances();
    queue.add("one two", ramp(1, 20), 5);
    queue.add("three", ramp(101, 10));
    const frames = Array.from({ length: 4 }, () => queue.next(10));
    expect(frames.map(({ text }) => text)).toEqual(["one", " two", "three", ""]);
    expect(frames.flatMap(({ samples }) => [...samples])).toEqual([...Array(5).fill(0), ...ramp(1, 20), ...ramp(101, 10), ...Array(5).fill(0)]);
    expect(frames.map(({ speaking }) => speaking)).toEqual([true, true, true, true]);
    expect(queue.speaking).toBe(false);
    expect(queue.next(10)).toEqual({ samples: new Int16Array(10), text: "", speaking: false });
  });

  it("fade out evenly from any sample, and forget the rest", () => {
    const queue = new Utterances();
    queue.add("a b c d", new Int16Array(100).fill(1000));
    queue.add("e", new Int16Array(100).fill(1000));
    queue.next(7);
    queue.fadeOut(20);
    queue.fadeOut(5);
    const faded = [...queue.next(10).samples, ...queue.next(10).samples];
    expect(faded).toEqual(Array.from({ length: 20 }, (_, i) => Math.round(1000 * ((20 - i) / 20))));
    expect(queue.speaking).toBe(false);
    queue.add("f", new Int16Array(10).fill(7));
    expect([...queue.next(10).samples]).toEqual(Array(10).fill(7));
  });

  it("without sound are said at once", () => {
    const queue = new Utterances();
    queue.add("all of it", new Int16Array(0));
    expect(queue.next(10)).toEqual({ samples: new Int16Array(10), text: "all of it", speaking: true });
    expect(queue.speaking).toBe(false);
  });
});

describe("a turn listener", () => {
  const setUp = () => {
    const turns: { clip: AudioClip; startMs: number; endMs: number }[] = [];
    const rules = { rate: 24_000, threshold: 0.5, prefixPaddingMs: 100, silenceMs: 300 };
    const listener = new TurnListener({ ...rules, createVad: () => new EnergyVad(), onTurn: (clip, startMs, endMs) => turns.push({ clip, startMs, endMs }) });
    return { listener, turns };
  };
  const said = speech("speech-b", 24_000);

  it("gives what was said, from the padding to the end of the silence, long after the stream began", () => {
    const { listener, turns } = setUp();
    for (let s = 0; s < 10; s++) listener.push(new Int16Array(24_000));
    listener.push(said);
    expect(listener.voicedMs).toBeGreaterThan(300);
    listener.push(new Int16Array(24_000));
    expect(listener.voicedMs).toBe(0);
    const [turn] = turns;
    expect(turn?.startMs).toBeGreaterThan(9800);
    expect(turn?.clip.samples.length).toBe(((turn?.endMs ?? 0) - (turn?.startMs ?? 0)) * 24);
    const from = ((turn?.startMs ?? 0) - 10_000) * 24;
    expect([...(turn?.clip.samples.subarray(4800, 5000) ?? [])]).toEqual([...said.subarray(from + 4800, from + 5000)]);
  });

  it("cuts a turn that goes on, and tells no sample twice", () => {
    const { listener, turns } = setUp();
    listener.push(said.subarray(0, 24 * 800));
    listener.cut();
    listener.push(said.subarray(24 * 800));
    listener.push(new Int16Array(24_000));
    expect(turns.length).toBeGreaterThanOrEqual(2);
    expect(turns[0]?.endMs).toBe(800);
    expect(turns.every(({ startMs }, i) => startMs >= (turns[i - 1]?.endMs ?? 0))).toBe(true);
    listener.cut();
    expect(turns.at(-1)?.clip.samples.length).toBeGreaterThan(0);
  });
});
