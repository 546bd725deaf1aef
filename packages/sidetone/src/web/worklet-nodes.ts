/**
 * The two worklets as nodes of the audio graph: made, wired to a port, and told what only the page knows. The page's whole part in audio.
 *
 * Thread: the page. The worklets must be loaded into the context before (`worklet-loader.ts`).
 */
import type { SidetoneError } from "@sidetone/core";
import {
  CAPTURE_PROCESSOR,
  type CapturePacket,
  type CapturePageMessage,
  type CaptureRecycle,
  type CaptureSettings,
  PLAYBACK_PROCESSOR,
  type PlaybackCommand,
  type PlaybackPageMessage,
  type PlaybackReport,
  type PlaybackSettings,
  type PortLike,
} from "@sidetone/core/engine";
import { readOutput } from "./output-timestamp.ts";
import { reportProcessorError } from "./worklet-loader.ts";

/** ms between two readings of the output; the device's clock and the system's part by 0.1 ms in that time at most. */
const OUTPUT_INTERVAL_MS = 500;

/** ms between two readings while a device starts and has no timestamp yet, and how many of those there are: devices start within a second. */
const OUTPUT_HURRY_MS = 100;
const OUTPUT_HURRIES = 20;

/** Events of a context after which another device may be playing. */
const OUTPUT_CHANGES = ["statechange", "sinkchange"] as const;

/** What a node does when its processor dies. */
type Report = (error: SidetoneError) => void;

/** Sends a message to the capture worklet. */
export function postCapture(node: AudioWorkletNode, message: CapturePageMessage, transfer: Transferable[] = []): void {
  node.port.postMessage(message, transfer);
}

/** Sends a message to the playback worklet. */
export function postPlayback(node: AudioWorkletNode, message: PlaybackPageMessage, transfer: Transferable[] = []): void {
  node.port.postMessage(message, transfer);
}

/** A node that turns what is connected to it into packets on `port`, which is transferred. */
export function captureNode(context: BaseAudioContext, settings: CaptureSettings, port: PortLike<CapturePacket, CaptureRecycle>, report: Report) {
  const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfInputs: 1, numberOfOutputs: 0, processorOptions: settings });
  reportProcessorError(node, report);
  postCapture(node, { type: "attach", port }, [port as unknown as MessagePort]);
  return node;
}

/** A node that plays what comes through `port`, which is transferred; not connected to anything yet. */
export function playbackNode(context: BaseAudioContext, settings: PlaybackSettings, port: PortLike<PlaybackReport, PlaybackCommand>, report: Report) {
  const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [1],
    processorOptions: settings,
  });
  reportProcessorError(node, report);
  postPlayback(node, { type: "attach", port }, [port as unknown as MessagePort]);
  return node;
}

/** Keeps a playback node told which frame is at the loudspeaker when; the returned function ends that. */
export function followOutput(context: AudioContext, node: AudioWorkletNode): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hurries = 0;
  const tell = (): void => {
    const output = readOutput(context);
    postPlayback(node, output);
    if (output.mark !== undefined) hurries = 0;
    clearTimeout(timer);
    timer = setTimeout(tell, hurries-- > 0 ? OUTPUT_HURRY_MS : OUTPUT_INTERVAL_MS);
  };
  /** Another device, or the same one started or stopped. */
  const changed = (): void => {
    hurries = OUTPUT_HURRIES;
    tell();
  };
  for (const change of OUTPUT_CHANGES) context.addEventListener(change, changed);
  changed();
  return () => {
    clearTimeout(timer);
    for (const change of OUTPUT_CHANGES) context.removeEventListener(change, changed);
  };
}
