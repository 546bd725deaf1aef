/**
 * `sidetone`: speech between a person and a realtime model, in a browser. Audio runs in worklets and a worker; the page holds a `Pipeline`.
 */
import { Pipeline, type PipelineOptions } from "./pipeline.ts";
import { workerLauncher } from "./web/engine-client.ts";

export { type PlainSidetoneError, SidetoneError, type SidetoneErrorCode, VERSION } from "@sidetone/core";
export type { EngineLimits, EngineState, EngineStats, InterruptedItem, Interruption, InterruptReason } from "@sidetone/core/engine";
export type { ItemPlayout, PlayoutOptions, PlayoutStats } from "@sidetone/core/playout";
export type { AudioFormat, ClientEvent, ServerEvent } from "@sidetone/core/protocol";
export type { ConversationEntry } from "./conversation.ts";
export type { Sink, SinkContext, Source, SourceContext } from "./devices.ts";
export type { Pipeline, PipelineEvents, PipelineMeters, PipelineOptions, PipelineSnapshot, PlayedItem, SessionOptions } from "./pipeline.ts";
export type { TransportFactory } from "./transport/websocket.ts";
export { type MediaStreamOptions, MICROPHONE_DEFAULTS, type MicrophoneOptions, mediaStream, microphone } from "./web/microphone.ts";
export { type SpeakerOptions, speaker } from "./web/speaker.ts";

/** Options of {@link createPipeline}. */
export interface WebPipelineOptions extends PipelineOptions {
  /** Where the app serves `sidetone/worklets/engine.worker.js`. Default: text inside the package, as a blob: or data: URL. */
  readonly workerUrl?: string | URL;
}

/** A spoken conversation in a page. Nothing happens until `start()`. @throws {TypeError} for an unknown option or a missing transport. */
export function createPipeline(options: WebPipelineOptions): Pipeline {
  const { workerUrl, ...rest } = options ?? {};
  return new Pipeline(rest, workerLauncher(workerUrl));
}
