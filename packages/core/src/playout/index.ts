/** Playout: from a server's audio to the frames a device plays, and what of it was heard. */
export { PLAYOUT_DEFAULTS } from "./defaults.ts";
export {
  type HeardItem,
  type HeardReport,
  JitterBuffer,
  type JitterBufferOptions,
  type PlayoutSegment,
  type PlayoutState,
  type PlayoutStats,
} from "./jitter-buffer.ts";
export { type PlayoutOptions, type ResolvedPlayoutOptions, resolvePlayoutOptions } from "./options.ts";
export { OutputClock } from "./output-clock.ts";
export { Playhead, type PlayheadPosition } from "./playhead.ts";
export { PlaybackRenderer, type PlaybackRendererOptions } from "./renderer.ts";
export { Track } from "./track.ts";
