/** The classic for RTP: a constant delay, packets sorted by media time, silence where one is missing, late ones dropped. */
import { type Delta, type Player, type PlayerKind, RATE } from "./player.ts";

class FixedDelayPlayer implements Player {
  readonly #delayMs: number;
  readonly #packets = new Map<number, Int16Array>();
  #firstMs = Number.NaN;
  #frame = 0;
  #packet: Int16Array | undefined;
  #packetStart = 0;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  receive({ samples, startFrame = 0 }: Delta, nowMs: number): void {
    if (Number.isNaN(this.#firstMs)) {
      this.#firstMs = nowMs;
      this.#frame = startFrame;
    }
    this.#packets.set(startFrame, samples);
  }

  done(): void {}

  render(output: Float32Array, nowMs: number): void {
    if (!(nowMs >= this.#firstMs + this.#delayMs)) return;
    for (let i = 0; i < output.length; i++, this.#frame++) {
      const next = this.#packets.get(this.#frame);
      if (next) {
        this.#packets.delete(this.#frame);
        this.#packet = next;
        this.#packetStart = this.#frame;
      }
      output[i] = (this.#packet?.[this.#frame - this.#packetStart] ?? 0) / 32768;
    }
  }

  gauges(): { levelMs: number; targetMs: number } {
    const queued = [...this.#packets].reduce((sum, [start, { length }]) => sum + (start >= this.#frame ? length : 0), 0);
    return { levelMs: (queued * 1000) / RATE, targetMs: this.#delayMs };
  }
}

/** For RTP traces only. */
export const RTP_PLAYERS: readonly PlayerKind[] = [60, 120].map((delayMs) => ({
  id: `rtp-fixed${delayMs}`,
  label: `constant delay ${delayMs} ms*`,
  origin: "fixed",
  rewritten: true,
  hop: "worklet",
  rtp: true,
  note: "sorts by time stamp; silence for what is missing, late packets dropped",
  create: () => new FixedDelayPlayer(delayMs),
}));
