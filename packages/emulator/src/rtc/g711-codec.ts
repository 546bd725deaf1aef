/**
 * G.711 on a line: 8 kHz, one byte per sample, holes concealed as in the standard's appendix.
 */
import { Concealer, decodeAlawFloat, decodeMulawFloat, encodeAlaw, encodeMulaw } from "@sidetone/core/dsp";
import { type AudioCodec, FRAME_MS, type FrameDecoder, type FrameEncoder, StreamResampler, TRACK_RATE } from "./audio-codec.ts";

/** Rate of a telephone line, in Hz. */
export const LINE_RATE = 8000;

/** G.711 with the mu-law, as in North America and Japan. */
export const PCMU: AudioCodec = Object.freeze({
  name: "PCMU",
  clockRate: LINE_RATE,
  createDecoder: () => g711Decoder(decodeMulawFloat),
  createEncoder: () => g711Encoder(encodeMulaw),
});

/** G.711 with the A-law, as elsewhere. */
export const PCMA: AudioCodec = Object.freeze({
  name: "PCMA",
  clockRate: LINE_RATE,
  createDecoder: () => g711Decoder(decodeAlawFloat),
  createEncoder: () => g711Encoder(encodeAlaw),
});

function g711Decoder(decode: (bytes: Uint8Array, output: Float32Array) => unknown): FrameDecoder {
  const resampler = new StreamResampler(LINE_RATE, TRACK_RATE);
  const concealer = new Concealer(LINE_RATE);
  let lastFrames = (LINE_RATE * FRAME_MS) / 1000;
  return {
    decode(payload) {
      const samples = new Float32Array(payload.length);
      decode(payload, samples);
      concealer.resume(samples);
      lastFrames = payload.length;
      return resampler.convertFloat(samples);
    },
    conceal() {
      const samples = new Float32Array(lastFrames);
      concealer.conceal(samples);
      return resampler.convertFloat(samples);
    },
    close() {},
  };
}

function g711Encoder(encode: (samples: Int16Array, output: Uint8Array) => unknown): FrameEncoder {
  const resampler = new StreamResampler(TRACK_RATE, LINE_RATE);
  return {
    encode(frame) {
      const samples = resampler.convert(frame);
      const payload = new Uint8Array(samples.length);
      encode(samples, payload);
      return payload;
    },
    close() {},
  };
}
