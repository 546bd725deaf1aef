/**
 * A queue of mono float frames between exactly one writer and one reader, on one thread or on two.
 *
 * The same class serves both ends over a SharedArrayBuffer (attach a second `Ring` to the same buffer on the other thread) or one end over an ArrayBuffer. No
 * locks, no waiting, no allocation after construction; each side keeps to one `Ring` object. Each counter is written by one side only and counts frames since
 * the start, modulo 2^32; their difference is the fill, so full and empty cannot be confused. The data is stored before the counter that publishes it:
 * `Atomics` are sequentially consistent (ECMAScript, memory model). The counters lie on cache lines of their own, and each side keeps the last value it saw of
 * the other's, looking again only when that does not suffice.
 */
import { checkAttached, checkInteger } from "./checks.ts";

/** First word of a ring's memory, so that attaching to anything else fails: "ring" in ASCII. */
const MARK = 0x72696e67;
/** Places in the Int32 header, 64 bytes apart. */
const WRITTEN = 16;
const READ = 32;
/** Bytes before the samples. */
const HEADER_BYTES = 192;
/** Frames of one audio quantum, for which views to read from are kept: one `set` is several times faster than a loop. */
const QUANTUM = 128;
const MOST_FRAMES = 2 ** 28;

/** Kinds of memory: "shared" can be attached to from another thread, "local" cannot and needs no cross-origin isolation. */
export type RingMemory = "shared" | "local";

/** One writer, one reader, first in first out, Float32 frames. */
export class Ring {
  /** The memory behind the ring; post it to the other thread and attach there. */
  readonly buffer: ArrayBufferLike;
  /** Frames the ring can hold, a power of two. */
  readonly capacity: number;
  readonly #header: Int32Array;
  readonly #frames: Float32Array;
  readonly #quanta: Float32Array[] = [];
  readonly #mask: number;
  /** The writer's view of the reader's counter, and the reader's of the writer's; at worst out of date, never ahead. */
  #readSeen: number;
  #writtenSeen: number;

  /** Attaches to the memory of a ring made by {@link Ring.create}, on any thread. @throws {RangeError} when `buffer` is not such memory. */
  constructor(buffer: ArrayBufferLike) {
    const capacity = (buffer.byteLength - HEADER_BYTES) / 4;
    if (capacity < QUANTUM || !isPowerOfTwo(capacity) || new Int32Array(buffer, 0, 1)[0] !== MARK) {
      throw new RangeError(`Ring: a buffer of ${buffer.byteLength} bytes is not a ring's; use Ring.create, or the \`buffer\` of a ring made by it.`);
    }
    this.buffer = buffer;
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#header = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#frames = new Float32Array(buffer, HEADER_BYTES, capacity);
    for (let from = 0; from < capacity; from += QUANTUM) this.#quanta.push(this.#frames.subarray(from, from + QUANTUM));
    this.#readSeen = Atomics.load(this.#header, READ);
    this.#writtenSeen = Atomics.load(this.#header, WRITTEN);
  }

  /**
   * A ring in new memory that holds at least `frames` frames (1 to 2^28), rounded up to a power of two of at least 128.
   * @throws {RangeError} when `frames` is out of range. @throws {ReferenceError} for "shared" where the runtime has no SharedArrayBuffer.
   */
  static create(frames: number, memory: RingMemory): Ring {
    checkInteger("frames", frames, 1, MOST_FRAMES, "frames");
    let capacity = QUANTUM;
    while (capacity < frames) capacity *= 2;
    const bytes = HEADER_BYTES + capacity * 4;
    const buffer = memory === "shared" ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    new Int32Array(buffer, 0, 1)[0] = MARK;
    return new Ring(buffer);
  }

  /** Frames that can be read now. On the reader's side it can only grow until the next read. */
  get available(): number {
    return (Atomics.load(this.#header, WRITTEN) - Atomics.load(this.#header, READ)) | 0;
  }

  /** Frames that can be written now. On the writer's side it can only grow until the next write. */
  get space(): number {
    return this.capacity - this.available;
  }

  /** Writer: appends as much of `samples` as fits, from its start. @returns frames taken, 0 to `samples.length`. */
  write(samples: Float32Array): number {
    const written = this.#header[WRITTEN] as number;
    const length = samples.length;
    let space = this.capacity - ((written - this.#readSeen) | 0);
    if (space < length) {
      this.#readSeen = Atomics.load(this.#header, READ);
      space = this.capacity - ((written - this.#readSeen) | 0);
    }
    const count = Math.min(space, length);
    if (count === 0) {
      checkAttached("Ring.write", "input", samples);
      return 0;
    }
    const at = written & this.#mask;
    // From and to addresses that are multiples of 8; elsewhere V8 copies shared memory byte by byte.
    if (count === length && at + count <= this.capacity && at % 2 === 0) this.#frames.set(samples, at);
    else {
      const frames = this.#frames;
      const first = Math.min(count, this.capacity - at);
      for (let i = 0; i < first; i++) frames[at + i] = samples[i] as number;
      for (let i = first; i < count; i++) frames[i - first] = samples[i] as number;
    }
    Atomics.store(this.#header, WRITTEN, (written + count) | 0);
    return count;
  }

  /** Reader: moves the oldest frames into the start of `output`; the rest of `output` is left alone. @returns frames read, 0 to `output.length`. */
  read(output: Float32Array): number {
    const read = this.#header[READ] as number;
    const length = output.length;
    let available = (this.#writtenSeen - read) | 0;
    if (available < length) {
      this.#writtenSeen = Atomics.load(this.#header, WRITTEN);
      available = (this.#writtenSeen - read) | 0;
    }
    const count = Math.min(available, length);
    if (count === 0) {
      checkAttached("Ring.read", "output", output);
      return 0;
    }
    const at = read & this.#mask;
    if (count === QUANTUM && length === QUANTUM && at % QUANTUM === 0) output.set(this.#quanta[at / QUANTUM] as Float32Array);
    else {
      const frames = this.#frames;
      const first = Math.min(count, this.capacity - at);
      for (let i = 0; i < first; i++) output[i] = frames[at + i] as number;
      for (let i = first; i < count; i++) output[i] = frames[i - first] as number;
    }
    Atomics.store(this.#header, READ, (read + count) | 0);
    return count;
  }

  /** Reader: drops up to `frames` of the oldest frames. @returns frames dropped. @throws {RangeError} when `frames` is not a number. */
  skip(frames: number): number {
    if (Number.isNaN(frames)) throw new RangeError("frames is NaN; allowed are numbers, of which those below 1 drop nothing.");
    const read = this.#header[READ] as number;
    this.#writtenSeen = Atomics.load(this.#header, WRITTEN);
    const count = Math.max(0, Math.min(Math.floor(frames), (this.#writtenSeen - read) | 0));
    Atomics.store(this.#header, READ, (read + count) | 0);
    return count;
  }

  /** Reader: drops everything there is. @returns frames dropped. */
  clear(): number {
    return this.skip(this.capacity);
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && (value & (value - 1)) === 0;
}
