/**
 * The recursion of a filter in WebAssembly: sections of order 4, four frames at a time. Any thread; on construction only.
 *
 * Two sections of order 2 in a row become one linear system with a state s of four numbers, s' = A s + B x, y = C s + D x. Four of its steps at once are a system
 * of the same kind, whose matrices the kernel multiplies with. Complex poles are put as a rotation (the "normal form"), since single precision would drown the
 * usual direct form's poles near -1 in noise: Jackson, Lindgren and Kim, "Optimal synthesis of second-order state-space structures for digital filters", IEEE
 * Trans. Circuits and Systems 26, 1979.
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

/** A linear system: what four inputs or numbers of the state add to the next state, column by column, and to the output. */
interface System {
  /** Columns of A. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

/** The recursion of `sections`, whose table all users of `key` share. */
export function wasmRecursion(memory: KernelMemory, key: string, sections: readonly Section[], before: boolean): WasmRecursion {
  const tables: number[] = [];
  for (let k = 0; k < sections.length; k += 2) tables.push(...blockTable(inRow(sections[k] as Section, sections[k + 1] ?? [0, 0, 0, 0])));
  const table = memory.shareValues(`${key} recursion`, Float32Array.from(tables));
  const count = Math.ceil(sections.length / 2);
  return { table, sections: count, stateBytes: count * 16 + 32, before };
}

/** Sections of order 2 one after the other, as a system with D = 1. */
function inRow(first: Section, second: Section): System {
  const p = ofOrderTwo(first);
  const q = ofOrderTwo(second);
  // The second one's input is the first one's output: x + c s of the first.
  const column = (k: 0 | 1) => [...(p.a[k] as readonly number[]), ...q.b.map((b) => b * (p.c[k] as number))];
  return { a: [column(0), column(1), ...q.a.map((own) => [0, 0, ...own])], b: [...p.b, ...q.b], c: [...p.c, ...q.c] };
}

/** (1 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2) as a system with two numbers of state and D = 1. */
function ofOrderTwo([b1, b2, a1, a2]: Section): System {
  const middle = -a1 / 2;
  const square = a2 - middle * middle;
  const c = b1 - a1;
  if (square > 0) {
    const turn = Math.sqrt(square);
    return {
      a: [
        [middle, -turn],
        [turn, middle],
      ],
      b: [1, 0],
      c: [c, -(b2 - a2 + c * middle) / turn],
    };
  }
  const [p, q] = [middle + Math.sqrt(-square), middle - Math.sqrt(-square)];
  return {
    a: [
      [p, 1],
      [0, q],
    ],
    b: [1, 0],
    c: [c, b2 - a2 + c * q],
  };
}

/** Four steps of `system` at once: what inputs add to outputs, state to outputs, inputs to the state, state to the state, in columns of four. */
function blockTable(system: System): number[] {
  const at = (k: number) => Array.from({ length: BLOCK }, (_, n) => (n === k ? 1 : 0));
  const nothing = at(-1);
  const inputs = [0, 1, 2, 3].map((k) => fourSteps(system, nothing, at(k)));
  const states = [0, 1, 2, 3].map((k) => fourSteps(system, at(k), nothing));
  const columns = [
    inputs.map(({ outputs }) => outputs),
    states.map(({ outputs }) => outputs),
    inputs.map(({ state }) => state),
    states.map(({ state }) => state),
  ];
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
