/**
 * Links as models: what time a message that was sent at `sendMs` arrives. All keep the order of messages, as TCP does; `jitter` alone may be used without that, for datagrams.
 */
import type { SeededRandom } from "./random.ts";

/** A message on its way. */
export interface Sent {
  readonly sendMs: number;
  readonly frames: number;
}

/** From sent messages to the times at which they arrive. */
export type Link = (sent: readonly Sent[], random: SeededRandom) => number[];

/** Nothing overtakes. */
export function inOrder(times: readonly number[]): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return times.map((time) => (latest = Math.max(latest, time)));
}

/** Everything arrives as it is sent. */
export const ideal: Link = (sent) => sent.map(({ sendMs }) => sendMs);

/** One-way delays of a shared Wi-Fi: a few ms of contention, and every 2.5 s or so 30 to 130 ms of retries. */
export function wifiDelays(sent: readonly Sent[], random: SeededRandom): number[] {
  let retriesUntil = -1;
  let nextRetries = random.exponential(2500);
  return sent.map(({ sendMs }) => {
    if (sendMs >= nextRetries) {
      retriesUntil = sendMs + random.between(30, 130);
      nextRetries = retriesUntil + random.exponential(2500);
    }
    return Math.max(sendMs + 4 + random.exponential(6), retriesUntil + random.exponential(2));
  });
}

/** {@link wifiDelays}, in order. */
export const wifi: Link = (sent, random) => inOrder(wifiDelays(sent, random));

/** LTE on the move: grants every 10 ms, a handover of 50 to 90 ms every 8 s or so, a hole of 250 to 450 ms every 20 s or so. */
export const lte: Link = (sent, random) => {
  let heldUntil = -1;
  let nextHandover = random.exponential(8000);
  let nextHole = random.exponential(20000);
  const times = sent.map(({ sendMs }) => {
    if (sendMs >= nextHandover) {
      heldUntil = Math.max(heldUntil, sendMs + random.between(50, 90));
      nextHandover = sendMs + random.exponential(8000);
    }
    if (sendMs >= nextHole) {
      heldUntil = Math.max(heldUntil, sendMs + random.between(250, 450));
      nextHole = sendMs + 1000 + random.exponential(19000);
    }
    const granted = Math.ceil((sendMs + 12 + random.exponential(5)) / 10) * 10;
    return Math.max(granted, heldUntil + random.between(0, 10));
  });
  return inOrder(times);
};

/** Nothing passes in `[atMs, atMs + ms)`; what has waited then comes at 10 Mbit/s. */
export function blackouts(...holes: readonly (readonly [atMs: number, ms: number])[]): Link {
  return (sent) => {
    let freeMs = 0;
    return sent.map(({ sendMs, frames }) => {
      const hole = holes.find(([atMs, ms]) => sendMs >= atMs && sendMs < atMs + ms);
      const from = hole ? hole[0] + hole[1] : sendMs;
      // base64 in JSON on a line of 10 Mbit/s
      freeMs = Math.max(from, freeMs) + (hole ? ((frames * 2 * 4) / 3 + 210) / 1250 : 0);
      return freeMs;
    });
  };
}

const SEGMENT_BYTES = 1448;
const OLDEST_RTO_MS = 200;

/**
 * TCP on a link that loses segments: a lost one is sent again when three later ones have been acknowledged, when a tail loss probe (2 RTT, RFC 8985 section 7) finds it, or at the
 * retransmission timeout (RFC 6298, Linux's minimum of 200 ms), which doubles each time; everything behind it waits. No congestion window: the rates here are far below it.
 */
export function lossyTcp(lossRatio: number, rttMs: number): Link {
  return (sent, random) => {
    const segments = sent.flatMap(({ sendMs, frames }, message) => {
      const bytes = Math.ceil((frames * 2) / 3) * 4 + 210;
      return Array.from({ length: Math.ceil(bytes / SEGMENT_BYTES) }, () => ({ sendMs, message }));
    });
    const times: number[] = [];
    let latest = 0;
    for (const [i, { sendMs, message }] of segments.entries()) {
      let at = sendMs;
      let rtoMs = Math.max(OLDEST_RTO_MS, rttMs * 1.5);
      let first = true;
      while (random.next() < lossRatio) {
        const third = segments[i + 3];
        const noticed = first && third ? Math.min(third.sendMs + rttMs, at + 2 * rttMs) : at + rtoMs;
        if (!first) rtoMs *= 2;
        at = Math.min(noticed, at + rtoMs);
        first = false;
      }
      latest = Math.max(latest, at + rttMs / 2 + random.exponential(2));
      times[message] = latest;
    }
    return times;
  };
}
