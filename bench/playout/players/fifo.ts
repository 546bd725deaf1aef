/** Queues that play what is there and are silent when nothing is: the naive one, and those that wait for some ms before they start. */
import { type Delta, type Player, type PlayerKind, type Position, RATE } from "./player.ts";

/** Samples in the order of arrival; reading costs the same however much is queued. */
export class SampleQueue {
  readonly #chunks: { readonly itemId: string; readonly samples: Int16Array }[] = [];
  #offset = 0;
  /** Frames queued. */
  frames = 0;
  /** Item of the last frame read, and how many of its frames were read. */
  itemId: string | null = null;
  itemFrames = 0;

  push(itemId: string, samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#chunks.push({ itemId, samples });
    this.frames += samples.length;
  }

  /** Fills as much of `output` as there is from `start` on; returns how much. */
  read(output: Float32Array, start = 0): number {
    let at = start;
    while (at < output.length && this.#chunks.length > 0) {
      const { itemId, samples } = this.#chunks[0];
      if (itemId !== this.itemId) {
        this.itemId = itemId;
        this.itemFrames = 0;
      }
      const count = Math.min(output.length - at, samples.length - this.#offset);
      for (let i = 0; i < count; i++) output[at + i] = samples[this.#offset + i] / 32768;
      at += count;
      this.itemFrames += count;
      this.#offset += count;
      if (this.#offset === samples.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    this.frames -= at - start;
    return at - start;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#offset = 0;
    this.frames = 0;
  }
}

/** Waits for `prebufferMs` before the first word and after every underrun, `ratchetMs` more each time. */
class PrebufferPlayer implements Player {
  readonly #queue = new SampleQueue();
  readonly #ratchetMs: number;
  #wantedMs: number;
  #playing = false;
  #done = false;

  constructor(prebufferMs: number, ratchetMs: number) {
    this.#wantedMs = prebufferMs;
    this.#ratchetMs = ratchetMs;
  }

  receive({ itemId, samples }: Delta): void {
    this.#done = false;
    this.#queue.push(itemId, samples);
  }

  done(): void {
    this.#done = true;
  }

  render(output: Float32Array): void {
    if (!this.#playing && this.#queue.frames > 0 && (this.#done || this.#levelMs() >= this.#wantedMs)) this.#playing = true;
    if (!this.#playing) return;
    if (this.#queue.read(output) === output.length) return;
    this.#playing = false;
    if (!this.#done) this.#wantedMs = Math.min(1500, this.#wantedMs + this.#ratchetMs);
  }

  async interrupt(): Promise<readonly Position[]> {
    const position = { itemId: this.#queue.itemId, heardMs: (this.#queue.itemFrames * 1000) / RATE };
    this.#queue.clear();
    this.#playing = false;
    return [position];
  }

  gauges(): { levelMs: number; targetMs: number } {
    return { levelMs: this.#levelMs(), targetMs: this.#wantedMs };
  }

  #levelMs(): number {
    return (this.#queue.frames * 1000) / RATE;
  }
}

function prebuffer(id: string, label: string, prebufferMs: number, ratchetMs: number, note: string): PlayerKind {
  const create = () => new PrebufferPlayer(prebufferMs, ratchetMs);
  return { id, label, origin: "fixed", rewritten: true, hop: "worklet", rtp: id === "fifo", note, create };
}

export const FIFO_PLAYERS: readonly PlayerKind[] = [
  prebuffer("fifo", "naive FIFO*", 0, 0, "plays what is there"),
  prebuffer("fixed100", "fixed 100 ms*", 100, 0, "waits for 100 ms at the start and after each underrun"),
  prebuffer("fixed300", "fixed 300 ms*", 300, 0, "waits for 300 ms"),
  prebuffer("fixed600", "fixed 600 ms + ratchet*", 600, 300, "600 ms, 300 more after each underrun up to 1.5 s (as Open-LLM-VTuber)"),
  prebuffer("fixed1200", "fixed 1200 ms*", 1200, 0, "waits for 1.2 s (as asked for in hf/speech-to-speech)"),
];
