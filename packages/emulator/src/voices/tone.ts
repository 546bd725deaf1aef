/**
 * A voice that answers with a sound of its own: a slow sweep in uneven syllables. It is the same every time, pleasant enough to hear all day, and nowhere like itself
 * a moment before, so that a test can find by correlation which part of it was played.
 */
import type { AudioClip } from "../audio.ts";
import { numberOption, requireKnown } from "../option-checks.ts";
import { seconds, type Voice } from "./voice.ts";

/** Options of {@link toneVoice}. */
export interface ToneVoiceOptions {
  /** Length of the reply, in ms, 0 to 600000. Default: 3000. */
  readonly durationMs?: number;
}

const DEFAULT_DURATION_MS = 3000;
const MAX_DURATION_MS = 600_000;
const LOW_HZ = 220;
const HIGH_HZ = 880;
const PEAK = 0.35;
const FADE_MS = 15;
const FIRST_SYLLABLE_MS = 90;
const SYLLABLE_SPREAD_MS = 170;
const QUIETEST = 0.35;

/** A voice that always plays {@link toneClip}. @throws {TypeError | RangeError} for a wrong option. */
export function toneVoice(options: ToneVoiceOptions = {}): Voice {
  requireKnown("options", options, ["durationMs"]);
  const durationMs = numberOption("durationMs", options.durationMs ?? DEFAULT_DURATION_MS, 0, MAX_DURATION_MS);
  return {
    reply: ({ rate, modality }) => {
      if (modality === "text") return [{ type: "message", text: "(a tone would be here)" }];
      return [{ type: "message", text: `(tone of ${seconds(durationMs)})`, audio: toneClip(durationMs, rate) }];
    },
  };
}

/** `durationMs` of a sweep over two octaves, whose loudness follows an uneven but fixed rhythm; `rate` in Hz. */
export function toneClip(durationMs: number, rate: number): AudioClip {
  const samples = new Int16Array(Math.round((durationMs * rate) / 1000));
  const octaves = Math.log2(HIGH_HZ / LOW_HZ);
  // The sweep's phase in closed form, so that it is the same at every rate: the integral of LOW * 2^(octaves * t).
  const cycles = (LOW_HZ * durationMs) / 1000 / (octaves * Math.LN2);
  let state = 1;
  let syllableStart = 0;
  let syllableLength = 0;
  let loudness = 0;
  for (let i = 0; i < samples.length; i++) {
    if (i >= syllableStart + syllableLength) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      syllableStart = i;
      syllableLength = Math.round(((FIRST_SYLLABLE_MS + ((state >>> 16) % SYLLABLE_SPREAD_MS)) * rate) / 1000);
      loudness = QUIETEST + ((1 - QUIETEST) * ((state >>> 8) % 256)) / 255;
    }
    const phase = 2 * Math.PI * cycles * (2 ** ((octaves * i) / samples.length) - 1);
    const inSyllable = Math.sin((Math.PI * (i - syllableStart)) / syllableLength);
    const edge = Math.min(1, (Math.min(i, samples.length - 1 - i) * 1000) / (FADE_MS * rate));
    samples[i] = Math.round(32767 * PEAK * edge * loudness * (0.25 + 0.75 * inSyllable) * (0.8 * Math.sin(phase) + 0.2 * Math.sin(2 * phase)));
  }
  return { samples, rate };
}
