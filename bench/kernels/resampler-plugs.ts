/**
 * Every resampler behind the same small plug: a chunk goes in, what came out is returned and is valid until the next call. The plug adds nothing but what a user of that
 * package has to write anyway.
 */
import { Resampler, type ResamplerOptions, type ResamplerProfile } from "@sidetone/core/dsp";
import { cloudflareLinear, ElevenLabsLinear, VadWebAverage, vercelLinear } from "../clients/resample.ts";
import type { Origin } from "../measure/contender.ts";
import { opponent } from "../opponents.ts";

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
  /** Left out by `--quick`. */
  readonly fullOnly?: boolean;
  /** Why it cannot run here, or undefined when it can. */
  unavailable?(): string | undefined;
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
  const { default: lsr } = await opponent("@alexanderolsen/libsamplerate-js");
  const converter = await lsr.create(1, inRate, outRate, { converterType: lsr.ConverterType[quality] });
  return { process: (input) => converter.full(input) };
}

async function speex(inRate: number, outRate: number, quality: number): Promise<ResamplerPlug> {
  const { default: load } = await opponent("@echogarden/speex-resampler-wasm/simd");
  const module = await load();
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

/** Sixteen-bit samples in Node buffers: a pipeline of floats has to convert both ways. */
async function speexInt16(inRate: number, outRate: number): Promise<ResamplerPlug> {
  const { default: library } = await opponent("speex-resampler");
  await library.default.initPromise;
  const resampler = new library.default(1, inRate, outRate, SPEEX_INT16_QUALITY);
  let pcm = new Int16Array(128);
  return {
    process(input) {
      if (pcm.length !== input.length) pcm = new Int16Array(input.length);
      for (let i = 0; i < input.length; i++) pcm[i] = Math.max(-32768, Math.min(32767, input[i] * 32768));
      const bytes = resampler.processChunk(Buffer.from(pcm.buffer));
      const output = new Float32Array(bytes.length >> 1);
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, output.length);
      for (let i = 0; i < output.length; i++) output[i] = samples[i] / 32768;
      return output;
    },
  };
}

/** The package's default. */
const SPEEX_INT16_QUALITY = 7;

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
      fullOnly: engine === "js" && profile !== "low-latency",
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
    fullOnly: quality === 3,
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
    fullOnly: name !== "fastest",
    create: (inRate: number, outRate: number) => libsamplerate(inRate, outRate, type),
  })),
  {
    id: "speex-int16",
    label: `speex-resampler q${SPEEX_INT16_QUALITY} (16 bits)`,
    origin: "npm",
    package: "speex-resampler",
    note: "16-bit samples; converting from and to floats is included",
    unavailable: () => (typeof Buffer === "function" ? undefined : "it needs Node's Buffer"),
    create: speexInt16,
  },
  {
    id: "wave-resampler",
    label: "wave-resampler cubic",
    origin: "npm",
    package: "wave-resampler",
    note: "made for whole files; here per quantum",
    async create(inRate, outRate) {
      const { default: library } = await opponent("wave-resampler");
      return { process: (input) => Float32Array.from(library.resample(input, inRate, outRate, { method: "cubic" })) };
    },
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
