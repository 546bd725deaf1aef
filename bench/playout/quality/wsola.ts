/**
 * Waveform-similarity overlap-add as Verhelst and Roelands describe it (ICASSP 1993), in its plainest form: Hann segments of 30 ms, half overlapped, each taken within 8 ms of where
 * a steady rate wants it, where it is most like the natural continuation of the one before. Here for comparison only.
 */

const SEGMENT_MS = 30;
const SEARCH_MS = 8;

/** `source` at `speed` times its speed. */
export function wsola(source: Float32Array, rate: number, speed: number): Float32Array {
  const half = Math.round((SEGMENT_MS * rate) / 2000);
  const reach = Math.round((SEARCH_MS * rate) / 1000);
  const length = Math.round(source.length / speed);
  const output = new Float32Array(length + 2 * half);
  const at = (i: number) => source[i] ?? 0;
  let natural = 0;
  for (let start = -half; start < length; start += half) {
    const wanted = Math.round(start * speed);
    const from = start === -half ? wanted : mostLike(source, natural, wanted - reach, wanted + reach, 2 * half);
    for (let i = 0; i < 2 * half; i++) {
      if (start + i >= 0) output[start + i] += at(from + i) * (0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / half));
    }
    natural = from + half;
  }
  return output.slice(0, length);
}

/** The place from `low` to `high` whose `length` samples correlate best with those at `pattern`. */
function mostLike(source: Float32Array, pattern: number, low: number, high: number, length: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let found = low;
  for (let from = low; from <= high; from++) {
    let product = 0;
    let power = 1e-9;
    const first = Math.max(0, -from, -pattern);
    const last = Math.min(length, source.length - from, source.length - pattern);
    for (let i = first; i < last; i++) {
      product += source[pattern + i] * source[from + i];
      power += source[from + i] * source[from + i];
    }
    const score = product / Math.sqrt(power);
    if (score <= best) continue;
    best = score;
    found = from;
  }
  return found;
}
