/** What a recorder keeps: everything recorded, as 16-bit samples in blocks of a fixed size, or the latest part of it. Thread: the page. */
import { decodePcm16 } from "@sidetone/core/dsp";

/** What `read()` gives. */
export interface RecordedAudio {
  /** Mean of all channels, full scale 1. */
  meanValues: Float32Array;
  /** Each channel; there is one. */
  channels: Float32Array[];
}

/** Samples in a block: a few seconds of speech. */
const BLOCK_FRAMES = 65_536;

/** A growing piece of audio. */
export class Recording {
  readonly #mostFrames: number;
  #blocks: Int16Array[] = [];
  /** Frames in the blocks, the last of which may be incomplete. */
  #frames = 0;

  /** An empty recording that keeps the latest `mostFrames` frames. */
  constructor(mostFrames = Number.POSITIVE_INFINITY) {
    this.#mostFrames = mostFrames;
  }

  /** Copies `samples` to the end. */
  append(samples: Int16Array): void {
    for (let from = 0; from < samples.length; ) {
      const at = this.#frames % BLOCK_FRAMES;
      if (at === 0) this.#blocks.push(new Int16Array(BLOCK_FRAMES));
      const count = Math.min(samples.length - from, BLOCK_FRAMES - at);
      this.#blocks[this.#blocks.length - 1].set(samples.subarray(from, from + count), at);
      this.#frames += count;
      from += count;
    }
    while (this.#frames - BLOCK_FRAMES >= this.#mostFrames) {
      this.#blocks.shift();
      this.#frames -= BLOCK_FRAMES;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#blocks = [];
    this.#frames = 0;
  }

  /** A copy of all that is kept. */
  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.#frames);
    this.#blocks.forEach((block, i) => {
      all.set(block.subarray(0, Math.min(BLOCK_FRAMES, this.#frames - i * BLOCK_FRAMES)), i * BLOCK_FRAMES);
    });
    return this.#frames > this.#mostFrames ? all.slice(this.#frames - this.#mostFrames) : all;
  }

  /** The same as floats. */
  read(): RecordedAudio {
    const samples = this.samples();
    const meanValues = new Float32Array(samples.length);
    if (samples.length > 0) decodePcm16(samples, meanValues);
    return { meanValues, channels: [meanValues.slice()] };
  }
}
