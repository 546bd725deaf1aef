/**
 * Faults as data: everything that can be done to a connection or a session on demand. A plan is JSON, so it can stand in a test, in a file, or on a command line. All
 * times are wall time in ms; all counts start at 1.
 */
import type { Distribution } from "./distribution.ts";
import type { FaultPreset } from "./presets.ts";

/** What is to go wrong, and when. An empty plan is a good network and a service in good health. */
export interface FaultPlan {
  /** A network to start from; `out` and `in` given here replace its own, `faults` come after its own. */
  readonly preset?: FaultPreset;
  /** The way of events to the client. Default: at once. */
  readonly out?: LinkPlan;
  /** The way of events from the client. Default: at once. */
  readonly in?: LinkPlan;
  /** What else happens, in this order where several concern the same event. */
  readonly faults?: readonly Fault[];
}

/** One direction of a network. */
export interface LinkPlan {
  /** How long each event is under way, in ms. Default: 0. */
  readonly delayMs?: Distribution;
  /** Bytes per second; events queue for it, longer ones take longer. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** `kept`: a late event holds up those behind it, as TCP does. `free`: later ones may overtake it, which a WebSocket never does. Default: `kept`. */
  readonly order?: "kept" | "free";
}

/** When a fault happens. All conditions must hold; without any, it happens to every event, response or connection, or once at the start where it concerns none. */
export interface FaultTrigger {
  /** Not before this many ms after the connection was made (for faults of connecting: after the plan was set). A fault that concerns no event happens right then. */
  readonly afterMs?: number;
  /** Not after that many ms. */
  readonly untilMs?: number;
  /** Again and again with these pauses in ms, from `afterMs` on; for faults that concern no event, response or connection. */
  readonly everyMs?: Distribution;
  /** Counts events to the client (`out`) or from it (`in`). Default: `out`. */
  readonly direction?: "out" | "in";
  /** Only events of this type or these types; `*` at the end stands for any ending. */
  readonly type?: string | readonly string[];
  /** The nth of the events that the other conditions leave, or several of them. */
  readonly nth?: number | readonly number[];
  /** Each nth of them. */
  readonly every?: number;
  /** Each of them with this probability, 0 to 1. */
  readonly probability?: number;
  /** As soon as this many bytes have passed in `direction`, the event at hand included. */
  readonly afterBytes?: number;
  /** Only in the nth session of the emulator, or in several of them, so that a client that reconnects finds the next one in order. Default: in all. */
  readonly session?: number | readonly number[];
  /** Which connections: the client's own, or those of sidebands. Default: `client`. */
  readonly connection?: "client" | "sideband";
}

/** What all faults have in common. */
export interface FaultBase {
  /** When it happens. */
  readonly when?: FaultTrigger;
  /** How often at most, per connection (faults of connecting: in all; faults of responses and the like: per session). Default: no limit. */
  readonly times?: number;
}

/** Nothing comes through for a while, then everything at once. */
export interface StallFault extends FaultBase {
  readonly fault: "stall";
  /** What is held up. Default: `both`. */
  readonly blocks?: "out" | "in" | "both";
  /** How long, in ms. */
  readonly forMs: Distribution;
}

/** The connection ends. An event that triggers it still arrives. */
export interface DisconnectFault extends FaultBase {
  readonly fault: "disconnect";
  /** `close`: with a close frame; `fin`: TCP ends without one; `reset`: TCP is reset. The client sees 1006 for the last two. Default: `close`. */
  readonly how?: "close" | "fin" | "reset";
  /** Close code, 1000 to 4999. Default: 1011. */
  readonly code?: number;
  /** Words with the code, at most 123 bytes. Default: none. */
  readonly reason?: string;
}

/** Everything stops both ways, without a word: no events, no pongs, no close, no end of TCP. Not undone by another plan. */
export interface HalfOpenFault extends FaultBase {
  readonly fault: "half-open";
}

/** The client's close frames are not answered from here on; everything else goes on. */
export interface IgnoreCloseFault extends FaultBase {
  readonly fault: "ignore-close";
}

/** The event never arrives. */
export interface DropFault extends FaultBase {
  readonly fault: "drop";
}

/** The event arrives more than once. */
export interface DuplicateFault extends FaultBase {
  readonly fault: "duplicate";
  /** How many more of it, at least 1. Default: 1. */
  readonly copies?: number;
}

/** The event arrives after some that were sent behind it. */
export interface ReorderFault extends FaultBase {
  readonly fault: "reorder";
  /** After how many, at least 1. Default: 1. */
  readonly behind?: number;
  /** How long it waits for them at most, in ms. Default: 1000. */
  readonly forMs?: number;
}

/** How an event can be spoilt; see {@link MalformFault}. */
export type Malformation =
  | "truncated"
  | "not-json"
  | "not-object"
  | "empty"
  | "binary"
  | "no-type"
  | "wrong-types"
  | "unknown-type"
  | "huge"
  | "bad-base64"
  | "odd-bytes"
  | "empty-delta"
  | "wrong-encoding"
  | "wrong-rate";

/**
 * The event arrives spoilt. `truncated`: its JSON breaks off; `not-json`: a proxy's error page; `not-object`: a JSON array; `empty`: no characters; `binary`: as a binary
 * message; `no-type`: without its type; `wrong-types`: numbers as strings, strings as numbers, objects as null; `unknown-type`: of a type that nobody knows; `huge`: with
 * a field of `bytes` bytes. The others concern audio deltas alone: `bad-base64`: with characters that base64 does not have; `odd-bytes`: with half a sample at the end (a byte less, where samples have two);
 * `empty-delta`: with no audio; `wrong-encoding`: PCM16 where G.711 was agreed and mu-law where PCM16 was; `wrong-rate`: PCM16 at 16 kHz, or G.711 at 16 kHz.
 */
export interface MalformFault extends FaultBase {
  readonly fault: "malform";
  /** How. */
  readonly as: Malformation;
  /** Size for `huge`, in bytes. Default: 20 MiB. */
  readonly bytes?: number;
  /** Whether the event itself is spoilt, or arrives unharmed behind a spoilt copy. Default: `itself`. */
  readonly target?: "itself" | "copy";
}

/** An `error` event, and the end of the connection if `close` says so. */
export interface ErrorFault extends FaultBase, FailureWords {
  readonly fault: "error";
  /** Close code after it, 1000 to 4999. Default: the connection stays. */
  readonly close?: number;
}

/** The session expires before its time: `session_expired`, then close code 1001. */
export interface ExpireFault extends FaultBase {
  readonly fault: "expire";
}

/** A response ends with status `failed`. `when` counts responses. */
export interface ResponseFailsFault extends FaultBase, FailureWords {
  readonly fault: "response-fails";
  /** How long it runs first, in ms. Default: 0. */
  readonly afterMs?: Distribution;
}

/** A response is made slowly or unevenly. `when` counts responses. */
export interface SlowGenerationFault extends FaultBase {
  readonly fault: "slow-generation";
  /** How many times faster than real time the audio is made; below 1, it comes too late to play without gaps. Drawn once per response. Default: the profile's. */
  readonly speedUp?: Distribution;
  /** How much longer everything waits for the first event behind `response.created`, in ms. Default: 0. */
  readonly thinkMs?: Distribution;
  /** Pauses within it. Default: none. */
  readonly pauses?: {
    /** From the start, and from pause to pause, in ms of undisturbed generation. */
    readonly everyMs: Distribution;
    /** How long each is, in ms. */
    readonly forMs: Distribution;
    /** How many at most. Default: no limit. */
    readonly count?: number;
  };
}

/** `input_audio_buffer.commit` is refused. `when` counts commits of the client. */
export interface CommitFailsFault extends FaultBase, FailureWords {
  readonly fault: "commit-fails";
}

/** The transcription of the user's audio fails. `when` counts transcriptions. */
export interface TranscriptionFailsFault extends FaultBase, FailureWords {
  readonly fault: "transcription-fails";
}

/** What an error says. */
export interface FailureWords {
  /** The service's code. Default: `server_error`; for transcriptions, none. */
  readonly code?: string;
  /** Its class, such as `invalid_request_error`. Default: that of the code. */
  readonly type?: string;
  /** Its words. Default: the service's for the code. */
  readonly message?: string;
}

/** A connection is refused with an HTTP status. `when` counts connections. */
export interface RefuseFault extends FaultBase, FailureWords {
  readonly fault: "refuse";
  /** HTTP status, 400 to 599. Default: 503. */
  readonly status?: number;
  /** Seconds in `Retry-After`, at least 0. Default: no such header. */
  readonly retryAfterSeconds?: number;
  /** What is refused: WebSocket connections, HTTP requests, or both. Default: `websocket`. */
  readonly requests?: "websocket" | "http" | "all";
}

/** A connection is reset before it is answered. `when` counts connections. */
export interface ResetConnectFault extends FaultBase {
  readonly fault: "reset-connect";
}

/** A connection's upgrade is never answered. `when` counts connections. */
export interface HangConnectFault extends FaultBase {
  readonly fault: "hang-connect";
}

/** A connection's upgrade is answered late. `when` counts connections. */
export interface SlowConnectFault extends FaultBase {
  readonly fault: "slow-connect";
  /** How late, in ms. */
  readonly delayMs: Distribution;
}

/**
 * Nobody listens for a while: new connections are refused by TCP, those that exist go on. At a time, or behind a connection that is served, which `when` counts. Where the
 * emulator is attached to a server of the user's own, which it must not close, connections are reset instead.
 */
export interface OutageFault extends FaultBase {
  readonly fault: "outage";
  /** How long, in ms. */
  readonly forMs: Distribution;
}

/** Faults of one connection's wire that happen at a moment. */
export type WireFault = StallFault | DisconnectFault | HalfOpenFault | IgnoreCloseFault;

/** Faults of single events. */
export type EventFault = DropFault | DuplicateFault | ReorderFault | MalformFault;

/** Faults of a session that happen at a moment. */
export type SessionFault = ErrorFault | ExpireFault;

/** Faults of what the service does. */
export type ServiceFault = ResponseFailsFault | SlowGenerationFault | CommitFailsFault | TranscriptionFailsFault;

/** Faults of connecting. */
export type ConnectFault = RefuseFault | ResetConnectFault | HangConnectFault | SlowConnectFault | OutageFault;

/** Anything that can go wrong on demand. */
export type Fault = WireFault | EventFault | SessionFault | ServiceFault | ConnectFault;

/** The name of a fault. */
export type FaultKind = Fault["fault"];

/** A plan with its preset worked in; made by `resolvePlan`. */
export interface ResolvedPlan {
  readonly out: LinkPlan;
  readonly in: LinkPlan;
  readonly faults: readonly Fault[];
}
