/**
 * The faded rest of what was cut or paused, mixed under whatever comes next, so that neither waits for the other.
 *
 * Thread: wherever the JitterBuffer lives. No allocation after the constructor.
 */

/** A few ms of sound on their way to silence. */
export class CutTail {
  /** Frames of the fade. */
  readonly frames: number;
  readonly #tail: Float32Array;
  readonly #next: Float32Array;
  #at = 0;

  /** A tail of `frames` frames, silent. */
  constructor(frames: number) {
    this.frames = frames;
    this.#tail = new Float32Array(frames);
    this.#next = new Float32Array(frames);
    this.#at = frames;
  }

  /** Where the frames that would have come next are to be written before {@link fade}. */
  get next(): Float32Array {
    return this.#next;
  }

  /** Fades the first `frames` frames of {@link next} out of `gain`, on top of what is left of a fade before it. */
  fade(gain: number, frames: number): void {
    const left = this.frames - this.#at;
    for (let i = 0; i < this.frames; i++) {
      const before = i < left ? this.#tail[this.#at + i] : 0;
      this.#tail[i] = before + (i < frames ? this.#next[i] * gain * (0.5 + 0.5 * Math.cos((Math.PI * (i + 0.5)) / this.frames)) : 0);
    }
    this.#at = 0;
  }

  /** Adds the next `frames` frames of the tail to `output` from `start` on; no more than are left. */
  mix(output: Float32Array, start: number, frames: number): void {
    const end = Math.min(this.frames, this.#at + frames);
    for (let i = this.#at, o = start; i < end; i++, o++) output[o] += this.#tail[i];
    this.#at = end;
  }
}
