/**
 * `sidetone/wavtools`: the API of the package `wavtools` (0.1.5), over Sidetone's worklets. For apps that have or vendor wavtools: change the import, and offsets are
 * exact, no audio is lost at an underrun, and the device runs at its own rate.
 *
 * Otherwise than there: nothing is put on `globalThis` and nothing happens at import; the class `AudioAnalysis` (pictures of `<audio>` elements) is not here, its
 * `getFrequencies` is a method of player and recorder as ever. What else differs stands with each method.
 */
export type { WavChunk } from "./adapters/wavtools/chunks.ts";
export type { DecodableAudio, DecodedAudioType } from "./adapters/wavtools/decode.ts";
export type { AnalysisType, AudioAnalysisOutputType } from "./adapters/wavtools/frequencies.ts";
export type { AudioInput, DeviceChangeCallback } from "./adapters/wavtools/inputs.ts";
export type { WavRecorderOptions, WavStreamPlayerOptions } from "./adapters/wavtools/options.ts";
export { WavPacker, type WavPackerAudio, type WavPackerAudioType } from "./adapters/wavtools/packer.ts";
export { WavRecorder } from "./adapters/wavtools/recorder.ts";
export type { RecordedAudio } from "./adapters/wavtools/recording.ts";
export { WavStreamPlayer } from "./adapters/wavtools/stream-player.ts";
export type { TrackSampleOffset } from "./adapters/wavtools/track-log.ts";
