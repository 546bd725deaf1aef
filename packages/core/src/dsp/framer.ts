/**
 * Cuts a stream of any chunking into packets of a fixed length: 128-frame quanta into 20 ms packets, say.
 *
 * Any thread. Packets follow one another without gap, overlap or drift, whatever the chunks were; no allocation after construction. The packet handed out is
 * the framer's own memory and is overwritten by the next one: a sink that keeps it must copy it.
 */
import { checkAttached, checkInteger } from "./checks.ts";

/** Whoever takes the packets. An object, so that the hot path needs no closure. */
export interface PacketSink {
  /** Takes one packet; `samples` is valid during the call only. Must not call back into the framer. */
  packet(samples: Float32Array): void;
}

/** Longest stretch beyond the end of a packet that is copied at once: more than any quantum brings. */
const SLACK_FRAMES = 512;

/** Packets of a fixed number of frames from chunks of any number of frames. */
export class Framer {
  /** Frames of each packet. */
  readonly packetFrames: number;
  /** The packet in the making, and room for what goes beyond its end. */
  readonly #memory: Float32Array;
  readonly #packet: Float32Array;
  #filled = 0;

  /** A framer for packets of `packetFrames` frames (1 to 2^24). @throws {RangeError} otherwise. */
  constructor(packetFrames: number) {
    checkInteger("packetFrames", packetFrames, 1, 2 ** 24, "frames");
    this.packetFrames = packetFrames;
    this.#memory = new Float32Array(packetFrames + SLACK_FRAMES);
    this.#packet = this.#memory.subarray(0, packetFrames);
  }

  /** Frames held back until a packet is full, 0 to `packetFrames - 1`. */
  get pendingFrames(): number {
    return this.#filled;
  }

  /** Takes all of `samples` and hands every packet that becomes full to `sink`. @returns packets handed out. @throws {TypeError} when `samples` is detached. */
  push(samples: Float32Array, sink: PacketSink): number {
    checkAttached("Framer.push", "input", samples);
    const filled = this.#filled;
    const beyond = filled + samples.length - this.packetFrames;
    if (beyond > SLACK_FRAMES || beyond >= this.packetFrames) return this.#pushLong(samples, sink);
    // Chunks that are shorter than packets: one copy instead of a loop, and another for what goes beyond the packet's end.
    this.#memory.set(samples, filled);
    if (beyond < 0) {
      this.#filled = filled + samples.length;
      return 0;
    }
    this.#handOut(sink);
    this.#memory.copyWithin(0, this.packetFrames, this.packetFrames + beyond);
    this.#filled = beyond;
    return 1;
  }

  #pushLong(samples: Float32Array, sink: PacketSink): number {
    const packet = this.#packet;
    let packets = 0;
    let filled = this.#filled;
    for (let i = 0; i < samples.length; i++) {
      packet[filled++] = samples[i] as number;
      if (filled < packet.length) continue;
      filled = 0;
      packets++;
      this.#handOut(sink);
    }
    this.#filled = filled;
    return packets;
  }

  #handOut(sink: PacketSink): void {
    // Before the call, so that a sink that throws leaves the framer on a packet boundary.
    this.#filled = 0;
    sink.packet(this.#packet);
  }

  /**
   * Hands out what is held back as one shorter packet (a view, so this allocates a little), or nothing when nothing is.
   * @returns frames handed out, 0 to `packetFrames - 1`.
   */
  flush(sink: PacketSink): number {
    const filled = this.#filled;
    this.#filled = 0;
    if (filled > 0) sink.packet(this.#packet.subarray(0, filled));
    return filled;
  }

  /** Forgets what is held back. */
  reset(): void {
    this.#filled = 0;
  }
}
