/**
 * As much of Web Audio as a player with an AudioWorklet needs, in virtual time: a context that renders when it is told to, worklet nodes, and ports.
 *
 * A processor whose `process` returned false is not called again, but still gets messages, as in a browser. One context renders on one thread; nothing here waits.
 */
import { resolveObjectURL } from "node:buffer";
import { PORT_MS, QUANTUM, RATE } from "./player.ts";

type Listener = ((event: { data: unknown }) => void) | null;

/** One end of a channel. */
class VirtualPort {
  onmessage: Listener = null;
  peer: VirtualPort | null = null;
  readonly #now: () => number;
  readonly #inbox: { data: unknown; dueMs: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  postMessage(data: unknown): void {
    if (this.peer) this.peer.#inbox.push({ data, dueMs: this.#now() + PORT_MS });
  }

  /** Hands out what is due at a time. */
  deliver(nowMs: number): void {
    while (this.#inbox.length > 0 && this.#inbox[0].dueMs <= nowMs + 1e-6) this.onmessage?.({ data: this.#inbox.shift()!.data });
  }
}

interface Processor {
  readonly port: VirtualPort;
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: object): boolean;
}
type ProcessorClass = new (options: object) => Processor;

/** Stands in for a node that only passes sound on. */
class PassiveNode {
  fftSize = 2048;
  smoothingTimeConstant = 0.8;
  connect(): void {}
  disconnect(): void {}
}

/** AudioContext of the players. */
export class VirtualContext {
  readonly state = "running";
  readonly destination = new PassiveNode();
  readonly sampleRate: number;
  readonly audioWorklet = { addModule: (url: string) => this.#addModule(url) };
  /** Virtual time. */
  nowMs = 0;
  readonly #processors = new Map<string, ProcessorClass>();
  readonly #nodes = new Set<VirtualWorkletNode>();
  #portOfNext: VirtualPort | null = null;

  constructor({ sampleRate = RATE }: { sampleRate?: number } = {}) {
    this.sampleRate = sampleRate;
  }

  get currentTime(): number {
    return this.nowMs / 1000;
  }

  async resume(): Promise<void> {}

  createAnalyser(): PassiveNode {
    return new PassiveNode();
  }

  /** A processor of that name with `port`. */
  createProcessor(name: string, port: VirtualPort): Processor {
    const Processor = this.#processors.get(name);
    if (!Processor) throw new Error(`No processor ${name} is registered.`);
    this.#portOfNext = port;
    return new Processor({});
  }

  add(node: VirtualWorkletNode): void {
    this.#nodes.add(node);
  }

  /** The main thread's work at `nowMs` begins: what the audio thread has posted is there. */
  mainThread(nowMs: number): void {
    this.nowMs = nowMs;
    for (const node of this.#nodes) node.port.deliver(nowMs);
  }

  /** Renders the quantum that begins at `nowMs` into `output`: first what the ports bring, then the processors. */
  render(output: Float32Array, nowMs: number): void {
    this.mainThread(nowMs);
    for (const node of this.#nodes) node.processorPort.deliver(nowMs);
    for (const node of this.#nodes) node.render(output);
  }

  async #addModule(url: string): Promise<void> {
    const blob = resolveObjectURL(url);
    if (!blob) throw new Error(`Nothing is behind ${url}.`);
    const nextPort = () => this.#portOfNext;
    class AudioWorkletProcessor {
      readonly port = nextPort();
    }
    // The package's own script, as a worklet's global scope would run it.
    const run = new Function("AudioWorkletProcessor", "registerProcessor", "sampleRate", await blob.text());
    run(AudioWorkletProcessor, (name: string, processor: ProcessorClass) => this.#processors.set(name, processor), this.sampleRate);
  }
}

/** AudioWorkletNode of the players: one mono output, heard while it is connected to anything. */
export class VirtualWorkletNode {
  readonly port: VirtualPort;
  readonly processorPort: VirtualPort;
  readonly #processor: Processor;
  readonly #output = new Float32Array(QUANTUM);
  #connected = false;
  #alive = true;

  constructor(context: VirtualContext, name: string) {
    const now = () => context.nowMs;
    this.port = new VirtualPort(now);
    this.processorPort = new VirtualPort(now);
    this.port.peer = this.processorPort;
    this.processorPort.peer = this.port;
    this.#processor = context.createProcessor(name, this.processorPort);
    context.add(this);
  }

  connect(): void {
    this.#connected = true;
  }

  disconnect(): void {
    this.#connected = false;
  }

  render(output: Float32Array): void {
    if (!this.#alive || !this.#connected) return;
    this.#output.fill(0);
    this.#alive = this.#processor.process([[]], [[this.#output]], {});
    for (let i = 0; i < QUANTUM; i++) output[i] += this.#output[i];
  }
}
