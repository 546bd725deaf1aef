/**
 * The general filters in WebAssembly: vectors over groups of frames for small ratios, along the taps for others, interpolated taps for clocks that drift; and the
 * recursion that belongs to some. Any thread; on construction only.
 */
import { driftPhases, driftPosition, exactTable, type FirDesign, filterDelay, filterTail, recursesBefore } from "./fir-kernel.ts";
import { type Kernel, Position } from "./kernel.ts";
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import { leastTaps, type PhaseTable, paddedForRows, ROW_SHIFT, tapsFor } from "./phase-table.ts";
import { OVERSAMPLING } from "./profiles.ts";
import { WasmKernel } from "./wasm-kernel.ts";
import { type WasmRecursion, wasmRecursion } from "./wasm-recursion.ts";

/** Most outputs in a group of frames, and most frames, for which vectors over groups pay off. */
const MOST_GROUP = 12;

/** The exact filter of `design`. */
export function wasmExactFir(memory: KernelMemory, design: FirDesign): Kernel {
  return design.units <= MOST_GROUP && design.step <= MOST_GROUP ? groupKernel(memory, design) : polyKernel(memory, design);
}

function polyKernel(memory: KernelMemory, design: FirDesign): Kernel {
  const { code } = memory;
  const { units, step } = design;
  const position = new Position(units, step);
  const taps = tapsFor(design.filter.response, design.frameStep);
  const table = shareRows(memory, `${design.key} exact`, design, units, units);
  return new WasmKernel(memory, {
    position,
    delayInputFrames: filterDelay(design),
    tailInputFrames: filterTail(design),
    stateBytes: code.historyBytes(1, taps),
    tables: [table],
    recursion: recursionOf(memory, design),
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
  const allTaps = leastTaps(design.filter.response, design.frameStep);
  const taps = Math.ceil(Math.ceil(allTaps / streams) / 4) * 4;
  const offsets = memory.shareValues(
    `${streams}/${outputs} offsets`,
    Int32Array.from({ length: outputs }, (_, p) => Math.floor((p * streams) / outputs)),
  );
  const rows = memory.shareValues(`${design.key} group`, groupRows(exactTable(design), allTaps, outputs, streams, taps));
  // The frame of the group that comes next: the group's first is 0.
  let start = 0;
  return new WasmKernel(memory, {
    position,
    delayInputFrames: filterDelay(design),
    tailInputFrames: filterTail(design),
    stateBytes: code.historyBytes(streams, taps),
    tables: [offsets, rows],
    recursion: recursionOf(memory, design),
    convert(state, frames) {
      const count = code.group(state, offsets.address, rows.address, outputs, streams, taps, start, frames);
      start = (start + frames) % streams;
      position.advance(frames, count);
      return count;
    },
    reset() {
      start = 0;
    },
  });
}

/** The taps of `table` by output, stream and age: the order in which the kernel adds. A stream's latest frame may be the one of the group before. */
function groupRows({ taps: rowTaps, rows }: PhaseTable, allTaps: number, outputs: number, streams: number, taps: number): Float32Array {
  const result = new Float32Array(outputs * streams * taps);
  for (let p = 0; p < outputs; p++) {
    const offset = Math.floor((p * streams) / outputs);
    const row = ((p * streams) % outputs) * rowTaps;
    for (let age = 0; age < allTaps; age++) {
      const group = Math.floor((offset - age) / streams);
      const stream = offset - age - group * streams;
      const index = taps - 1 + group + (stream <= offset ? 0 : 1);
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
  const taps = tapsFor(design.filter.response, design.frameStep);
  const table = shareRows(memory, `${design.key} drift`, design, phases, phases + 1);
  return new WasmKernel(memory, {
    position,
    adjustable: true,
    delayInputFrames: filterDelay(design),
    tailInputFrames: filterTail(design),
    stateBytes: code.historyBytes(1, taps),
    tables: [table],
    recursion: recursionOf(memory, design),
    convert(state, frames) {
      const { stepFrames, stepUnits, wait, phase } = position;
      const count = code.drift(state, table.address, taps, rowsPerUnit, denominator, stepFrames, stepUnits, wait, phase, frames);
      position.wait = (memory.params[0] as number) | 0;
      position.phase = memory.params[1] as number;
      return count;
    },
  });
}

/** Rows of taps as `buildPhaseTable` makes them, shared under `key`; computed in WebAssembly, while JavaScript may still be cold. */
export function shareRows(memory: KernelMemory, key: string, { filter, frameStep }: FirDesign, phases: number, rowCount: number): Slice {
  const taps = tapsFor(filter.response, frameStep);
  return memory.share(key, rowCount * taps * 4, (rows) => {
    const padded = paddedForRows(filter.response);
    const step = frameStep * OVERSAMPLING;
    memory.lend(padded, (samples) => memory.code.phaseRows(samples, padded.length, rows, taps, rowCount, phases, step, ROW_SHIFT, frameStep));
  });
}

function recursionOf(memory: KernelMemory, design: FirDesign): WasmRecursion | undefined {
  const { sections } = design.filter;
  if (sections.length === 0) return undefined;
  return wasmRecursion(memory, design.key, sections, recursesBefore(design));
}
