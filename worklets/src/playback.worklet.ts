/** Playback worklet: a shell around PlaybackHost. Runs on the audio thread; one instance per speaker. */
import { PLAYBACK_PROCESSOR, PlaybackHost, type PlaybackPageMessage, type PlaybackSettings } from "@sidetone/core/engine";

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #host: PlaybackHost;

  constructor(options: AudioWorkletNodeOptions) {
    super();
    this.#host = new PlaybackHost({ ...(options.processorOptions as PlaybackSettings), deviceRate: sampleRate });
    this.port.onmessage = (event) => this.#host.receive(event.data as PlaybackPageMessage);
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    this.#host.process(outputs[0]);
    return this.#host.alive;
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
