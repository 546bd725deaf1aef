/** What an encoder to 16 bits does to quiet sound, where truncation and missing dither are heard. */
import type { Quality } from "../measure/contender.ts";
import { projectTone } from "./resampler-quality.ts";

/** One second, so that every whole frequency fits a whole number of periods. */
const RATE = 48_000;
const TONE_HZ = 997;

/** Names of the figures, in the order of the table. */
export const ENCODER_FIGURES = ["SNR at -60 dBFS (dB)", "worst harmonic at -90 dBFS (dB)"] as const;

function encodedTone(encode: (input: Float32Array) => Int16Array, amplitude: number): Float32Array {
  const input = Float32Array.from({ length: RATE }, (_, i) => amplitude * Math.sin((2 * Math.PI * TONE_HZ * i) / RATE));
  return Float32Array.from(encode(input).subarray(0, RATE), (step) => step / 32768);
}

/** Both figures. Harmonics are relative to the tone. */
export function encoderQuality(encode: (input: Float32Array) => Int16Array): Quality {
  const quiet = projectTone(encodedTone(encode, 10 ** (-60 / 20)), RATE, TONE_HZ);
  const quietest = encodedTone(encode, 10 ** (-90 / 20));
  const { amplitude } = projectTone(quietest, RATE, TONE_HZ);
  let worst = 0;
  for (let k = 2; k * TONE_HZ < RATE / 2; k++) worst = Math.max(worst, projectTone(quietest, RATE, k * TONE_HZ).amplitude);
  return {
    figures: {
      [ENCODER_FIGURES[0]]: 20 * Math.log10(quiet.amplitude / Math.SQRT2 / quiet.residual),
      [ENCODER_FIGURES[1]]: Math.max(-180, 20 * Math.log10(worst / amplitude)),
    },
  };
}
