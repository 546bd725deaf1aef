/**
 * Reply audio from events to playback: base64 to bytes to samples, by item, whatever the server's chunking.
 *
 * Thread: the engine's. A delta that is no audio is reported and skipped; the stream goes on. An odd byte at the end of a PCM16 delta waits for the next one.
 */
import { base64ByteLength, decodeBase64 } from "../dsp/base64.ts";
import { decodeAlawFloat, decodeMulawFloat } from "../dsp/g711.ts";
import { decodePcm16, pcm16View } from "../dsp/pcm16.ts";
import { describe, SidetoneError } from "../errors.ts";
import { type AudioFormat, bytesPerFrame, formatRate } from "../protocol/audio-format.ts";
import type { EngineStats, PlaybackCommand } from "./ports.ts";

/** Where decoded audio goes. */
export interface DownlinkTarget {
  postMessage(command: PlaybackCommand, transfer?: ArrayBuffer[]): void;
}

/** Decodes audio deltas. */
export class Downlink {
  readonly #format: AudioFormat;
  readonly #stats: EngineStats;
  readonly #target: DownlinkTarget;
  readonly #framesPerMs: number;
  #bytes = new Uint8Array(16_384);
  /** Odd bytes carried over, by `itemId/contentIndex`; empty nearly always. */
  readonly #carried = new Map<string, number>();

  constructor(format: AudioFormat, stats: EngineStats, target: DownlinkTarget) {
    this.#format = format;
    this.#stats = stats;
    this.#target = target;
    this.#framesPerMs = formatRate(format) / 1000;
  }

  /** Decodes one delta and hands it on, for the conversation's queue or the one beside it. @throws {SidetoneError} `malformed-event` when it is not audio; nothing of it is played then. */
  delta(itemId: string, contentIndex: number, base64: string, queue: "conversation" | "out-of-band" = "conversation"): void {
    const key = `${itemId}/${contentIndex}`;
    const carried = this.#carried.get(key);
    const start = carried === undefined ? 0 : 1;
    let length: number;
    try {
      const needed = start + base64ByteLength(base64);
      if (this.#bytes.length < needed) this.#bytes = new Uint8Array(needed * 2);
      length = start + decodeBase64(base64, start === 0 ? this.#bytes : this.#bytes.subarray(1));
    } catch (cause) {
      throw new SidetoneError("malformed-event", `An audio delta of item ${itemId} is not base64 (${describe(cause)}); it was skipped.`, { cause });
    }
    if (carried !== undefined) this.#bytes[0] = carried;
    const frameBytes = bytesPerFrame(this.#format);
    const frames = Math.floor(length / frameBytes);
    if (frames * frameBytes < length) this.#carried.set(key, this.#bytes[length - 1]);
    else if (carried !== undefined) this.#carried.delete(key);
    this.#stats.deltasReceived++;
    if (frames === 0) return;
    const samples = this.#decode(frames, frameBytes);
    this.#stats.receivedMs += frames / this.#framesPerMs;
    this.#target.postMessage({ type: "segment", itemId, contentIndex, samples, queue }, [samples.buffer]);
  }

  /** Nothing follows for this content part. */
  done(itemId: string, contentIndex: number): void {
    if (this.#carried.size > 0) this.#carried.delete(`${itemId}/${contentIndex}`);
    this.#target.postMessage({ type: "end-of-item", itemId, contentIndex });
  }

  #decode(frames: number, frameBytes: number): Float32Array<ArrayBuffer> {
    const samples = new Float32Array(frames);
    const bytes = this.#bytes.subarray(0, frames * frameBytes);
    if (this.#format.type === "audio/pcm") decodePcm16(pcm16View(bytes), samples);
    else if (this.#format.type === "audio/pcmu") decodeMulawFloat(bytes, samples);
    else decodeAlawFloat(bytes, samples);
    return samples;
  }
}
