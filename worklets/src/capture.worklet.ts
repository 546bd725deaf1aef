/** Capture worklet: a shell around CaptureHost. Runs on the audio thread; one instance per microphone. */
import { CAPTURE_PROCESSOR, CaptureHost, type CapturePageMessage, type CaptureSettings } from "@sidetone/core/engine";

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #host: CaptureHost;

  constructor(options: AudioWorkletNodeOptions) {
    super();
    this.#host = new CaptureHost({ ...(options.processorOptions as CaptureSettings), deviceRate: sampleRate });
    this.port.onmessage = (event) => this.#host.receive(event.data as CapturePageMessage);
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    this.#host.process(inputs[0]);
    return this.#host.alive;
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
