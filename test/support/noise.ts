/** A sound of which every stretch is unlike every other, and none is silent: low-passed noise from a seed, the same in a page and in a test. */

/** `frames` samples of noise number `seed` as 16-bit steps, about a quarter of full scale; what is above an eighth of the rate is attenuated. */
export function noise(seed: number, frames: number): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(frames);
  let state = (seed * 2654435761) >>> 0 || 1;
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < frames; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Three poles, so that resamplers of whatever kind pass all of it.
    a += 0.6 * (state / 2 ** 31 - a);
    b += 0.6 * (a - b);
    c += 0.6 * (b - c);
    samples[i] = Math.round(Math.max(-1, Math.min(1, c)) * 32767);
  }
  return samples;
}
