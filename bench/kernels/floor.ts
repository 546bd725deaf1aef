/**
 * Floors: what the same samples cost when nothing is done to them but what has to be done around every kernel. Not opponents; goals that are missed are explained with them.
 */
import { type Contender, right } from "../measure/contender.ts";

/** Id of the floor in a group that has one. */
export const FLOOR = "floor";

/** A contender that moves what the others convert; `pass` does it once and gives what it wrote. */
export function floor<Input>(label: string, unitsPerCall: number, inputs: readonly Input[], pass: (input: Input) => ArrayLike<number>): Contender {
  return {
    id: FLOOR,
    label: `floor: ${label}`,
    origin: "runtime",
    note: "converts nothing, so there is nothing to check",
    create() {
      let turn = 0;
      return {
        unitsPerCall,
        call: () => (pass(inputs[turn++ % inputs.length])[3] > 0 ? 1 : 0),
        check: () => right("moves"),
      };
    },
  };
}

/** A module with one exported function that does nothing: `(module (func (export "f")))`. */
const EMPTY_MODULE = Uint8Array.of(...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0], ...[3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 4, 1, 2, 0, 0x0b]);

/** An empty call into WebAssembly between a copy in and a copy out: what a resampler in WebAssembly cannot go below. */
export function callFloor(inFrames: number, outFrames: number): Contender {
  const area = new Float32Array(Math.ceil(Math.max(inFrames, outFrames)));
  const output = new Float32Array(Math.ceil(outFrames));
  const input = Float32Array.from({ length: inFrames }, (_, i) => i);
  const result = area.subarray(0, output.length);
  let empty: (() => void) | null = null;
  const contender = floor("empty wasm call between two copies", outFrames, [input], (samples) => {
    area.set(samples);
    empty?.();
    output.set(result);
    return output;
  });
  return {
    ...contender,
    async create() {
      const { instance } = await WebAssembly.instantiate(EMPTY_MODULE);
      empty = instance.exports.f as () => void;
      return contender.create();
    },
  };
}
