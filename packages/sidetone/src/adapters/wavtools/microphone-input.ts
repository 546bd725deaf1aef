/**
 * A recorder's way from the microphone: a context at the device's own rate, the capture worklet in it, which mixes, converts and packs, and packets on a port.
 *
 * Thread: the page only takes packets and gives their memory back.
 */
import { pcm16View } from "@sidetone/core/dsp";
import type { CapturePacket, CaptureRecycle } from "@sidetone/core/engine";
import { PCM16_24K } from "@sidetone/core/protocol";
import { createContext, leaseContext } from "../../web/audio-context.ts";
import { openMicrophone } from "../../web/microphone.ts";
import { loadWorklets } from "../../web/worklet-loader.ts";
import { captureNode, postCapture } from "../../web/worklet-nodes.ts";
import { analyserFor } from "./frequencies.ts";

/** What a recorder decides. */
export interface InputSettings {
  /** Rate of the samples, in Hz. */
  readonly sampleRate: number;
  /** Microphone, or undefined for the system's. */
  readonly deviceId: string | undefined;
  /** Whether the person hears the microphone. */
  readonly outputToSpeakers: boolean;
  readonly workletUrl: string | URL | undefined;
}

/** ms that a packet may take which has been begun; a context that does not run sends none. */
const PACKET_WAIT_MS = 100;

/** An open microphone. */
export class MicrophoneInput {
  readonly stream: MediaStream;
  readonly source: MediaStreamAudioSourceNode;
  readonly node: AudioWorkletNode;
  readonly analyser: AnalyserNode;
  readonly #context: AudioContext;
  readonly #port: MessagePort;
  readonly #release: () => Promise<void>;
  #waiting: (() => void)[] = [];

  /** Opens the microphone and begins to hand samples, valid during the call only, to `take`. Rejects with a SidetoneError; nothing is left open then. */
  static async open(settings: InputSettings, take: (samples: Int16Array) => void): Promise<MicrophoneInput> {
    const { deviceId } = settings;
    const stream = await openMicrophone(deviceId === undefined ? {} : { deviceId: { exact: deviceId } });
    let context: AudioContext | undefined;
    try {
      context = createContext();
      await loadWorklets(context, settings.workletUrl);
      return new MicrophoneInput(stream, context, settings, take);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      await context?.close();
      throw error;
    }
  }

  constructor(stream: MediaStream, context: AudioContext, settings: InputSettings, take: (samples: Int16Array) => void) {
    this.stream = stream;
    this.#context = context;
    // Resumes at every gesture.
    const lease = leaseContext(context);
    this.#release = lease.release;
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.#port.onmessage = (event: MessageEvent<CapturePacket>) => this.#packet(event.data, take);
    this.node = captureNode(context, { format: PCM16_24K, rate: settings.sampleRate }, channel.port2, reportError);
    this.source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.analyser = analyserFor(context, settings.sampleRate);
    this.source.connect(this.node);
    this.source.connect(this.analyser);
    if (settings.outputToSpeakers) this.analyser.connect(context.destination);
  }

  #packet({ bytes }: CapturePacket, take: (samples: Int16Array) => void): void {
    const recycle: CaptureRecycle = { type: "recycle", bytes };
    try {
      take(pcm16View(bytes));
    } finally {
      this.#port.postMessage(recycle, [bytes.buffer]);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
  }

  /** Resolves when the packet has been taken that the microphone is just filling, so that nothing said until now is missing. */
  nextPacket(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PACKET_WAIT_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets the microphone go and closes the context. */
  async close(): Promise<void> {
    for (const track of this.stream.getTracks()) track.stop();
    this.source.disconnect();
    this.analyser.disconnect();
    postCapture(this.node, { type: "retire" });
    this.#port.close();
    await this.#release();
    if (this.#context.state !== "closed") await this.#context.close();
  }
}
