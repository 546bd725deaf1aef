/**
 * The plug point of voice activity detectors: something that says, 32 ms at a time, how likely it is that a person speaks. What follows from that (turns, padding,
 * silence) is {@link VadIterator}'s business and the same for every detector, as on the service.
 */
import { SERVER_VAD_GRID } from "@sidetone/core/protocol";

export type { Vad } from "@sidetone/vad";

/** Rate detectors hear, in Hz: 16000. */
export const VAD_RATE: number = SERVER_VAD_GRID.sampleRate;
/** Samples in one frame at {@link VAD_RATE}: 512. */
export const VAD_FRAME: number = SERVER_VAD_GRID.frameSamples;
/** Length of one frame in milliseconds: 32. */
export const VAD_FRAME_MS: number = SERVER_VAD_GRID.frameMs;
