/**
 * The conversion methods in WebAssembly: the same filters as the kernels in plain JavaScript, the sums in single instead of double precision but for the
 * recursive half-band filter.
 *
 * Any thread; nothing is allocated after construction. The input goes through a common area in blocks: one copy in, one call, one copy out.
 */
import { driftPhases, driftPosition, exactTable, type FirDesign, tableDelay } from "./fir-kernel.ts";
import { HALF_BAND_TAIL_FRAMES, halfBandCoefficients, halfBandDelay } from "./half-band.ts";
import { HALF_BAND_FIR_DELAY, HALF_BAND_FIR_TAIL, HALF_BAND_PAIRS, halfBandTaps } from "./half-band-fir.ts";
import { type Kernel, Position } from "./kernel.ts";
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import { leastTaps, type PhaseTable, tapsFor } from "./phase-table.ts";
import { shareRows } from "./wasm-design.ts";

/** Most outputs in a group of frames, and most frames, for which vectors over groups pay off. */
const MOST_GROUP = 12;
/** Bytes of the state of a recursive half-band filter. */
const IIR_STATE_BYTES = 96;

/** What tells one method from another. */
interface Method {
  readonly position: Position;
  readonly adjustable?: boolean;
  readonly delayInputFrames: number;
  readonly tailInputFrames: number;
  /** Bytes that the method keeps between calls. */
  readonly stateBytes: number;
  /** Taps, so that they stay where they are. */
  readonly tables: readonly Slice[];
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
    this.#state = memory.take(method.stateBytes);
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
      const count = this.#method.convert(this.#state.address, end - i);
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
    this.#memory.floats.fill(0, address / 4, (address + this.#method.stateBytes) / 4);
  }
}

/** Halves the rate with the recursive half-band filter. */
export function wasmHalfBandDown(memory: KernelMemory, inRate: number): Kernel {
  const { code } = memory;
  // Frames come as (odd, even), hence the coefficients of the odd chain first.
  const table = memory.shareValues(
    "half-band-down",
    halfBandCoefficients().map((_, k, all) => all[k ^ 1] as number),
  );
  const position = new Position(1, 2);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: halfBandDelay(inRate),
    tailInputFrames: HALF_BAND_TAIL_FRAMES,
    stateBytes: IIR_STATE_BYTES,
    tables: [table],
    convert(state, frames) {
      const count = code.iirDown(state, table.address, position.wait, frames);
      position.wait += 2 * count - frames;
      return count;
    },
  });
}

/** Doubles the rate with the recursive half-band filter. */
export function wasmHalfBandUp(memory: KernelMemory, inRate: number): Kernel {
  const { code } = memory;
  const table = memory.shareValues("half-band-up", halfBandCoefficients());
  return new WasmKernel(memory, {
    position: new Position(2, 1),
    delayInputFrames: halfBandDelay(2 * inRate) / 2,
    tailInputFrames: HALF_BAND_TAIL_FRAMES / 2,
    stateBytes: IIR_STATE_BYTES,
    tables: [table],
    convert(state, frames) {
      code.iirUp(state, table.address, frames);
      return 2 * frames;
    },
  });
}

/** Halves the rate with the symmetric half-band filter. */
export function wasmHalfBandFirDown(memory: KernelMemory): Kernel {
  const { code } = memory;
  const table = memory.shareValues("half-band-fir-down", new Float32Array(halfBandTaps()));
  const position = new Position(1, 2);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: HALF_BAND_FIR_DELAY.down,
    tailInputFrames: HALF_BAND_FIR_TAIL.down,
    stateBytes: 2 * 2 * HALF_BAND_PAIRS * 4,
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
  const table = memory.shareValues(
    "half-band-fir-up",
    new Float32Array(halfBandTaps()).map((tap) => 2 * tap),
  );
  return new WasmKernel(memory, {
    position: new Position(2, 1),
    delayInputFrames: HALF_BAND_FIR_DELAY.up,
    tailInputFrames: HALF_BAND_FIR_TAIL.up,
    stateBytes: 2 * HALF_BAND_PAIRS * 4,
    tables: [table],
    convert(state, frames) {
      code.firUp(state, table.address, HALF_BAND_PAIRS, frames);
      return 2 * frames;
    },
  });
}

/** The exact filter of `design`: vectors over groups of frames for small ratios, along the taps for others. */
export function wasmExactFir(memory: KernelMemory, design: FirDesign): Kernel {
  return design.units <= MOST_GROUP && design.step <= MOST_GROUP ? groupKernel(memory, design) : polyKernel(memory, design);
}

function polyKernel(memory: KernelMemory, design: FirDesign): Kernel {
  const { code } = memory;
  const { units, step } = design;
  const position = new Position(units, step);
  const taps = tapsFor(design.response, design.frameStep);
  const table = shareRows(memory, `${design.key} exact`, design, units, units);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: tableDelay(design),
    tailInputFrames: taps - 1,
    stateBytes: taps * 4,
    tables: [table],
    convert(state, frames) {
      const count = code.poly(state, table.address, taps, units, position.stepFrames, position.stepUnits, position.wait, position.phase, frames);
      position.wait = (memory.params[0] as number) | 0;
      position.phase = (memory.params[1] as number) | 0;
      return count;
    },
  });
}

function groupKernel(memory: KernelMemory, design: FirDesign): Kernel {
  const { code } = memory;
  const { units: outputs, step: streams } = design;
  const position = new Position(outputs, streams);
  const allTaps = leastTaps(design.response, design.frameStep);
  // Taps in a stream, and frames kept of it; the loop takes two of each four.
  const taps = Math.ceil((allTaps + streams - 1) / streams / 8) * 8;
  const kept = taps;
  const offsets = memory.shareValues(
    `${streams}/${outputs} offsets`,
    Int32Array.from({ length: outputs }, (_, p) => Math.floor((p * streams) / outputs)),
  );
  const rows = memory.shareValues(`${design.key} group`, groupRows(exactTable(design), allTaps, outputs, streams, taps));
  // The frame of the group that comes next: the group's first is 0.
  let start = 0;
  return new WasmKernel(memory, {
    position,
    delayInputFrames: tableDelay(design),
    tailInputFrames: tapsFor(design.response, design.frameStep) - 1,
    stateBytes: streams * kept * 4,
    tables: [offsets, rows],
    convert(state, frames) {
      const count = code.group(state, offsets.address, rows.address, outputs, streams, kept, taps, start, frames);
      start = (start + frames) % streams;
      position.advance(frames, count);
      return count;
    },
    reset() {
      start = 0;
    },
  });
}

/** The taps of `table` by output, stream and age: the order in which {@link KernelCode.group} adds. */
function groupRows({ taps: rowTaps, rows }: PhaseTable, allTaps: number, outputs: number, streams: number, taps: number): Float32Array {
  const result = new Float32Array(outputs * streams * taps);
  for (let p = 0; p < outputs; p++) {
    const offset = Math.floor((p * streams) / outputs);
    const row = ((p * streams) % outputs) * rowTaps;
    for (let age = 0; age < allTaps; age++) {
      const place = offset - age;
      const group = Math.floor(place / streams);
      const stream = place - group * streams;
      const index = taps - 1 + group;
      result[(p * streams + stream) * taps + (index % 4) * (taps / 4) + Math.floor(index / 4)] = rows[row + rowTaps - 1 - age] as number;
    }
  }
  return result;
}

/** The interpolated filter of `design`, for any ratio and drifting clocks. */
export function wasmDriftingFir(memory: KernelMemory, design: FirDesign): Kernel {
  const { code } = memory;
  const phases = driftPhases(design);
  const position = driftPosition(design);
  const { denominator } = position;
  const rowsPerUnit = phases / denominator;
  const taps = tapsFor(design.response, design.frameStep);
  const table = shareRows(memory, `${design.key} drift`, design, phases, phases + 1);
  return new WasmKernel(memory, {
    position,
    adjustable: true,
    delayInputFrames: tableDelay(design),
    tailInputFrames: taps - 1,
    stateBytes: taps * 4,
    tables: [table],
    convert(state, frames) {
      const { stepFrames, stepUnits, wait, phase } = position;
      const count = code.drift(state, table.address, taps, rowsPerUnit, denominator, stepFrames, stepUnits, wait, phase, frames);
      position.wait = (memory.params[0] as number) | 0;
      position.phase = memory.params[1] as number;
      return count;
    },
  });
}
