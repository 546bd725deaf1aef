/** Playout: from a server's audio to the frames a device plays, and what of it was heard. */
export type { ItemPlayout } from "./account.ts";
export { PLAYOUT_DEFAULTS } from "./defaults.ts";
export { DelayEstimator, type DelayLimits } from "./delay-estimator.ts";
export { type HeardItem, type HeardReport, JitterBuffer, type JitterBufferOptions, type PlayoutSegment } from "./jitter-buffer.ts";
export { type PlayoutInput, type PlayoutLogHeader, playoutLogHeader, playoutLogLine } from "./log-line.ts";
export { type CatchUp, type OutOfBand, type PlayoutOptions, type PlayoutPolicy, type ResolvedPlayoutOptions, resolvePlayoutOptions } from "./options.ts";
export { OutputClock } from "./output-clock.ts";
export type { ServerPace } from "./pace.ts";
export { Playhead, type PlayheadPosition, type Slope } from "./playhead.ts";
export { PlaybackRenderer, type PlaybackRendererOptions } from "./renderer.ts";
export { type PlayoutLog, parsePlayoutLog, type ReplayObserver, replayPlayout, type StandIn } from "./replay.ts";
export type { PlayoutState, PlayoutStats } from "./stats.ts";
export { Track } from "./track.ts";
