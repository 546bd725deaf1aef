/** Silero's models run directly, by the ONNX runtime (WebAssembly, one thread): what @sidetone/vad is measured against. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as ort from "onnxruntime-web";

/** Samples of a frame at 16 kHz, and of the frame before it that the model is given again. */
const FRAME = 512;
const CONTEXT = 64;

/** A model as its authors distribute it. */
export class OnnxSilero {
  readonly #session: ort.InferenceSession;
  readonly #rate = new ort.Tensor("int64", BigInt64Array.of(16000n), []);

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  /** The model in `@ricky0123/vad-web`. */
  static async load(name: "v5" | "v6"): Promise<OnnxSilero> {
    const folder = dirname(createRequire(import.meta.url).resolve("@ricky0123/vad-web/package.json"));
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    return new OnnxSilero(await ort.InferenceSession.create(readFileSync(join(folder, "dist", `silero_vad_${name}.onnx`))));
  }

  /** The probability of speech in each whole frame of `samples` at 16 kHz, from a fresh state. */
  async probabilities(samples: Float32Array): Promise<Float32Array> {
    const out = new Float32Array(Math.floor(samples.length / FRAME));
    let state = new ort.Tensor("float32", new Float32Array(2 * 128), [2, 1, 128]);
    const input = new Float32Array(CONTEXT + FRAME);
    for (let k = 0; k < out.length; k++) {
      input.copyWithin(0, FRAME);
      input.set(samples.subarray(k * FRAME, (k + 1) * FRAME), CONTEXT);
      const result = await this.#session.run({ input: new ort.Tensor("float32", input.slice(), [1, CONTEXT + FRAME]), state, sr: this.#rate });
      out[k] = (result.output as ort.TypedTensor<"float32">).data[0] as number;
      state = result.stateN as ort.TypedTensor<"float32">;
    }
    return out;
  }
}
