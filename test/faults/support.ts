/** What the fault tests share: a server that plays a session, devices that are pulled and written by hand, and a log of what a pipeline tells. */
import { decodePcm16, encodeBase64, encodePcm16Bytes } from "@sidetone/core/dsp";
import {
  createPipeline,
  type EngineState,
  type NodePipelineOptions,
  type PcmSink,
  type PcmSource,
  type Pipeline,
  pcmSink,
  pcmSource,
  type SidetoneError,
} from "sidetone/node";
import { type WebSocketOptions, webSocket } from "sidetone/websocket";
import { type Peer, ScriptedServer, type ScriptedServerOptions } from "../contract/scripted-server.ts";

/** The session's rate, in Hz; the test devices have the same, so that samples arrive as they were sent. */
export const RATE = 24_000;

/** The session as the server reports it. */
export const SESSION = {
  type: "realtime",
  object: "realtime.session",
  id: "sess_1",
  audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 500, create_response: true, interrupt_response: true } } },
};

/** A server that confirms every session; `onOpen` goes on from there. */
export function sessionServer(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  return ScriptedServer.start({ onConnection: confirm, ...options });
}

/** Sends `session.created`, and `session.updated` when asked for. */
export function confirm(peer: Peer): void {
  peer.send({ type: "session.created", event_id: "created", session: SESSION });
  void peer.event("session.update").then(() => peer.send({ type: "session.updated", event_id: "updated", session: SESSION }));
}

/** A pipeline with devices driven by hand, and everything that it told. */
export interface Bench {
  readonly pipeline: Pipeline;
  readonly source: PcmSource;
  readonly sink: PcmSink;
  /** How often each device was closed. */
  readonly closed: { source: number; sink: number };
  readonly states: EngineState[];
  readonly errors: SidetoneError[];
  readonly events: { readonly type: string }[];
  /** Pulls `ms` of audio, in quanta as a device does. */
  pull(ms: number): Float32Array;
}

/** Makes a bench for `url`. */
export function bench(url: string, transport: WebSocketOptions = {}, options: Partial<NodePipelineOptions> = {}): Bench {
  const closed = { source: 0, sink: 0 };
  const source = counted(pcmSource({ rate: RATE }), () => closed.source++);
  const sink = counted(pcmSink({ rate: RATE }), () => closed.sink++);
  const pipeline = createPipeline({ transport: webSocket({ url, ...transport }), source, sink, ...options });
  const states: EngineState[] = [];
  const errors: SidetoneError[] = [];
  const events: { type: string }[] = [];
  pipeline.on("state", (state) => states.push(state));
  pipeline.on("error", (error) => errors.push(error));
  pipeline.on("event", (event) => events.push(event));
  return { pipeline, source, sink, closed, states, errors, events, pull: (ms) => pull(sink, ms) };
}

function counted<Device extends { close(): Promise<void> }>(device: Device, count: () => void): Device {
  return {
    ...device,
    close: () => {
      count();
      return device.close();
    },
  };
}

/** Resolves when `condition` holds; lets the event loop run meanwhile. A test that waits in vain fails by its own limit. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything under way in this process happen. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
}

function pull(sink: PcmSink, ms: number): Float32Array {
  const output = new Float32Array(Math.round((ms * RATE) / 1000));
  for (let at = 0; at < output.length; at += 128) sink.pull(output.subarray(at, Math.min(output.length, at + 128)));
  return output;
}

/** Noise that never repeats and never is 0, as 16-bit steps; the same for the same seed. */
export function speech(ms: number, seed = 1): Int16Array {
  const samples = new Int16Array(Math.round((ms * RATE) / 1000));
  let state = seed;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    samples[i] = ((state >> 16) % 8000) * 2 + 1;
  }
  return samples;
}

/** 16-bit steps as full-scale floats. */
export function toFloat(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  decodePcm16(samples, floats);
  return floats;
}

/** 16-bit steps as bytes on the wire. */
export function toBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  encodePcm16Bytes(toFloat(samples), bytes);
  return bytes;
}

/** Names of one reply. */
export interface Reply {
  readonly responseId: string;
  readonly itemId: string;
}

/** Sends what comes before a reply's audio. */
export function beginReply(peer: Peer, { responseId, itemId }: Reply): void {
  peer.send({ type: "response.created", response: { id: responseId, status: "in_progress", conversation_id: "conv_1", output: [] } });
  const item = { id: itemId, type: "message", role: "assistant", status: "in_progress", content: [] };
  peer.send({ type: "response.output_item.added", response_id: responseId, output_index: 0, item });
  peer.send({ type: "conversation.item.added", previous_item_id: null, item });
}

/** Sends one delta of a reply: bytes, or a `delta` that is anything at all. */
export function sendDelta(peer: Peer, { responseId, itemId }: Reply, delta: Uint8Array | unknown): void {
  peer.send({
    type: "response.output_audio.delta",
    response_id: responseId,
    item_id: itemId,
    output_index: 0,
    content_index: 0,
    delta: delta instanceof Uint8Array ? encodeBase64(delta) : delta,
  });
}

/** Sends what comes after a reply's audio. */
export function endReply(peer: Peer, { responseId, itemId }: Reply, status = "completed"): void {
  const item = { id: itemId, type: "message", role: "assistant", status: "completed", content: [{ type: "output_audio", transcript: "" }] };
  peer.send({ type: "response.output_audio.done", response_id: responseId, item_id: itemId, output_index: 0, content_index: 0 });
  peer.send({ type: "conversation.item.done", previous_item_id: null, item });
  peer.send({ type: "response.done", response: { id: responseId, status, conversation_id: "conv_1", output: [item] } });
}

/** Frames of fade at the edges of what was silent before; inside, samples must be exactly those sent. */
const EDGE_FRAMES = Math.round((5 * RATE) / 1000);

/** Where in `heard` the whole of `sent` sounds, but for the faded edges; -1 when it does not. */
export function findWhole(heard: Float32Array, sent: Int16Array): number {
  const inner = toFloat(sent).subarray(EDGE_FRAMES, sent.length - EDGE_FRAMES);
  search: for (let at = 0; at + inner.length <= heard.length; at++) {
    for (let i = 0; i < inner.length; i++) if (heard[at + i] !== inner[i]) continue search;
    return at - EDGE_FRAMES;
  }
  return -1;
}
