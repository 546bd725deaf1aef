/**
 * A conversion method in WebAssembly as a kernel: one copy of the input into the common area, the calls, one copy of the output.
 *
 * Any thread; nothing is allocated after construction. The methods (wasm-fir.ts, wasm-half-band.ts) filter as the kernels in plain JavaScript do, in single
 * instead of double precision.
 */
import type { Kernel, Position } from "./kernel.ts";
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import type { WasmRecursion } from "./wasm-recursion.ts";

/** What tells one method from another. */
export interface Method {
  readonly position: Position;
  readonly adjustable?: boolean;
  readonly delayInputFrames: number;
  readonly tailInputFrames: number;
  /** Bytes that the method keeps between calls, a multiple of 16. */
  readonly stateBytes: number;
  /** Taps, so that they stay where they are. */
  readonly tables: readonly Slice[];
  readonly recursion?: WasmRecursion | undefined;
  /** Forgets what the state does not hold. */
  reset?(): void;
  /** Converts `frames` loaded frames and moves the position. @returns frames given. */
  convert(state: number, frames: number): number;
}

/** A kernel in WebAssembly. */
export class WasmKernel implements Kernel {
  /** See {@link Kernel.position}. */
  readonly position: Position;
  /** See {@link Kernel.adjustable}. */
  readonly adjustable: boolean;
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames: number;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames: number;
  readonly #memory: KernelMemory;
  readonly #method: Method;
  readonly #recursion: WasmRecursion | undefined;
  readonly #state: Slice;
  /** Input frames for which the output of a call has room, whatever the ratio is set to. */
  readonly #block: number;

  /** The kernel of `method`, with a state of its own. */
  constructor(memory: KernelMemory, method: Method) {
    const { position } = method;
    this.position = position;
    this.adjustable = method.adjustable ?? false;
    this.delayInputFrames = method.delayInputFrames;
    this.tailInputFrames = method.tailInputFrames;
    this.#memory = memory;
    this.#method = method;
    this.#recursion = method.recursion;
    this.#state = memory.take(this.#stateBytes);
    const step = position.stepFrames + position.stepUnits / position.denominator;
    this.#block = Math.min(memory.block, Math.floor(memory.block * step * 0.99));
  }

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    const memory = this.#memory;
    let o = at;
    for (let i = from; i < to; ) {
      const end = Math.min(to, i + this.#block);
      memory.load(input, i, end);
      const count = this.#recursion === undefined ? this.#method.convert(this.#state.address, end - i) : this.#convertRecursively(this.#recursion, end - i);
      memory.save(count, output, o);
      o += count;
      i = end;
    }
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    const { address } = this.#state;
    this.position.reset();
    this.#method.reset?.();
    this.#memory.floats.fill(0, address / 4, (address + this.#stateBytes) / 4);
  }

  get #stateBytes(): number {
    return this.#method.stateBytes + (this.#recursion?.stateBytes ?? 0);
  }

  #convertRecursively({ table, sections, before }: WasmRecursion, frames: number): number {
    const { code, inputAddress, outputAddress } = this.#memory;
    const { address } = this.#state;
    const state = address + this.#method.stateBytes;
    if (before) code.recurse(state, table.address, sections, inputAddress, frames);
    const count = this.#method.convert(address, frames);
    if (!before) code.recurse(state, table.address, sections, outputAddress, count);
    return count;
  }
}
