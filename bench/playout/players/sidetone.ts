/** Sidetone's own buffer, with its defaults and with every variant that the built version accepts. */
import { JitterBuffer, type JitterBufferOptions } from "@sidetone/core/playout";
import { type Delta, type Player, type PlayerKind, type Position, RATE } from "./player.ts";

/** Options as a future version may know them; the constructor is asked whether this one does. */
type Variant = Readonly<Record<string, unknown>>;

/** A buffer with `variant`, or undefined when this version refuses it. */
export function bufferWith(variant: Variant, rate = RATE): JitterBuffer | undefined {
  try {
    return new JitterBuffer({ rate, ...variant } as JitterBufferOptions);
  } catch {
    return undefined;
  }
}

/** The jitter buffer as the library drives it, without resampler and device: what comes of a reply after its cut is dropped before the buffer (`core/src/engine/reply-path.ts`). */
export class SidetonePlayer implements Player {
  readonly buffer: JitterBuffer;
  readonly #live = new Set<string>();
  readonly #cut = new Set<string>();

  constructor(buffer: JitterBuffer) {
    this.buffer = buffer;
  }

  receive({ itemId, samples, startFrame }: Delta): void {
    if (this.#cut.has(itemId)) return;
    this.#live.add(itemId);
    const segment = {
      itemId,
      contentIndex: 0,
      samples: Float32Array.from(samples, (sample) => sample / 32768),
      ...(startFrame === undefined ? {} : { startFrame }),
    };
    this.buffer.insert(segment);
  }

  done(itemId: string): void {
    this.buffer.endOfItem(itemId, 0);
  }

  render(output: Float32Array): void {
    this.buffer.pull(output);
  }

  async interrupt(): Promise<readonly Position[]> {
    for (const itemId of this.#live) this.#cut.add(itemId);
    this.#live.clear();
    return this.buffer.flush().items.map(({ itemId, heardMs }) => ({ itemId, heardMs }));
  }

  pause(): void {
    this.buffer.pause();
  }

  resume(): void {
    this.buffer.resume();
  }

  gauges(): { levelMs: number; targetMs: number } {
    const stats: Readonly<Record<string, unknown>> = { ...this.buffer.stats };
    const { queuedFrames, targetMs } = stats;
    return { levelMs: (Number(queuedFrames) * 1000) / this.buffer.rate, targetMs: typeof targetMs === "number" ? targetMs : Number.NaN };
  }
}

const VARIANTS: readonly { id: string; label: string; options: Variant; note: string }[] = [
  { id: "sidetone", label: "sidetone", options: {}, note: "defaults" },
  { id: "sidetone-none", label: "sidetone, catchUp none", options: { catchUp: "none" }, note: "keeps its lag" },
  { id: "sidetone-live", label: "sidetone, catchUp live", options: { catchUp: "live" }, note: "keeps lag as low as NetEq does" },
  { id: "sidetone-continuous", label: "sidetone, continuous", options: { policy: "continuous" }, note: "the policy for input without items" },
];

/** The buffer with `options` as a player. */
function kind(id: string, label: string, options: Variant, note: string): PlayerKind {
  return { id, label, origin: "sidetone", rewritten: false, hop: "worklet", rtp: true, note, create: () => new SidetonePlayer(bufferWith(options)!) };
}

/** The variants that this version of the buffer accepts. */
export const SIDETONE_PLAYERS: readonly PlayerKind[] = VARIANTS.filter(({ options }) => bufferWith(options)).map(({ id, label, options, note }) =>
  kind(id, label, options, note),
);

/** A buffer as somebody wants to try it, from "startMs=50,catchUp=none". @throws {Error} when the buffer refuses it. */
export function sidetoneSetTo(text: string): PlayerKind {
  const options = Object.fromEntries(
    text.split(",").map((part) => {
      const [name, value = ""] = part.split("=");
      return [name, value === "" || Number.isNaN(Number(value)) ? value : Number(value)];
    }),
  );
  new JitterBuffer({ rate: RATE, ...options } as JitterBufferOptions);
  return kind(`sidetone ${text}`, `sidetone ${text}`, options, "as set");
}
