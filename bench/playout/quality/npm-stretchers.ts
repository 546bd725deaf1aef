/** Packages that change speed, run unmodified in Node. */
import { fileURLToPath } from "node:url";
import { findInstalled } from "../../installed.ts";
import { stretchBySignalsmith } from "./signalsmith.ts";
import type { Stretcher } from "./stretcher.ts";

const BENCH = fileURLToPath(new URL("../..", import.meta.url));
/** Its filter stops when less than this many frames are left to read, so that much silence comes after the words. */
const FLUSH_FRAMES = 3 * 8192;
/** SoundTouch's own settings for speech: sequence, search window and overlap, in ms. */
const SPEECH_MS = [40, 15, 8] as const;

async function stretchBySoundTouchJs(samples: Float32Array, rate: number, speed: number): Promise<Float32Array> {
  const { SimpleFilter, SoundTouch } = await import("soundtouchjs");
  const pipe = new SoundTouch();
  pipe.stretch.setParameters(rate, ...SPEECH_MS);
  pipe.tempo = speed;
  // It works in stereo only.
  const source = {
    extract(target: Float32Array, frames: number, position: number): number {
      const count = Math.max(0, Math.min(frames, samples.length + FLUSH_FRAMES - position));
      for (let i = 0; i < count; i++) target[2 * i] = target[2 * i + 1] = samples[position + i] ?? 0;
      return count;
    },
  };
  const filter = new SimpleFilter(source, pipe);
  const block = new Float32Array(2 * 4096);
  const output: number[] = [];
  for (let count = filter.extract(block, 4096); count > 0; count = filter.extract(block, 4096)) {
    for (let i = 0; i < count; i++) output.push(block[2 * i]);
  }
  return Float32Array.from(output.slice(0, Math.round(samples.length / speed)));
}

function fromNpm(name: string, note: string, stretch: Stretcher["stretch"]): Stretcher {
  return {
    id: name,
    label: name,
    inProcess: true,
    note,
    version: () => findInstalled(name, [BENCH])?.version ?? "not installed",
    unavailable: () => (findInstalled(name, [BENCH]) ? undefined : `${name} is not installed`),
    stretch,
  };
}

/** Every package that takes part. */
export const NPM_STRETCHERS: readonly Stretcher[] = [
  fromNpm("soundtouchjs", "SoundTouch's settings for speech", stretchBySoundTouchJs),
  fromNpm("signalsmith-stretch", "its worklet on a stand-in for the worklet's globals; its latency taken out by itself", stretchBySignalsmith),
];
