/**
 * The audio of one (itemId, contentIndex): a list of sample arrays as they arrived, read once from front to back.
 *
 * Thread: wherever the JitterBuffer lives. Appending keeps the caller's array (no copy); reading costs the same however much is queued.
 */

const EMPTY = new Float32Array(0);

/** One content part's audio, received so far and not yet played. Frames are mono samples at the buffer's rate. */
export class Track {
  /** Conversation item the audio belongs to. */
  readonly itemId: string;
  /** Content part within the item. */
  readonly contentIndex: number;
  /** Frames appended so far. */
  receivedFrames = 0;
  /** Frames read so far, i.e. the media position of the next read. */
  readFrames = 0;
  /** Whether the server has said that nothing follows. */
  done = false;
  /** Frames that were told to have been heard when the track was cut; what sounds after that is the fade. */
  toldFrames = Number.POSITIVE_INFINITY;
  /** Playhead's note: frames of this track whose play-map entries have been recycled. */
  recycledFrames = 0;
  readonly #chunks: Float32Array[] = [];
  #chunk = 0;
  #offset = 0;

  /** An empty track. */
  constructor(itemId: string, contentIndex: number) {
    this.itemId = itemId;
    this.contentIndex = contentIndex;
  }

  /** Frames that can be read now. */
  get availableFrames(): number {
    return this.receivedFrames - this.readFrames;
  }

  /** Whether everything the server had has been read. */
  get drained(): boolean {
    return this.done && this.readFrames === this.receivedFrames;
  }

  /** Adds audio at the end and takes the array over: the caller must not write to it afterwards. */
  append(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.#chunks.push(samples);
    this.receivedFrames += samples.length;
  }

  /** Lets all samples go; the counters stay. For a track that was cut, since the playhead remembers it for long. */
  discard(): void {
    this.#chunks.length = 0;
    this.#chunk = 0;
    this.#offset = 0;
  }

  /** Copies up to `frames` frames to `output` from `start` on; returns how many. */
  read(output: Float32Array, start: number, frames: number): number {
    const copied = this.peek(output, start, frames);
    let left = copied;
    while (left > 0) {
      const rest = this.#chunks[this.#chunk].length - this.#offset;
      if (left < rest) {
        this.#offset += left;
        break;
      }
      left -= rest;
      this.#chunks[this.#chunk++] = EMPTY; // lets the samples be collected; the slot costs a pointer
      this.#offset = 0;
    }
    this.readFrames += copied;
    return copied;
  }

  /** Like {@link read}, without moving on. */
  peek(output: Float32Array, start: number, frames: number): number {
    let copied = 0;
    let chunk = this.#chunk;
    let offset = this.#offset;
    while (copied < frames && chunk < this.#chunks.length) {
      const samples = this.#chunks[chunk];
      const count = Math.min(frames - copied, samples.length - offset);
      for (let i = 0; i < count; i++) output[start + copied + i] = samples[offset + i];
      copied += count;
      offset += count;
      if (offset === samples.length) {
        chunk++;
        offset = 0;
      }
    }
    return copied;
  }
}
