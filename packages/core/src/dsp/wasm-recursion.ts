/**
 * The recursion of a filter in WebAssembly: sections of order 4, four frames at a time. Any thread; on construction only.
 *
 * Two sections of order 2 in a row are turned into two systems side by side (partial fractions), so that the wait for the next state is short. Together they are one
 * linear system with a state s of four numbers, s' = A s + B x, y = C s + x. Four of its steps at once are a system of the same kind, whose matrices the kernel
 * multiplies with. Complex poles are put as a rotation (the "normal form"), since single precision would drown the usual direct form's poles near -1 in noise:
 * Jackson, Lindgren and Kim, "Optimal synthesis of second-order state-space structures for digital filters", IEEE Trans. Circuits and Systems 26, 1979.
 */
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import type { Section } from "./profiles.ts";

/** A recursion at the lower rate, before or after the FIR filter. */
export interface WasmRecursion {
  /** Its matrices. */
  readonly table: Slice;
  /** Sections of order 4. */
  readonly sections: number;
  /** Bytes that it keeps between calls: four numbers for each section, and frames that wait with their count. */
  readonly stateBytes: number;
  /** Whether it runs on the input. */
  readonly before: boolean;
}

/** Frames of a block, and numbers of a state. */
const BLOCK = 4;

/** A linear system: columns of A, B and C. */
interface System {
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

/** The recursion of `sections`, whose table all users of `key` share. Poles that are close to each other must not be in the same pair of sections. */
export function wasmRecursion(memory: KernelMemory, key: string, sections: readonly Section[], before: boolean): WasmRecursion {
  const tables: number[] = [];
  for (let k = 0; k < sections.length; k += 2) tables.push(...blockTable(sideBySide(sections[k] as Section, sections[k + 1] ?? [0, 0, 0, 0])));
  const table = memory.shareValues(`${key} recursion`, Float32Array.from(tables));
  const count = Math.ceil(sections.length / 2);
  return { table, sections: count, stateBytes: count * 16 + 32, before };
}

/** The sections N1 / D1 and N2 / D2 in a row as 1 + R1 / D1 + R2 / D2. */
function sideBySide([b1, b2, a1, a2]: Section, [d1, d2, c1, c2]: Section): System {
  // N1 N2 - D1 D2 = R1 D2 + R2 D1, coefficient by coefficient of z^-1 to z^-4.
  const [r11, r12, r21, r22] = solve([
    [1, 0, 1, 0, b1 + d1 - (a1 + c1)],
    [c1, 1, a1, 1, b2 + b1 * d1 + d2 - (a2 + a1 * c1 + c2)],
    [c2, c1, a2, a1, b2 * d1 + b1 * d2 - (a2 * c1 + a1 * c2)],
    [0, c2, 0, a2, b2 * d2 - a2 * c2],
  ]) as [number, number, number, number];
  const p = ofOrderTwo(a1, a2, r11, r12);
  const q = ofOrderTwo(c1, c2, r21, r22);
  return {
    a: [...p.a.map((column) => [...column, 0, 0]), ...q.a.map((column) => [0, 0, ...column])],
    b: [...p.b, ...q.b],
    c: [...p.c, ...q.c],
  };
}

/** The solution of linear equations, their right sides last in each row; free unknowns are 0. Gaussian elimination with row pivots. */
function solve(rows: number[][]): number[] {
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    const rest = rows.slice(k).map((row) => Math.abs(row[k] as number));
    const pivot = k + rest.indexOf(Math.max(...rest));
    [rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]];
    const row = rows[k] as number[];
    const head = row[k] as number;
    for (let n = 0; n < size; n++) {
      const other = rows[n] as number[];
      const factor = n === k || head === 0 ? 0 : (other[k] as number) / head;
      for (let m = k; m <= size; m++) other[m] = (other[m] as number) - factor * (row[m] as number);
    }
  }
  return rows.map((row, k) => (row[k] === 0 ? 0 : (row[size] as number) / (row[k] as number)));
}

/** (r1 z^-1 + r2 z^-2) / (1 + a1 z^-1 + a2 z^-2) as a system with two numbers of state. */
function ofOrderTwo(a1: number, a2: number, r1: number, r2: number): System {
  const middle = -a1 / 2;
  const square = a2 - middle * middle;
  if (square > 0) {
    const turn = Math.sqrt(square);
    return {
      a: [
        [middle, -turn],
        [turn, middle],
      ],
      b: [1, 0],
      c: [r1, -(r2 + r1 * middle) / turn],
    };
  }
  const [p, q] = [middle + Math.sqrt(-square), middle - Math.sqrt(-square)];
  return {
    a: [
      [p, 1],
      [0, q],
    ],
    b: [1, 0],
    c: [r1, r2 + r1 * q],
  };
}

/** Four steps of `system` at once, in vectors: what inputs add to outputs, state to outputs, inputs to the state, and each system's state to itself. */
function blockTable(system: System): number[] {
  const at = (k: number) => Array.from({ length: BLOCK }, (_, n) => (n === k ? 1 : 0));
  const nothing = at(-1);
  const inputs = [0, 1, 2, 3].map((k) => fourSteps(system, nothing, at(k)));
  const states = [0, 1, 2, 3].map((k) => fourSteps(system, at(k), nothing));
  const own = (k: number) => [...(states[k]?.state.slice(0, 2) ?? []), ...(states[k + 2]?.state.slice(2) ?? [])];
  const columns = [inputs.map(({ outputs }) => outputs), states.map(({ outputs }) => outputs), inputs.map(({ state }) => state), [own(0), own(1)]];
  return columns.flat(2);
}

function fourSteps({ a, b, c }: System, start: readonly number[], inputs: readonly number[]): { outputs: number[]; state: number[] } {
  let state = [...start];
  const outputs = inputs.map((x) => {
    const y = state.reduce((sum, s, k) => sum + s * (c[k] as number), x);
    state = state.map((_, row) => state.reduce((sum, s, k) => sum + s * (a[k]?.[row] as number), x * (b[row] as number)));
    return y;
  });
  return { outputs, state };
}
