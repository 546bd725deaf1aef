/**
 * Where speech can be interrupted: the quietest 10 ms of a stretch of samples.
 *
 * Any thread; pure, no allocation.
 */

/** RMS up to which a place is as good as silent, in dBFS; the same as where a pitch period may be inserted unseen. */
const QUIET_DBFS = -48;
/** A place is quiet among its own when it has this share of the stretch's mean power: 15 dB below. */
const QUIET_SHARE = 10 ** -1.5;
const WINDOW_MS = 10;
const STEP_MS = 2;

/**
 * The middle of the last 10 ms in the first `frames` of `samples` that are quiet in themselves or among the rest.
 * @returns its frame; where nothing is quiet, the middle of the quietest 10 ms or -1, as `otherwise` says; -1 when there are not even 10 ms.
 */
export function findQuiet(samples: Float32Array, frames: number, rate: number, otherwise: "quietest" | "none"): number {
  const window = Math.round((WINDOW_MS * rate) / 1000);
  const step = Math.max(1, Math.round((STEP_MS * rate) / 1000));
  if (frames < window) return -1;
  let total = 0;
  for (let i = 0; i < frames; i++) total += samples[i] * samples[i];
  const quiet = Math.max(10 ** (QUIET_DBFS / 10), (QUIET_SHARE * total) / frames) * window;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let start = frames - window; start >= 0; start -= step) {
    let power = 0;
    for (let i = start; i < start + window; i++) power += samples[i] * samples[i];
    const place = start + (window >> 1);
    if (power <= quiet) return place;
    if (power >= least) continue;
    best = place;
    least = power;
  }
  return otherwise === "quietest" ? best : -1;
}
