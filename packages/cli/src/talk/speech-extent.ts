/** Where in a recording somebody speaks, by energy alone: the yardstick for latency, independent of any server's idea of it. */

/** Frame over which energy is taken, in ms. */
const FRAME_MS = 10;
/** Speech is what is at most this much quieter than the loudest frame, in dB... */
const BELOW_LOUDEST_DB = 30;
/** ...and never what is quieter than this, in dBFS (RMS). */
const FLOOR_DBFS = -60;

/** A stretch of a recording, in ms from its start. */
export interface Extent {
  readonly startMs: number;
  readonly endMs: number;
}

/** From the first frame above the threshold to the end of the last one; null when all is silent. `rate` in Hz. */
export function findSpeech(samples: Float32Array, rate: number): Extent | null {
  const frame = Math.max(1, Math.round((rate * FRAME_MS) / 1000));
  const levels: number[] = [];
  for (let at = 0; at < samples.length; at += frame) levels.push(rms(samples.subarray(at, at + frame)));
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  const threshold = Math.max(loudest * 10 ** (-BELOW_LOUDEST_DB / 20), 10 ** (FLOOR_DBFS / 20));
  const first = levels.findIndex((level) => level >= threshold);
  if (first < 0) return null;
  const end = Math.min(samples.length, (levels.findLastIndex((level) => level >= threshold) + 1) * frame);
  return { startMs: (first * frame * 1000) / rate, endMs: (end * 1000) / rate };
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
