/**
 * Speech made faster or slower at the same pitch, for `audio.output.speed`: waveform-similarity overlap-add (Verhelst and Roelands, ICASSP 1993), whole clips at a time.
 */
import type { AudioClip } from "./audio.ts";

/** Length of a window, of which half overlaps the next, and how far a window may move to fit the one before, in ms. */
const WINDOW_MS = 40;
const SEARCH_MS = 10;

/** `clip` spoken `speed` times as fast, 0.25 to 1.5 on the service; its length is divided by `speed`, to the sample. The clip itself at 1. */
export function timeScale(clip: AudioClip, speed: number): AudioClip {
  if (speed === 1 || clip.samples.length === 0) return clip;
  const { samples, rate } = clip;
  const hop = Math.round((rate * WINDOW_MS) / 2000);
  const search = Math.round((rate * SEARCH_MS) / 1000);
  const length = Math.round(samples.length / speed);
  const out = new Float32Array(length + 2 * hop);
  const fade = Float32Array.from({ length: hop }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / hop));
  // The first window is taken as it is; each next one continues what followed its predecessor as well as can be.
  let from = 0;
  for (let at = 0; at < length; at += hop) {
    if (at > 0) from = bestMatch(samples, from + hop, Math.round(at * speed), hop, search);
    for (let i = 0; i < hop; i++) {
      const gain = at === 0 ? 1 : (fade[i] as number);
      out[at + i] = (out[at + i] as number) + gain * (samples[from + i] ?? 0);
      out[at + hop + i] = (1 - (fade[i] as number)) * (samples[from + hop + i] ?? 0);
    }
  }
  return { samples: Int16Array.from(out.subarray(0, length), Math.round), rate };
}

/** Where around `wanted` the samples look most like those at `natural`, over `length` samples. */
function bestMatch(samples: Int16Array, natural: number, wanted: number, length: number, search: number): number {
  let best = wanted;
  let bestScore = Number.NEGATIVE_INFINITY;
  const last = Math.max(0, samples.length - length);
  for (let at = Math.max(0, wanted - search); at <= Math.min(last, wanted + search); at++) {
    let product = 0;
    let energy = 1;
    for (let i = 0; i < length; i += 2) {
      const sample = samples[at + i] as number;
      product += sample * (samples[natural + i] ?? 0);
      energy += sample * sample;
    }
    const score = product / Math.sqrt(energy);
    if (score > bestScore) {
      bestScore = score;
      best = at;
    }
  }
  return best;
}
