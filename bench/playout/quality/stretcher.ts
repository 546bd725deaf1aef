/** Something that changes the speed of speech and not its pitch. */

/** A way to do it. */
export interface Stretcher {
  readonly id: string;
  /** With `*` where it was written anew. */
  readonly label: string;
  /** Whether the time it takes is its own: programs also read and write files. */
  readonly inProcess: boolean;
  readonly note: string;
  /** Empty for what is part of this repository. */
  version(): string;
  /** Why it cannot take part. */
  unavailable(): string | undefined;
  /** Mono `samples` at `speed` times their speed: longer below 1. */
  stretch(samples: Float32Array, rate: number, speed: number): Promise<Float32Array>;
}
