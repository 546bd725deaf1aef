/**
 * Every message between the threads, with direction and unit. Nothing else lives here.
 *
 *   page ──Comlink──> engine worker <──CapturePort──  capture worklet
 *                     engine worker ──PlaybackPort──> playback worklet
 *   page <─EnginePort─ engine worker
 *
 * A port delivers in order. Through a real MessagePort messages are copies; through the in-process pair of `port-pair.ts` they are the sender's own objects, so a
 * receiver keeps nothing of a message but the sample and byte arrays, which it takes over.
 */
import type { PlainSidetoneError } from "../errors.ts";
import type { HeardReport, PlayoutState } from "../playout/jitter-buffer.ts";
import type { ServerEvent } from "../protocol/events.ts";
import type { Handler } from "../transport/handler.ts";

/** The part of a MessagePort that is used; `Out` is what this side sends, `In` what it receives. */
export interface PortLike<Out, In> {
  postMessage(message: Out): void;
  postMessage(message: Out, transfer: ArrayBuffer[]): void;
  onmessage: Handler<{ readonly data: In }> | null;
  close(): void;
}

/** Loudness of a stretch of audio, linear, full scale 1. */
export interface LevelReading {
  rms: number;
  peak: number;
}

/** Capture worklet -> engine: one packet of encoded microphone audio; `bytes` is transferred. */
export interface CapturePacket extends LevelReading {
  readonly type: "packet";
  /** Counts packets from 0, so that a lost one shows. */
  sequence: number;
  /** Encoded in the session's input format. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Engine -> capture worklet: a packet's memory, given back for reuse; transferred. */
export interface CaptureRecycle {
  readonly type: "recycle";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Page -> capture worklet: where packets go; the port is transferred. */
export interface CaptureAttach {
  readonly type: "attach";
  readonly port: PortLike<CapturePacket, CaptureRecycle>;
}

/** Page -> either worklet: this node will not be used again. */
export interface Retire {
  readonly type: "retire";
}

/** Page -> capture worklet: send silence instead of sound, or sound again. */
export interface CaptureMute {
  readonly type: "mute";
  readonly muted: boolean;
}

/** Page -> capture worklet. */
export type CapturePageMessage = CaptureAttach | CaptureMute | Retire;

/** Engine -> playback worklet. */
export type PlaybackCommand =
  /** Mono audio at the session's output rate, full scale +-1; `samples` is transferred. */
  | { readonly type: "segment"; readonly itemId: string; readonly contentIndex: number; readonly samples: Float32Array<ArrayBuffer> }
  | { readonly type: "end-of-item"; readonly itemId: string; readonly contentIndex: number }
  /** Stop faded, drop everything, answer with `flushed`. */
  | { readonly type: "flush"; readonly requestId: number }
  | { readonly type: "pause" }
  | { readonly type: "resume" };

/** Page -> playback worklet: where commands come from; the port is transferred. */
export interface PlaybackAttach {
  readonly type: "attach";
  readonly port: PortLike<PlaybackReport, PlaybackCommand>;
}

/** Page -> playback worklet: how long a rendered frame takes to reach the ear. */
export interface PlaybackLatency {
  readonly type: "latency";
  readonly outputLatencyMs: number;
}

/** Page -> playback worklet. */
export type PlaybackPageMessage = PlaybackAttach | PlaybackLatency | Retire;

/** Playback worklet -> engine: what is at the ear, about 50 times a second. */
export interface PlaybackPosition extends LevelReading {
  readonly type: "position";
  /** Item at the ear, or the last one heard; null before the first. */
  itemId: string | null;
  contentIndex: number;
  /** ms of that item heard so far. */
  heardMs: number;
  /** Whether speech is at the ear right now. */
  sounding: boolean;
  /** ms queued and not yet rendered. */
  bufferedMs: number;
  state: PlayoutState;
  /** Lifetime: times the queue ran dry inside an item. */
  underruns: number;
  /** Lifetime: ms of silence those cost. */
  underrunMs: number;
  /** Lifetime: ms of speech rendered. */
  playedMs: number;
  /** ms between rendering and the ear, as told by the page. */
  outputLatencyMs: number;
}

/** Playback worklet -> engine: the answer to `flush`. */
export interface PlaybackFlushed {
  readonly type: "flushed";
  readonly requestId: number;
  readonly report: HeardReport;
}

/** Playback worklet -> engine. */
export type PlaybackReport = PlaybackPosition | PlaybackFlushed;

/** Where a session stands. */
export type EngineState = "idle" | "connecting" | "open" | "closing" | "closed" | "failed";

/** Why playback was cut: the server heard the person, or the app asked. */
export type InterruptReason = "speech_started" | "interrupt";

/** What became of one queued or sounding item at an interruption. */
export interface InterruptedItem {
  readonly itemId: string;
  readonly contentIndex: number;
  /** ms heard, as told to the server; 0 when the item was deleted. */
  readonly heardMs: number;
  /** ms received until then. */
  readonly totalMs: number;
  /** What was told to the server: cut at `heardMs`, removed because nothing of it was heard, or nothing (the server truncates itself, or is not connected). */
  readonly action: "truncate" | "delete" | "none";
}

/** One interruption. */
export interface Interruption {
  readonly reason: InterruptReason;
  readonly items: readonly InterruptedItem[];
}

/** Numbers of a session: counters, which only grow, then gauges. */
export interface EngineStats {
  /** Packets taken from the microphone. */
  packetsCaptured: number;
  /** Packets handed to the transport. */
  packetsSent: number;
  /** Packets dropped because the hold was full. */
  packetsDropped: number;
  /** Packets that never reached the engine (holes in the sequence). */
  packetsLost: number;
  /** ms of microphone audio handed to the transport. */
  sentMs: number;
  /** Audio deltas taken. */
  deltasReceived: number;
  /** ms of audio received. */
  receivedMs: number;
  /** Audio deltas of cut replies that came late and were dropped. */
  lateDeltas: number;
  /** Events the server sent. */
  eventsReceived: number;
  /** Messages that were no events. */
  malformedEvents: number;
  /** Interruptions that cut something. */
  interruptions: number;
  /** `conversation.item.truncate` events sent. */
  truncations: number;
  /** Errors of the server that are harmless races of an interruption. */
  benignErrors: number;
  /** Times playback ran dry inside an item. */
  underruns: number;
  /** ms of silence those cost. */
  underrunMs: number;
  /** ms of speech rendered. */
  playedMs: number;
  /** Gauge: ms of microphone audio held back (connecting, or the wire is slow). */
  heldMs: number;
  /** Gauge: ms of reply queued for playback. */
  bufferedMs: number;
  /** Gauge: ms between rendering and the ear. */
  outputLatencyMs: number;
  /** Gauge: ms from the end of the person's speech to the first heard sample of the reply, for the last turn; -1 before the first. */
  responseLatencyMs: number;
}

/** What the page needs many times a second: levels and the playhead. At most 50 a second. */
export interface EngineMeters {
  readonly type: "meters";
  readonly input: LevelReading;
  readonly output: LevelReading;
  readonly itemId: string | null;
  readonly contentIndex: number;
  readonly heardMs: number;
  readonly sounding: boolean;
}

/** Engine -> page: plain objects; audio payloads are never among them. */
export type EngineEvent =
  | { readonly type: "state"; readonly state: EngineState }
  /** A server event, in wire order; for audio deltas `delta` is the empty string. */
  | { readonly type: "server-event"; readonly event: ServerEvent }
  /** A client event that was sent, other than audio. */
  | { readonly type: "client-event"; readonly event: { readonly type: string } }
  | { readonly type: "error"; readonly error: PlainSidetoneError; readonly serverError?: unknown }
  | { readonly type: "interrupted"; readonly interruption: Interruption }
  | { readonly type: "stats"; readonly stats: EngineStats }
  | EngineMeters;
