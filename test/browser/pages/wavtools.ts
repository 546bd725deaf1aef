/** Test page: players and recorders with wavtools' API, ours or the original, with a tap before the loudspeaker. */
import * as ours from "sidetone/wavtools";
import * as theirs from "wavtools";
import { noise } from "../../support/noise.ts";

const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.port.onmessage = () => this.port.postMessage(this.blocks);
  }
  process(inputs) {
    const input = inputs[0][0];
    this.blocks.push(input ? input.slice() : new Float32Array(128));
    return true;
  }
});`;

/** Whatever is connected to a loudspeaker goes through a gain of the context's, which the tap can hear. */
const gates = new WeakMap<BaseAudioContext, GainNode>();
const connect = AudioNode.prototype.connect as (...args: unknown[]) => unknown;
Object.assign(AudioNode.prototype, {
  connect(this: AudioNode, target: unknown, ...rest: unknown[]) {
    return connect.call(this, target instanceof AudioDestinationNode ? gate(this.context) : target, ...rest);
  },
});
function gate(context: BaseAudioContext): GainNode {
  let node = gates.get(context);
  if (node === undefined) {
    node = new GainNode(context);
    connect.call(node, context.destination);
    gates.set(context, node);
  }
  return node;
}

/** Recordings are compared with what the microphone's file says, so nothing may be suppressed. */
const tracks: MediaStreamTrack[] = [];
const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async ({ audio }: MediaStreamConstraints = {}) => {
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await getUserMedia({ audio: { ...(typeof audio === "object" ? audio : {}), ...raw } });
  tracks.push(...stream.getTracks());
  return stream;
};

/** What a script of a test does: at `atMs` after its start, adds part of a noise to a track, interrupts, asks for the offset, or looks at the fields. */
export interface Step {
  readonly atMs: number;
  readonly add?: { readonly trackId?: string; readonly seed: number; readonly from: number; readonly to: number };
  readonly ask?: "interrupt" | "offset" | "fields";
}

/** What a question was answered. */
export interface Answer {
  readonly offset: { trackId: string | null; offset: number; currentTime: number } | null;
  /** Output latency of the context, in ms. */
  readonly latencyMs: number;
  readonly streaming: boolean;
  readonly interrupted: string[];
}

let player: ours.WavStreamPlayer | null = null;
let tap: AudioWorkletNode | null = null;
let recorder: ours.WavRecorder | null = null;
const chunks: ours.WavChunk[] = [];

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

async function fileOf(audio: ours.WavPackerAudioType): Promise<{ file: string; type: string; duration: number; sampleRate: number; channelCount: number }> {
  const { blob, duration, sampleRate, channelCount } = audio;
  return { file: toBase64(new Uint8Array(await blob.arrayBuffer())), type: blob.type, duration, sampleRate, channelCount };
}

const page = {
  /** Connects a new player and taps it; resolves with the device's rate. */
  async open(library: "ours" | "theirs", sampleRate: number): Promise<number> {
    await player?.context.close().catch(() => undefined);
    player = library === "ours" ? new ours.WavStreamPlayer({ sampleRate }) : (new theirs.WavStreamPlayer({ sampleRate }) as unknown as ours.WavStreamPlayer);
    await player.connect();
    const context: AudioContext = player.context;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
    tap = new AudioWorkletNode(context, "tap", { outputChannelCount: [1] });
    connect.call(gate(context), tap);
    connect.call(tap, context.destination);
    return context.sampleRate;
  },
  /** Runs a script. */
  async run(steps: readonly Step[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    const start = performance.now();
    for (const { atMs, add, ask } of steps) {
      const waitMs = start + atMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (player === null) break;
      if (add !== undefined) player.add16BitPCM(noise(add.seed, add.to).subarray(add.from), add.trackId);
      if (ask === undefined) continue;
      const { context } = player;
      const latencyMs = (context.baseLatency + context.outputLatency) * 1000;
      const offset = ask === "interrupt" ? await player.interrupt() : ask === "offset" ? await player.getTrackSampleOffset() : null;
      answers.push({ offset, latencyMs, streaming: player.stream !== null, interrupted: Object.keys(player.interruptedTrackIds) });
    }
    return answers;
  },
  /** Everything rendered so far, as base64 of Float32 at the context's rate. */
  async rendered(): Promise<string> {
    const port = tap?.port;
    if (port === undefined) return "";
    const blocks = await new Promise<Float32Array[]>((resolve) => {
      port.onmessage = (event) => resolve(event.data);
      port.postMessage("take");
    });
    return toBase64(new Uint8Array(await new Blob(blocks as BlobPart[]).arrayBuffer()));
  },
  /** Calls a player's method with arguments that are wrong, or at the wrong time; resolves with what it says. */
  async complaint(what: string): Promise<string> {
    const calls: Record<string, () => unknown> = {
      unconnected: () => new ours.WavStreamPlayer().add16BitPCM(new Int16Array(10)),
      spectrum: () => new ours.WavStreamPlayer().getFrequencies(),
      rate: () => new ours.WavStreamPlayer({ sampleRate: 4000 }),
      option: () => new ours.WavStreamPlayer({ samplerate: 24_000 } as never),
      track: () => player?.add16BitPCM(new Int16Array(10), 7 as never),
      audio: () => player?.add16BitPCM(new Uint8Array(10) as never),
      half: () => player?.add16BitPCM(new ArrayBuffer(3)),
      kind: () => player?.getFrequencies("loudness" as never),
      range: () => player?.getFrequencies("voice", -30, -100),
      session: () => new ours.WavRecorder().save(),
      again: () => recorder?.begin(),
      twice: () => recorder?.record(),
      early: () => recorder?.save(),
      callback: () => new ours.WavRecorder().record("x" as never),
      decode: () => ours.WavRecorder.decode(new Float32Array(10)),
      keep: () => new ours.WavRecorder({ keepMs: -1 }),
    };
    try {
      await calls[what]();
      return "nothing";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  },
  /** What a chunk given to `trackId` returns. */
  add: (trackId: string): string => String(player?.add16BitPCM(new Int16Array(2400), trackId)?.length),
  /** The same after the track's name was taken out of the interrupted ones. */
  addAgain(trackId: string): string {
    delete player?.interruptedTrackIds[trackId];
    return page.add(trackId);
  },
  context: () => ({ state: player?.context.state as string, sampleRate: player?.context.sampleRate as number }),
  closeContext: () => player?.context.close(),
  /** Chunks added while the page is still loading the worklet, and a cut in a context that does not run: what it is answered. */
  async early(): Promise<{ queued: number; offset: unknown; after: unknown }> {
    const early = new ours.WavStreamPlayer({ sampleRate: 24_000 });
    const connecting = early.connect();
    const queued = early.add16BitPCM(noise(1, 24_000), "early")?.length ?? 0;
    if (early.context.state === "running") await early.context.suspend();
    await connecting;
    const late = new Promise((resolve) => setTimeout(() => resolve("no answer"), 2000));
    const offset = await Promise.race([early.interrupt(), late]);
    const after = await Promise.race([early.interrupt(), late]);
    await early.context.close();
    return { queued, offset, after };
  },
  connectAgain: async (): Promise<boolean> => {
    const before = player?.context;
    await player?.connect();
    return before === player?.context;
  },
  /** Plays a tone and tells where its spectrum has its peak, in Hz and by name. */
  async spectrum(
    library: "ours" | "theirs",
    frequency: number,
  ): Promise<{ count: number; peakHz: number; peakNote: string; notes: number; first: string; last: string }> {
    await page.open(library, 24_000);
    if (player === null) throw new Error("no player");
    player.add16BitPCM(Int16Array.from({ length: 48_000 }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * frequency * i) / 24_000))));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const bins = player.getFrequencies("frequency");
    const notes = player.getFrequencies("voice");
    const peak = (values: Float32Array): number => values.indexOf(Math.max(...values));
    return {
      count: bins.values.length,
      peakHz: bins.frequencies[peak(bins.values)],
      peakNote: notes.labels[peak(notes.values)],
      notes: notes.values.length,
      first: notes.labels[0],
      last: bins.labels[bins.labels.length - 1],
    };
  },
  /** Opens a recorder's session. */
  async begin(options: ours.WavRecorderOptions): Promise<string> {
    recorder = new ours.WavRecorder(options);
    await recorder.begin();
    return recorder.getStatus();
  },
  async record(chunkSize?: number): Promise<string> {
    await recorder?.record((chunk) => chunks.push(chunk), chunkSize);
    return recorder?.getStatus() ?? "";
  },
  async pause(): Promise<string> {
    await recorder?.pause();
    return recorder?.getStatus() ?? "";
  },
  clear: () => recorder?.clear(),
  /** The chunks so far: their lengths in bytes, all of `mono`, and whether `raw` is the same in memory of its own. */
  async chunks(): Promise<{ lengths: number[]; mono: string; sameRaw: boolean }> {
    const mono = new Uint8Array(await new Blob(chunks.map((chunk) => chunk.mono)).arrayBuffer());
    const raw = new Uint8Array(await new Blob(chunks.map((chunk) => chunk.raw)).arrayBuffer());
    const apart = chunks.every((chunk) => chunk.mono !== chunk.raw && chunk.mono instanceof ArrayBuffer);
    return { lengths: chunks.map((chunk) => chunk.mono.byteLength), mono: toBase64(mono), sameRaw: apart && mono.every((byte, i) => byte === raw[i]) };
  },
  async save(force: boolean) {
    return recorder === null ? null : fileOf(await recorder.save(force));
  },
  async read(): Promise<{ frames: number; channels: number; peak: number } | null> {
    if (recorder === null) return null;
    const { meanValues, channels } = await recorder.read();
    return { frames: meanValues.length, channels: channels.length, peak: meanValues.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0) };
  },
  loudest: () => Math.max(...(recorder?.getFrequencies("voice").values ?? [])),
  /** Ends the session; resolves with the file, the status and what became of context and tracks. */
  async end() {
    if (recorder === null) return null;
    const context: AudioContext = recorder.processor.context;
    const audio = await fileOf(await recorder.end());
    return { ...audio, status: recorder.getStatus(), context: context.state as string, tracks: tracks.map((track) => track.readyState) };
  },
  quit: () => recorder?.quit(),
  /** Saves, decodes the file to another rate, and tells how long and how loud it is. */
  async decoded(sampleRate: number): Promise<{ rate: number; frames: number; peak: number }> {
    if (recorder === null) throw new Error("no recorder");
    const { blob } = await recorder.save();
    const { audioBuffer, values } = await ours.WavRecorder.decode(blob, sampleRate);
    return { rate: audioBuffer.sampleRate, frames: values.length, peak: values.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0) };
  },
  /** Devices as listed, and how often a callback heard of them while the list was asked for thrice. */
  async devices(): Promise<{ names: string[]; defaults: boolean[]; calls: number }> {
    const own = new ours.WavRecorder();
    let calls = 0;
    own.listenForDeviceChange(() => calls++);
    for (let i = 0; i < 3; i++) navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    const list = await own.listDevices();
    await new Promise((resolve) => setTimeout(resolve, 200));
    own.listenForDeviceChange(null);
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    return { names: list.map((device) => device.label), defaults: list.map((device) => device.default), calls };
  },
};

/** What tests see of the page. */
export type WavtoolsPage = typeof page;

Object.assign(globalThis, { wavtools: page });

// Calls from a test count as a person's gesture; what happens at load does not.
if (location.hash === "#early") Object.assign(globalThis, { atLoad: page.early() });
