/** Cuts recorded audio into the chunks that wavtools' `chunkProcessor` gets. Thread: the page. Every callback gets memory of its own, as there. */

/** Audio given to a `chunkProcessor`: 16-bit samples. (wavtools' types say Int16Array; what comes is an ArrayBuffer there, too.) */
export interface WavChunk {
  /** All channels mixed to one. */
  mono: ArrayBuffer;
  /** The channels interleaved; there is one, so the same samples as `mono`, in memory of their own. */
  raw: ArrayBuffer;
}

/** Gathers samples until there are enough for a chunk. */
export class ChunkCollector {
  readonly #process: (chunk: WavChunk) => unknown;
  readonly #leastFrames: number;
  #pending = new Int16Array(0);
  #frames = 0;

  /** Hands chunks of at least `leastBytes` bytes to `process`; of 0, whatever comes as it comes. */
  constructor(process: (chunk: WavChunk) => unknown, leastBytes: number) {
    this.#process = process;
    this.#leastFrames = Math.ceil(leastBytes / 2);
  }

  /** Takes all of `samples`. */
  push(samples: Int16Array): void {
    const frames = this.#frames + samples.length;
    if (frames > this.#pending.length) {
      const larger = new Int16Array(frames + this.#leastFrames);
      larger.set(this.#pending.subarray(0, this.#frames));
      this.#pending = larger;
    }
    this.#pending.set(samples, this.#frames);
    this.#frames = frames;
    if (frames >= this.#leastFrames) this.flush();
  }

  /** Hands over what there is, if anything. */
  flush(): void {
    const frames = this.#frames;
    if (frames === 0) return;
    // Before the call, so that a callback that throws gets the next chunk without this one.
    this.#frames = 0;
    this.#process({ mono: this.#pending.slice(0, frames).buffer, raw: this.#pending.slice(0, frames).buffer });
  }
}
