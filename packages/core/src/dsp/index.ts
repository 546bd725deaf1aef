/** Sidetone's DSP kernels: streaming audio arithmetic without a runtime. This file only lists what is public. */
export { base64ByteLength, decodeBase64, encodeBase64 } from "./base64.ts";
export { Concealer } from "./conceal.ts";
export { Fade, type FadeState } from "./fade.ts";
export { Framer, type PacketSink } from "./framer.ts";
export {
  decodeAlaw,
  decodeAlawFloat,
  decodeMulaw,
  decodeMulawFloat,
  encodeAlaw,
  encodeAlawFloat,
  encodeMulaw,
  encodeMulawFloat,
} from "./g711.ts";
export type { ResamplerEngine } from "./kernel-choice.ts";
export { fromDbfs, Level, toDbfs } from "./level.ts";
export { decodePcm16, decodePcm16Bytes, encodePcm16, encodePcm16Bytes, floatToPcm16, pcm16View } from "./pcm16.ts";
export { Dither } from "./pcm16-dither.ts";
export type { ResamplerProfile } from "./profiles.ts";
export { Resampler, type ResamplerOptions } from "./resampler.ts";
export { Ring, type RingMemory } from "./ring.ts";
export { type PeriodSplice, PeriodStretcher, type PeriodStretcherOptions } from "./stretch.ts";
export {
  downmixToMono,
  readWav,
  type WavAudio,
  type WavContent,
  type WavEncoding,
  type WavEnding,
  WavError,
  type WavFormat,
  type WavHeader,
  WavReader,
  type WavSettings,
  WavWriter,
  type WavWriterOptions,
  writeWav,
} from "./wav.ts";
