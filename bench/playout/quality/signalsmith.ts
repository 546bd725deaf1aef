/**
 * The worklet of signalsmith-stretch without a worklet: its module registers a processor when it finds the globals of one, so it is given these, and then quanta, as a browser would.
 * It registers once, when it is imported first.
 */

const QUANTUM = 128;

/** What the package's processor looks like from its browser's side. */
interface Processor {
  readonly port: { onmessage: (event: { data: unknown[] }) => void };
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: object): boolean;
}

/** Globals of a worklet, as far as the package looks at them. */
interface WorkletGlobals {
  AudioWorkletProcessor?: unknown;
  registerProcessor?: unknown;
  sampleRate?: number;
  currentTime?: number;
}

const globals = globalThis as WorkletGlobals;
let loading: Promise<new (options: object) => Processor> | undefined;
/** Called by the processor that is being made once it is ready. */
let ready: () => void = () => {};

function load(): Promise<new (options: object) => Processor> {
  loading ??= (async () => {
    let registered: (new (options: object) => Processor) | undefined;
    globals.AudioWorkletProcessor = class {
      readonly port = {
        onmessage: () => {},
        postMessage: ([what]: unknown[]) => {
          if (what === "ready") ready();
        },
      };
    };
    globals.registerProcessor = (_name: string, processor: new (options: object) => Processor) => {
      registered = processor;
    };
    await import("signalsmith-stretch");
    // What comes later must not take this process for a worklet.
    delete globals.registerProcessor;
    delete globals.AudioWorkletProcessor;
    if (registered === undefined) throw new Error("signalsmith-stretch registered no processor");
    return registered;
  })();
  return loading;
}

/** `samples` at `speed` times their speed. */
export async function stretchBySignalsmith(samples: Float32Array, rate: number, speed: number): Promise<Float32Array> {
  globals.sampleRate = rate;
  globals.currentTime = 0;
  const Processor = await load();
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const processor = new Processor({ numberOfOutputs: 1, outputChannelCount: [1] });
  await isReady;
  // Ready is said just before the queue is handed over.
  await Promise.resolve();
  const send = (...message: unknown[]) => processor.port.onmessage({ data: message });
  send(0, "addBuffers", [samples]);
  send(1, "schedule", { active: true, input: 0, output: 0, rate: speed });
  const frames = Math.round(samples.length / speed);
  const output = new Float32Array(frames + QUANTUM);
  // What it gives now is heard its own latency later: `output` of the schedule is the time at the ear, so what it computes first lies that much into the recording.
  const lead = Math.round((processor as unknown as { outputLatencySeconds: number }).outputLatencySeconds * rate);
  const block = new Float32Array(QUANTUM);
  for (let at = -lead; at < frames; at += QUANTUM) {
    globals.currentTime = at / rate;
    processor.process([[]], [[block]], {});
    const skip = Math.max(0, -at);
    if (skip < QUANTUM) output.set(block.subarray(skip, Math.min(QUANTUM, output.length - at)), at + skip);
  }
  delete globals.sampleRate;
  delete globals.currentTime;
  return output.slice(0, frames);
}
