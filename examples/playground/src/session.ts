/**
 * One session: the pipeline from a voice to the model and back, and what belongs to it. Made when Start is pressed, thrown away when Stop is.
 */
import { createPipeline, mediaStream, microphone, type Pipeline, type SessionOptions, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";
import { SampleSource } from "./sample-source.ts";
import { requestService, type Service } from "./service.ts";

/** Where the person's voice comes from. */
export type SourceChoice = "microphone" | "sample";

/** How a session ended: by Stop, or by trouble. */
export type Outcome = "stopped" | "failed";

/** What the model is told. The emulator takes it in as the real service does, and echoes all the same. */
const SETTINGS: SessionOptions = {
  instructions: "You are the voice of a demo page for an audio library. Be friendly and brief: one or two sentences, in the language you are spoken to.",
  audio: { input: { transcription: { model: "gpt-transcribe" } } },
};

/** A pipeline with its surroundings. */
export class Session {
  readonly pipeline: Pipeline;
  /** The page's own context, so that it can be seen whether the browser lets it sound. Made in the click that starts the session. */
  readonly audioContext = new AudioContext({ latencyHint: "interactive" });
  /** The recording, when that is the voice. */
  readonly sample: SampleSource | null;
  /** How it ended; null while it has not. */
  outcome: Outcome | null = null;
  readonly #abort = new AbortController();
  #closing: Promise<void> | null = null;

  /** `onService` is told who will answer, as soon as that is known. */
  constructor(choice: SourceChoice, onService: (service: Service) => void) {
    const { audioContext } = this;
    this.sample = choice === "sample" ? new SampleSource(audioContext) : null;
    this.pipeline = createPipeline({
      transport: {
        specVersion: 1,
        // Asked for at the start of each session, since an ephemeral key is good for a minute or so.
        prepare: async (carrier) => {
          const service = await requestService(this.#abort.signal);
          onService(service);
          const { url, model, apiKey } = service;
          return webSocket({ url, model, ...(apiKey === null ? {} : { apiKey }) }).prepare(carrier);
        },
      },
      source: this.sample === null ? microphone({ audioContext }) : mediaStream(this.sample.stream, { audioContext }),
      sink: speaker({ audioContext }),
      session: SETTINGS,
    });
  }

  /** Opens everything; the recording begins as soon as the model listens. */
  async start(): Promise<void> {
    await Promise.all([this.pipeline.start(), this.sample?.load(this.#abort.signal)]);
    if (this.outcome === null) this.sample?.say();
  }

  /** Ends everything; idempotent, the first outcome stays. */
  close(outcome: Outcome): Promise<void> {
    this.outcome ??= outcome;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    this.sample?.stop();
    await this.pipeline.close();
    await this.audioContext.close();
  }
}
