/**
 * A peer connection at work: 20 ms of speech out for every 20 ms that pass, the client's audio in, messages both ways, and a watch over whether the client is still there.
 *
 * Invariants: `onOpen` once at most; nothing is called after `onClosed` or `close`. What ICE, DTLS and SCTP do between themselves runs on real time; everything else on
 * the emulator's clock.
 */
import type { RTCDataChannel, RTCPeerConnection } from "werift";
import type { EmulatorClock } from "../clock.ts";
import { type AudioCodec, FRAME_MS, FRAME_SAMPLES, type FrameEncoder } from "./audio-codec.ts";
import { FrameClock } from "./frame-clock.ts";
import { RtpIntake, type RtpIntakeStats } from "./rtp-intake.ts";

/** Names of the data channel, OpenAI's and the one in Azure's documents; others are left alone. */
const CHANNEL_LABELS: ReadonlySet<string> = new Set(["oai-events", "realtime-channel"]);
/** How long a client may take to connect, in ms. */
const CONNECT_MS = 30_000;
/** Silence on the network after which a client is gone, in ms: browsers ask for consent every five seconds or so, RFC 7675 section 5.1. */
const GONE_MS = 30_000;
/** How the end of a connection is told, RFC 6455 section 7.4.1. */
const CLOSE_NORMAL = 1000;
const CLOSE_LOST = 1006;
/** What may wait for a client that does not read, in bytes; the same as over WebSocket. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** What the last events get to arrive before the connection closes, in ms. */
const FAREWELL_MS = 100;

/** What the line tells and asks its owner. */
export interface PeerLineOptions {
  readonly clock: EmulatorClock;
  /** Fills a frame of 20 ms at 24 kHz, which is sent now. */
  readonly onFrame: (frame: Int16Array) => void;
  /** Audio of the client at 24 kHz, in order. */
  readonly onAudio: (samples: Int16Array) => void;
  /** The data channel is open. */
  readonly onOpen: () => void;
  /** A message on it; null for a binary one. */
  readonly onMessage: (text: string | null) => void;
  /** The client ended the connection, or it broke: a WebSocket close code that says the same (1000 or 1006), and why in a few words. Not called after `close`. */
  readonly onClosed: (code: number, reason: string) => void;
}

/** A packet on its way out. */
export interface OutgoingRtp {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** Runs one connection. */
export class PeerLine {
  /** The codec that the server sends: the first that the client prefers. */
  readonly codec: AudioCodec;
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerLineOptions;
  readonly #sendRtp: (packet: OutgoingRtp) => void;
  readonly #payloadType: number;
  readonly #intake: RtpIntake;
  readonly #frames: FrameClock;
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #encoder: FrameEncoder | null = null;
  #channel: RTCDataChannel | null = null;
  #sent = 0;
  #seenMs: number;
  #lastMessageMs = Number.NEGATIVE_INFINITY;
  #cancelWatch: () => void = () => {};
  #over = false;
  #closing: Promise<void> | null = null;

  /** Takes over `connection`, whose remote description is set; `codecs` by payload type, the preferred one first. */
  constructor(connection: RTCPeerConnection, codecs: ReadonlyMap<number, AudioCodec>, options: PeerLineOptions, sendRtp: (packet: OutgoingRtp) => void) {
    const [[payloadType, codec]] = [...codecs] as [[number, AudioCodec]];
    this.codec = codec;
    this.#payloadType = payloadType;
    this.#connection = connection;
    this.#options = options;
    this.#sendRtp = sendRtp;
    this.#intake = new RtpIntake({ clock: options.clock, codecs, onAudio: options.onAudio });
    this.#frames = new FrameClock(options.clock, { onFrame: () => this.#sendFrame(), onWake: () => this.#intake.wake() });
    this.#seenMs = options.clock.nowMs();
    connection.connectionStateChange.subscribe((state) => this.#onState(state));
    connection.onDataChannel.subscribe((channel) => this.#onChannel(channel));
    for (const transport of connection.dtlsTransports) {
      // Taken before werift sorts packets by source: a client need not announce its sources.
      transport.onRtp.subscribe(({ header, payload }) => {
        if (this.#over) return;
        this.sawClient();
        this.#intake.push({ ...pick(header), payload });
      });
      transport.onStateChange.subscribe((state) => state === "closed" && this.#end(CLOSE_NORMAL, "The client ended the call."));
    }
    this.#watch(CONNECT_MS);
  }

  /** What was received. */
  get stats(): Readonly<RtpIntakeStats> {
    return this.#intake.stats;
  }

  /** Something came from the client. */
  sawClient(): void {
    this.#seenMs = this.#options.clock.nowMs();
  }

  /** Sends a message, if there is still somebody to get it (one who does not read is let go); false when it is longer than the client accepts. */
  send(text: string): boolean {
    const channel = this.#channel;
    if (channel === null || channel.readyState !== "open" || this.#over) return true;
    if (channel.bufferedAmount > MAX_WAITING_BYTES) {
      this.#end(CLOSE_LOST, "The client does not read its data channel.");
      return true;
    }
    try {
      channel.send(text);
    } catch {
      return false;
    }
    this.#lastMessageMs = this.#options.clock.nowMs();
    return true;
  }

  /** Lets the last messages go, then closes. Idempotent. */
  close(): Promise<void> {
    this.#over = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#frames.stop();
    const restMs = FAREWELL_MS - (this.#options.clock.nowMs() - this.#lastMessageMs);
    // Real time, since the network does not know the clock.
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    // Tells the client, which would otherwise find out by waiting; the socket sends in the next turn of the event loop.
    await this.#connection.sctpTransport?.stop().catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    await this.#stop();
  }

  async #stop(): Promise<void> {
    this.#frames.stop();
    this.#cancelWatch();
    this.#intake.close();
    this.#encoder?.close();
    this.#encoder = null;
    // What cannot be closed is closed already; nobody waits for this where the client left by itself.
    await this.#connection.close().catch(() => {});
  }

  /** Breaks off without a word, as a lost network does; the client finds out by itself. */
  drop(): void {
    this.#over = true;
    this.#closing ??= this.#stop();
  }

  /** The other side is gone, so nobody is told. */
  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing = this.#stop();
    this.#options.onClosed(code, reason);
  }

  #onState(state: string): void {
    if (state === "failed") this.#end(CLOSE_LOST, "The connection failed.");
    if (state !== "connected" || this.#over || this.#encoder !== null) return;
    this.#encoder = this.codec.createEncoder();
    this.sawClient();
    this.#watch(GONE_MS);
    this.#frames.start();
  }

  #onChannel(channel: RTCDataChannel): void {
    if (!CHANNEL_LABELS.has(channel.label) || this.#channel !== null) return;
    this.#channel = channel;
    channel.onMessage.subscribe((data) => {
      if (!this.#over) this.#options.onMessage(typeof data === "string" ? data : null);
    });
    channel.stateChange.subscribe((state) => {
      if (state === "open" && !this.#over) this.#options.onOpen();
      if (state === "closed") this.#end(CLOSE_NORMAL, "The client ended the call.");
    });
  }

  #sendFrame(): void {
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#options.onFrame(this.#frame);
    const index = this.#sent++;
    const timestamp = (index * this.codec.clockRate * FRAME_MS) / 1000;
    this.#sendRtp({
      payloadType: this.#payloadType,
      sequenceNumber: index & 0xffff,
      timestamp: timestamp >>> 0,
      marker: index === 0,
      payload: encoder.encode(this.#frame),
    });
  }

  /** Looks after `afterMs` whether the client was heard of in that time. */
  #watch(afterMs: number): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#options.clock.after(afterMs, () => {
      const quietMs = this.#options.clock.nowMs() - this.#seenMs;
      if (this.#encoder === null) this.#end(CLOSE_LOST, "The client did not connect.");
      else if (quietMs >= GONE_MS) this.#end(CLOSE_LOST, "The client is gone.");
      else this.#watch(GONE_MS - quietMs);
    });
  }
}

function pick({ ssrc, payloadType, sequenceNumber, timestamp }: Omit<Parameters<RtpIntake["push"]>[0], "payload">) {
  return { ssrc, payloadType, sequenceNumber, timestamp };
}
