/**
 * A recording in the place of a person: the same way into the pipeline as a microphone, for machines and moments without one.
 *
 * The stream is silent until `say()`; saying it again while the reply sounds interrupts the reply, as a person would.
 */
import { SidetoneError } from "sidetone";

/** Where the build puts the recording. */
const SAMPLE_URL = "sample.wav";

/** A recording that can be said. */
export class SampleSource {
  /** What the recording sounds into, for `mediaStream()`. */
  readonly stream: MediaStream;
  readonly #context: AudioContext;
  readonly #output: MediaStreamAudioDestinationNode;
  #recording: AudioBuffer | null = null;
  #playing: AudioBufferSourceNode | null = null;

  constructor(context: AudioContext) {
    this.#context = context;
    this.#output = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.stream = this.#output.stream;
  }

  /** Fetches the recording. Rejects with a SidetoneError. */
  async load(signal: AbortSignal): Promise<void> {
    try {
      const response = await fetch(SAMPLE_URL, { signal });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      this.#recording = await this.#context.decodeAudioData(await response.arrayBuffer());
    } catch (cause) {
      throw SidetoneError.from(cause, "wav-invalid", "The sample recording could not be loaded", { fatal: true });
    }
  }

  /** Says it, from the beginning. */
  say(): void {
    this.stop();
    if (this.#recording === null) return;
    const playing = new AudioBufferSourceNode(this.#context, { buffer: this.#recording });
    playing.connect(this.#output);
    playing.onended = () => {
      playing.disconnect();
      if (this.#playing === playing) this.#playing = null;
    };
    playing.start();
    this.#playing = playing;
  }

  /** Falls silent. */
  stop(): void {
    this.#playing?.stop();
    this.#playing = null;
  }
}
