/**
 * Samples by their absolute position in a stream, growing at the end and forgotten at the start: the input buffer's memory and the recorder's tape.
 */

const FIRST_CAPACITY = 1 << 14;

/** A window on a stream of 16-bit samples. Positions are absolute: sample 0 is the first one ever appended. */
export class SampleStore {
  #samples = new Int16Array(FIRST_CAPACITY);
  #start = 0;
  #length = 0;

  /** Position of the oldest sample still held. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest sample: how many samples were ever appended. */
  get end(): number {
    return this.#start + this.#length;
  }

  /** Adds samples at the end. */
  append(samples: Int16Array): void {
    const needed = this.#length + samples.length;
    if (needed > this.#samples.length) {
      let capacity = this.#samples.length;
      while (capacity < needed) capacity *= 2;
      const grown = new Int16Array(capacity);
      grown.set(this.#samples.subarray(0, this.#length));
      this.#samples = grown;
    }
    this.#samples.set(samples, this.#length);
    this.#length = needed;
  }

  /** A copy of the samples from position `from` up to, not including, `to`, as far as they are held. */
  slice(from: number, to: number): Int16Array {
    const first = Math.max(0, from - this.#start);
    const last = Math.min(this.#length, to - this.#start);
    return this.#samples.slice(first, Math.max(first, last));
  }

  /** Takes back everything from `position` on. */
  cut(position: number): void {
    this.#length = Math.max(0, Math.min(this.#length, position - this.#start));
  }

  /** Lets go of everything before `position`. Moves memory only once half of it is stale, so the cost per sample stays constant. */
  dropBefore(position: number): void {
    const count = Math.min(this.#length, position - this.#start);
    if (count <= 0 || count < this.#length / 2) return;
    this.#samples.copyWithin(0, count, this.#length);
    this.#start += count;
    this.#length -= count;
  }
}
