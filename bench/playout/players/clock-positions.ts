/**
 * Clients that play nothing themselves and tell the server what was heard by the wall clock, written anew from the behaviour of released versions. What they are compared with is a FIFO, which
 * is the least an app puts behind them.
 */
import { SampleQueue } from "./fifo.ts";
import { type Delta, type Player, type PlayerKind, type Position, RATE } from "./player.ts";

/** ms since the newest item's first delta, at most what has come of it. */
class ClockPlayer implements Player {
  readonly #queue = new SampleQueue();
  /** Says nothing once the item has been received to its end. */
  readonly #silentWhenDone: boolean;
  #itemId: string | null = null;
  #firstMs = 0;
  #receivedMs = 0;
  #done = false;

  constructor(silentWhenDone: boolean) {
    this.#silentWhenDone = silentWhenDone;
  }

  receive({ itemId, samples }: Delta, _nowMs: number, arrivedMs: number): void {
    if (itemId !== this.#itemId) {
      this.#itemId = itemId;
      this.#firstMs = arrivedMs;
      this.#receivedMs = 0;
      this.#done = false;
    }
    this.#receivedMs += (samples.length * 1000) / RATE;
    this.#queue.push(itemId, samples);
  }

  done(itemId: string): void {
    if (itemId === this.#itemId) this.#done = true;
  }

  render(output: Float32Array): void {
    this.#queue.read(output);
  }

  async interrupt(nowMs: number): Promise<readonly Position[] | undefined> {
    this.#queue.clear();
    if (this.#itemId === null || (this.#silentWhenDone && this.#done)) return undefined;
    return [{ itemId: this.#itemId, heardMs: Math.min(nowMs - this.#firstMs, this.#receivedMs) }];
  }
}

function clock(id: string, label: string, note: string, silentWhenDone: boolean): PlayerKind {
  return { id, label, origin: "client", rewritten: true, hop: "main", rtp: false, note, create: () => new ClockPlayer(silentWhenDone) };
}

/** For interruptions only: there is no sound of theirs. */
export const CLOCK_CLIENTS: readonly PlayerKind[] = [
  clock("openai-agents", "OpenAI Agents SDK, WebSocket*", "min(now - first delta, received); nothing once the item is done", true),
  clock("pipecat", "pipecat OpenAI service*", "min(now - first delta, received) of the newest item", false),
];
