import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JitterBuffer } from "./jitter-buffer.ts";
import { type PlayoutInput, playoutLogHeader, playoutLogLine } from "./log-line.ts";
import { parsePlayoutLog, replayPlayout } from "./replay.ts";

const RATE = 24_000;

/** A voice-like sound on the grid of PCM16, as servers send it. */
function voice(start: number, frames: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: frames }, (_, i) => Math.round(8000 * Math.sin((start + i) / 30) * Math.sin((start + i) / 3000)) / 32_768);
}

const step = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), item: fc.integer({ min: 0, max: 2 }), frames: fc.integer({ min: 0, max: 6000 }) }),
  fc.record({ kind: fc.constantFrom("endOfItem" as const), item: fc.integer({ min: 0, max: 2 }), frames: fc.constant(0) }),
  fc.record({ kind: fc.constantFrom("pause" as const, "resume" as const, "flush" as const), item: fc.constant(0), frames: fc.constant(0) }),
  fc.record({ kind: fc.constant("pull" as const), item: fc.constant(0), frames: fc.integer({ min: 1, max: 9000 }) }),
);

describe("the playout log", () => {
  it("replays to the bit, whatever was done, whatever the pulls", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 500 }), (steps, block) => {
        const buffer = new JitterBuffer({ rate: RATE, log: "inputs" });
        const heard: number[] = [];
        const sent = [0, 0, 0];
        for (const { kind, item, frames } of steps) {
          if (kind === "insert") {
            const queue = item === 2 ? ({ queue: "out-of-band" } as const) : {};
            buffer.insert({ itemId: `i${item}`, contentIndex: 0, samples: voice(sent[item], frames), ...queue });
            sent[item] += frames;
          } else if (kind === "endOfItem") buffer.endOfItem(`i${item}`, 0);
          else if (kind === "pull") {
            const output = new Float32Array(frames);
            buffer.pull(output);
            heard.push(...output);
          } else buffer[kind]();
        }
        const inputs: PlayoutInput[] = [...buffer.takeLog(), { at: buffer.pulledFrames, do: "close" }];
        const text = [playoutLogHeader({ rate: RATE, options: {} }), ...inputs.map(playoutLogLine)].join("\n");
        const again: number[] = [];
        const replayed = replayPlayout(parsePlayoutLog(text), { pulled: (samples) => again.push(...samples) }, block);
        // A zero is a zero, whichever sign a fade leaves it.
        const unsigned = (samples: number[]): number[] => samples.map((sample) => sample + 0);
        expect(unsigned(again)).toEqual(unsigned(heard));
        // Summed pull by pull, not frame by frame.
        const { jitterBufferDelay, ...stats } = buffer.stats;
        expect(replayed.stats).toMatchObject(stats);
        expect(replayed.stats.jitterBufferDelay / (jitterBufferDelay || 1)).toBeCloseTo(jitterBufferDelay === 0 ? 0 : 1, 0);
        expect(buffer.takeLog()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("gives nothing unless asked to", () => {
    const buffer = new JitterBuffer({ rate: RATE });
    buffer.insert({ itemId: "a", contentIndex: 0, samples: voice(0, 100) });
    expect(buffer.takeLog()).toEqual([]);
  });

  it("names the line that is wrong", () => {
    const header = playoutLogHeader({ rate: RATE, options: {} });
    expect(() => parsePlayoutLog("")).toThrow(/Line 1 is no header/);
    expect(() => parsePlayoutLog(`${header}\nnonsense`)).toThrow(/Line 2 .* is no JSON object: nonsense/);
    expect(() => parsePlayoutLog(`${header}\n{"at":-1,"do":"pause"}`)).toThrow(/Line 2 .*at is -1/);
    expect(() => parsePlayoutLog(`${header}\n{"at":9,"do":"pause"}\n{"at":8,"do":"resume"}`)).toThrow(/Line 3 .*at is 8; .*line before on, 9/);
    expect(() => parsePlayoutLog(`${header}\n{"at":0,"do":"jump"}`)).toThrow(/Line 2 .*do is "jump"; allowed are insert, endOfItem/);
    expect(() => parsePlayoutLog(`${header}\n{"at":0,"do":"endOfItem"}`)).toThrow(/Line 2 .*itemId/);
    const insert = `${header}\n{"at":0,"do":"insert","itemId":"a","contentIndex":0,`;
    expect(() => parsePlayoutLog(`${insert}"frames":-1}`)).toThrow(/Line 2 .*frames is -1/);
    for (const pcm16 of ['"???"', '"AAAAAAAA"', '"AAA="'])
      expect(() => parsePlayoutLog(`${insert}"frames":2,"pcm16":${pcm16}}`)).toThrow(/Line 2 .*base64 of 2 frames/);
    expect(() => parsePlayoutLog(`${insert}"frames":2,"pcm16":7}`)).toThrow(/pcm16 is no text/);
  });

  it("plays silence where the audio was taken out, or what is given for it", () => {
    const header = playoutLogHeader({ rate: RATE, options: {} });
    const log = parsePlayoutLog(`${header}\n{"at":0,"do":"insert","itemId":"a","contentIndex":0,"frames":2400}\n{"at":4800,"do":"close"}`);
    expect(replayPlayout(log).stats).toMatchObject({ receivedFrames: 2400 });
    const insert = (at: number): string => `{"at":${at},"do":"insert","itemId":"a","contentIndex":0,"frames":100}`;
    const asked: [number, number][] = [];
    const { inputs } = parsePlayoutLog([header, insert(0), insert(5)].join("\n"), (frames, start) => {
      asked.push([frames, start]);
      return new Float32Array(frames).fill(0.5);
    });
    expect(asked).toEqual([
      [100, 0],
      [100, 100],
    ]);
    expect(inputs[1].samples?.[99]).toBe(0.5);
  });
});
