/** Patterns of lost packets. */
import { SeededRandom } from "../traces/random.ts";

/** A channel: which packets are lost. */
export interface Channel {
  readonly id: string;
  readonly title: string;
  /** Whether each of `packets` packets is lost. */
  pattern(packets: number, seed: string): boolean[];
}

function independent(share: number): Channel["pattern"] {
  return (packets, seed) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: packets }, () => random.next() < share);
  };
}

/** Gilbert's channel: a good state that loses nothing, a bad one that loses all. */
function gilbert(share: number, run: number): Channel["pattern"] {
  return (packets, seed) => {
    const random = new SeededRandom(seed);
    let bad = false;
    return Array.from({ length: packets }, () => {
      bad = bad ? random.next() >= 1 / run : random.next() < share / (1 - share) / run;
      return bad;
    });
  };
}

/** Every channel that is measured. */
export const CHANNELS: readonly Channel[] = [
  { id: "random5", title: "5 %, one by one", pattern: independent(0.05) },
  { id: "random10", title: "10 %, one by one", pattern: independent(0.1) },
  { id: "gilbert5", title: "5 %, Gilbert, 3 packets in a row on average", pattern: gilbert(0.05, 3) },
];
