/**
 * The audio of one (itemId, contentIndex): sample arrays as they arrived, in media order, read from front to back; a little of what was read is kept for going back.
 *
 * Thread: wherever the JitterBuffer lives. Inserting keeps the caller's array (no copy); reading costs the same however much is queued, and allocates nothing.
 */

const EMPTY = new Float32Array(0);

/** Slots of chunks that were let go, from which on the slots are given back. */
const MAX_SLOTS = 1024;

/** One content part's audio. Frames are mono samples at the buffer's rate; places are media frames, counted from the start of the item. */
export class Track {
  /** Conversation item the audio belongs to. */
  readonly itemId: string;
  /** Content part within the item. */
  readonly contentIndex: number;
  /** Frame at which the first segment arrived, in pulled frames. */
  readonly openedFrame: number;
  /** Pulled frame from which it could be played: it was there, and what stands before it was over. */
  dueFrame: number;
  /** Media frame at which the track began. */
  originFrame: number;
  /** Whether segments say where they begin, so that there may be holes. */
  timestamped = false;
  /** Whether the server has said that nothing follows. */
  done = false;
  /** Media frame that was told to have been heard when the track was cut; what sounds after that is the fade. */
  toldFrames = Number.POSITIVE_INFINITY;
  /** Media frame before which all was played or given up when the item ended an earlier time. */
  floorFrame = 0;
  /** Playhead's note: media frame reached by entries of the play-map that have been recycled. */
  recycledFrames = 0;
  /** Media frame of the next read. */
  position: number;
  /** Media frame after the last that was received. */
  endFrame: number;
  /** Frames appended so far. */
  receivedFrames = 0;
  /** Pulled frame at which the first frame was played; -1 before. */
  startedFrame = -1;
  /** Times it stopped for want of audio. */
  gaps = 0;
  /** Whether that happened in its first second. */
  starvedEarly = false;
  /** Frames of silence those stops cost. */
  gapFrames = 0;
  /** Frames concealed, without the silence. */
  concealedFrames = 0;
  /** Frames inserted to play slower. */
  insertedFrames = 0;
  /** Frames removed to play faster. */
  removedFrames = 0;
  readonly #keepFrames: number;
  /** Samples, media frames from which to which they reach, and the pulled frame at which they came: one slot a chunk, in media order, none overlapping. */
  readonly #chunks: Float32Array[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #arrivals: number[] = [];
  /** First slot that still has its samples. */
  #oldest = 0;
  /** Slot that holds `position`, or the next one after it. */
  #cursor = 0;
  /** End of the frames that follow `position` without a hole, and the first slot beyond them. */
  #runEnd: number;
  #runSlot = 0;

  /** An empty track whose media begins at `startFrame`; `keepFrames` frames are kept after they were read. */
  constructor(itemId: string, contentIndex: number, startFrame = 0, openedFrame = 0, keepFrames = 0) {
    this.itemId = itemId;
    this.contentIndex = contentIndex;
    this.openedFrame = openedFrame;
    this.dueFrame = openedFrame;
    this.originFrame = startFrame;
    this.position = startFrame;
    this.endFrame = startFrame;
    this.#runEnd = startFrame;
    this.#keepFrames = keepFrames;
  }

  /** Frames that can be read now, up to the first hole. */
  get availableFrames(): number {
    return this.#runEnd - this.position;
  }

  /** Media frames between the place of the next read and the end of what was received, holes included. */
  get queuedFrames(): number {
    return this.endFrame - this.position;
  }

  /** Frames missing at the place of the next read although later ones are there; 0 when there are none. */
  get holeFrames(): number {
    return this.#runEnd > this.position || this.#cursor >= this.#starts.length ? 0 : this.#starts[this.#cursor] - this.position;
  }

  /** Whether everything the server had has been read. */
  get drained(): boolean {
    return this.done && this.position >= this.endFrame;
  }

  /** Pulled frame at which the frames to be read next arrived. */
  get arrivalFrame(): number {
    return this.#cursor < this.#arrivals.length ? this.#arrivals[this.#cursor] : this.openedFrame;
  }

  /** First media frame that {@link seek} can go back to with nothing missing between it and `position`. */
  get oldestFrame(): number {
    let oldest = this.position;
    let slot = this.#cursor < this.#starts.length && this.#starts[this.#cursor] < oldest ? this.#cursor : this.#cursor - 1;
    for (; slot >= this.#oldest && this.#ends[slot] >= oldest; slot--) oldest = this.#starts[slot];
    return oldest;
  }

  /**
   * Puts `samples` at media frame `startFrame` and takes the array over: the caller must not write to it afterwards. What is there already stays as it is, and what should
   * have been read before is left out; all the rest is taken. @returns frames that were not taken.
   */
  insert(startFrame: number, samples: Float32Array, nowFrame: number): number {
    const stop = startFrame + samples.length;
    let at = Math.max(startFrame, this.position);
    let slot = this.#chunks.length;
    while (slot > this.#cursor && this.#starts[slot - 1] >= at) slot--;
    if (slot > 0) at = Math.max(at, this.#ends[slot - 1]);
    let taken = 0;
    while (at < stop) {
      const end = slot < this.#starts.length ? Math.min(stop, this.#starts[slot]) : stop;
      if (end > at) {
        this.#put(slot++, at, end === stop && at === startFrame ? samples : samples.subarray(at - startFrame, end - startFrame), nowFrame);
        taken += end - at;
      }
      if (slot === this.#starts.length) break;
      at = Math.max(at, this.#ends[slot++]);
    }
    if (taken > 0) this.#extendRun();
    return samples.length - taken;
  }

  /** Whether media frame `mediaFrame` came already, as far back as is known: some seconds. */
  received(mediaFrame: number): boolean {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] <= mediaFrame) low = middle + 1;
      else high = middle;
    }
    return low < this.#starts.length && this.#starts[low] <= mediaFrame;
  }

  /** Nothing was read yet, and media before what is there came later than it: begins with that. */
  lower(startFrame: number): void {
    const origin = Math.max(startFrame, this.floorFrame);
    if (origin >= this.position) return;
    this.originFrame = origin;
    this.position = origin;
    this.#runEnd = origin;
    this.#runSlot = 0;
  }

  /** Lets all samples go; the counters stay. For a track that is over, since the playhead remembers it for long. */
  discard(): void {
    this.#chunks.length = 0;
    this.#starts.length = 0;
    this.#ends.length = 0;
    this.#arrivals.length = 0;
    this.#cursor = 0;
    this.#oldest = 0;
    this.#runSlot = 0;
    this.position = this.endFrame;
    this.#runEnd = this.endFrame;
  }

  /** Copies up to `frames` frames to `output` from `start` on, and moves on by them; returns how many. */
  read(output: Float32Array, start: number, frames: number): number {
    const copied = this.peek(output, start, frames);
    if (copied > 0) this.seek(this.position + copied);
    return copied;
  }

  /** Copies up to `frames` frames, those `ahead` frames after `position` first, without moving on; returns how many. */
  peek(output: Float32Array, start: number, frames: number, ahead = 0): number {
    const from = this.position + ahead;
    const wanted = Math.min(frames, this.#runEnd - from);
    let slot = this.#cursor;
    while (slot < this.#runSlot && this.#ends[slot] <= from) slot++;
    let copied = 0;
    while (copied < wanted) {
      const samples = this.#chunks[slot];
      const offset = from + copied - this.#starts[slot];
      const count = Math.min(wanted - copied, samples.length - offset);
      for (let i = 0; i < count; i++) output[start + copied + i] = samples[offset + i];
      copied += count;
      slot++;
    }
    return Math.max(0, copied);
  }

  /** Goes to media frame `mediaFrame`: forward to anywhere, back as far as {@link oldestFrame}. @returns the place reached. */
  seek(mediaFrame: number): number {
    if (mediaFrame < this.position) {
      this.position = Math.max(mediaFrame, this.oldestFrame);
      while (this.#cursor > this.#oldest && this.#ends[this.#cursor - 1] > this.position) this.#cursor--;
    } else {
      this.position = mediaFrame;
      while (this.#cursor < this.#ends.length && this.#ends[this.#cursor] <= mediaFrame) this.#cursor++;
      this.#letGo();
    }
    if (this.position > this.#runEnd) {
      this.#runEnd = this.position;
      this.#runSlot = this.#cursor;
      this.#extendRun();
    }
    return this.position;
  }

  #put(slot: number, start: number, samples: Float32Array, nowFrame: number): void {
    const end = start + samples.length;
    if (slot === this.#chunks.length) {
      this.#chunks.push(samples);
      this.#starts.push(start);
      this.#ends.push(end);
      this.#arrivals.push(nowFrame);
    } else {
      this.#chunks.splice(slot, 0, samples);
      this.#starts.splice(slot, 0, start);
      this.#ends.splice(slot, 0, end);
      this.#arrivals.splice(slot, 0, nowFrame);
    }
    this.receivedFrames += samples.length;
    this.endFrame = Math.max(this.endFrame, end);
  }

  #extendRun(): void {
    while (this.#runSlot < this.#starts.length && this.#starts[this.#runSlot] <= this.#runEnd) {
      this.#runEnd = Math.max(this.#runEnd, this.#ends[this.#runSlot++]);
    }
  }

  /** Gives back the samples that are too far behind to go back to, and now and then their slots. */
  #letGo(): void {
    while (this.#oldest < this.#cursor && this.#ends[this.#oldest] <= this.position - this.#keepFrames) this.#chunks[this.#oldest++] = EMPTY;
    if (this.#oldest < MAX_SLOTS || this.#oldest * 2 < this.#chunks.length) return;
    const count = this.#oldest;
    const left = this.#chunks.length - count;
    for (let i = 0; i < left; i++) {
      this.#chunks[i] = this.#chunks[i + count];
      this.#starts[i] = this.#starts[i + count];
      this.#ends[i] = this.#ends[i + count];
      this.#arrivals[i] = this.#arrivals[i + count];
    }
    this.#chunks.length = left;
    this.#starts.length = left;
    this.#ends.length = left;
    this.#arrivals.length = left;
    this.#cursor -= count;
    this.#runSlot -= count;
    this.#oldest = 0;
  }
}
