/**
 * The sink of a browser: the playback worklet into the page's AudioContext.
 *
 * Replies reach the worklet from the engine worker through a port. The page only tells the worklet, now and then, which frame is at the loudspeaker, since a worklet cannot ask
 * the device itself; between two tellings the worklet goes on from the last.
 */
import { checkKnown, SidetoneError } from "@sidetone/core";
import { formatRate } from "@sidetone/core/protocol";
import type { Sink, SinkContext } from "../devices.ts";
import { type ContextLease, leaseContext } from "./audio-context.ts";
import { loadWorklets } from "./worklet-loader.ts";
import { followOutput, playbackNode, postPlayback } from "./worklet-nodes.ts";

/** Options of {@link speaker}. */
export interface SpeakerOptions {
  /** A context of the app's own. Default: one shared by all pipelines of the page. */
  readonly audioContext?: AudioContext;
  /** Where the reply goes: any node, such as a gain or an analyser; its context is used then. Default: the context's destination. */
  readonly output?: AudioNode;
  /** Where the app serves `sidetone/worklets/audio.worklet.js`. Default: text inside the package, as a blob: or data: URL. */
  readonly workletUrl?: string | URL;
}

/** ms after which a context that still does not run is held to be blocked; a device takes some 100 ms to start. */
const BLOCKED_AFTER_MS = 1000;

/** ms from the farewell to the worklet until its node is taken out: its fade, and the way there. */
const RETIRE_MS = 40;

/** The page's loudspeaker. */
export function speaker(options: SpeakerOptions = {}): Sink {
  return new SpeakerSink(options);
}

class SpeakerSink implements Sink {
  readonly specVersion = 1;
  readonly #options: SpeakerOptions;
  readonly #context: AudioContext | undefined;
  /** What is open now; null between sessions. */
  #session: PlaybackSession | null = null;

  constructor(options: SpeakerOptions) {
    checkKnown("speaker()", options, ["audioContext", "output", "workletUrl"]);
    const { audioContext, output } = options;
    if (audioContext !== undefined && output !== undefined && output.context !== audioContext) {
      throw new TypeError("speaker() was given an output of another AudioContext than audioContext; nodes connect within one context only.");
    }
    this.#options = options;
    this.#context = audioContext ?? (output?.context as AudioContext | undefined);
  }

  async open(context: SinkContext): Promise<void> {
    if (this.#session !== null) throw new SidetoneError("audio-unavailable", "This speaker() is open in another pipeline; make one for each.", { fatal: true });
    const session = new PlaybackSession(leaseContext(this.#context));
    this.#session = session;
    await session.open(context, this.#options);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }
}

/** One session's way to the loudspeaker. */
class PlaybackSession {
  readonly #lease: ContextLease;
  #node: AudioWorkletNode | null = null;
  #stopFollowing: () => void = () => undefined;
  #blockedTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(lease: ContextLease) {
    this.#lease = lease;
  }

  async open({ format, port, playout, report }: SinkContext, { output, workletUrl }: SpeakerOptions): Promise<void> {
    const { context } = this.#lease;
    await loadWorklets(context, workletUrl);
    if (this.#closed) throw new SidetoneError("closed", "Closed while the speaker was being opened.", { fatal: true });
    const node = playbackNode(context, { mediaRate: formatRate(format), playout }, port, report);
    this.#node = node;
    this.#stopFollowing = followOutput(context, node);
    node.connect(output ?? context.destination);
    this.#blockedTimer = setTimeout(() => {
      if (context.state === "running" || context.state === "closed") return;
      const help = "It starts at the next click or key press; call start() from one to avoid this.";
      report(new SidetoneError("audio-blocked", `The browser keeps this page silent, microphone included, until the person clicks or types. ${help}`));
    }, BLOCKED_AFTER_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopFollowing();
    clearTimeout(this.#blockedTimer);
    if (this.#node !== null) postPlayback(this.#node, { type: "retire" });
    // The worklet fades out what sounds; cutting the wire at once would click.
    if (this.#node !== null && this.#lease.context.state === "running") await new Promise((resolve) => setTimeout(resolve, RETIRE_MS));
    this.#node?.disconnect();
    await this.#lease.release();
  }
}
