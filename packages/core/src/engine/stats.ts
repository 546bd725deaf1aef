/** A session's numbers, all at zero. Counters only grow; see {@link EngineStats} for units. */
import type { EngineStats } from "./ports.ts";

/** Fresh statistics. */
export function createStats(): EngineStats {
  return {
    packetsCaptured: 0,
    packetsSent: 0,
    packetsDropped: 0,
    packetsLost: 0,
    sentMs: 0,
    deltasReceived: 0,
    receivedMs: 0,
    lateDeltas: 0,
    eventsReceived: 0,
    malformedEvents: 0,
    interruptions: 0,
    truncations: 0,
    benignErrors: 0,
    underruns: 0,
    underrunMs: 0,
    playedMs: 0,
    playout: null,
    heldMs: 0,
    bufferedMs: 0,
    outputLatencyMs: 0,
    responseLatencyMs: -1,
  };
}
