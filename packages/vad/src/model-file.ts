/**
 * The weights of a model as a file, little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 0 to 7 | `SILERO16` in ASCII |
 * | 8 to 11 | version of this layout, u32: 1 |
 * | 12 to 15 | generation of the model, u32: 5 or 6 |
 * | 16 to 19 | number of floats, u32 |
 * | 20 to 23 | check sum, u32: s = 31 s + word, over all floats as u32 words |
 * | 24 to 31 | 0 |
 * | from 32 | the floats, f32: {@link LAYERS} one after the other, then 128 weights and one bias of the output, and three zeros |
 *
 * A layer is its biases, one per output, and its weights in groups of outputs: for each group and each input, one weight for each output of the group. Inputs of the two layers with
 * three taps are counted tap by tap within a channel; the third layer sees 64 channels at one time and then at the next, the last one 128 outputs of the fourth and then its own 128
 * hidden values. Its outputs are the input, forget, candidate and output gates. `scripts/lib/silero.mjs` writes such files.
 */

const MAGIC = "SILERO16";
const LAYOUT = 1;
const HEADER_BYTES = 32;

/** A layer: how many outputs and inputs, and how many outputs a group has. */
export interface Layer {
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  /** Place of the first bias among the floats. */
  readonly bias: number;
  /** Place of the first weight. */
  readonly weights: number;
}

const SHAPES = [
  { outputs: 128, inputs: 129 * 3, group: 8 },
  { outputs: 64, inputs: 128 * 3, group: 16 },
  { outputs: 64, inputs: 128, group: 32 },
  { outputs: 128, inputs: 64, group: 32 },
  { outputs: 512, inputs: 256, group: 32 },
] as const;

/** The layers: two convolutions over several times, two at one time, and the gates of the recurrent one. */
export const LAYERS: readonly Layer[] = /* @__PURE__ */ placed();
/** Place of the output's weights; its bias is 128 further. */
export const OUTPUT: number = /* @__PURE__ */ endOf(LAYERS[SHAPES.length - 1] as Layer);
const FLOATS = /* @__PURE__ */ (() => OUTPUT + 132)();

/** Which of Silero's models: v5 (2024) or v6 (2025). They differ in their weights only. */
export type SileroGeneration = 5 | 6;

/** A file that was read. */
export interface ModelFile {
  /** See {@link SileroGeneration}. */
  readonly generation: SileroGeneration;
  /** All weights, in the order of the file. */
  readonly floats: Float32Array<ArrayBuffer>;
}

/** Reads a model. @throws {TypeError} unless `bytes` are bytes, {RangeError} when they are not a whole model file. */
export function readModelFile(bytes: Uint8Array | ArrayBuffer): ModelFile {
  const all = bytes instanceof Uint8Array ? bytes : isBuffer(bytes) ? new Uint8Array(bytes) : undefined;
  if (all === undefined) throw new TypeError(`bytes is ${bytes === null ? "null" : typeof bytes}; allowed is a Uint8Array or an ArrayBuffer.`);
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  const magic = String.fromCharCode(...all.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new RangeError(`bytes begin with ${JSON.stringify(magic)}; a Silero model for Sidetone begins with "${MAGIC}".`);
  if (all.length !== HEADER_BYTES + 4 * FLOATS) throw new RangeError(`bytes are ${all.length}; a whole model has ${HEADER_BYTES + 4 * FLOATS}.`);
  const layout = view.getUint32(8, true);
  const generation = view.getUint32(12, true);
  if (layout !== LAYOUT) throw new RangeError(`bytes are of layout ${layout}; this version of the package reads ${LAYOUT}.`);
  if (generation !== 5 && generation !== 6) throw new RangeError(`bytes are of generation ${generation}; this version of the package knows 5 and 6.`);
  // Views of a copy, which begins at a multiple of 4; every platform in question is little-endian, as WebAssembly is.
  const copy = new Uint8Array(4 * FLOATS);
  copy.set(all.subarray(HEADER_BYTES));
  const words = new Uint32Array(copy.buffer);
  let sum = 0;
  for (let at = 0; at < FLOATS; at++) sum = (Math.imul(sum, 31) + (words[at] as number)) | 0;
  if (sum !== view.getInt32(20, true)) throw new RangeError("bytes are damaged: the check sum is wrong.");
  return { generation, floats: new Float32Array(copy.buffer) };
}

/** An `ArrayBuffer`, also of another realm. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function placed(): Layer[] {
  const layers: Layer[] = [];
  let bias = 0;
  for (const shape of SHAPES) {
    const layer = { ...shape, bias, weights: bias + shape.outputs };
    layers.push(layer);
    bias = endOf(layer);
  }
  return layers;
}

function endOf({ weights, outputs, inputs }: Layer): number {
  return weights + outputs * inputs;
}
