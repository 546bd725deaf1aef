/** Resamplers: cost per output sample at 128-frame quanta beside what they do to the sound, and cost against chunk size. */
import type { Contender, Effort, Group, Runner } from "../measure/contender.ts";
import { callFloor } from "./floor.ts";
import { noise } from "./noise.ts";
import { type ResamplerChoice, resamplers } from "./resampler-plugs.ts";
import { checkChunks, checkTone, latencyMs, QUALITY_FIGURES, resamplerQuality, tonesThrough } from "./resampler-quality.ts";

const RATES: readonly (readonly [number, number])[] = [
  [48000, 24000],
  [24000, 48000],
  [44100, 24000],
  [24000, 44100],
  [16000, 24000],
  [8000, 24000],
  [24000, 8000],
];

/** What `--quick` looks at: integer ratios both ways, one of 44.1 kHz, telephony. */
const QUICK_RATES = ["48-24", "24-48", "44.1-24", "24-8"];

const CHUNKS = [16, 64, 480, 2048, 4096];
/** Those that make the chart of chunk sizes readable. */
const BY_CHUNK = ["low-latency", "linear-phase", "strict", "low-latency-js", "speex-q5", "lsr-fastest", "vercel"];

async function runner(choice: ResamplerChoice, inRate: number, outRate: number, chunk: number, withQuality: boolean): Promise<Runner> {
  const make = () => choice.create(inRate, outRate);
  const tones = tonesThrough(make, inRate, outRate);
  const plug = await make();
  const chunks = Array.from({ length: 64 }, (_, i) => noise(chunk, i + 1));
  let turn = 0;
  const quality = async (effort: Effort) => {
    // One for all tones: each is heard once the one before has died away, and making some takes longer than a tone.
    const kept = await make();
    return resamplerQuality(
      tonesThrough(() => kept, inRate, outRate),
      inRate,
      outRate,
      effort,
      () => latencyMs(make, inRate, outRate),
    );
  };
  return {
    unitsPerCall: (chunk * outRate) / inRate,
    call() {
      const output = plug.process(chunks[turn++ & 63]);
      return output.length + (output[0] > 0 ? 1 : 0);
    },
    check: async () => checkChunks(await checkTone(tones, outRate), make, inRate, outRate),
    ...(withQuality ? { quality } : {}),
  };
}

function contenders(inRate: number, outRate: number, chunk: number, ids?: readonly string[]): Contender[] {
  return resamplers
    .filter((choice) => (choice.accepts?.(inRate, outRate) ?? true) && (ids?.includes(choice.id) ?? true))
    .map((choice) => ({ ...choice, create: () => runner(choice, inRate, outRate, chunk, ids === undefined) }));
}

const khz = (hz: number) => String(hz / 1000);

/** One group per pair of rates, and one per chunk size at 48 to 24 kHz. `nativeContenders` is given where there are programs to run. */
export const resamplerGroups = (nativeContenders?: (inRate: number, outRate: number) => Contender[]): readonly Group[] => [
  ...RATES.map(([inRate, outRate]) => ({
    id: `kernels/resample-${khz(inRate)}-${khz(outRate)}`,
    suite: "kernels" as const,
    title: `Resampling ${khz(inRate)} > ${khz(outRate)} kHz, 128-frame quanta`,
    unit: "output sample",
    figures: QUALITY_FIGURES,
    browser: inRate === 48000 || outRate === 48000,
    fullOnly: !QUICK_RATES.includes(`${khz(inRate)}-${khz(outRate)}`),
    contenders: [...contenders(inRate, outRate, 128), callFloor(128, (128 * outRate) / inRate), ...(nativeContenders?.(inRate, outRate) ?? [])],
  })),
  ...CHUNKS.map((chunk) => ({
    id: `kernels/chunk-${chunk}`,
    suite: "kernels" as const,
    title: `Resampling 48 > 24 kHz, ${chunk} frames per call`,
    unit: "output sample",
    fullOnly: chunk !== 480,
    contenders: contenders(48000, 24000, chunk, BY_CHUNK),
  })),
];
