/**
 * Sources of a browser: the microphone, or any MediaStream.
 *
 * The stream runs at the device's own rate into the capture worklet, whose packets go to the engine worker through a port; the main thread hands over the port and is
 * out of the way from then on.
 */
import { checkKnown, describe, SidetoneError } from "@sidetone/core";
import { type CapturePageMessage, checkPacketMs } from "@sidetone/core/engine";
import type { Source, SourceContext } from "../devices.ts";
import { type ContextLease, leaseContext } from "./audio-context.ts";
import { loadWorklets } from "./worklet-loader.ts";
import { captureNode, postCapture } from "./worklet-nodes.ts";

/** Options of {@link mediaStream}. */
export interface MediaStreamOptions {
  /** A context of the app's own. Default: one shared by all pipelines of the page. */
  readonly audioContext?: AudioContext;
  /** Where the app serves `sidetone/worklets/audio.worklet.js`. Default: text inside the package, as a blob: or data: URL. */
  readonly workletUrl?: string | URL;
  /** ms of audio in one packet: 10 to 200. Default: 20. */
  readonly packetMs?: number;
}

/** Options of {@link microphone}. */
export interface MicrophoneOptions extends MediaStreamOptions {
  /** Which microphone; a `deviceId` of `enumerateDevices()`. Default: the system's. */
  readonly deviceId?: string;
  /** Further constraints for `getUserMedia`. Default: echo cancellation, noise suppression and gain control on, one channel. */
  readonly constraints?: MediaTrackConstraints;
}

/** Constraints of {@link microphone}: what a conversation through a loudspeaker needs. */
export const MICROPHONE_DEFAULTS = Object.freeze({
  /** Keeps the reply from being heard as the person's speech. */
  echoCancellation: true,
  /** Lowers steady noise. */
  noiseSuppression: true,
  /** Evens out loudness. */
  autoGainControl: true,
  /** Channels. */
  channelCount: 1,
});

/** The person's microphone. It is asked for when the pipeline starts, and let go when it closes. */
export function microphone(options: MicrophoneOptions = {}): Source {
  const { deviceId, constraints, ...rest } = options;
  const audio = { ...MICROPHONE_DEFAULTS, ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }), ...constraints };
  return new StreamSource(() => openMicrophone(audio), "stop", rest);
}

/** A stream of the app's own (a peer's voice, a file being played, a microphone opened elsewhere). Its tracks are left running on close. */
export function mediaStream(stream: MediaStream, options: MediaStreamOptions = {}): Source {
  return new StreamSource(() => Promise.resolve(stream), "keep", options);
}

class StreamSource implements Source {
  readonly specVersion = 1;
  readonly #openStream: () => Promise<MediaStream>;
  readonly #atEnd: "stop" | "keep";
  readonly #options: MediaStreamOptions;
  #muted = false;
  /** What is open now; null between sessions. */
  #session: CaptureSession | null = null;

  constructor(openStream: () => Promise<MediaStream>, atEnd: "stop" | "keep", options: MediaStreamOptions) {
    checkKnown(atEnd === "stop" ? "microphone()" : "mediaStream()", options, ["audioContext", "workletUrl", "packetMs"]);
    if (options.packetMs !== undefined) checkPacketMs(options.packetMs);
    this.#openStream = openStream;
    this.#atEnd = atEnd;
    this.#options = options;
  }

  async open(context: SourceContext): Promise<void> {
    if (this.#session !== null)
      throw new SidetoneError("microphone-unavailable", "This source is open in another pipeline; make one for each.", { fatal: true });
    const session = new CaptureSession(this.#atEnd, leaseContext(this.#options.audioContext));
    this.#session = session;
    await session.open(this.#openStream, context, this.#options);
    if (this.#muted) session.post({ type: "mute", muted: true });
  }

  mute(): void {
    this.#muted = true;
    this.#session?.post({ type: "mute", muted: true });
  }

  unmute(): void {
    this.#muted = false;
    this.#session?.post({ type: "mute", muted: false });
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }
}

/** One stream on its way into one session. */
class CaptureSession {
  readonly #atEnd: "stop" | "keep";
  readonly #lease: ContextLease;
  readonly #listening = new AbortController();
  #stream: MediaStream | null = null;
  #input: MediaStreamAudioSourceNode | null = null;
  #node: AudioWorkletNode | null = null;
  #closed = false;

  constructor(atEnd: "stop" | "keep", lease: ContextLease) {
    this.#atEnd = atEnd;
    this.#lease = lease;
  }

  async open(openStream: () => Promise<MediaStream>, { format, port, report }: SourceContext, { workletUrl, packetMs }: MediaStreamOptions): Promise<void> {
    const { context } = this.#lease;
    // The person may still be deciding when something else fails: a microphone that is granted too late is let go at once.
    const opening = openStream().then((stream) => {
      this.#stream = stream;
      if (this.#closed) this.#letGo();
      return stream;
    });
    const [stream] = await Promise.all([opening, loadWorklets(context, workletUrl)]);
    if (this.#closed) throw new SidetoneError("closed", "Closed while the microphone was being opened.", { fatal: true });
    const tracks = stream.getAudioTracks();
    if (tracks.length === 0) throw new SidetoneError("microphone-unavailable", "The stream has no audio track.", { fatal: true });
    for (const track of tracks) {
      // Only for ends that nobody here asked for: stop() does not raise the event.
      const gone = (): void => report(new SidetoneError("microphone-unavailable", "The microphone went away. Replies are still heard."));
      track.addEventListener("ended", gone, { signal: this.#listening.signal });
    }
    const node = captureNode(context, packetMs === undefined ? { format } : { format, packetMs }, port, report);
    this.#node = node;
    this.#input = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#input.connect(node);
  }

  post(message: CapturePageMessage): void {
    if (this.#node !== null) postCapture(this.#node, message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listening.abort();
    this.#input?.disconnect();
    this.post({ type: "retire" });
    this.#letGo();
    await this.#lease.release();
  }

  #letGo(): void {
    if (this.#atEnd === "stop") for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}

/** Asks for a microphone. Rejects with a SidetoneError that says what to do. */
export async function openMicrophone(audio: MediaTrackConstraints): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) {
    throw new SidetoneError("microphone-unavailable", "This page may not use a microphone: it must be served over https: or from localhost.", { fatal: true });
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") {
      throw new SidetoneError("microphone-denied", "The microphone was refused. Allow it in the browser's site settings and start again.", {
        fatal: true,
        cause,
      });
    }
    if (name === "NotFoundError" || name === "OverconstrainedError") {
      throw new SidetoneError("microphone-unavailable", "No such microphone was found. Plug one in, or choose another.", { fatal: true, cause });
    }
    throw new SidetoneError("microphone-unavailable", `The microphone could not be opened (${describe(cause)}). Is another program using it?`, {
      fatal: true,
      cause,
    });
  }
}
