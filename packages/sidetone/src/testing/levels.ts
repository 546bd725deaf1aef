/** How loud something is, and where it sounds. Levels are relative to full scale, which is 1. */

/** Root mean square of all samples, 0 to 1; 0 for none. */
export function rms(samples: Float32Array): number {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(squares / samples.length);
}

/** The largest magnitude, 0 for none. */
export function peak(samples: Float32Array): number {
  let most = 0;
  for (const sample of samples) most = Math.max(most, Math.abs(sample));
  return most;
}

/** RMS in dB relative to full scale; minus infinity for silence. */
export function levelDb(samples: Float32Array): number {
  return 20 * Math.log10(rms(samples));
}

/**
 * Level of `reference` above what `actual` differs from it by, in dB: infinity when they are the same. Both begin at the same moment; the shorter one counts as silent
 * where it has ended. With `gain: "free"` a different loudness does not count as a difference.
 */
export function snrDb(reference: Float32Array, actual: Float32Array, options: { readonly gain?: "fixed" | "free" } = {}): number {
  const length = Math.max(reference.length, actual.length);
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const x = reference[i] ?? 0;
    const y = actual[i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  const gain = options.gain === "free" && bb > 0 ? ab / bb : 1;
  let error = 0;
  for (let i = 0; i < length; i++) error += ((reference[i] ?? 0) - gain * (actual[i] ?? 0)) ** 2;
  return error === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(aa / error);
}

/** Where the sound of `samples` at `rate` Hz begins and ends: first and last block of 10 ms whose RMS is at least `threshold` (default: 0.01), in samples. Both 0 when there is none. */
export function soundBounds(samples: Float32Array, rate: number, threshold = 0.01): { start: number; end: number } {
  const block = Math.round(rate / 100);
  let start = -1;
  let end = 0;
  for (let at = 0; at + block <= samples.length; at += block) {
    if (rms(samples.subarray(at, at + block)) < threshold) continue;
    if (start < 0) start = at;
    end = at + block;
  }
  return { start: Math.max(0, start), end };
}
