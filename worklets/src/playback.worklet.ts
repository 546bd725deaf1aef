/** Playback worklet: a shell around PlaybackHost. Runs on the audio thread; one instance per speaker. */
import { PLAYBACK_PROCESSOR, PlaybackHost, type PlaybackPageMessage, type PlaybackSettings } from "@sidetone/core/engine";

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #host: PlaybackHost;

  constructor(options: AudioWorkletNodeOptions) {
    super();
    // Worklets have no `performance` (Chromium 156), and the page's would count from another origin; Date is the clock both have, in whole ms.
    this.#host = new PlaybackHost({ ...(options.processorOptions as PlaybackSettings), deviceRate: sampleRate, nowMs: Date.now });
    this.port.onmessage = (event) => this.#host.receive(event.data as PlaybackPageMessage);
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    this.#host.process(outputs[0], currentFrame);
    return this.#host.alive;
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
