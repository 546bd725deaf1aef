/** Options of player and recorder, what both check alike, and the type of the fields that wavtools leaves untyped. */

/** Options of a `WavStreamPlayer`. */
export interface WavStreamPlayerOptions {
  /** Rate of the PCM16 to be played, in Hz: 8000 to 192000. The device keeps its own rate. Default: 44100. */
  sampleRate?: number;
  /** Not in wavtools: where the app serves `sidetone/worklets/audio.worklet.js`. Default: text inside the package, as a blob: or data: URL. */
  workletUrl?: string | URL;
}

/** Options of a `WavRecorder`. */
export interface WavRecorderOptions {
  /** Rate of chunks and recording, in Hz: 8000 to 192000. The device keeps its own rate. Default: 44100. */
  sampleRate?: number;
  /** Whether the person hears the microphone, for debugging: it howls without headphones. Default: false. */
  outputToSpeakers?: boolean;
  /** Whether to write to the console what is being done. Default: false. */
  debug?: boolean;
  /** Not in wavtools: ms of audio kept for `save`, `read` and `end`; older audio is forgotten. Default: all of it, at 2 bytes a sample. */
  keepMs?: number;
  /** Not in wavtools: where the app serves `sidetone/worklets/audio.worklet.js`. Default: text inside the package, as a blob: or data: URL. */
  workletUrl?: string | URL;
}

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
