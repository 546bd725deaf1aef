/**
 * `sidetone/testing`: what tests of voice apps need. A server that is a script, signals to send, and measurements of what came out: plain data, for any test runner, in
 * browsers and in Node.
 */
export { alignSegments, SAME_WITHIN, type Segment, SILENT_BELOW } from "./align.ts";
export { CLICK_DEFAULTS, type ClickOptions, findClicks } from "./clicks.ts";
export { type Comparison, type CorrelateOptions, compare, correlate, type Match, similarity } from "./correlate.ts";
export { type Coverage, coverage } from "./coverage.ts";
export { type Edges, findEdges } from "./edges.ts";
export { findGaps, findSilences, GAP_DEFAULTS, type Gap, type GapOptions, type Stretch } from "./gaps.ts";
export { levelDb, peak, rms, snrDb, soundBounds } from "./levels.ts";
export { fromPcm16, resample, toPcm16 } from "./pcm.ts";
export { REPLY_DEFAULTS, replyEvents, type SpokenReply } from "./reply.ts";
export {
  greeting,
  type ScriptedEvent,
  type ScriptedTransport,
  type ScriptedTransportOptions,
  type ScriptStep,
  scriptedTransport,
} from "./scripted-transport.ts";
export {
  clicks,
  noise,
  type RandomSignal,
  SIGNAL_DEFAULTS,
  type SignalShape,
  type SpeechLikeOptions,
  sequence,
  silence,
  sine,
  speechLike,
  sweep,
} from "./signals.ts";
