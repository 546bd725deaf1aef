/** What player and recorder check alike, and the type of the fields that wavtools leaves untyped. */

/** Default of wavtools: Hz. */
export const DEFAULT_SAMPLE_RATE = 44100;

/** A field whose type the original declares as `any`: kept so, since apps use such fields without asking whether they are null. */
// biome-ignore lint/suspicious/noExplicitAny: the original's own declaration.
export type Untyped = any;

/** @throws {RangeError} unless `sampleRate` is an integer that the resampler takes. */
export function checkSampleRate(sampleRate: number): number {
  if (!Number.isInteger(sampleRate) || sampleRate < 8000 || sampleRate > 192_000) {
    throw new RangeError(`sampleRate is ${String(sampleRate)}; allowed are integers from 8000 to 192000 Hz.`);
  }
  return sampleRate;
}
