/**
 * PCM16 and G.711 through kernels in WebAssembly: one copy in, one call, one copy out. The same bytes as the loops in plain JavaScript.
 *
 * Any thread that allows WebAssembly. One instance for all codecs of a thread, made by the first call that is long enough (1.4 kB of code, a fraction of a millisecond); calls never
 * overlap. Its memory never grows, so views stay good, and nothing is allocated after that but a view for a length that is new.
 */
import type { Law } from "./g711-loops.ts";
import { CODEC_KERNELS_HEX } from "./generated/codec-kernels.ts";
import { instantiate } from "./wasm-instance.ts";

/** What packages/core/kernels/codecs.ts exports. */
interface CodecCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly MOST_FRAMES: { readonly value: number };
  readonly INPUT: { readonly value: number };
  readonly OUTPUT: { readonly value: number };
  encodePcm16(frames: number): void;
  decodePcm16(frames: number): void;
  encodeLaw(alaw: number, frames: number): void;
  decodeLaw(alaw: number, frames: number): void;
  encodeLawFloats(alaw: number, frames: number): void;
  decodeLawFloats(alaw: number, frames: number): void;
}

type Samples = Float32Array | Int16Array | Uint8Array;

/** Shorter calls are done sooner in JavaScript, in frames. */
const LEAST_FRAMES = 64;
/** Longer ones are done in JavaScript too, so that the memory stays small and nothing has to be cut up: 0.7 s at 24 kHz, several times what servers send at once. */
const MOST_FRAMES = 16_384;

let loaded: WasmCodecs | null | undefined;

/** The codecs in WebAssembly for a call of `frames` frames, or null when it is one for JavaScript. */
export function codecsFor(frames: number): WasmCodecs | null {
  return frames < LEAST_FRAMES || frames > MOST_FRAMES ? null : loadCodecs();
}

/** The codecs in WebAssembly, or null where that is missing or forbidden (a Content-Security-Policy without 'wasm-unsafe-eval'). */
export function loadCodecs(): WasmCodecs | null {
  if (loaded === undefined) {
    try {
      loaded = new WasmCodecs(instantiate(CODEC_KERNELS_HEX) as CodecCode);
    } catch {
      loaded = null;
    }
  }
  return loaded;
}

/** Places for views. Lengths are multiples of 16 as a rule, so a power of two would put them all in one; of the usual lengths hardly two share one of these. */
const PLACES = 61;

/** Views of the start of an area, by length: lengths take few values at a time, and a view made for each call would be garbage. */
class Views<T extends Samples> {
  readonly #make: (elements: number) => T;
  readonly #kept: T[] = [];

  constructor(make: (elements: number) => T) {
    this.#make = make;
    const none = make(0);
    for (let k = 0; k < PLACES; k++) this.#kept.push(none);
  }

  of(elements: number): T {
    const view = this.#kept[elements % PLACES] as T;
    return view.length === elements ? view : this.#renew(elements);
  }

  #renew(elements: number): T {
    const view = this.#make(elements);
    this.#kept[elements % PLACES] = view;
    return view;
  }
}

/** Encoders and decoders, for up to {@link MOST_FRAMES} frames; every output is known to be long enough. */
export class WasmCodecs {
  readonly #code: CodecCode;
  readonly #floatsIn: Float32Array;
  readonly #stepsIn: Int16Array;
  readonly #bytesIn: Uint8Array;
  /** Floats from codes take the place of the codes. */
  readonly #floatsInPlace: Views<Float32Array>;
  readonly #floatsOut: Views<Float32Array>;
  readonly #stepsOut: Views<Int16Array>;
  readonly #bytesOut: Views<Uint8Array>;

  /** Codecs over a new instance. */
  constructor(code: CodecCode) {
    const { buffer } = code.memory;
    const [input, output, most] = [code.INPUT.value, code.OUTPUT.value, code.MOST_FRAMES.value];
    this.#code = code;
    this.#floatsIn = new Float32Array(buffer, input, most);
    this.#stepsIn = new Int16Array(buffer, input, most);
    this.#bytesIn = new Uint8Array(buffer, input, 2 * most);
    this.#floatsInPlace = new Views((elements) => new Float32Array(buffer, input, elements));
    this.#floatsOut = new Views((elements) => new Float32Array(buffer, output, elements));
    this.#stepsOut = new Views((elements) => new Int16Array(buffer, output, elements));
    this.#bytesOut = new Views((elements) => new Uint8Array(buffer, output, elements));
  }

  encodePcm16(input: Float32Array, output: Int16Array): void {
    this.#floatsIn.set(input);
    this.#code.encodePcm16(input.length);
    output.set(this.#stepsOut.of(input.length));
  }

  encodePcm16Bytes(input: Float32Array, output: Uint8Array): void {
    this.#floatsIn.set(input);
    this.#code.encodePcm16(input.length);
    output.set(this.#bytesOut.of(2 * input.length));
  }

  decodePcm16(input: Int16Array, output: Float32Array): void {
    this.#stepsIn.set(input);
    this.#code.decodePcm16(input.length);
    output.set(this.#floatsOut.of(input.length));
  }

  /** `input` holds whole samples. */
  decodePcm16Bytes(input: Uint8Array, output: Float32Array): void {
    const frames = input.length >> 1;
    this.#bytesIn.set(input);
    this.#code.decodePcm16(frames);
    output.set(this.#floatsOut.of(frames));
  }

  encodeLaw(law: Law, input: Int16Array, output: Uint8Array): void {
    this.#stepsIn.set(input);
    this.#code.encodeLaw(law === "alaw" ? 1 : 0, input.length);
    output.set(this.#bytesOut.of(input.length));
  }

  decodeLaw(law: Law, input: Uint8Array, output: Int16Array): void {
    this.#bytesIn.set(input);
    this.#code.decodeLaw(law === "alaw" ? 1 : 0, input.length);
    output.set(this.#stepsOut.of(input.length));
  }

  encodeLawFloats(law: Law, input: Float32Array, output: Uint8Array): void {
    this.#floatsIn.set(input);
    this.#code.encodeLawFloats(law === "alaw" ? 1 : 0, input.length);
    output.set(this.#bytesOut.of(input.length));
  }

  decodeLawFloats(law: Law, input: Uint8Array, output: Float32Array): void {
    this.#bytesIn.set(input);
    this.#code.decodeLawFloats(law === "alaw" ? 1 : 0, input.length);
    output.set(this.#floatsInPlace.of(input.length));
  }
}
