/**
 * What a call's audio is coded in. Inside the emulator a media track is 24 kHz mono in frames of 20 ms, whatever goes over the line.
 */
import { decodePcm16, encodePcm16, Resampler } from "@sidetone/core/dsp";

/** Rate of audio on the emulator's side of a track, in Hz. */
export const TRACK_RATE = 24_000;
/** Length of a frame, in ms; what is played is counted in these. */
export const FRAME_MS = 20;
/** Samples of a frame. */
export const FRAME_SAMPLES = (TRACK_RATE * FRAME_MS) / 1000;

/** Names of the codecs, as in SDP. */
export type AudioCodecName = "opus" | "PCMU" | "PCMA";

/** Decodes one stream, packet by packet. */
export interface FrameDecoder {
  /** The samples of a packet at 24 kHz, of whatever length it has. @throws {Error} when the payload is none of this codec. */
  decode(payload: Uint8Array): Int16Array;
  /** What stands in for a lost packet, at 24 kHz, as long as the packet before (20 ms when there was none). */
  conceal(): Int16Array;
  /** Gives back what it holds. */
  close(): void;
}

/** Encodes one stream, frame by frame. */
export interface FrameEncoder {
  /** The payload of one frame of {@link FRAME_SAMPLES} samples. */
  encode(frame: Int16Array): Uint8Array;
  /** Gives back what it holds. */
  close(): void;
}

/** A codec. */
export interface AudioCodec {
  readonly name: AudioCodecName;
  /** Clock of the RTP timestamps, in Hz. */
  readonly clockRate: number;
  /** A decoder for a new stream. */
  createDecoder(): FrameDecoder;
  /** An encoder for a new stream. */
  createEncoder(): FrameEncoder;
}

/** Converts a stream of 16-bit samples from one rate to another. */
export class StreamResampler {
  readonly #resampler: Resampler;
  #input = new Float32Array(0);
  #output = new Float32Array(0);

  /** A resampler between two rates in Hz. */
  constructor(inRate: number, outRate: number) {
    this.#resampler = new Resampler(inRate, outRate);
  }

  /** The next samples of the stream, later by the filter's delay, which is a few samples. */
  convert(samples: Int16Array): Int16Array {
    if (this.#input.length !== samples.length) {
      this.#input = new Float32Array(samples.length);
      this.#output = new Float32Array(this.#resampler.maxOutputFrames(samples.length));
    }
    decodePcm16(samples, this.#input);
    return this.convertFloat(this.#input);
  }

  /** The same for floats in -1..1. */
  convertFloat(samples: Float32Array): Int16Array {
    const most = this.#resampler.maxOutputFrames(samples.length);
    if (this.#output.length < most) this.#output = new Float32Array(most);
    const frames = this.#resampler.process(samples, this.#output);
    const converted = new Int16Array(frames);
    encodePcm16(this.#output.subarray(0, frames), converted);
    return converted;
  }
}
