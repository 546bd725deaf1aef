/**
 * What playout counts. Names and meanings are those of `RTCInboundRtpStreamStats` in webrtc-stats where there is such a thing, samples being mono frames at the buffer's rate
 * and delays sums in seconds over emitted samples; the rest says its unit.
 */
import type { ServerPace } from "./pace.ts";

/** What the buffer is doing. */
export type PlayoutState = "idle" | "priming" | "playing" | "starved" | "paused";

/** Lifetime counters, which only grow, and gauges of now. */
export interface PlayoutStats {
  /** Segments inserted. */
  packetsReceived: number;
  /** Segments of which nothing was taken: of cut items, or for a time that has been played. */
  packetsDiscarded: number;
  /** Segments that could not be used at all: no samples, no place. */
  packetsMalformed: number;
  /** Segments that came after the end of their item; they are played. */
  packetsAfterEnd: number;
  /** Frames taken. */
  receivedFrames: number;
  /** Frames of segments of cut items that came late. */
  lateFrames: number;
  /** Frames for a time that had been played or concealed, or received before. */
  discardedFrames: number;
  /** Samples that were no numbers, played as 0. */
  invalidSamples: number;
  /** Frames of speech pulled. */
  playedFrames: number;
  /** Frames played again after a pause. */
  replayedFrames: number;
  /** Frames thrown away by `flush`. */
  droppedFrames: number;
  /** Frames passed over because more than `maxDelayMs` was queued; policy `continuous` only. */
  skippedFrames: number;
  /** Calls of `flush`. */
  flushes: number;
  /** Times the queue ran dry inside an item so that playback stopped. */
  underruns: number;
  /** Frames of silence those cost. */
  underrunFrames: number;
  /** Samples played in place of ones that were not there, silence while waiting for them included. */
  concealedSamples: number;
  /** Of these, the silent ones. */
  silentConcealedSamples: number;
  /** Times that concealment began. */
  concealmentEvents: number;
  /** Samples played in addition, to play slower. */
  insertedSamplesForDeceleration: number;
  /** Samples left out, to play faster. */
  removedSamplesForAcceleration: number;
  /** Seconds that the emitted samples spent in the buffer, summed over them. */
  jitterBufferDelay: number;
  /** Target delay in seconds, summed over the emitted samples. */
  jitterBufferTargetDelay: number;
  /** Samples emitted that came from the server. */
  jitterBufferEmittedCount: number;
  /** Gaps of 150 ms and more. */
  interruptionCount: number;
  /** Seconds of those. */
  totalInterruptionDuration: number;
  /** Gauge: frames queued now. */
  queuedFrames: number;
  /** Gauge: state now. */
  state: PlayoutState;
  /** Gauge: how the server delivers. */
  pace: ServerPace;
  /** Gauge: target delay in ms. */
  targetMs: number;
  /** Gauge: ms by which the item under way is later than it would be had all of it been there at once. */
  lagMs: number;
}

/** Fresh statistics. */
export function createPlayoutStats(): PlayoutStats {
  return {
    packetsReceived: 0,
    packetsDiscarded: 0,
    packetsMalformed: 0,
    packetsAfterEnd: 0,
    receivedFrames: 0,
    lateFrames: 0,
    discardedFrames: 0,
    invalidSamples: 0,
    playedFrames: 0,
    replayedFrames: 0,
    droppedFrames: 0,
    skippedFrames: 0,
    flushes: 0,
    underruns: 0,
    underrunFrames: 0,
    concealedSamples: 0,
    silentConcealedSamples: 0,
    concealmentEvents: 0,
    insertedSamplesForDeceleration: 0,
    removedSamplesForAcceleration: 0,
    jitterBufferDelay: 0,
    jitterBufferTargetDelay: 0,
    jitterBufferEmittedCount: 0,
    interruptionCount: 0,
    totalInterruptionDuration: 0,
    queuedFrames: 0,
    state: "idle",
    pace: "paced",
    targetMs: 0,
    lagMs: 0,
  };
}
