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
import { reportProcessorError } from "./worklet-loader.ts";

/** ms between two readings of the output latency; it changes only when the device does. */
const LATENCY_INTERVAL_MS = 500;

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

/** Keeps a playback node told how long a rendered frame takes to reach the ear; the returned function ends that. */
export function followLatency(context: AudioContext, node: AudioWorkletNode): () => void {
  const tell = (): void => {
    // `outputLatency` is 0 until the device runs, and missing in some browsers; then the base latency is the best that is known.
    const { baseLatency, outputLatency } = context;
    postPlayback(node, { type: "latency", outputLatencyMs: ((baseLatency || 0) + (outputLatency || 0)) * 1000 });
  };
  tell();
  const timer = setInterval(tell, LATENCY_INTERVAL_MS);
  return () => clearInterval(timer);
}
