/** What the plugs use of packages that ship no types (or types that their entry point does not match). */
declare module "@alexanderolsen/libsamplerate-js" {
  interface Converter {
    full(input: Float32Array): Float32Array;
    destroy(): void;
  }
  const library: {
    ConverterType: Record<string, number>;
    create(channels: number, inRate: number, outRate: number, options: { converterType: number }): Promise<Converter>;
  };

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { library as default };
}

declare module "@echogarden/speex-resampler-wasm/simd" {
  interface SpeexModule {
    _speex_resampler_init(channels: number, inRate: number, outRate: number, quality: number, errorAt: number): number;
    _speex_resampler_process_float(state: number, channel: number, inAt: number, inLengthAt: number, outAt: number, outLengthAt: number): number;
    _malloc(bytes: number): number;
    HEAPF32: Float32Array;
    HEAPU32: Uint32Array;
  }
  function load(): Promise<SpeexModule>;

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { load as default };
}

declare module "speex-resampler" {
  class SpeexResampler {
    static initPromise: Promise<unknown>;
    constructor(channels: number, inRate: number, outRate: number, quality?: number);
    processChunk(chunk: Buffer): Buffer;
  }
  // CommonJS with a `default` of its own: what Node imports is the whole module.
  const library: { default: typeof SpeexResampler };

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { library as default };
}

declare module "wave-resampler" {
  const library: { resample(samples: Float32Array, oldRate: number, newRate: number, details: { method: string }): Float64Array };

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { library as default };
}

declare module "alawmulaw" {
  interface Law {
    encode(samples: Int16Array): Uint8Array;
    decode(codes: Uint8Array): Int16Array;
  }
  const library: { mulaw: Law; alaw: Law };

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { library as default };
}

declare module "g711" {
  const library: {
    ulawFromPCM(samples: Int16Array): Uint8Array;
    alawFromPCM(samples: Int16Array): Uint8Array;
    ulawToPCM(codes: Uint8Array, bits?: number): Int16Array;
    alawToPCM(codes: Uint8Array, bits?: number): Int16Array;
  };

  // biome-ignore lint/style/noDefaultExport: the package has one.
  export { library as default };
}

declare module "soundtouchjs" {
  interface Source {
    extract(target: Float32Array, frames: number, position: number): number;
  }
  class SoundTouch {
    tempo: number;
    readonly stretch: { setParameters(rate: number, sequenceMs: number, seekWindowMs: number, overlapMs: number): void };
  }
  class SimpleFilter {
    constructor(source: Source, pipe: SoundTouch);
    extract(target: Float32Array, frames: number): number;
  }
}

declare module "signalsmith-stretch" {
  // Only imported for what it registers.
}
