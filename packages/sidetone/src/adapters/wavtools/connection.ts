/**
 * A player's way to the loudspeaker: a context at the device's own rate, the playback worklet in it, and the port through which the page commands it.
 *
 * Thread: the page. Commands wait in the port while the worklet loads. When the app closes the context, everything here ends with it.
 */
import type { PlaybackCommand, PlaybackLocated, PlaybackPosition, PlaybackReport } from "@sidetone/core/engine";
import { createContext, leaseContext } from "../../web/audio-context.ts";
import { loadWorklets } from "../../web/worklet-loader.ts";
import { followOutput, playbackNode } from "../../web/worklet-nodes.ts";
import { analyserFor } from "./frequencies.ts";

/** What a connection tells its player. */
export interface ConnectionEvents {
  /** The worklet's report, 50 times a second. */
  onPosition(position: PlaybackPosition): void;
  /** The context was closed. */
  onClosed(): void;
}

/** One context, one worklet node, one port. */
export class PlayerConnection {
  readonly context: AudioContext;
  readonly analyser: AnalyserNode;
  /** The worklet's node, null until it is loaded. */
  node: AudioWorkletNode | null = null;
  /** Resolves when the worklet plays. Rejects with a SidetoneError. */
  readonly ready: Promise<AudioWorkletNode>;
  readonly #channel = new MessageChannel();
  readonly #waiting = new Map<number, (at: PlaybackLocated | null) => void>();
  #requests = 0;
  #closed = false;
  readonly #release: () => void;
  #stopFollowing: () => void = () => undefined;

  /** Opens the context at once. @throws {SidetoneError} `audio-unavailable` when the browser gives none. */
  constructor(sampleRate: number, workletUrl: string | URL | undefined, events: ConnectionEvents) {
    this.context = createContext();
    // Resumes at every gesture; the context stays the app's own to close.
    const lease = leaseContext(this.context);
    this.#release = () => void lease.release();
    this.analyser = analyserFor(this.context, sampleRate);
    this.#channel.port1.onmessage = (event: MessageEvent<PlaybackReport>) => {
      if (event.data.type === "position") events.onPosition(event.data);
      else if (event.data.type === "located") this.#settle(event.data.requestId, event.data);
    };
    this.context.addEventListener("statechange", () => {
      if (this.context.state !== "closed" || this.#closed) return;
      this.#end();
      events.onClosed();
    });
    this.ready = this.#open(sampleRate, workletUrl);
  }

  /** Whether commands still reach anyone. */
  get closed(): boolean {
    return this.#closed;
  }

  async #open(sampleRate: number, workletUrl: string | URL | undefined): Promise<AudioWorkletNode> {
    try {
      await loadWorklets(this.context, workletUrl);
      const node = playbackNode(this.context, { mediaRate: sampleRate }, this.#channel.port2, reportError);
      this.#stopFollowing = followOutput(this.context, node);
      node.connect(this.context.destination);
      node.connect(this.analyser);
      this.node = node;
      return node;
    } catch (error) {
      this.#end();
      if (this.context.state !== "closed") await this.context.close();
      throw error;
    }
  }

  /** Sends a command. */
  post(command: PlaybackCommand, transfer: ArrayBuffer[] = []): void {
    if (!this.#closed) this.#channel.port1.postMessage(command, transfer);
  }

  /** Asks what is at the ear, behind all commands sent before; `cut` stops playback there. Resolves with null when the context was closed. */
  locate(cut: boolean): Promise<PlaybackLocated | null> {
    if (this.#closed) return Promise.resolve(null);
    const requestId = this.#requests++;
    this.post({ type: "locate", requestId, cut });
    return new Promise((resolve) => this.#waiting.set(requestId, resolve));
  }

  #settle(requestId: number, at: PlaybackLocated | null): void {
    this.#waiting.get(requestId)?.(at);
    this.#waiting.delete(requestId);
  }

  #end(): void {
    this.#closed = true;
    this.#stopFollowing();
    this.#release();
    this.#channel.port1.close();
    for (const requestId of [...this.#waiting.keys()]) this.#settle(requestId, null);
  }
}
