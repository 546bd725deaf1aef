/**
 * What an AudioWorkletGlobalScope has beyond the language, declared by hand: no timers, no console, no DOM, so that using one of them in a worklet does not compile.
 */

/** One message that arrived on a port. */
interface MessageEvent<T = unknown> {
  readonly data: T;
  readonly ports: readonly MessagePort[];
}

/** One end of a message channel; the part that worklets use. */
interface MessagePort {
  onmessage: ((event: MessageEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer?: readonly (ArrayBuffer | MessagePort)[]): void;
  start(): void;
  close(): void;
}

/** Base class of every processor. */
declare class AudioWorkletProcessor {
  constructor(options?: AudioWorkletNodeOptions);
  readonly port: MessagePort;
}

/** What the page hands to a processor's constructor. */
interface AudioWorkletNodeOptions {
  readonly numberOfInputs?: number;
  readonly numberOfOutputs?: number;
  readonly outputChannelCount?: readonly number[];
  readonly processorOptions?: unknown;
}

/** A processor class, as `registerProcessor` takes it. */
type AudioWorkletProcessorConstructor = new (
  options: AudioWorkletNodeOptions,
) => AudioWorkletProcessor & {
  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
    parameters: Readonly<Record<string, Float32Array>>,
  ): boolean;
};

/** Makes `processor` known under `name` in this context. */
declare function registerProcessor(name: string, processor: AudioWorkletProcessorConstructor): void;

/** The context's rate in Hz. */
declare const sampleRate: number;
/** Frame number of the first frame of the quantum being rendered. */
declare const currentFrame: number;
/** Context time of that frame in seconds. */
declare const currentTime: number;
