/**
 * One trace through one player, in virtual time: 128 frames are asked for again and again; between two quanta whatever has arrived is handed over. The same each time.
 *
 * The device has been running for a while when the first delta comes, at a moment that is no quantum's border.
 */
import { type Delta, type Player, type PlayerKind, PORT_MS, QUANTUM, QUANTUM_MS, RATE } from "./players/player.ts";
import type { Trace } from "./traces/trace.ts";

/** ms of device time before the first arrival. */
export const LEAD_MS = 101;

/** After the last word, ms without sound that end the run; and the longest that a player may take for what it has. */
const QUIET_MS = 3000;
const LONGEST_TAIL_MS = 60_000;

/** Gauges are read this often. */
export const STEP_MS = 20;

/** What a run leaves: the device's input, and what the player said of itself at each step. */
export interface Recording {
  readonly output: Float32Array;
  readonly levelMs: readonly number[];
  readonly targetMs: readonly number[];
}

/** ms until what arrives is known to the player. */
export function hopMs(kind: PlayerKind): number {
  return kind.hop === "worklet" ? PORT_MS : 0;
}

/** Sends `trace` through `player`. The reply is `source`, PCM16. */
export function runTrace(trace: Trace, kind: PlayerKind, player: Player, source: Int16Array): Recording {
  const blocks: Float32Array[] = [];
  const levelMs: number[] = [];
  const targetMs: number[] = [];
  const delay = LEAD_MS + hopMs(kind);
  let next = 0;
  let done = false;
  let quietMs = 0;
  for (let quantum = 0; ; quantum++) {
    const nowMs = quantum * QUANTUM_MS;
    while (next < trace.arrivals.length && trace.arrivals[next].atMs + delay <= nowMs) {
      player.receive(deltaOf(trace, next, source), nowMs, trace.arrivals[next].atMs + delay);
      next++;
    }
    if (!done && next === trace.arrivals.length && trace.doneAtMs + delay <= nowMs) {
      done = true;
      player.done("a", nowMs);
    }
    const block = new Float32Array(QUANTUM);
    player.render(block, nowMs);
    blocks.push(block);
    if (nowMs >= levelMs.length * STEP_MS) {
      const gauges = player.gauges?.() ?? { levelMs: Number.NaN, targetMs: Number.NaN };
      levelMs.push(gauges.levelMs);
      targetMs.push(gauges.targetMs);
    }
    quietMs = block.some((sample) => sample !== 0) ? 0 : quietMs + QUANTUM_MS;
    if (done && (quietMs >= QUIET_MS || nowMs > trace.doneAtMs + (trace.mediaFrames * 1000) / RATE + LONGEST_TAIL_MS)) break;
  }
  return { output: joined(blocks), levelMs, targetMs };
}

function deltaOf(trace: Trace, index: number, source: Int16Array): Delta {
  const { startFrame, frames } = trace.arrivals[index];
  const samples = source.slice(startFrame, startFrame + frames);
  return trace.class === "rtp" ? { itemId: "a", samples, startFrame } : { itemId: "a", samples };
}

/** Quanta one after another. */
export function joined(blocks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(blocks.length * QUANTUM);
  for (const [i, block] of blocks.entries()) all.set(block, i * QUANTUM);
  return all;
}
