/**
 * Microphone packets to the wire: holds them while there is no session or the wire is slow, sends them as `input_audio_buffer.append`, and loses nothing up to a stated limit.
 *
 * Thread: the engine's. Memory of packets that arrive while everything flows goes straight back to the capture side.
 */
import { encodeBase64 } from "../dsp/base64.ts";
import { SidetoneError } from "../errors.ts";
import { type AudioFormat, bytesPerFrame, formatRate } from "../protocol/audio-format.ts";
import type { Transport } from "../transport/transport.ts";
import type { EngineLimits } from "./defaults.ts";
import type { CapturePacket, CaptureRecycle, EngineStats, PortLike } from "./ports.ts";

/** The knobs an uplink reads. */
export type UplinkLimits = Pick<Required<EngineLimits>, "holdMs" | "highWaterBytes" | "lowWaterBytes">;

/** Carries packets to a transport. */
export class Uplink {
  /** Loudness of the newest packet. */
  readonly level = { rms: 0, peak: 0 };
  /** Called after every packet. */
  onPacket: (() => void) | null = null;
  readonly #limits: UplinkLimits;
  readonly #stats: EngineStats;
  readonly #onError: (error: SidetoneError) => void;
  readonly #bytesPerMs: number;
  /** Held packets, oldest first, from `#heldStart` on. */
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldStart = 0;
  #heldBytes = 0;
  #overflowing = false;
  #stalled = false;
  #transport: Transport | null = null;
  #port: PortLike<CaptureRecycle, CapturePacket> | null = null;
  #nextSequence = 0;

  constructor(format: AudioFormat, limits: UplinkLimits, stats: EngineStats, onError: (error: SidetoneError) => void) {
    this.#bytesPerMs = (formatRate(format) * bytesPerFrame(format)) / 1000;
    this.#limits = limits;
    this.#stats = stats;
    this.#onError = onError;
  }

  /** Takes packets from `port` from now on. */
  attach(port: PortLike<CaptureRecycle, CapturePacket>): void {
    this.#port = port;
    this.#nextSequence = 0;
    port.onmessage = (event) => {
      this.#take(event.data);
      this.onPacket?.();
    };
  }

  /** The session is configured: what was held goes out first, in order, then everything as it comes. */
  open(transport: Transport): void {
    this.#transport = transport;
    this.drain();
  }

  /** There is no session: packets are held again. */
  suspend(): void {
    this.#transport = null;
  }

  #take(packet: CapturePacket): void {
    this.level.rms = packet.rms;
    this.level.peak = packet.peak;
    this.#stats.packetsCaptured++;
    this.#stats.packetsLost += Math.max(0, packet.sequence - this.#nextSequence);
    this.#nextSequence = packet.sequence + 1;
    if (this.#heldBytes === 0 && this.#flowing()) {
      this.#send(packet.bytes);
      return;
    }
    this.#hold(packet.bytes);
    this.drain();
  }

  /** Whether the wire takes audio now; a stall ends only well below the level at which it began, so that it does not flap. */
  #flowing(): boolean {
    if (this.#transport === null) return false;
    const waiting = this.#transport.bufferedBytes;
    if (waiting > this.#limits.highWaterBytes) this.#stalled = true;
    else if (waiting < this.#limits.lowWaterBytes) this.#stalled = false;
    return !this.#stalled;
  }

  #hold(bytes: Uint8Array<ArrayBuffer>): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    while (this.#heldBytes > this.#limits.holdMs * this.#bytesPerMs) {
      this.#recycle(this.#shift());
      this.#stats.packetsDropped++;
      if (!this.#overflowing) {
        this.#overflowing = true;
        const seconds = this.#limits.holdMs / 1000;
        this.#onError(new SidetoneError("uplink-overflow", `The server took no audio for ${seconds} s; the oldest microphone audio is being dropped.`));
      }
    }
    this.#stats.heldMs = this.#heldBytes / this.#bytesPerMs;
  }

  /** Sends what is held as far as the wire takes it. Every packet does this; a timer must too, for when the last packet has come. */
  drain(): void {
    while (this.#heldBytes > 0 && this.#flowing()) this.#send(this.#shift());
    if (this.#heldBytes === 0) this.#overflowing = false;
    this.#stats.heldMs = this.#heldBytes / this.#bytesPerMs;
  }

  #shift(): Uint8Array<ArrayBuffer> {
    const bytes = this.#held[this.#heldStart++];
    this.#heldBytes -= bytes.length;
    if (this.#heldStart > 64 && this.#heldStart * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#heldStart);
      this.#heldStart = 0;
    }
    return bytes;
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#transport?.send({ type: "input_audio_buffer.append", audio: encodeBase64(bytes) });
    this.#stats.packetsSent++;
    this.#stats.sentMs += bytes.length / this.#bytesPerMs;
    this.#recycle(bytes);
  }

  #recycle(bytes: Uint8Array<ArrayBuffer>): void {
    this.#port?.postMessage({ type: "recycle", bytes }, [bytes.buffer]);
  }
}
