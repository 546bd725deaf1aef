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

/** Packets of a fixed number of frames from chunks of any number of frames. */
export class Framer {
  /** Frames of each packet. */
  readonly packetFrames: number;
  readonly #packet: Float32Array;
  #filled = 0;

  /** A framer for packets of `packetFrames` frames (1 to 2^24). @throws {RangeError} otherwise. */
  constructor(packetFrames: number) {
    checkInteger("packetFrames", packetFrames, 1, 2 ** 24, "frames");
    this.packetFrames = packetFrames;
    this.#packet = new Float32Array(packetFrames);
  }

  /** Frames held back until a packet is full, 0 to `packetFrames - 1`. */
  get pendingFrames(): number {
    return this.#filled;
  }

  /** Takes all of `samples` and hands every packet that becomes full to `sink`. @returns packets handed out. @throws {TypeError} when `samples` is detached. */
  push(samples: Float32Array, sink: PacketSink): number {
    checkAttached("Framer.push", "input", samples);
    const packet = this.#packet;
    let filled = this.#filled;
    // The common case of chunks that are much shorter than packets: one copy instead of a loop.
    if (filled + samples.length < packet.length) {
      packet.set(samples, filled);
      this.#filled = filled + samples.length;
      return 0;
    }
    let packets = 0;
    for (let i = 0; i < samples.length; i++) {
      packet[filled++] = samples[i] as number;
      if (filled < packet.length) continue;
      filled = 0;
      packets++;
      // Before the call, so that a sink that throws leaves the framer on a packet boundary.
      this.#filled = 0;
      sink.packet(packet);
    }
    this.#filled = filled;
    return packets;
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
