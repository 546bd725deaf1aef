/**
 * Voice clients that queue in a worklet, written anew from the behaviour of released versions and named after them; not their code. All are FIFOs that are silent when nothing is there;
 * they differ in how they stop. None says where it is.
 */
import { SampleQueue } from "./fifo.ts";
import { type Delta, type Player, type PlayerKind, RATE } from "./player.ts";

/** A queue that is thrown away at once. */
class HardCutPlayer implements Player {
  protected readonly queue = new SampleQueue();

  receive({ itemId, samples }: Delta, _nowMs: number): void {
    this.queue.push(itemId, samples);
  }

  done(): void {}

  render(output: Float32Array, _nowMs: number): void {
    this.queue.read(output);
  }

  async interrupt(_nowMs: number): Promise<undefined> {
    this.queue.clear();
    return undefined;
  }
}

/** Exponential ramp of 2 s; it starts, as Web Audio has it, at the event before, which is the last chunk's. The queue goes with the next chunk, or with the ramp's end. */
class RampPlayer extends HardCutPlayer {
  static readonly RAMP_MS = 2000;
  static readonly FLOOR = 0.0001;
  #lastChunkMs = 0;
  #cutMs = Number.NaN;

  override receive(delta: Delta, nowMs: number): void {
    if (!Number.isNaN(this.#cutMs)) this.queue.clear();
    this.#cutMs = Number.NaN;
    this.#lastChunkMs = nowMs;
    super.receive(delta, nowMs);
  }

  override render(output: Float32Array, nowMs: number): void {
    super.render(output, nowMs);
    if (Number.isNaN(this.#cutMs)) return;
    const end = this.#cutMs + RampPlayer.RAMP_MS;
    for (let i = 0; i < output.length; i++) {
      const progress = (nowMs + (i * 1000) / RATE - this.#lastChunkMs) / (end - this.#lastChunkMs);
      output[i] *= RampPlayer.FLOOR ** Math.min(1, progress);
    }
    if (nowMs < end) return;
    this.queue.clear();
    this.#cutMs = Number.NaN;
  }

  override async interrupt(nowMs: number): Promise<undefined> {
    this.#cutMs = nowMs;
    return undefined;
  }
}

/** Fades for 30 ms and then clears, unless audio comes meanwhile: then it does neither. */
class FadePlayer extends HardCutPlayer {
  static readonly FADE_FRAMES = (30 * RATE) / 1000;
  #fadeLeft = 0;

  override receive(delta: Delta, nowMs: number): void {
    this.#fadeLeft = 0;
    super.receive(delta, nowMs);
  }

  override render(output: Float32Array, nowMs: number): void {
    super.render(output, nowMs);
    if (this.#fadeLeft === 0) return;
    for (let i = 0; i < output.length; i++) output[i] *= Math.max(0, this.#fadeLeft - i) / FadePlayer.FADE_FRAMES;
    this.#fadeLeft = Math.max(0, this.#fadeLeft - output.length);
    if (this.#fadeLeft === 0) this.queue.clear();
  }

  override async interrupt(): Promise<undefined> {
    this.#fadeLeft = FadePlayer.FADE_FRAMES;
    return undefined;
  }
}

function client(id: string, label: string, note: string, create: () => Player): PlayerKind {
  return { id, label, origin: "client", rewritten: true, hop: "worklet", rtp: false, note, create };
}

export const WORKLET_CLIENTS: readonly PlayerKind[] = [
  client("elevenlabs", "ElevenLabs client*", "2 s ramp on interruption", () => new RampPlayer()),
  client("hume", "Hume voice-react*", "30 ms fade on interruption; audio during it brings the old back", () => new FadePlayer()),
  client("azure", "Azure rag-audio*", "cuts hard; copies the whole queue each quantum (see cost)", () => new HardCutPlayer()),
];
