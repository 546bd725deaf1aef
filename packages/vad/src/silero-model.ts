/**
 * A model: weights that were read once, and what computes with them. One for a process or thread and generation; it serves any number of sessions, which are small.
 */
import { JsNetwork } from "./js-network.ts";
import { readModelFile, type SileroGeneration } from "./model-file.ts";
import type { Network } from "./network.ts";
import { wasmNetwork } from "./wasm-network.ts";

/** What computes: WebAssembly with SIMD, or plain JavaScript, which takes 25 times as long. Probabilities differ by rounding, less than 1e-5. */
export type SileroEngine = "wasm" | "js";

/** Options of {@link SileroModel}. */
export interface SileroModelOptions {
  /** What computes. Default: `"auto"`, WebAssembly where it can be had. */
  readonly engine?: SileroEngine | "auto";
}

/** Silero's detector for 16 kHz: its weights. Takes 0.9 MB. */
export class SileroModel {
  /** Which of Silero's models this is. */
  readonly generation: SileroGeneration;
  /** What computes. */
  readonly engine: SileroEngine;
  /** The arithmetic, for {@link SileroVad} and for those who keep the memory of sessions themselves. */
  readonly network: Network;

  /**
   * The model in `bytes`, which are the content of `@sidetone/vad/models/silero-v6.bin` or `silero-v5.bin`. They are copied.
   * @throws {TypeError} when `bytes` are not bytes or an option is wrong, {RangeError} when the bytes are not a whole model, {Error} when engine is "wasm" and not to be had.
   */
  constructor(bytes: Uint8Array | ArrayBuffer, options: SileroModelOptions = {}) {
    const { engine = "auto", ...others } = options;
    for (const name of Object.keys(others)) throw new TypeError(`options has an unknown property ${JSON.stringify(name)}; allowed is engine.`);
    if (engine !== "auto" && engine !== "wasm" && engine !== "js") {
      throw new TypeError(`engine is ${JSON.stringify(engine)}; allowed are "auto", "wasm" and "js".`);
    }
    const { generation, floats } = readModelFile(bytes);
    const wasm = engine === "js" ? null : wasmNetwork(floats);
    if (engine === "wasm" && wasm === null)
      throw new Error('engine is "wasm", but WebAssembly with SIMD is missing or forbidden here; "auto" takes "js" then.');
    this.generation = generation;
    this.engine = wasm === null ? "js" : "wasm";
    this.network = wasm ?? new JsNetwork(floats);
  }
}
