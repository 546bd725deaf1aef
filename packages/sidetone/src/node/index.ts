/**
 * `sidetone/node`: the same pipeline in a process: the engine runs in-process, audio comes and goes as samples.
 */
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import { localLauncher, type OpenSocket } from "./local-engine.ts";

export { type PlainSidetoneError, SidetoneError, type SidetoneErrorCode, VERSION } from "@sidetone/core";
export type { EngineLimits, EngineState, EngineStats, InterruptedItem, Interruption, InterruptReason } from "@sidetone/core/engine";
export type { ItemPlayout, PlayoutOptions, PlayoutStats } from "@sidetone/core/playout";
export type { ConversationEntry } from "../conversation.ts";
export type { Sink, SinkContext, Source, SourceContext } from "../devices.ts";
export type { Pipeline, PipelineEvents, PipelineMeters, PipelineOptions, PipelineSnapshot, PlayedItem, SessionOptions } from "../pipeline.ts";
export type { OpenSocket } from "./local-engine.ts";
export { type PcmSink, type PcmSinkOptions, type PcmSource, type PcmSourceOptions, pcmSink, pcmSource } from "./pcm.ts";

/** Options of {@link createPipeline}. */
export interface NodePipelineOptions extends PipelineOptions {
  /** Makes the socket. Default: Node's own WebSocket (Node 22 or newer). */
  readonly openSocket?: OpenSocket;
}

/** A spoken conversation in a process. Nothing happens until `start()`. @throws {TypeError} for an unknown option or a missing transport. */
export function createPipeline(options: NodePipelineOptions): Pipeline {
  const { openSocket, ...rest } = options ?? {};
  return new Pipeline(rest, localLauncher(openSocket));
}
