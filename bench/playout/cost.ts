/** What a pull of 128 frames costs with much or little queued: the one part of this room that asks a clock. The answer to look at is how it grows. */
import { type Player, QUANTUM, RATE } from "./players/player.ts";
import { bufferWith, SidetonePlayer } from "./players/sidetone.ts";

/** Median cost of a pull. */
export interface PullCost {
  readonly player: string;
  readonly queuedSeconds: number;
  readonly medianUs: number;
}

const QUEUED_SECONDS = [0, 1, 60, 600];
const MEASURED_MS = 400;
const FEWEST_PULLS = 15;
const MOST_PULLS = 4000;

/** What Azure's rag-audio sample does with its queue, from behaviour: a plain array of samples, of which a shorter copy is made at each quantum. */
class ArrayCopyPlayer implements Player {
  #samples: number[] = [];

  receive({ samples }: { samples: Int16Array }): void {
    for (const sample of samples) this.#samples.push(sample);
  }

  done(): void {}

  render(output: Float32Array): void {
    const taken = this.#samples.slice(0, output.length);
    this.#samples = this.#samples.slice(output.length);
    for (let i = 0; i < taken.length; i++) output[i] = taken[i] / 32768;
  }
}

const PLAYERS: readonly { readonly id: string; readonly create: () => Player }[] = [
  { id: "sidetone", create: () => new SidetonePlayer(bufferWith({})!) },
  { id: "azure", create: () => new ArrayCopyPlayer() },
];

/** Measures every player at every length. */
export function measureCosts(): PullCost[] {
  return PLAYERS.flatMap(({ id, create }) => QUEUED_SECONDS.map((queuedSeconds) => ({ player: id, queuedSeconds, medianUs: pullUs(create(), queuedSeconds) })));
}

function pullUs(player: Player, queuedSeconds: number): number {
  const chunk = Int16Array.from({ length: RATE / 4 }, (_, i) => Math.round(8000 * Math.sin(i / 17)));
  let nowMs = 0;
  const feed = (seconds: number) => {
    for (let i = 0; i < seconds * 4; i++) player.receive({ itemId: "a", samples: chunk.slice() }, nowMs, nowMs);
  };
  feed(queuedSeconds);
  const output = new Float32Array(QUANTUM);
  const times: number[] = [];
  const began = performance.now();
  while (times.length < FEWEST_PULLS || (times.length < MOST_PULLS && performance.now() - began < MEASURED_MS)) {
    // As much as is played comes again, so that the length stays.
    if (queuedSeconds > 0 && Math.floor(((times.length + 1) * QUANTUM) / chunk.length) > Math.floor((times.length * QUANTUM) / chunk.length)) feed(0.25);
    nowMs = (times.length * QUANTUM * 1000) / RATE;
    const start = performance.now();
    player.render(output, nowMs);
    times.push((performance.now() - start) * 1000);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}
