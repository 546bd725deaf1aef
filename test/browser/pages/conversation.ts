/** Test page: a pipeline whose speaker goes through a recording tap, so that what is rendered can be compared with what the server sent. */
import { createPipeline, microphone, type Pipeline, type PipelineSnapshot, type PlainSidetoneError, SidetoneError, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";

/** Records every frame that passes, with the context's frame number of the first; answers `take` with all of it. */
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.first = -1;
    this.blocks = [];
    this.port.onmessage = () => this.port.postMessage({ first: this.first, blocks: this.blocks });
  }
  process(inputs, outputs) {
    if (this.first < 0) this.first = currentFrame;
    const input = inputs[0][0];
    this.blocks.push(input ? input.slice() : new Float32Array(128));
    if (input) for (const channel of outputs[0]) channel.set(input);
    return true;
  }
});`;

interface StartOptions {
  readonly url: string;
  readonly apiKey?: string;
  /** Where worklets and worker are served; "" for the package's own text. Given either way, there is no tap. */
  readonly workletBase?: string;
  /** Whether there is a microphone. Default: "microphone". */
  readonly source?: "microphone" | "none";
  readonly limits?: Record<string, number>;
  readonly session?: Record<string, unknown>;
}

interface Note {
  readonly atMs: number;
  readonly what: string;
  readonly detail?: unknown;
}

let pipeline: Pipeline | null = null;
let context: AudioContext;
let tap: AudioWorkletNode | null = null;
const notes: Note[] = [];

const page = {
  /** Starts a session; resolves with null, or with the error as data. */
  async start(options: StartOptions): Promise<{ code: string; message: string; name: string } | null> {
    const base = options.workletBase || undefined;
    try {
      context = new AudioContext();
      if (options.workletBase === undefined) {
        await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
        tap = new AudioWorkletNode(context, "tap", { outputChannelCount: [1] });
        tap.connect(context.destination);
      }
      const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      pipeline = createPipeline({
        transport: webSocket({ url: options.url, apiKey: options.apiKey }),
        ...(options.source === "none"
          ? {}
          : { source: microphone({ audioContext: context, constraints: raw, ...(base === undefined ? {} : { workletUrl: `${base}/audio.worklet.js` }) }) }),
        sink: speaker({
          audioContext: context,
          ...(tap === null ? {} : { output: tap }),
          ...(base === undefined ? {} : { workletUrl: `${base}/audio.worklet.js` }),
        }),
        ...(base === undefined ? {} : { workerUrl: `${base}/engine.worker.js` }),
        ...(options.session === undefined ? {} : { session: options.session }),
        ...(options.limits === undefined ? {} : { limits: options.limits }),
      });
      const note = (what: string, detail?: unknown): void => {
        notes.push({ atMs: performance.now(), what, detail });
      };
      pipeline.on("event", (event) => note(event.type, event));
      pipeline.on("state", (state) => note(`state ${state}`));
      pipeline.on("error", (error) => note("error", { code: error.code, message: error.message, fatal: error.fatal }));
      pipeline.on("interrupted", (interruption) => note("interrupted", { interruption, latencyMs: (context.baseLatency + context.outputLatency) * 1000 }));
      await pipeline.start();
      return null;
    } catch (error) {
      return { code: SidetoneError.is(error) ? error.code : "", message: String((error as Error).message), name: (error as Error).name };
    }
  },
  interrupt: () => pipeline?.interrupt(),
  send: (event: never) => pipeline?.send(event),
  mute: () => pipeline?.mute(),
  unmute: () => pipeline?.unmute(),
  close: () => pipeline?.close(),
  snapshot(): (Omit<PipelineSnapshot, "error"> & { error: PlainSidetoneError | null }) | undefined {
    const snapshot = pipeline?.getSnapshot();
    return snapshot && { ...snapshot, error: snapshot.error?.toPlain() ?? null };
  },
  notes: () => notes,
  count: (what: string): number => notes.filter((note) => note.what === what).length,
  contextRate: () => context.sampleRate,
  /** Keeps the main thread busy. */
  block(ms: number): void {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
  /** Everything rendered so far, as base64 of Float32 at the context's rate. */
  async recording(): Promise<string> {
    const port = tap?.port;
    if (port === undefined) return "";
    const blocks = await new Promise<Float32Array[]>((resolve) => {
      port.onmessage = (event) => resolve(event.data.blocks);
      port.postMessage("take");
    });
    const bytes = new Uint8Array(await new Blob(blocks as BlobPart[]).arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  },
};

/** What tests see of the page. */
export type TestPage = typeof page;

Object.assign(globalThis, { test: page });

// Calls from a test count as a person's gesture; a start at load, by the address, does not.
const atLoad = new URLSearchParams(location.search).get("start");
if (atLoad !== null) void page.start(JSON.parse(atLoad));
