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
import type { ItemPlayout } from "../playout/account.ts";
import type { HeardReport, PlayoutSegment } from "../playout/jitter-buffer.ts";
import type { PlayoutInput, PlayoutLogHeader } from "../playout/log-line.ts";
import type { PlayoutState, PlayoutStats } from "../playout/stats.ts";
import type { ServerEvent } from "../protocol/events.ts";
import type { Handler } from "../transport/handler.ts";

/** The part of a MessagePort that is used; `Out` is what this side sends, `In` what it receives. */
export interface PortLike<Out, In> {
  /** Sends a message. */
  postMessage(message: Out): void;
  /** Sends a message and gives the memory in `transfer` away with it. */
  postMessage(message: Out, transfer: ArrayBuffer[]): void;
  /** Called with every message, in order; messages wait until it is set. */
  onmessage: Handler<{ readonly data: In }> | null;
  /** Ends the connection; messages under way may be lost. */
  close(): void;
}

/** Loudness of a stretch of audio, linear, full scale 1. */
export interface LevelReading {
  /** Root mean square, 0 to 1. */
  rms: number;
  /** Largest magnitude, 0 to 1 unless it clips. */
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
  /** A packet's memory; its content means nothing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Page -> capture worklet: where packets go; the port is transferred. */
export interface CaptureAttach {
  readonly type: "attach";
  /** The capture side's end. */
  readonly port: PortLike<CapturePacket, CaptureRecycle>;
}

/** Page -> either worklet: this node will not be used again. */
export interface Retire {
  readonly type: "retire";
}

/** Page -> capture worklet: send silence instead of sound, or sound again. */
export interface CaptureMute {
  readonly type: "mute";
  /** Silence from now on, or sound. */
  readonly muted: boolean;
}

/** Page -> capture worklet. */
export type CapturePageMessage = CaptureAttach | CaptureMute | Retire;

/** Engine -> playback worklet: audio of one item, at the session's output rate; `samples` is transferred. */
export interface PlaybackSegment extends PlayoutSegment {
  readonly type: "segment";
  /** Mono frames, full scale +-1. */
  readonly samples: Float32Array<ArrayBuffer>;
}

/** Engine -> playback worklet: nothing follows for this content part. */
export interface PlaybackEndOfItem extends Pick<PlayoutSegment, "itemId" | "contentIndex"> {
  readonly type: "end-of-item";
}

/** Engine -> playback worklet: stop faded, drop everything, answer with `flushed`. */
export interface PlaybackFlush {
  readonly type: "flush";
  /** Repeated in the answer. */
  readonly requestId: number;
}

/** Engine -> playback worklet: fade out and wait, or go on. */
export interface PlaybackHold {
  /** Which of the two. */
  readonly type: "pause" | "resume";
}

/** Engine -> playback worklet: say to the frame what is at the ear, answer with `located`. For owners that have no use for what else a `flush` reports. */
export interface PlaybackLocate {
  readonly type: "locate";
  /** Repeated in the answer. */
  readonly requestId: number;
  /** Whether to stop faded and drop everything, right after the look: nothing is rendered in between. */
  readonly cut: boolean;
}

/** Engine -> playback worklet. */
export type PlaybackCommand = PlaybackSegment | PlaybackEndOfItem | PlaybackFlush | PlaybackLocate | PlaybackHold;

/** Page -> playback worklet: where commands come from; the port is transferred. */
export interface PlaybackAttach {
  readonly type: "attach";
  /** The playback side's end. */
  readonly port: PortLike<PlaybackReport, PlaybackCommand>;
}

/** What the device says about itself: which frame was at the loudspeaker, and when. */
export interface OutputMark {
  /** Frame of the context, with its fraction. */
  readonly contextFrame: number;
  /** When it was there, in ms since 1970 by the clock of `Date.now()`, which page and worklet have in common; with its fraction. */
  readonly epochMs: number;
}

/** Page -> playback worklet: what is known of the way from a rendered frame to the ear. */
export interface PlaybackLatency {
  readonly type: "latency";
  /** ms, 0 to 4000: the device's own account, used as long as there are no marks; 0 when it gives none. */
  readonly outputLatencyMs: number;
  /** The newest output timestamp; missing where the browser has none that could be true. */
  readonly mark?: OutputMark;
}

/** Page -> playback worklet. */
export type PlaybackPageMessage = PlaybackAttach | PlaybackLatency | Retire;

/** Playback worklet -> engine: what is at the ear, about 50 times a second. */
export interface PlaybackPosition extends LevelReading {
  readonly type: "position";
  /** Item at the ear, or the last one heard; null before the first. */
  itemId: string | null;
  /** Content part of that item. */
  contentIndex: number;
  /** ms of that item heard so far. */
  heardMs: number;
  /** Whether speech is at the ear right now. */
  sounding: boolean;
  /** ms queued and not yet rendered. */
  bufferedMs: number;
  /** What the buffer is doing. */
  state: PlayoutState;
  /** Lifetime: times the queue ran dry inside an item. */
  underruns: number;
  /** Lifetime: ms of silence those cost. */
  underrunMs: number;
  /** Lifetime: ms of speech rendered. */
  playedMs: number;
  /** ms between rendering and the ear: the average of what the output timestamps imply; without any, as told by the page. */
  outputLatencyMs: number;
}

/** Playback worklet -> engine: the answer to `flush`. */
export interface PlaybackFlushed {
  readonly type: "flushed";
  /** Which `flush` this answers. */
  readonly requestId: number;
  /** What was heard, what was dropped. */
  readonly report: HeardReport;
}

/** Playback worklet -> engine: the answer to `locate`. */
export interface PlaybackLocated {
  readonly type: "located";
  /** Which `locate` this answers. */
  readonly requestId: number;
  /** Item at the ear, or the last one heard; null before the first. */
  readonly itemId: string | null;
  /** Content part of that item. */
  readonly contentIndex: number;
  /** Frames of that content part heard so far, at the media rate, rounded down. */
  readonly heardFrames: number;
  /** Whether it is at the ear right now. */
  readonly sounding: boolean;
}

/** Playback worklet -> engine: how an item that is over was played. */
export interface PlaybackItem {
  /** Discriminates. */
  readonly type: "item";
  /** The account. */
  readonly playout: ItemPlayout;
}

/** Playback worklet -> engine: everything that playout counts, a few times a second. */
export interface PlaybackStats {
  /** Discriminates. */
  readonly type: "stats";
  /** The jitter buffer's own object: copy it. */
  readonly stats: Readonly<PlayoutStats>;
}

/** Playback worklet -> engine, with `playout.log: "inputs"`: what was put into the jitter buffer since the last one. */
export interface PlaybackLog extends PlayoutLogHeader {
  /** Discriminates. */
  readonly type: "log";
  /** In order. */
  readonly inputs: readonly PlayoutInput[];
}

/** Playback worklet -> engine. */
export type PlaybackReport = PlaybackPosition | PlaybackFlushed | PlaybackLocated | PlaybackItem | PlaybackStats | PlaybackLog;

/** Where a session stands. */
export type EngineState = "idle" | "connecting" | "open" | "closing" | "closed" | "failed";

/** Why playback was cut: the server heard the person, or the app asked. */
export type InterruptReason = "speech_started" | "interrupt";

/** What became of one queued or sounding item at an interruption. */
export interface InterruptedItem {
  /** Conversation item. */
  readonly itemId: string;
  /** Content part of the item. */
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
  /** Who interrupted. */
  readonly reason: InterruptReason;
  /** Items that were not heard to their end, in playing order. */
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
  /** What playout counts, in the terms of webrtc-stats; null until audio has come, and without a loudspeaker. */
  playout: Readonly<PlayoutStats> | null;
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
  /** Microphone. */
  readonly input: LevelReading;
  /** Reply, as rendered. */
  readonly output: LevelReading;
  /** Item at the ear, or the last one heard; null before the first. */
  readonly itemId: string | null;
  /** Content part of that item. */
  readonly contentIndex: number;
  /** ms of that item heard so far. */
  readonly heardMs: number;
  /** Whether speech is at the ear right now. */
  readonly sounding: boolean;
}

/** Engine -> page: the session's state changed. */
export interface EngineStateEvent {
  readonly type: "state";
  /** The new state. */
  readonly state: EngineState;
}

/** Engine -> page: the server sent an event. */
export interface EngineServerEvent {
  readonly type: "server-event";
  /** As it came, in wire order; for audio deltas `delta` is the empty string. */
  readonly event: ServerEvent;
}

/** Engine -> page: a client event was sent, other than audio. */
export interface EngineClientEvent {
  readonly type: "client-event";
  /** As it was sent. */
  readonly event: { readonly type: string };
}

/** Engine -> page: something went wrong. */
export interface EngineErrorEvent {
  readonly type: "error";
  /** What, and whether the session is over. */
  readonly error: PlainSidetoneError;
  /** The server's own words, when it was the server. */
  readonly serverError?: unknown;
}

/** Engine -> page: a reply was cut. */
export interface EngineInterruptedEvent {
  readonly type: "interrupted";
  /** By whom, and what of it was heard. */
  readonly interruption: Interruption;
}

/** Engine -> page: how an item that is over was played: to its end, or until it was cut. */
export interface EnginePlayedEvent {
  readonly type: "played";
  /** The response it belongs to; null when that is not known any more. */
  readonly responseId: string | null;
  /** The account. */
  readonly playout: ItemPlayout;
}

/** Engine -> page, with `playout.log: "inputs"`: lines of the playout log. */
export interface EnginePlayoutLogEvent {
  readonly type: "playout-log";
  /** JSON, one input a line; the header comes first. */
  readonly lines: readonly string[];
}

/** Engine -> page: new statistics, about four times a second. */
export interface EngineStatsEvent {
  readonly type: "stats";
  /** A copy. */
  readonly stats: EngineStats;
}

/** Engine -> page: plain objects; audio payloads are never among them. */
export type EngineEvent =
  | EngineStateEvent
  | EngineServerEvent
  | EngineClientEvent
  | EngineErrorEvent
  | EngineInterruptedEvent
  | EngineStatsEvent
  | EnginePlayedEvent
  | EnginePlayoutLogEvent
  | EngineMeters;
