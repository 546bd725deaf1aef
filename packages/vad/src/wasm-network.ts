/**
 * The network in WebAssembly SIMD: one instance, which holds one model's weights and what a call needs. Sessions keep their own memory; it is copied in and out, 1.3 kB each way.
 *
 * Any thread that allows WebAssembly: compiling (6 kB, once) and instantiating are synchronous. Nothing is allocated after construction. Probabilities are the same to the bit on
 * every machine.
 */
import { SILERO_KERNEL_HEX } from "./generated/silero-kernel.ts";
import { HIDDEN, type Network, SILERO_CONTEXT, SILERO_FRAME, type SileroMemory } from "./network.ts";
import { hannWindow, twiddles } from "./tables.ts";

/** What packages/vad/kernels exports. */
interface KernelCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly TWIDDLES: WasmGlobal;
  readonly WINDOW: WasmGlobal;
  readonly SAMPLES: WasmGlobal;
  readonly STATE: WasmGlobal;
  readonly WEIGHTS: WasmGlobal;
  run(): number;
}

interface WasmGlobal {
  readonly value: number;
}

/** The part of the WebAssembly interface in use; the standard library that this package compiles against does not have it. */
interface WasmInterface {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
}

let compiled: object | null | undefined;

/** A network with `weights` as they lie in a model file, or null where WebAssembly with SIMD is missing or forbidden (a Content-Security-Policy without 'wasm-unsafe-eval'). */
export function wasmNetwork(weights: Float32Array): Network | null {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmInterface };
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(bytesOf(SILERO_KERNEL_HEX));
    } catch {
      compiled = null;
    }
  }
  return compiled === null ? null : new WasmNetwork(new WebAssembly.Instance(compiled).exports as KernelCode, weights);
}

class WasmNetwork implements Network {
  readonly #code: KernelCode;
  readonly #context: Float32Array;
  readonly #frame: Float32Array;
  readonly #newContext: Float32Array;
  readonly #state: Float32Array;

  constructor(code: KernelCode, weights: Float32Array) {
    const { buffer } = code.memory;
    const samples = code.SAMPLES.value;
    new Float32Array(buffer, code.TWIDDLES.value).set(twiddles());
    new Float32Array(buffer, code.WINDOW.value).set(hannWindow());
    new Float32Array(buffer, code.WEIGHTS.value).set(weights);
    this.#code = code;
    this.#context = new Float32Array(buffer, samples, SILERO_CONTEXT);
    this.#frame = new Float32Array(buffer, samples + 4 * SILERO_CONTEXT, SILERO_FRAME);
    // The end of the frame after it was made finite.
    this.#newContext = new Float32Array(buffer, samples + 4 * SILERO_FRAME, SILERO_CONTEXT);
    this.#state = new Float32Array(buffer, code.STATE.value, 2 * HIDDEN);
  }

  run(memory: SileroMemory, frame: Float32Array): number {
    this.#context.set(memory.context);
    this.#frame.set(frame);
    this.#state.set(memory.state);
    const probability = this.#code.run();
    memory.state.set(this.#state);
    memory.context.set(this.#newContext);
    return probability;
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
