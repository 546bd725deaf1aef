/**
 * Test page: what was heard, by the browser alone. A tap records what is rendered, with the context's frame numbers; the worklet scope notes when a cut was answered; and the page
 * collects the device's output timestamps. Nothing of the library's own reckoning is used but the answer under test.
 */
import { createPipeline, type Interruption, type Pipeline, speaker } from "sidetone";
import { webSocket } from "sidetone/websocket";

/** The tap; and every `flushed` that leaves this scope is noted with the frame and the time, since the playback worklet lives in the same scope. */
const TAP = `
const cuts = [];
const send = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message, ...rest) {
  if (message?.type === "flushed") cuts.push({ frame: currentFrame, epochMs: Date.now() });
  return send.call(this, message, ...rest);
};
registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.frame = 0;
    this.port.onmessage = () => send.call(this.port, { blocks: this.blocks, cuts });
  }
  process(inputs, outputs) {
    // While a context starts, some quanta are not rendered at all; the count goes on.
    for (; this.frame < currentFrame; this.frame += 128) this.blocks.push(new Float32Array(128));
    this.frame += 128;
    const input = inputs[0][0];
    this.blocks.push(input ? input.slice() : new Float32Array(128));
    if (input) for (const channel of outputs[0]) channel.set(input);
    return true;
  }
});`;

/** A cut as the worklet scope saw it: in or after the quantum that begins with `frame`, at a time of Date's whole ms. */
interface Cut {
  readonly frame: number;
  readonly epochMs: number;
}

/** One output timestamp. */
interface Timestamp {
  /** Context frame. */
  readonly frame: number;
  /** When it was at the loudspeaker, in ms since 1970. */
  readonly epochMs: number;
}

/** s of sound after which a device is held to run as it will. */
const DEVICE_START_S = 1.5;

let pipeline: Pipeline;
let context: AudioContext;
let tap: AudioWorkletNode;
const interruptions: Interruption[] = [];
const timestamps: Timestamp[] = [];

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** ms between Date and performance: Date's whole ms begin when it changes. */
function epochOffset(): number {
  const start = Date.now();
  let now = start;
  while (now === start) now = Date.now();
  return now - performance.now();
}

/** Notes a timestamp, with the two clocks compared anew, and only if nothing came between. */
function collect(): void {
  const before = performance.now();
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
  const offset = epochOffset();
  if (performanceTime > 0 && performance.now() - before < 2) timestamps.push({ frame: contextTime * context.sampleRate, epochMs: performanceTime + offset });
}

const page = {
  async start(url: string, latencyHint: AudioContextLatencyCategory): Promise<void> {
    context = new AudioContext({ latencyHint });
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
    tap = new AudioWorkletNode(context, "tap", { outputChannelCount: [1] });
    tap.connect(context.destination);
    pipeline = createPipeline({ transport: webSocket({ url }), sink: speaker({ audioContext: context, output: tap }) });
    pipeline.on("interrupted", (interruption) => interruptions.push(interruption));
    await pipeline.start();
    // A device takes a moment to start, in which its timestamps stand still.
    while (context.currentTime < DEVICE_START_S) await new Promise((resolve) => setTimeout(resolve, 50));
    setInterval(collect, 50);
  },
  /** Has the model speak, and cuts it after `ms`; `blockedMs` of these the page is blocked, also while the cut is answered. */
  async cut(ms: number, blockedMs = 0): Promise<void> {
    const { length } = interruptions;
    const sounds = new Promise<void>((resolve) => {
      const stop = pipeline.on("event", (event) => {
        if (event.type !== "response.output_audio.delta") return;
        stop();
        resolve();
      });
    });
    pipeline.send({ type: "response.create" });
    await sounds;
    await new Promise((resolve) => setTimeout(resolve, ms - blockedMs));
    block(blockedMs);
    void pipeline.interrupt();
    // No output timestamp may reach the worklet before the cut does.
    if (blockedMs > 0) block(200);
    while (interruptions.length === length) await new Promise((resolve) => setTimeout(resolve, 5));
    // Room in the recording, and timestamps on both sides.
    await new Promise((resolve) => setTimeout(resolve, 150));
  },
  latencyMs: () => ({ told: (context.baseLatency + context.outputLatency) * 1000, reported: pipeline.getSnapshot().stats?.outputLatencyMs ?? 0 }),
  rate: () => context.sampleRate,
  /** Everything that was noted; the recording is base64 of Float32, from context frame 0 on. */
  async take(): Promise<{ interruptions: Interruption[]; timestamps: Timestamp[]; cuts: Cut[]; recording: string }> {
    const { blocks, cuts } = await new Promise<{ blocks: Float32Array[]; cuts: Cut[] }>((resolve) => {
      tap.port.onmessage = (event) => resolve(event.data);
      tap.port.postMessage("take");
    });
    const bytes = new Uint8Array(await new Blob(blocks as BlobPart[]).arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return { interruptions, timestamps, cuts, recording: btoa(text) };
  },
};

/** What the test sees of the page. */
export type HeardPage = typeof page;

Object.assign(globalThis, { heard: page });
