/**
 * Polyphase FIR filtering, the general conversion method: exact for ratios with few phases, interpolated between phases for all others and for drifting clocks.
 *
 * Any thread, no allocation after construction. Every output is one dot product over the same taps in the same order, so chunking cannot change a bit. Sums are
 * in double precision; input frames that are not finite count as 0.
 */
import { BLOCK_FRAMES, History } from "./history.ts";
import { type Kernel, Position } from "./kernel.ts";
import { buildPhaseTable, LEAD_FRAMES, type PhaseTable, tapsFor } from "./phase-table.ts";
import { groupDelay, type LowPass, OVERSAMPLING } from "./profiles.ts";
import { Recursion } from "./recursion.ts";

/** Phases per frame of the lower rate in an interpolated table: interpolating between them errs by -118 dB at the Nyquist frequency. */
const PHASES = 1024;
/** Fractions of a phase unit that a drifting position resolves: 1e-9 of the ratio or better. */
const DRIFT_RESOLUTION = 2 ** 30;

/** A rate pair in lowest terms, with the filter for it. */
export interface FirDesign {
  /** Input rate over the greatest common divisor of both: units from one output to the next. */
  readonly step: number;
  /** Output rate over the same: units in an input frame. */
  readonly units: number;
  /** Input rate, in Hz. */
  readonly inRate: number;
  /** Lower rate over input rate. */
  readonly frameStep: number;
  /** Profile and rates, as a name for what is computed from them. */
  readonly key: string;
  /** The filter of the profile. */
  readonly filter: LowPass;
}

/** Taps that the table of {@link ExactFir} would hold, about. */
export function exactTableSize(design: FirDesign): number {
  return (design.units * design.filter.response.length) / (OVERSAMPLING * design.frameStep);
}

/** Rows for the phases that occur at the nominal ratio. */
export function exactTable({ key, filter, frameStep, units }: FirDesign): PhaseTable {
  return shared(`${key} exact`, () => buildPhaseTable(filter.response, frameStep, units, units));
}

/** Rows for evenly spaced phases, and one for the end of the last. */
export function driftTable(design: FirDesign): PhaseTable {
  const phases = driftPhases(design);
  return shared(`${design.key} drift`, () => buildPhaseTable(design.filter.response, design.frameStep, phases, phases + 1));
}

/** Phases in an input frame of {@link driftTable}. */
export function driftPhases({ frameStep }: FirDesign): number {
  let phases = 64;
  while (phases < PHASES * frameStep) phases *= 2;
  return phases;
}

/** The start of a stream whose ratio may change, at the nominal one. */
export function driftPosition({ units, step }: FirDesign): Position {
  return new Position(units * DRIFT_RESOLUTION, step * DRIFT_RESOLUTION);
}

/** Tables in use, so that resamplers of one kind have one in common. */
const tables = new Map<string, WeakRef<PhaseTable>>();

function shared(key: string, build: () => PhaseTable): PhaseTable {
  let table = tables.get(key)?.deref();
  if (!table) {
    table = build();
    tables.set(key, new WeakRef(table));
  }
  return table;
}

/** An FIR kernel with a row of taps for each phase that occurs. */
export class ExactFir implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = false;
  /** See {@link Kernel.position}. */
  readonly position: Position;
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames: number;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames: number;
  readonly #rows: Float32Array;
  readonly #taps: number;
  readonly #history: History;
  readonly #after: Recursion | undefined;

  /** The kernel of `design`. */
  constructor(design: FirDesign) {
    const table = exactTable(design);
    this.position = new Position(design.units, design.step);
    this.delayInputFrames = filterDelay(design);
    this.tailInputFrames = filterTail(design);
    this.#rows = table.rows;
    this.#taps = table.taps;
    this.#history = new History(table.taps, recursionBefore(design));
    this.#after = recursionAfter(design);
  }

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    const { position } = this;
    const { samples } = this.#history;
    const { denominator, stepFrames, stepUnits } = position;
    const rows = this.#rows;
    const taps = this.#taps;
    // Whole numbers, and known to be: a drifting position elsewhere makes the engine keep all of them as doubles.
    let wait = position.wait | 0;
    let phase = position.phase | 0;
    let o = at;
    for (let i = from; i < to; ) {
      const end = Math.min(to, i + BLOCK_FRAMES);
      const base = this.#history.append(input, i, end);
      for (const frames = end - i; wait < frames; ) {
        output[o++] = dot(rows, phase * taps, samples, base + wait, taps);
        wait += stepFrames;
        phase += stepUnits;
        if (phase >= denominator) {
          phase -= denominator;
          wait++;
        }
      }
      wait -= end - i;
      i = end;
    }
    position.wait = wait;
    position.phase = phase;
    this.#after?.run(output, at, o);
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.position.reset();
    this.#history.reset();
    this.#after?.reset();
  }
}

/** An FIR kernel whose taps are interpolated between phases: any ratio, adjustable while it runs. */
export class DriftingFir implements Kernel {
  /** See {@link Kernel.adjustable}. */
  readonly adjustable = true;
  /** See {@link Kernel.position}. */
  readonly position: Position;
  /** See {@link Kernel.delayInputFrames}. */
  readonly delayInputFrames: number;
  /** See {@link Kernel.tailInputFrames}. */
  readonly tailInputFrames: number;
  readonly #rows: Float32Array;
  readonly #taps: number;
  readonly #history: History;
  readonly #after: Recursion | undefined;
  /** Phases in an input frame, over units in an input frame. */
  readonly #phasesPerUnit: number;

  /** The kernel of `design`, at its nominal ratio. */
  constructor(design: FirDesign) {
    const phases = driftPhases(design);
    const table = driftTable(design);
    this.position = driftPosition(design);
    this.delayInputFrames = filterDelay(design);
    this.tailInputFrames = filterTail(design);
    this.#rows = table.rows;
    this.#taps = table.taps;
    this.#history = new History(table.taps, recursionBefore(design));
    this.#after = recursionAfter(design);
    this.#phasesPerUnit = phases / this.position.denominator;
  }

  /** See {@link Kernel.process}. */
  process(input: Float32Array, from: number, to: number, output: Float32Array, at: number): number {
    const { position } = this;
    const { samples } = this.#history;
    const { denominator, stepFrames, stepUnits } = position;
    const rows = this.#rows;
    const taps = this.#taps;
    let { wait, phase } = position;
    let o = at;
    for (let i = from; i < to; ) {
      const end = Math.min(to, i + BLOCK_FRAMES);
      const base = this.#history.append(input, i, end);
      for (const frames = end - i; wait < frames; ) {
        const place = phase * this.#phasesPerUnit;
        const row = Math.floor(place);
        const before = dot(rows, row * taps, samples, base + wait, taps);
        const after = dot(rows, (row + 1) * taps, samples, base + wait, taps);
        output[o++] = before + (place - row) * (after - before);
        wait += stepFrames;
        phase += stepUnits;
        if (phase >= denominator) {
          phase -= denominator;
          wait++;
        }
      }
      wait -= end - i;
      i = end;
    }
    position.wait = wait;
    position.phase = phase;
    this.#after?.run(output, at, o);
    return o - at;
  }

  /** See {@link Kernel.reset}. */
  reset(): void {
    this.position.reset();
    this.#history.reset();
    this.#after?.reset();
  }
}

/** Sum of `taps` products, in four interleaved partial sums. */
function dot(rows: Float32Array, row: number, samples: Float64Array, start: number, taps: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = 0; k < taps; k += 4) {
    a += (rows[row + k] as number) * (samples[start + k] as number);
    b += (rows[row + k + 1] as number) * (samples[start + k + 1] as number);
    c += (rows[row + k + 2] as number) * (samples[start + k + 2] as number);
    d += (rows[row + k + 3] as number) * (samples[start + k + 3] as number);
  }
  return a + b + (c + d);
}

/** Whether the filter's recursion runs on the input; otherwise it runs on the output. It runs at the lower rate. */
export function recursesBefore({ frameStep }: FirDesign): boolean {
  return frameStep === 1;
}

function recursionBefore(design: FirDesign): Recursion | undefined {
  return design.filter.sections.length > 0 && recursesBefore(design) ? new Recursion(design.filter.sections) : undefined;
}

function recursionAfter(design: FirDesign): Recursion | undefined {
  return design.filter.sections.length > 0 && !recursesBefore(design) ? new Recursion(design.filter.sections) : undefined;
}

/** Delay at 1 kHz in input frames, of the exact and of the interpolated filter. */
export function filterDelay({ filter, inRate, frameStep }: FirDesign): number {
  return (groupDelay(filter, 1000 / (inRate * frameStep)) + LEAD_FRAMES) / frameStep;
}

/** Input frames of silence after which next to nothing is left, of both. */
export function filterTail({ filter, frameStep }: FirDesign): number {
  return tapsFor(filter.response, frameStep) - 1 + Math.ceil(filter.tailFrames / frameStep);
}
