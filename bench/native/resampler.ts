/** The native anchors as contenders of the resampling groups. */

import { noise } from "../kernels/noise.ts";
import { checkTone, resamplerQuality, type Tones } from "../kernels/resampler-quality.ts";
import type { Contender } from "../measure/contender.ts";
import { cpuSeconds, isInstalled, TOOLS, type Tool, through } from "./tool.ts";

/** Seconds of audio per measurement; a run over next to nothing is taken off. */
const LONG_S = 120;
const SHORT_S = 0.05;

const AMPLITUDE = 0.5;
const SETTLE_S = 0.15;

/** Tones through the program, whole files at a time. */
function tonesOf(tool: Tool, inRate: number, outRate: number): Tones {
  return async (hz, seconds) => {
    const frames = Math.ceil((2 * SETTLE_S + seconds) * inRate);
    const input = Float32Array.from({ length: frames }, (_, i) => AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / inRate));
    const output = through(tool, inRate, outRate, input);
    const from = Math.round(SETTLE_S * outRate);
    return { output: output.subarray(from, from + Math.round(seconds * outRate)), drift: output.length / ((frames * outRate) / inRate) };
  };
}

/** One contender per program. */
export function nativeContenders(inRate: number, outRate: number): Contender[] {
  return TOOLS.map((tool) => ({
    id: tool.id,
    label: tool.label,
    origin: "native" as const,
    fullOnly: tool.id === "sox-v",
    note: "native program, two minutes of audio in one go, its reading and writing included",
    unavailable: () => (isInstalled(tool) ? undefined : `${tool.command} is not installed`),
    create() {
      const long = noise(LONG_S * inRate);
      const short = long.subarray(0, Math.round(SHORT_S * inRate));
      const tones = tonesOf(tool, inRate, outRate);
      return {
        unitsPerCall: 1,
        call: () => 0,
        measure() {
          const seconds = cpuSeconds(tool, inRate, outRate, long) - cpuSeconds(tool, inRate, outRate, short);
          return (seconds * 1e9) / ((LONG_S - SHORT_S) * outRate);
        },
        check: () => checkTone(tones, outRate),
        quality: (effort) => resamplerQuality(tones, inRate, outRate, effort),
      };
    },
  }));
}
