/** The one error of the WAV reader. */

/** Bytes that are not a WAV file, or one of a kind that is not supported; the message says what was found and what is supported. */
export class WavError extends Error {
  /** Makes an error with `message`. */
  constructor(message: string) {
    super(message);
    this.name = "WavError";
  }
}
