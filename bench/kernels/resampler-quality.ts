/**
 * What a resampler does to sound, measured through its plug in 128-frame quanta, as it is used.
 *
 * Tones that fit a whole number of periods into the measured stretch need no window: the output's own tone is one projection, everything else is the residual. A tone above
 * the output's Nyquist frequency must vanish; what is left of it is alias. When the rate goes up, images above the input's Nyquist frequency take that place.
 */
import type { Effort, Quality } from "../measure/contender.ts";
import { flawed, right, type Verdict, wrong } from "../measure/contender.ts";
import type { ResamplerPlug } from "./resampler-plugs.ts";

const QUANTUM = 128;
const AMPLITUDE = 0.5;
/** Seconds that filters get to settle. */
const SETTLE_S = 0.15;

type Make = () => Promise<ResamplerPlug> | ResamplerPlug;

/** A settled tone through something: `seconds` of output, and how many frames came out per frame owed. */
export type Tones = (hz: number, seconds: number) => Promise<{ output: Float32Array; drift: number }>;

/** {@link Tones} through a fresh plug each, `frames` at a time. */
export function tonesThrough(make: Make, inRate: number, outRate: number, frames = QUANTUM): Tones {
  return (hz, seconds) => throughPlug(make, [inRate, outRate, frames], hz, seconds);
}

async function throughPlug(
  make: Make,
  [inRate, outRate, frames]: readonly [number, number, number],
  hz: number,
  seconds: number,
): Promise<{ output: Float32Array; drift: number }> {
  const plug = await make();
  const total = Math.ceil(((SETTLE_S + seconds) * inRate) / frames + 8) * frames;
  const output = new Float32Array(Math.ceil((total * outRate) / inRate) * 2 + 1024);
  const chunk = new Float32Array(frames);
  const w = (2 * Math.PI * hz) / inRate;
  let written = 0;
  // What a filter holds back at first is no drift, so frames are counted once it is full.
  const countFrom = Math.round(((SETTLE_S / 2) * inRate) / frames) * frames;
  let writtenBefore = 0;
  for (let at = 0; at < total; at += frames) {
    if (at === countFrom) writtenBefore = written;
    for (let i = 0; i < frames; i++) chunk[i] = AMPLITUDE * Math.sin(w * (at + i));
    const out = plug.process(chunk);
    output.set(out, written);
    written += out.length;
  }
  const from = Math.round(SETTLE_S * outRate);
  return {
    output: output.subarray(from, Math.min(written, from + Math.round(seconds * outRate))),
    drift: (written - writtenBefore) / (((total - countFrom) * outRate) / inRate),
  };
}

/** Amplitude and phase of `hz` in `samples`, and the RMS of all the rest; of a DC offset too. */
export function projectTone(samples: Float32Array, rate: number, hz: number): { amplitude: number; phase: number; residual: number } {
  const w = (2 * Math.PI * hz) / rate;
  let re = 0;
  let im = 0;
  let energy = 0;
  for (let i = 0; i < samples.length; i++) {
    re += samples[i] * Math.cos(w * i);
    im += samples[i] * Math.sin(w * i);
    energy += samples[i] * samples[i];
  }
  const n = samples.length;
  const amplitude = (2 * Math.hypot(re, im)) / n;
  // Subtracted sample by sample: the difference of two energies would end at -150 dB by rounding.
  let rest = 0;
  const c = (2 * re) / n;
  const s = (2 * im) / n;
  for (let i = 0; i < n; i++) rest += (samples[i] - c * Math.cos(w * i) - s * Math.sin(w * i)) ** 2;
  return { amplitude, phase: Math.atan2(-im, re), residual: Math.sqrt(Math.min(rest, energy) / n) };
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

function db(ratio: number): number {
  return Math.max(-180, 20 * Math.log10(ratio));
}

/** Frames per call of the second look; not a whole number of output frames at any pair of rates with 44.1 kHz. */
const LONG_CHUNK = 1024;

/** Adds what goes wrong only in longer calls: buffers that were sized for the first one, input that does not fit and is forgotten. */
export async function checkChunks(verdict: Verdict, make: Make, inRate: number, outRate: number): Promise<Verdict> {
  if (verdict.status === "wrong") return verdict;
  const longer = await checkTone(tonesThrough(make, inRate, outRate, LONG_CHUNK), outRate, LONG_CHUNK);
  if (longer.status === "right") return verdict;
  return flawed(verdict.status === "flawed" ? `${verdict.text}; ${longer.text}` : longer.text);
}

/** First look: the right number of frames, a tone that comes back. */
export async function checkTone(tones: Tones, outRate: number, frames = QUANTUM): Promise<Verdict> {
  const { output, drift } = await tones(997, 1);
  if (output.length < outRate * 0.5) return wrong(`only ${output.length} of ${outRate} frames came out`);
  for (const sample of output) if (!Number.isFinite(sample)) return wrong("the output is not finite");
  const { amplitude, residual } = projectTone(output, outRate, 997);
  const snr = db(amplitude / Math.SQRT2 / residual);
  const driftPpm = Math.round((drift - 1) * 1e6);
  const faults: string[] = [];
  // A frame or two more or less than a second's worth is how the chunks fall.
  if (Math.abs(driftPpm) > 300) faults.push(`${driftPpm > 0 ? "+" : ""}${driftPpm} ppm frames`);
  if (!(rms(output) > AMPLITUDE / 4)) return wrong("a tone goes in and next to nothing comes out");
  if (!(snr >= 40)) faults.push(`997 Hz comes back with ${snr.toFixed(0)} dB SNR`);
  if (faults.length > 0) return flawed(`${faults.join(", ")} in calls of ${frames} frames`);
  return right(`997 Hz at ${db(amplitude / AMPLITUDE).toFixed(2)} dB, ${output.length} frames`);
}

/** Latency when a frame is handed out, in ms, over the wait for the quantum itself: inputs taken in by then, less the time in the input that the frame stands for. */
export async function latencyMs(make: Make, inRate: number, outRate: number): Promise<number> {
  const phases: number[] = [];
  const seconds = 0.25;
  // Two tones 40 Hz apart around 1 kHz: their phase difference is the group delay, unambiguous over 25 ms.
  const tones = [980, 1020];
  let emitted: { consumed: number; from: number }[] = [];
  for (const hz of tones) {
    const plug = await make();
    const collected: number[] = [];
    emitted = [];
    const chunk = new Float32Array(QUANTUM);
    const total = Math.ceil(((SETTLE_S * 2 + seconds) * inRate) / QUANTUM) * QUANTUM;
    for (let at = 0; at < total; at += QUANTUM) {
      for (let i = 0; i < QUANTUM; i++) chunk[i] = AMPLITUDE * Math.cos((2 * Math.PI * hz * (at + i)) / inRate);
      const out = plug.process(chunk);
      emitted.push({ consumed: at + QUANTUM, from: collected.length });
      for (const sample of out) collected.push(sample);
    }
    const from = Math.round(SETTLE_S * outRate);
    const piece = Float32Array.from(collected.slice(from, from + Math.round(seconds * outRate)));
    phases.push(projectTone(piece, outRate, hz).phase - (2 * Math.PI * hz * from) / outRate);
  }
  let difference = phases[0] - phases[1];
  difference -= 2 * Math.PI * Math.floor((difference + Math.PI / 5) / (2 * Math.PI));
  const delayS = difference / (2 * Math.PI * (tones[1] - tones[0]));
  let worst = Number.NEGATIVE_INFINITY;
  for (const { consumed, from } of emitted.slice(Math.floor(emitted.length / 2))) {
    worst = Math.max(worst, consumed / inRate - (from / outRate - delayS));
  }
  return (worst - (QUANTUM - 1) / inRate) * 1000;
}

/** Names of the figures, in the order of the table. */
export const QUALITY_FIGURES = ["-0.1 dB edge (x Nyquist)", "alias >= Nyquist (dB)", "alias >= 1.1 Nyquist (dB)", "SNR 997 Hz (dB)", "latency (ms)"] as const;

/** All figures, and the curves for the charts. */
export async function resamplerQuality(tones: Tones, inRate: number, outRate: number, effort: Effort, latency?: () => Promise<number>): Promise<Quality> {
  const seconds = effort === "quick" ? 0.1 : 0.5;
  const grain = 1 / seconds;
  const lowRate = Math.min(inRate, outRate);
  const nyquist = lowRate / 2;
  const onGrid = (hz: number) => Math.round(hz / grain) * grain;
  const tone = async (hz: number) => (await tones(hz, seconds)).output;

  const reference = projectTone(await tone(onGrid(1000)), outRate, onGrid(1000)).amplitude;
  const response: [number, number][] = [];
  let edge = 0;
  let falling = false;
  const steps = effort === "quick" ? 40 : 120;
  for (let i = 1; i < steps; i++) {
    const hz = onGrid((nyquist * i) / steps);
    const level = db(projectTone(await tone(hz), outRate, hz).amplitude / reference);
    response.push([hz / nyquist, level]);
    if (Math.abs(level) > 0.1) falling = true;
    if (!falling) edge = hz / nyquist;
  }
  // The edge lies within the next step: halved until it is known to a thousandth.
  let beyond = Math.min(1, edge + 1 / steps);
  while (beyond - edge > 0.001) {
    const hz = onGrid(((edge + beyond) / 2) * nyquist);
    if (hz / nyquist <= edge || hz / nyquist >= beyond) break;
    if (Math.abs(db(projectTone(await tone(hz), outRate, hz).amplitude / reference)) > 0.1) beyond = hz / nyquist;
    else edge = hz / nyquist;
  }

  const alias: [number, number][] = [];
  const down = outRate < inRate;
  // Down: tones above Nyquist, up to the input's. Up: images of tones below; a tone at f has its first image at inRate - f.
  const last = down ? inRate / 2 : inRate;
  const points = effort === "quick" ? 24 : 100;
  for (let i = 0; i <= points; i++) {
    const part = (i / points) ** 1.5;
    const hz = onGrid(nyquist + 2 * grain + (last - nyquist - 6 * grain) * part);
    const source = down ? hz : inRate - hz;
    if (source <= grain) continue;
    const output = await tone(source);
    const left = down ? rms(output) : projectTone(output, outRate, source).residual;
    alias.push([hz / nyquist, db(left / (AMPLITUDE / Math.SQRT2))]);
  }
  const worst = (from: number) => Math.max(...alias.filter(([f]) => f >= from).map(([, level]) => level));

  const snrTone = effort === "quick" ? 990 : onGrid(997);
  const recovered = projectTone(await tone(snrTone), outRate, snrTone);
  return {
    figures: {
      [QUALITY_FIGURES[0]]: edge,
      [QUALITY_FIGURES[1]]: worst(1),
      [QUALITY_FIGURES[2]]: worst(1.1),
      [QUALITY_FIGURES[3]]: db(recovered.amplitude / Math.SQRT2 / recovered.residual),
      [QUALITY_FIGURES[4]]: (await latency?.()) ?? Number.NaN,
    },
    curves: { response, alias },
  };
}
