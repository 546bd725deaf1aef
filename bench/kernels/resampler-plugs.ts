/**
 * Every resampler behind the same small plug: a chunk goes in, what came out is returned and is valid until the next call. The plug adds nothing but what a user of that
 * package has to write anyway.
 */
import lsr from "@alexanderolsen/libsamplerate-js";
import loadSpeex from "@echogarden/speex-resampler-wasm/simd";
import { Resampler, type ResamplerOptions, type ResamplerProfile } from "@sidetone/core/dsp";
import waveResampler from "wave-resampler";
import { cloudflareLinear, ElevenLabsLinear, VadWebAverage, vercelLinear } from "../clients/resample.ts";
import type { Origin } from "../measure/contender.ts";

/** A resampler at work. */
export interface ResamplerPlug {
  process(input: Float32Array): Float32Array;
}

/** A resampler to choose. */
export interface ResamplerChoice {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly package?: string;
  readonly note?: string;
  /** Whether it works at these rates. */
  accepts?(inRate: number, outRate: number): boolean;
  create(inRate: number, outRate: number): Promise<ResamplerPlug> | ResamplerPlug;
}

type Engine = "auto" | "wasm" | "js";

/** Whether `Resampler` has the option `engine`: those that have it refuse a value that is none. */
export function hasEngineOption(): boolean {
  try {
    new Resampler(48000, 24000, { engine: "neither" } as unknown as ResamplerOptions);
    return false;
  } catch {
    return true;
  }
}

/** Sidetone's own, with cached views so that a call allocates nothing. */
export function sidetonePlug(inRate: number, outRate: number, profile: ResamplerProfile, engine?: Engine, mostFrames = 128): ResamplerPlug {
  const resampler = new Resampler(inRate, outRate, { profile, ...(engine ? { engine } : {}) } as ResamplerOptions);
  let output = new Float32Array(resampler.maxOutputFrames(mostFrames));
  let views: Float32Array[] = [];
  return {
    process(input) {
      if (output.length < resampler.maxOutputFrames(input.length)) {
        output = new Float32Array(resampler.maxOutputFrames(input.length));
        views = [];
      }
      const frames = resampler.process(input, output);
      views[frames] ??= output.subarray(0, frames);
      return views[frames];
    },
  };
}

async function libsamplerate(inRate: number, outRate: number, quality: string): Promise<ResamplerPlug> {
  const converter = await lsr.create(1, inRate, outRate, { converterType: lsr.ConverterType[quality] });
  return { process: (input) => converter.full(input) };
}

async function speex(inRate: number, outRate: number, quality: number): Promise<ResamplerPlug> {
  const module = await loadSpeex();
  const errorAt = module._malloc(4);
  const state = module._speex_resampler_init(1, inRate, outRate, quality, errorAt);
  if (state === 0 || module.HEAPU32[errorAt >> 2] !== 0) throw new Error("speex_resampler_init failed");
  const most = 16384;
  const mostOut = Math.ceil((most * outRate) / inRate) + 64;
  const inAt = module._malloc(most * 4);
  const outAt = module._malloc(mostOut * 4);
  const inLengthAt = module._malloc(4);
  const outLengthAt = module._malloc(4);
  return {
    process(input) {
      module.HEAPF32.set(input, inAt >> 2);
      module.HEAPU32[inLengthAt >> 2] = input.length;
      module.HEAPU32[outLengthAt >> 2] = mostOut;
      module._speex_resampler_process_float(state, 0, inAt, inLengthAt, outAt, outLengthAt);
      return module.HEAPF32.subarray(outAt >> 2, (outAt >> 2) + module.HEAPU32[outLengthAt >> 2]);
    },
  };
}

const LSR = "@alexanderolsen/libsamplerate-js";
const SPEEX = "@echogarden/speex-resampler-wasm";

const OWN_PROFILES: readonly ResamplerProfile[] = ["low-latency", "linear-phase", "strict"];

function ownChoices(): ResamplerChoice[] {
  const engines: readonly (Engine | undefined)[] = hasEngineOption() ? ["auto", "js"] : [undefined];
  return engines.flatMap((engine) =>
    OWN_PROFILES.map((profile) => ({
      id: engine === "js" ? `${profile}-js` : profile,
      label: `sidetone ${profile}${engine === "js" ? " (plain JS)" : ""}`,
      origin: "sidetone" as const,
      note: engine === undefined ? "plain JavaScript" : undefined,
      create: (inRate: number, outRate: number) => sidetonePlug(inRate, outRate, profile, engine),
    })),
  );
}

/** Every resampler that takes part. */
export const resamplers: readonly ResamplerChoice[] = [
  ...ownChoices(),
  ...[3, 5, 8].map((quality) => ({
    id: `speex-q${quality}`,
    label: `speex wasm SIMD q${quality}`,
    origin: "npm" as const,
    package: SPEEX,
    create: (inRate: number, outRate: number) => speex(inRate, outRate, quality),
  })),
  ...[
    ["fastest", "SRC_SINC_FASTEST"],
    ["medium", "SRC_SINC_MEDIUM_QUALITY"],
    ["best", "SRC_SINC_BEST_QUALITY"],
  ].map(([name, type]) => ({
    id: `lsr-${name}`,
    label: `libsamplerate-js ${name}`,
    origin: "npm" as const,
    package: LSR,
    create: (inRate: number, outRate: number) => libsamplerate(inRate, outRate, type),
  })),
  {
    id: "wave-resampler",
    label: "wave-resampler cubic",
    origin: "npm",
    package: "wave-resampler",
    note: "made for whole files; here per quantum",
    create: (inRate, outRate) => ({ process: (input) => Float32Array.from(waveResampler.resample(input, inRate, outRate, { method: "cubic" })) }),
  },
  {
    id: "vercel",
    label: "linear, stateless (vercel)",
    origin: "client",
    create: (inRate, outRate) => ({ process: (input) => vercelLinear(input, inRate, outRate) }),
  },
  {
    id: "cloudflare",
    label: "linear per quantum (cloudflare)",
    origin: "client",
    create: (inRate, outRate) => ({ process: (input) => cloudflareLinear(input, inRate, outRate) }),
  },
  {
    id: "elevenlabs",
    label: "linear, arrays (elevenlabs)",
    origin: "client",
    create: (inRate, outRate) => new ElevenLabsLinear(inRate, outRate),
  },
  {
    id: "vad-web",
    label: "average (vad-web)",
    origin: "client",
    accepts: (inRate, outRate) => inRate > outRate,
    create: (inRate, outRate) => new VadWebAverage(inRate, outRate),
  },
];
