/**
 * The network in plain TypeScript, as it is defined: the reference for the kernel in WebAssembly, and what runs where WebAssembly with SIMD is missing or forbidden. Sums are in
 * double precision, so it is closer to the model's true values than either; sigmoids and tangents are the engine's own.
 *
 * Any thread; nothing is allocated after construction.
 */
import { LAYERS, type Layer, OUTPUT } from "./model-file.ts";
import { HIDDEN, MOST, type Network, SILERO_CONTEXT, SILERO_FRAME, type SileroMemory } from "./network.ts";
import { BINS, fourierBasis, HOP, WINDOW_SAMPLES, WINDOWS } from "./tables.ts";

const [FIRST, SECOND, THIRD, FOURTH, GATES] = LAYERS as readonly [Layer, Layer, Layer, Layer, Layer];
/** Taps of a convolution over time; the middle one is at the output's own time. */
const TAPS = 3;

/** The network with its weights. */
export class JsNetwork implements Network {
  readonly #weights: Float32Array;
  readonly #basis = fourierBasis();
  readonly #samples = new Float64Array(SILERO_CONTEXT + SILERO_FRAME + SILERO_CONTEXT);
  /** By time, then by channel; so are the outputs of the convolutions. */
  readonly #magnitudes = new Float64Array(WINDOWS * BINS);
  readonly #first = new Float64Array(WINDOWS * FIRST.outputs);
  readonly #second = new Float64Array(2 * SECOND.outputs);
  readonly #third = new Float64Array(THIRD.outputs);
  /** Outputs of the fourth layer, and the hidden values behind them. */
  readonly #fourth = new Float64Array(FOURTH.outputs + HIDDEN);
  readonly #gates = new Float64Array(GATES.outputs);

  /** The network with `weights` as they lie in a model file. */
  constructor(weights: Float32Array) {
    this.#weights = weights;
  }

  /** See {@link Network.run}. */
  run(memory: SileroMemory, frame: Float32Array): number {
    this.#prepare(memory.context, frame);
    this.#transform();
    this.#convolve(FIRST, this.#magnitudes, WINDOWS, 1, this.#first);
    this.#convolve(SECOND, this.#first, WINDOWS, 2, this.#second);
    this.#dense(THIRD, this.#second, this.#third);
    rectify(this.#third);
    this.#dense(FOURTH, this.#third, this.#fourth);
    rectify(this.#fourth);
    for (let i = 0; i < HIDDEN; i++) this.#fourth[FOURTH.outputs + i] = memory.state[i] as number;
    this.#dense(GATES, this.#fourth, this.#gates);
    this.#remember(memory.state);
    return this.#decide(memory.state);
  }

  #prepare(context: Float32Array, frame: Float32Array): void {
    const samples = this.#samples;
    for (let i = 0; i < SILERO_CONTEXT; i++) samples[i] = context[i] as number;
    for (let i = 0; i < SILERO_FRAME; i++) {
      const x = frame[i] as number;
      samples[SILERO_CONTEXT + i] = Number.isFinite(x) ? Math.min(MOST, Math.max(-MOST, x)) : 0;
    }
    const end = SILERO_CONTEXT + SILERO_FRAME;
    for (let i = 0; i < SILERO_CONTEXT; i++) {
      samples[end + i] = samples[end - 2 - i] as number;
      context[i] = samples[SILERO_FRAME + i] as number;
    }
  }

  #transform(): void {
    const basis = this.#basis;
    const samples = this.#samples;
    const length = WINDOW_SAMPLES;
    for (let time = 0; time < WINDOWS; time++) {
      const from = time * HOP;
      for (let bin = 0; bin < BINS; bin++) {
        const cosines = bin * 2 * length;
        const sines = cosines + length;
        let re = 0;
        let im = 0;
        for (let n = 0; n < length; n++) {
          const x = samples[from + n] as number;
          re += x * (basis[cosines + n] as number);
          im += x * (basis[sines + n] as number);
        }
        this.#magnitudes[time * BINS + bin] = Math.sqrt(re * re + im * im);
      }
    }
  }

  /** A convolution over `times` times with one of zeros before and after, every `stride`-th output, rectified. */
  #convolve(layer: Layer, input: Float64Array, times: number, stride: number, output: Float64Array): void {
    const { outputs, inputs, group } = layer;
    const weights = this.#weights;
    const channels = inputs / TAPS;
    const step = TAPS * group;
    for (let out = 0; out < outputs; out++) {
      const first = layer.weights + (out - (out % group)) * inputs + (out % group);
      for (let time = 0; time < times; time += stride) {
        let sum = weights[layer.bias + out] as number;
        for (let tap = 0; tap < TAPS; tap++) {
          const from = time + tap - 1;
          if (from < 0 || from >= times) continue;
          let weight = first + tap * group;
          for (let at = from * channels; at < (from + 1) * channels; at++) {
            sum += (weights[weight] as number) * (input[at] as number);
            weight += step;
          }
        }
        output[(time / stride) * outputs + out] = Math.max(0, sum);
      }
    }
  }

  #dense(layer: Layer, input: Float64Array, output: Float64Array): void {
    const { outputs, inputs, group } = layer;
    const weights = this.#weights;
    for (let out = 0; out < outputs; out++) {
      let weight = layer.weights + (out - (out % group)) * inputs + (out % group);
      let sum = weights[layer.bias + out] as number;
      for (let i = 0; i < inputs; i++) {
        sum += (weights[weight] as number) * (input[i] as number);
        weight += group;
      }
      output[out] = sum;
    }
  }

  #remember(state: Float32Array): void {
    const gates = this.#gates;
    for (let i = 0; i < HIDDEN; i++) {
      const input = sigmoid(gates[i] as number);
      const forget = sigmoid(gates[HIDDEN + i] as number);
      const candidate = Math.tanh(gates[2 * HIDDEN + i] as number);
      const output = sigmoid(gates[3 * HIDDEN + i] as number);
      const cell = forget * (state[HIDDEN + i] as number) + input * candidate;
      state[HIDDEN + i] = cell;
      state[i] = output * Math.tanh(cell);
    }
  }

  #decide(state: Float32Array): number {
    let sum = this.#weights[OUTPUT + HIDDEN] as number;
    for (let i = 0; i < HIDDEN; i++) sum += (this.#weights[OUTPUT + i] as number) * Math.max(0, state[i] as number);
    return sigmoid(sum);
  }
}

function rectify(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) < 0) values[i] = 0;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
