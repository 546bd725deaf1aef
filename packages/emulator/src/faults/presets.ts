/**
 * Networks by name. They are models made of round figures, not recordings: each has the trait that its name promises, seen at the level of events over one TCP
 * connection, where a lost packet is a late event that holds up those behind it.
 */
import type { Distribution } from "./distribution.ts";
import type { FaultPlan } from "./plan.ts";

/** A delay of mostly `medianMs`, and with the probability `loss` that of a retransmission after `retryMs` on top. */
function lossy(medianMs: number, sigma: number, loss: number, retryMs: Distribution): Distribution {
  const usual: Distribution = { type: "lognormal", median: medianMs, sigma, max: 20 * medianMs };
  return {
    type: "mix",
    of: [
      { weight: 1 - loss, value: usual },
      { weight: loss, value: { type: "sum", of: [usual, retryMs] } },
    ],
  };
}

/** TCP's least wait for a lost packet, and twice that when the second try is lost too. */
const RETRANSMISSION: Distribution = {
  type: "mix",
  of: [
    { weight: 0.9, value: 220 },
    { weight: 0.1, value: 660 },
  ],
};

/** Plans by name. */
export const FAULT_PRESETS = Object.freeze({
  /** A good home network: 8 ms each way, now and then 30 to 120 ms while the air is busy. */
  wifi: {
    out: { delayMs: lossy(8, 0.4, 0.02, { type: "uniform", min: 30, max: 120 }), bytesPerSecond: 6_000_000 },
    in: { delayMs: lossy(8, 0.4, 0.02, { type: "uniform", min: 30, max: 120 }), bytesPerSecond: 3_000_000 },
  },
  /** A phone on the move: 35 ms each way, uneven, with a short stall every 20 s or so at a handover. */
  lte: {
    out: { delayMs: lossy(35, 0.5, 0.01, { type: "uniform", min: 60, max: 250 }), bytesPerSecond: 2_500_000 },
    in: { delayMs: lossy(45, 0.5, 0.01, { type: "uniform", min: 60, max: 250 }), bytesPerSecond: 1_000_000 },
    faults: [{ fault: "stall", forMs: { type: "uniform", min: 80, max: 400 }, when: { everyMs: { type: "exponential", mean: 20_000 } } }],
  },
  /** A train: 60 ms each way with a heavy tail, 1 to 6 s of nothing in tunnels, and, some minutes on, a connection that is lost for good. */
  train: {
    out: { delayMs: { type: "pareto", min: 60, shape: 2.2, max: 3000 }, bytesPerSecond: 400_000 },
    in: { delayMs: { type: "pareto", min: 60, shape: 2.2, max: 3000 }, bytesPerSecond: 200_000 },
    faults: [
      { fault: "stall", forMs: { type: "uniform", min: 1000, max: 6000 }, when: { everyMs: { type: "exponential", mean: 25_000 } } },
      { fault: "half-open", when: { afterMs: 60_000, everyMs: { type: "exponential", mean: 300_000 } }, times: 1 },
    ],
  },
  /** A full network behind a slow line: 150 ms each way with losses, 96 kB/s down and 72 kB/s up, where PCM16 at 24 kHz in base64 takes 64 kB/s, and stalls. */
  "bad-hotel": {
    out: { delayMs: lossy(150, 0.6, 0.03, RETRANSMISSION), bytesPerSecond: 96_000 },
    in: { delayMs: lossy(150, 0.6, 0.03, RETRANSMISSION), bytesPerSecond: 72_000 },
    faults: [{ fault: "stall", forMs: { type: "uniform", min: 300, max: 2000 }, when: { everyMs: { type: "exponential", mean: 15_000 } } }],
  },
  /** Plenty of bandwidth, 25 ms each way, and every 50th packet lost: what is behind it waits for the retransmission. */
  "tcp-loss": {
    out: { delayMs: lossy(25, 0.05, 0.02, RETRANSMISSION) },
    in: { delayMs: lossy(25, 0.05, 0.02, RETRANSMISSION) },
  },
  /** By geostationary satellite: 300 ms each way, steady. */
  satellite: {
    out: { delayMs: { type: "normal", mean: 300, deviation: 8, min: 280 }, bytesPerSecond: 1_500_000 },
    in: { delayMs: { type: "normal", mean: 300, deviation: 8, min: 280 }, bytesPerSecond: 300_000 },
  },
} as const satisfies Record<string, Omit<FaultPlan, "preset">>);

/** The name of a preset. */
export type FaultPreset = keyof typeof FAULT_PRESETS;
