/**
 * How public voice clients change the sample rate, written anew from the behaviour of their released code. Each takes one chunk and returns what the client would have.
 */

/** The stateless linear interpolation of vercel/ai's browser audio: every chunk starts from scratch, and its length is rounded. */
export function vercelLinear(input: Float32Array, inRate: number, outRate: number): Float32Array {
  if (inRate === outRate) return input;
  const step = inRate / outRate;
  const length = Math.round(input.length / step);
  const output = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = i * step;
    const below = Math.floor(at);
    const above = Math.min(below + 1, input.length - 1);
    const share = at - below;
    output[i] = input[below] * (1 - share) + input[above] * share;
  }
  return output;
}

/** The loop of the cloudflare/agents voice worklet: one quantum at a time, samples pushed to an array. */
export function cloudflareLinear(input: Float32Array, inRate: number, outRate: number): Float32Array {
  const step = inRate / outRate;
  const output: number[] = [];
  for (let at = 0; at < input.length; at += step) {
    const below = Math.floor(at);
    const share = at - below;
    output.push(below + 1 < input.length ? input[below] * (1 - share) + input[below + 1] * share : input[below]);
  }
  return new Float32Array(output);
}

/** Linear interpolation that keeps its place between chunks and collects samples in an array, as elevenlabs' transcription client does. */
export class ElevenLabsLinear {
  readonly #step: number;
  #kept: number[] = [];
  #at = 0;

  constructor(inRate: number, outRate: number) {
    this.#step = inRate / outRate;
  }

  process(input: Float32Array): Float32Array {
    for (const sample of input) this.#kept.push(sample);
    const output: number[] = [];
    while (Math.floor(this.#at) + 1 < this.#kept.length) {
      const below = Math.floor(this.#at);
      const share = this.#at - below;
      output.push(this.#kept[below] * (1 - share) + this.#kept[below + 1] * share);
      this.#at += this.#step;
    }
    const used = Math.min(Math.floor(this.#at), this.#kept.length);
    this.#kept = this.#kept.slice(used);
    this.#at -= used;
    return new Float32Array(output);
  }
}

/** The average over all input samples that fall into an output sample, as vad-web does before its model. For lower output rates only. */
export class VadWebAverage {
  readonly #step: number;
  #kept: number[] = [];
  #next = 0;

  constructor(inRate: number, outRate: number) {
    this.#step = inRate / outRate;
  }

  process(input: Float32Array): Float32Array {
    for (const sample of input) this.#kept.push(sample);
    const output: number[] = [];
    let from = 0;
    for (;;) {
      const end = Math.floor((this.#next + 1) * this.#step) - Math.floor(this.#next * this.#step);
      if (from + end > this.#kept.length) break;
      let sum = 0;
      for (let i = 0; i < end; i++) sum += this.#kept[from + i];
      output.push(sum / end);
      from += end;
      this.#next++;
    }
    this.#kept = this.#kept.slice(from);
    return new Float32Array(output);
  }
}
