/**
 * PCM16 and G.711 through the kernels in WebAssembly: one copy in, one or two calls, one copy out. The same bytes as the loops in plain JavaScript.
 *
 * Any thread that allows WebAssembly. One set for all codecs of a thread, made by the first call that is long enough; calls never overlap. Nothing is allocated
 * after that but a view for a length that is new. The memory may grow under the views when a resampler is made, which leaves them without length; they are made
 * anew then.
 */
import type { Law } from "./g711-loops.ts";
import { type KernelMemory, loadKernels, type Slice } from "./kernel-memory.ts";

/** Shorter calls are done sooner in JavaScript, in frames. */
const LEAST_FRAMES = 64;
/** Longer ones too, so that the areas stay small (64 kB each) and nothing has to be cut up: 0.7 s at 24 kHz, several times what servers send at once. */
const MOST_FRAMES = 16_384;
/** Bytes that a loop may go past the end of an area. */
const SLACK_BYTES = 64;
const AREA_BYTES = MOST_FRAMES * 4 + SLACK_BYTES;

/** Constants of the kernels: where they begin, in bytes. Their order is that of packages/core/kernels/codecs.ts. */
const PCM16_AT = 0;
const LAW_AT: Readonly<Record<Law, number>> = { mulaw: 32, alaw: 96 };
const CONSTANT_BYTES = 160;

type Samples = Float32Array | Int16Array | Uint8Array;

let loaded: WasmCodecs | null | undefined;

/** The codecs for a call of `frames` frames: null for those in JavaScript. */
export function codecsFor(frames: number): WasmCodecs | null {
  return frames < LEAST_FRAMES || frames > MOST_FRAMES ? null : loadCodecs();
}

/** The codecs in WebAssembly, or null where that is missing or forbidden. */
export function loadCodecs(): WasmCodecs | null {
  if (loaded === undefined) {
    const memory = loadKernels();
    loaded = memory ? new WasmCodecs(memory) : null;
  }
  return loaded;
}

/** Views of one area, for outputs of any length: lengths take few values at a time, and a view made for each call would be garbage. */
class Views<T extends Samples> {
  readonly #make: (frames: number) => T;
  readonly #kept: T[] = [];

  constructor(make: (frames: number) => T) {
    this.#make = make;
    for (let k = 0; k < 16; k++) this.#kept.push(make(0));
  }

  of(frames: number): T {
    const view = this.#kept[frames & 15] as T;
    return view.length === frames ? view : this.#renew(frames);
  }

  #renew(frames: number): T {
    const view = this.#make(frames);
    this.#kept[frames & 15] = view;
    return view;
  }
}

/** Encoders and decoders for calls of {@link codecsFor}; every output is known to be long enough. */
export class WasmCodecs {
  readonly #code: KernelMemory["code"];
  /** The input of a call, then its output, then constants. */
  readonly #slice: Slice;
  readonly #in: number;
  readonly #out: number;
  readonly #pcm16: number;
  readonly #mulaw: number;
  readonly #alaw: number;
  readonly #floatsIn: Views<Float32Array>;
  readonly #stepsIn: Views<Int16Array>;
  readonly #bytesIn: Views<Uint8Array>;
  readonly #floatsOut: Views<Float32Array>;
  readonly #stepsOut: Views<Int16Array>;
  readonly #bytesOut: Views<Uint8Array>;

  /** Codecs with areas of their own in `memory`. */
  constructor(memory: KernelMemory) {
    const { code } = memory;
    this.#code = code;
    this.#slice = memory.take(2 * AREA_BYTES + CONSTANT_BYTES);
    const { address } = this.#slice;
    this.#in = address;
    this.#out = address + AREA_BYTES;
    const constants = address + 2 * AREA_BYTES;
    this.#pcm16 = constants + PCM16_AT;
    this.#mulaw = constants + LAW_AT.mulaw;
    this.#alaw = constants + LAW_AT.alaw;
    new Uint8Array(code.memory.buffer, constants, CONSTANT_BYTES).set(buildConstants());
    this.#floatsIn = new Views((frames) => new Float32Array(code.memory.buffer, this.#in, frames));
    this.#stepsIn = new Views((frames) => new Int16Array(code.memory.buffer, this.#in, frames));
    this.#bytesIn = new Views((frames) => new Uint8Array(code.memory.buffer, this.#in, frames));
    this.#floatsOut = new Views((frames) => new Float32Array(code.memory.buffer, this.#out, frames));
    this.#stepsOut = new Views((frames) => new Int16Array(code.memory.buffer, this.#out, frames));
    this.#bytesOut = new Views((frames) => new Uint8Array(code.memory.buffer, this.#out, frames));
  }

  encodePcm16(input: Float32Array, output: Int16Array): void {
    const frames = input.length;
    this.#floatsIn.of(frames).set(input);
    this.#code.encodePcm16(this.#in, this.#out, frames, this.#pcm16);
    output.set(this.#stepsOut.of(frames));
  }

  encodePcm16Bytes(input: Float32Array, output: Uint8Array): void {
    const frames = input.length;
    this.#floatsIn.of(frames).set(input);
    this.#code.encodePcm16(this.#in, this.#out, frames, this.#pcm16);
    output.set(this.#bytesOut.of(2 * frames));
  }

  decodePcm16(input: Int16Array, output: Float32Array): void {
    const frames = input.length;
    this.#stepsIn.of(frames).set(input);
    this.#code.decodePcm16(this.#in, this.#out, frames, this.#pcm16);
    output.set(this.#floatsOut.of(frames));
  }

  /** `input` holds whole samples. */
  decodePcm16Bytes(input: Uint8Array, output: Float32Array): void {
    const frames = input.length >> 1;
    this.#bytesIn.of(2 * frames).set(input);
    this.#code.decodePcm16(this.#in, this.#out, frames, this.#pcm16);
    output.set(this.#floatsOut.of(frames));
  }

  encodeLaw(law: Law, input: Int16Array, output: Uint8Array): void {
    const frames = input.length;
    this.#stepsIn.of(frames).set(input);
    this.#code.encodeLaw(this.#in, this.#out, frames, law === "mulaw" ? this.#mulaw : this.#alaw);
    output.set(this.#bytesOut.of(frames));
  }

  decodeLaw(law: Law, input: Uint8Array, output: Int16Array): void {
    const frames = input.length;
    this.#bytesIn.of(frames).set(input);
    this.#code.decodeLaw(this.#in, this.#out, frames, law === "mulaw" ? this.#mulaw : this.#alaw);
    output.set(this.#stepsOut.of(frames));
  }

  encodeLawFloats(law: Law, input: Float32Array, output: Uint8Array): void {
    const frames = input.length;
    this.#floatsIn.of(frames).set(input);
    this.#code.encodePcm16(this.#in, this.#in, frames, this.#pcm16);
    this.#code.encodeLaw(this.#in, this.#out, frames, law === "mulaw" ? this.#mulaw : this.#alaw);
    output.set(this.#bytesOut.of(frames));
  }

  decodeLawFloats(law: Law, input: Uint8Array, output: Float32Array): void {
    const frames = input.length;
    this.#bytesIn.of(frames).set(input);
    this.#code.decodeLaw(this.#in, this.#out, frames, law === "mulaw" ? this.#mulaw : this.#alaw);
    this.#code.decodePcm16(this.#out, this.#in, frames, this.#pcm16);
    output.set(this.#floatsIn.of(frames));
  }
}

/** The constants as packages/core/kernels/codecs.ts describes them. */
function buildConstants(): Uint8Array {
  const constants = new Uint8Array(CONSTANT_BYTES);
  new Float32Array(constants.buffer, PCM16_AT, 5).set([32768, -32768, 32767, 1.5 * 2 ** 23, 1 / 32768]);
  for (const law of ["mulaw", "alaw"] as const) {
    const mulaw = law === "mulaw";
    const at = LAW_AT[law];
    // The first segment of magnitudes from 32 on, less the bias: 2^5 as a float has the exponent 127 + 5.
    new Int16Array(constants.buffer, at, 4).set([mulaw ? 33 : 0, mulaw ? 0 : 16, 0x1fff, (127 + 5) << 4]);
    constants.set([0x80, mulaw ? 0xff : 0xd5, mulaw ? 132 : 0, 0, 15], at + 8);
    for (let half = 0; half < 16; half++) {
      const bits = mulaw ? ~half & 15 : half ^ 5;
      const segment = bits & 7;
      constants[at + 16 + half] = bits << 3;
      constants[at + 32 + half] = mulaw || segment > 0 ? 132 : 4;
      constants[at + 48 + half] = mulaw ? 1 << segment : 1 << Math.max(1, segment);
    }
  }
  return constants;
}
