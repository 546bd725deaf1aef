/**
 * The resampler's WebAssembly kernels and the memory they share: one module, one instance and one memory for all resamplers of a thread.
 *
 * Any thread that allows WebAssembly, audio threads included: compiling and instantiating are synchronous and take a fraction of a millisecond, once. A resampler
 * owns a slice of the memory for what it keeps between calls (0.2 to 6 kB as a rule), and resamplers of the same kind share their taps. Slices go back to free
 * lists when their owners have been collected, which platforms report between tasks: thousands made and dropped in one task are all held until its end. The memory
 * grows when it must, on construction only, and never shrinks; no view of it is held anywhere else.
 */
import { KERNELS_HEX } from "./generated/kernels.ts";
import { instantiate } from "./wasm-instance.ts";

/** What packages/core/kernels exports. Addresses and counts are integers. */
interface KernelCode {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly PARAMS: WasmGlobal;
  readonly BLOCK: WasmGlobal;
  readonly INPUT: WasmGlobal;
  readonly OUTPUT: WasmGlobal;
  readonly HEAP: WasmGlobal;
  iirDown(state: number, table: number, frames: number): number;
  iirUp(state: number, table: number, frames: number): void;
  historyBytes(streams: number, kept: number): number;
  recurse(state: number, table: number, sections: number, at: number, frames: number): void;
  firDown(state: number, taps: number, pairs: number, start: number, frames: number): number;
  firUp(state: number, taps: number, pairs: number, frames: number): void;
  group(state: number, offsets: number, rows: number, outputs: number, streams: number, taps: number, start: number, frames: number): number;
  poly(state: number, rows: number, taps: number, units: number, stepFrames: number, stepUnits: number, wait: number, phase: number, frames: number): number;
  phaseRows(samples: number, length: number, rows: number, taps: number, rowCount: number, phases: number, step: number, shift: number, scale: number): void;
  drift(
    state: number,
    rows: number,
    taps: number,
    rowsPerUnit: number,
    units: number,
    stepFrames: number,
    stepUnits: number,
    wait: number,
    phase: number,
    frames: number,
  ): number;
}

interface WasmGlobal {
  readonly value: number;
}

/** A piece of the memory. Whoever uses the address must keep this object. */
export interface Slice {
  /** First byte, a multiple of 16. */
  readonly address: number;
}

/** Address and size of a slice, without the slice itself. */
interface Extent {
  readonly address: number;
  readonly bytes: number;
}

const PAGE_BYTES = 65536;
/** Pages by which the memory grows at least. */
const LEAST_GROWTH = 4;

let loaded: KernelMemory | null | undefined;

/** The kernels of this thread, or null where WebAssembly with SIMD is missing or forbidden (a Content-Security-Policy without 'wasm-unsafe-eval'). */
export function loadKernels(): KernelMemory | null {
  if (loaded === undefined) {
    try {
      loaded = new KernelMemory(instantiate(KERNELS_HEX) as KernelCode);
    } catch {
      loaded = null;
    }
  }
  return loaded;
}

/** Kernels, the areas that calls share, and slices for the rest. */
export class KernelMemory {
  /** The kernels. */
  readonly code: KernelCode;
  /** Frames that a call of a kernel takes and gives at most. */
  readonly block: number;
  /** Where the input of a call is, and its output. */
  readonly inputAddress: number;
  readonly outputAddress: number;
  /** All of the memory as f32. Changes when a slice is taken, so it must not be kept. */
  floats: Float32Array;
  /** Where the kernels leave the time of the next output: frames and units. Changes as {@link floats} does. */
  params: Float64Array;
  #input: Float32Array;
  /** Views of the start of the output area, by length: lengths take few values, and a view made for each call would be garbage. */
  #outputs: (Float32Array | undefined)[];
  readonly #free = new Map<number, number[]>();
  readonly #shared = new Map<string, WeakRef<Slice>>();
  readonly #collected: FinalizationRegistry<Extent>;
  #end: number;

  /** The memory of a new instance. */
  constructor(code: KernelCode) {
    this.code = code;
    this.block = code.BLOCK.value;
    this.inputAddress = code.INPUT.value;
    this.outputAddress = code.OUTPUT.value;
    this.#end = code.HEAP.value;
    this.#collected = new FinalizationRegistry((extent) => this.#release(extent));
    this.floats = new Float32Array(code.memory.buffer);
    this.params = new Float64Array(code.memory.buffer, code.PARAMS.value, 2);
    this.#input = new Float32Array(code.memory.buffer, code.INPUT.value, this.block);
    this.#outputs = new Array(this.block + 1).fill(undefined);
  }

  /** Bytes of the memory in all. */
  get bytes(): number {
    return this.floats.byteLength;
  }

  /** Makes the frames `from` to `to` of `input` the input of the next call. */
  load(input: Float32Array, from: number, to: number): void {
    const area = this.#input;
    if (to - from === input.length) area.set(input);
    else for (let i = from; i < to; i++) area[i - from] = input[i] as number;
  }

  /** Copies the `count` frames that a call gave into `output` from `at` on. */
  save(count: number, output: Float32Array, at: number): void {
    if (count === 0) return;
    let view = this.#outputs[count];
    if (view === undefined) {
      view = new Float32Array(this.code.memory.buffer, this.code.OUTPUT.value, count);
      this.#outputs[count] = view;
    }
    output.set(view, at);
  }

  /**
   * A slice of `bytes` zero bytes, free again once it has been collected.
   * @throws {RangeError} when the memory cannot grow.
   */
  take(bytes: number): Slice {
    const extent = this.#reserve(bytes);
    const slice = { address: extent.address };
    this.floats.fill(0, extent.address / 4, (extent.address + extent.bytes) / 4);
    this.#collected.register(slice, extent);
    return slice;
  }

  /** A slice of `bytes` that all users of `key` share; `fill` writes its content for the first of them. */
  share(key: string, bytes: number, fill: (address: number) => void): Slice {
    const known = this.#shared.get(key)?.deref();
    if (known) return known;
    const slice = this.take(bytes);
    fill(slice.address);
    this.#shared.set(key, new WeakRef(slice));
    return slice;
  }

  /** A slice with the content of `values`, shared as {@link share} does. */
  shareValues(key: string, values: Float32Array | Float64Array | Int32Array): Slice {
    return this.share(key, values.byteLength, (address) => {
      new Uint8Array(this.code.memory.buffer, address, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    });
  }

  /** Calls `work` with the address of a copy of `values`. */
  lend(values: Float64Array, work: (address: number) => void): void {
    const extent = this.#reserve(values.byteLength);
    new Float64Array(this.code.memory.buffer, extent.address, values.length).set(values);
    work(extent.address);
    this.#release(extent);
  }

  #reserve(bytes: number): Extent {
    const size = sizeClass(bytes);
    return { address: this.#free.get(size)?.pop() ?? this.#extend(size), bytes: size };
  }

  #release({ address, bytes }: Extent): void {
    const list = this.#free.get(bytes);
    if (list) list.push(address);
    else this.#free.set(bytes, [address]);
  }

  #extend(size: number): number {
    const address = this.#end;
    const missing = address + size - this.bytes;
    if (missing > 0) {
      const { memory, PARAMS, INPUT } = this.code;
      memory.grow(Math.max(LEAST_GROWTH, Math.ceil(missing / PAGE_BYTES)));
      this.floats = new Float32Array(memory.buffer);
      this.params = new Float64Array(memory.buffer, PARAMS.value, 2);
      this.#input = new Float32Array(memory.buffer, INPUT.value, this.block);
      this.#outputs.fill(undefined);
    }
    this.#end += size;
    return address;
  }
}

/** `bytes` rounded up to one of four sizes per power of two, so that what one slice leaves fits the next. */
function sizeClass(bytes: number): number {
  const unit = Math.max(64, 2 ** (29 - Math.clz32(bytes)));
  return Math.ceil(bytes / unit) * unit;
}
