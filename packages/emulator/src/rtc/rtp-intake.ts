/**
 * The receiving end of a media track: RTP packets in whatever order the network left them become one unbroken stream of samples. Media time follows the sender's
 * timestamps: what was lost is concealed, what was not sent (silence suppression) is silence, and a sender that falls silent altogether is followed by the clock, so that
 * the end of a turn is found. Pure: knows neither sockets nor SDP.
 */
import type { EmulatorClock } from "../clock.ts";
import { type AudioCodec, FRAME_MS, type FrameDecoder, TRACK_RATE } from "./audio-codec.ts";

/** Packets that may overtake a missing one before it is given up. */
const REORDER_PACKETS = 3;
/** Time in ms after which it is given up anyway. */
const REORDER_MS = 60;
/** Length of a hole that is concealed, in ms; the rest is silence. */
const CONCEAL_MS = 60;
/** Silence of the sender, in ms, after which the clock takes over... */
const QUIET_MS = 200;
/** ...and how far it stays behind, in ms, so that the next packet is not before its time. */
const BEHIND_MS = 100;
/** How much further than the clock a timestamp may jump, in ms, and still mean silence. */
const JUMP_MS = 1000;
/** Sequence numbers farther off than this are another stream's. */
const MAX_SEQUENCE_STEP = 1000;

/** A packet, as far as it matters here. */
export interface RtpFrame {
  readonly ssrc: number;
  readonly payloadType: number;
  /** 16 bits, one more for each packet. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the codec's clock. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** Options of {@link RtpIntake}. */
export interface RtpIntakeOptions {
  readonly clock: EmulatorClock;
  /** The negotiated codecs by payload type; packets of other types are ignored. */
  readonly codecs: ReadonlyMap<number, AudioCodec>;
  /** Takes the samples, 24 kHz mono. */
  readonly onAudio: (samples: Int16Array) => void;
}

/** Counters that only grow. */
export interface RtpIntakeStats {
  /** Packets that came, in any state. */
  received: number;
  /** Packets given up. */
  lost: number;
  /** Packets that came after they were given up, or twice. */
  late: number;
  /** Samples made up for lost packets and silence, at 24 kHz. */
  filledSamples: number;
}

/** Straightens one track. */
export class RtpIntake {
  /** What happened so far. */
  readonly stats: RtpIntakeStats = { received: 0, lost: 0, late: 0, filledSamples: 0 };
  readonly #options: RtpIntakeOptions;
  readonly #held = new Map<number, { readonly packet: RtpFrame; readonly atMs: number }>();
  #ssrc: number | null = null;
  #codec: AudioCodec | null = null;
  #decoder: FrameDecoder | null = null;
  #sequence = 0;
  #timestamp = 0;
  #arrivedMs = 0;
  #quietWakes = 0;
  #followedMs = 0;

  /** An intake that waits for its first packet. */
  constructor(options: RtpIntakeOptions) {
    this.#options = options;
  }

  /** One packet, as it comes. Never throws: what cannot be decoded counts as lost. */
  push(packet: RtpFrame): void {
    const codec = this.#options.codecs.get(packet.payloadType);
    if (codec === undefined) return;
    this.stats.received++;
    const step = ((packet.sequenceNumber - this.#sequence) << 16) >> 16;
    if (packet.ssrc !== this.#ssrc || codec !== this.#codec || Math.abs(step) > MAX_SEQUENCE_STEP) this.#begin(packet, codec);
    else if (step < 0) {
      this.stats.late++;
      return;
    }
    this.#held.set(packet.sequenceNumber, { packet, atMs: this.#options.clock.nowMs() });
    this.#play();
    while (this.#held.size > REORDER_PACKETS) this.#giveUp();
  }

  /** To be called every 20 ms or so, once for each time that the event loop came around: then packets that wait in a socket come before the clock takes over. */
  wake(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const { atMs } of this.#held.values()) {
      if (nowMs - atMs < REORDER_MS) continue;
      this.#giveUp();
      break;
    }
    this.#quietWakes = this.#codec !== null && nowMs - this.#arrivedMs > QUIET_MS ? this.#quietWakes + 1 : 0;
    if (this.#quietWakes < 2 || this.#codec === null) return;
    const owedMs = Math.floor((nowMs - this.#arrivedMs - BEHIND_MS - this.#followedMs) / FRAME_MS) * FRAME_MS;
    if (owedMs <= 0) return;
    this.#followedMs += owedMs;
    this.#silence((owedMs * this.#codec.clockRate) / 1000);
  }

  /** Lets go of the decoder. */
  close(): void {
    this.#decoder?.close();
    this.#decoder = null;
    this.#codec = null;
    this.#ssrc = null;
    this.#held.clear();
  }

  #begin(packet: RtpFrame, codec: AudioCodec): void {
    this.close();
    this.#ssrc = packet.ssrc;
    this.#codec = codec;
    this.#decoder = codec.createDecoder();
    this.#sequence = packet.sequenceNumber;
    this.#timestamp = packet.timestamp;
    this.#arrived();
  }

  #arrived(): void {
    this.#arrivedMs = this.#options.clock.nowMs();
    this.#quietWakes = 0;
    this.#followedMs = 0;
  }

  /** Plays what is there in order. */
  #play(lost = 0): void {
    for (let missing = lost; ; missing = 0) {
      const next = this.#held.get(this.#sequence);
      if (next === undefined) return;
      this.#held.delete(this.#sequence);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#decode(next.packet, missing);
    }
  }

  /** Goes on with the first packet after the hole. */
  #giveUp(): void {
    let skip = MAX_SEQUENCE_STEP + 1;
    for (const sequence of this.#held.keys()) skip = Math.min(skip, (sequence - this.#sequence) & 0xffff);
    this.stats.lost += skip;
    this.#sequence = (this.#sequence + skip) & 0xffff;
    this.#play(skip);
  }

  #decode(packet: RtpFrame, lost: number): void {
    const codec = this.#codec as AudioCodec;
    const decoder = this.#decoder as FrameDecoder;
    const gap = (packet.timestamp - this.#timestamp) | 0;
    const quietMs = this.#options.clock.nowMs() - this.#arrivedMs;
    this.#arrived();
    // A negative gap is a sender whose clock stood still while this one went on; a jump that no silence explains is one that was set anew. Both go on from here.
    if (gap > 0 && (gap * 1000) / codec.clockRate <= quietMs + JUMP_MS) this.#fill(gap, lost > 0);
    let samples: Int16Array;
    try {
      samples = decoder.decode(packet.payload);
    } catch {
      this.stats.lost++;
      samples = decoder.conceal();
      this.stats.filledSamples += samples.length;
    }
    this.#timestamp = (packet.timestamp + (samples.length * codec.clockRate) / TRACK_RATE) >>> 0;
    this.#options.onAudio(samples);
  }

  #fill(ticks: number, conceal: boolean): void {
    const codec = this.#codec as AudioCodec;
    let left = ticks;
    for (let concealedMs = 0; conceal && concealedMs < CONCEAL_MS; ) {
      const samples = (this.#decoder as FrameDecoder).conceal();
      const length = (samples.length * codec.clockRate) / TRACK_RATE;
      if (length === 0 || length > left) break;
      this.stats.filledSamples += samples.length;
      this.#options.onAudio(samples);
      left -= length;
      concealedMs += (samples.length * 1000) / TRACK_RATE;
    }
    this.#silence(left);
  }

  #silence(ticks: number): void {
    const samples = new Int16Array(Math.round((ticks * TRACK_RATE) / (this.#codec as AudioCodec).clockRate));
    this.#timestamp = (this.#timestamp + ticks) >>> 0;
    if (samples.length === 0) return;
    this.stats.filledSamples += samples.length;
    this.#options.onAudio(samples);
  }
}
