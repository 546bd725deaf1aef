/**
 * The half-band filters in WebAssembly, for 2:1 and 1:2. Any thread; on construction only.
 */
import { HALF_BAND_TAIL_FRAMES, halfBandCoefficients, halfBandDelay } from "./half-band.ts";
import { HALF_BAND_FIR_DELAY, HALF_BAND_FIR_TAIL, HALF_BAND_PAIRS, halfBandTaps } from "./half-band-fir.ts";
import { type Kernel, Position } from "./kernel.ts";
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import { WasmKernel } from "./wasm-kernel.ts";

/** Bytes of the state of a recursive half-band filter: six vectors, frames that wait, and their count. */
const CHAIN_STATE_BYTES = 144;

/** Halves the rate with the recursive half-band filter. */
export function wasmHalfBandDown(memory: KernelMemory, inRate: number): Kernel {
  const { code } = memory;
  const table = chainTable(memory, 0.5);
  const position = new Position(1, 2);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: halfBandDelay(inRate),
    tailInputFrames: HALF_BAND_TAIL_FRAMES,
    stateBytes: CHAIN_STATE_BYTES,
    tables: [table],
    convert(state, frames) {
      const count = code.iirDown(state, table.address, frames);
      position.wait += 2 * count - frames;
      return count;
    },
  });
}

/** Doubles the rate with the recursive half-band filter. */
export function wasmHalfBandUp(memory: KernelMemory, inRate: number): Kernel {
  const { code } = memory;
  const table = chainTable(memory, 1);
  return new WasmKernel(memory, {
    position: new Position(2, 1),
    delayInputFrames: halfBandDelay(2 * inRate) / 2,
    tailInputFrames: HALF_BAND_TAIL_FRAMES / 2,
    stateBytes: CHAIN_STATE_BYTES,
    tables: [table],
    convert(state, frames) {
      code.iirUp(state, table.address, frames);
      return 2 * frames;
    },
  });
}

/**
 * For each section with coefficient c, vectors of 1 / c - c and c^2 for both chains; then what the chains' outputs are multiplied with, for a mean and for 1 / c in
 * each section. The slowest sections come first: then none falls silent, and denormal, before the next.
 */
function chainTable(memory: KernelMemory, gain: number): Slice {
  const coefficients = halfBandCoefficients();
  const table = new Float32Array(36);
  for (let lane = 0; lane < 4; lane++) {
    let product = gain;
    for (let section = 0; section < 4; section++) {
      const c = coefficients[2 * (3 - section) + (lane % 2)] as number;
      table[section * 8 + lane] = 1 / c - c;
      table[section * 8 + 4 + lane] = c * c;
      product *= c;
    }
    table[32 + lane] = product;
  }
  return memory.shareValues(`half-band ${gain}`, table);
}

/** Halves the rate with the symmetric half-band filter. */
export function wasmHalfBandFirDown(memory: KernelMemory): Kernel {
  const { code } = memory;
  const table = pairTable(memory, 1);
  const position = new Position(1, 2);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: HALF_BAND_FIR_DELAY.down,
    tailInputFrames: HALF_BAND_FIR_TAIL.down,
    stateBytes: code.historyBytes(2, 2 * HALF_BAND_PAIRS),
    tables: [table],
    convert(state, frames) {
      const count = code.firDown(state, table.address, HALF_BAND_PAIRS, position.wait, frames);
      position.wait += 2 * count - frames;
      return count;
    },
  });
}

/** Doubles the rate with the symmetric half-band filter. */
export function wasmHalfBandFirUp(memory: KernelMemory): Kernel {
  const { code } = memory;
  const table = pairTable(memory, 2);
  return new WasmKernel(memory, {
    position: new Position(2, 1),
    delayInputFrames: HALF_BAND_FIR_DELAY.up,
    tailInputFrames: HALF_BAND_FIR_TAIL.up,
    stateBytes: code.historyBytes(1, 2 * HALF_BAND_PAIRS),
    tables: [table],
    convert(state, frames) {
      code.firUp(state, table.address, HALF_BAND_PAIRS, frames);
      return 2 * frames;
    },
  });
}

/** Every fourth tap from the innermost pair's on, every fourth from the next, and so on: the order in which the kernel adds. */
function pairTable(memory: KernelMemory, gain: number): Slice {
  const taps = halfBandTaps();
  const inTurn = (_: number, k: number) => gain * (taps[(k % (HALF_BAND_PAIRS / 4)) * 4 + Math.floor(k / (HALF_BAND_PAIRS / 4))] as number);
  return memory.shareValues(`half-band-fir ${gain}`, new Float32Array(HALF_BAND_PAIRS).map(inTurn));
}
