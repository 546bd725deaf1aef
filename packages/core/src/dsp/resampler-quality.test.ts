import { describe, expect, it } from "vitest";
import type { ResamplerProfile } from "./profiles.ts";
import { Resampler, type ResamplerOptions } from "./resampler.ts";

/** Every pair of the rates that voice meets. Frequencies below are in units of the lower Nyquist frequency, "periods" are frames of the lower rate. */
const RATES = [8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
const EVERYDAY = RATES.flatMap((inRate) => RATES.filter((outRate) => outRate !== inRate).map((outRate) => ({ inRate, outRate })));
/** The extremes, and pairs with so many phases that the taps are interpolated. */
const AWKWARD = [
  { inRate: 192000, outRate: 8000 },
  { inRate: 8000, outRate: 192000 },
  { inRate: 44101, outRate: 48000 },
  { inRate: 48000, outRate: 44101 },
  { inRate: 11025, outRate: 191999 },
  { inRate: 96000, outRate: 95003 },
];
const PAIRS = [...EVERYDAY, ...AWKWARD];

interface Goal {
  profile: ResamplerProfile;
  /** Tones that must not come through, and how far down they must be. */
  stopBand: number[];
  alias: number;
  /** Level of everything but the tone itself, for tones up to 0.9. */
  images: number;
  /** Group delay at 1 kHz in periods. */
  delay: number;
}

const GOALS: Goal[] = [
  { profile: "low-latency", stopBand: [1.1, 1.13, 1.4, 1.9, 3.1], alias: -100, images: -100, delay: 3.5 },
  { profile: "linear-phase", stopBand: [1.1, 1.13, 1.4, 1.9, 3.1], alias: -100, images: -100, delay: 37 },
  { profile: "strict", stopBand: [1.0, 1.004, 1.03, 1.1, 1.7], alias: -100, images: -105, delay: 4 },
];

const SETTLE_S = 0.05;
const WINDOW_S = 0.12;
const LEVEL = 0.5;

interface Measurement {
  /** Amplitude of the tone over the input's. */
  gain: number;
  /** Phase against the input, in radians. */
  phase: number;
  /** Level of all else relative to the tone, and of everything relative to the input tone, in dB. */
  residual: number;
  total: number;
}

function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}

/** Sends a tone of `frequency` Hz through and fits it at the output by least squares. */
function measure(inRate: number, outRate: number, options: ResamplerOptions, frequency: number): Measurement {
  const resampler = new Resampler(inRate, outRate, options);
  const frames = Math.ceil((SETTLE_S + WINDOW_S) * inRate) + 700;
  const omega = (2 * Math.PI * frequency) / inRate;
  const input = Float32Array.from({ length: frames }, (_, n) => LEVEL * Math.cos(omega * n));
  const output = new Float32Array(resampler.maxOutputFrames(frames));
  const written = resampler.process(input, output);
  const count = Math.floor(WINDOW_S * outRate);
  const start = written - count;
  const step = (2 * Math.PI * frequency) / outRate;
  let cc = 0;
  let cs = 0;
  let ss = 0;
  let yc = 0;
  let ys = 0;
  let yy = 0;
  for (let n = start; n < written; n++) {
    const c = Math.cos(step * n);
    const s = Math.sin(step * n);
    const y = output[n] as number;
    cc += c * c;
    cs += c * s;
    ss += s * s;
    yc += y * c;
    ys += y * s;
    yy += y * y;
  }
  const determinant = cc * ss - cs * cs;
  const a = (yc * ss - ys * cs) / determinant;
  const b = (ys * cc - yc * cs) / determinant;
  let error = 0;
  for (let n = start; n < written; n++) error += ((output[n] as number) - a * Math.cos(step * n) - b * Math.sin(step * n)) ** 2;
  const amplitude = Math.hypot(a, b);
  return {
    gain: amplitude / LEVEL,
    phase: Math.atan2(-b, a),
    residual: decibels(Math.sqrt((2 * error) / count) / amplitude),
    total: decibels(Math.sqrt((2 * yy) / count) / LEVEL),
  };
}

const CASES = GOALS.flatMap((goal) => (["wasm", "js"] as const).map((engine) => ({ ...goal, engine })));

describe.each(CASES)("Resampler, $profile, $engine", ({ profile, engine, stopBand, alias, images, delay }) => {
  it.each(PAIRS)("$inRate to $outRate Hz meets its figures", ({ inRate, outRate }) => {
    const nyquist = Math.min(inRate, outRate) / 2;
    const at = (frequency: number) => measure(inRate, outRate, { profile, engine }, frequency);

    const tone = at(997);
    expect(tone.residual).toBeLessThan(-106);
    expect(Math.abs(decibels(tone.gain))).toBeLessThan(0.03);
    for (const place of [0.3, 0.7, 0.93]) expect(Math.abs(decibels(at(place * nyquist).gain / tone.gain))).toBeLessThan(0.1);

    if (inRate > outRate) {
      const audible = stopBand.map((place) => Math.ceil(place * nyquist + 1)).filter((frequency) => frequency < inRate / 2);
      for (const frequency of audible) expect(at(frequency).total).toBeLessThan(alias);
    } else {
      for (const place of [0.5, 0.9]) expect(at(place * nyquist).residual).toBeLessThan(images);
    }

    const { delayFrames } = new Resampler(inRate, outRate, { profile, engine });
    expect((delayFrames / outRate) * 2 * nyquist).toBeLessThan(delay);
    const turn = 2 * Math.PI;
    const phaseStep = (((at(980).phase - at(1020).phase) % turn) + turn) % turn;
    const measured = (phaseStep / (turn * 40)) * outRate;
    expect(Math.abs(measured - delayFrames)).toBeLessThan(0.02 * Math.max(1, outRate / inRate));
  });
});
