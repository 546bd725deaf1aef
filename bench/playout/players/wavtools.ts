/** `wavtools` from npm, its own code throughout: the WavStreamPlayer class drives its own worklet script, on a virtual Web Audio. */
import { type Delta, type Player, type PlayerKind, type Position, RATE } from "./player.ts";
import { VirtualContext, VirtualWorkletNode } from "./virtual-audio.ts";

interface StreamPlayer {
  readonly context: unknown;
  connect(): Promise<unknown>;
  add16BitPCM(samples: Int16Array, trackId: string): unknown;
  interrupt(): Promise<{ trackId: string | null; offset: number } | null>;
}

/** What the package looks for in a browser's global scope. */
const GLOBALS = { AudioContext: VirtualContext, AudioWorkletNode: VirtualWorkletNode };

class WavtoolsPlayer implements Player {
  readonly #player: StreamPlayer;
  readonly #context: VirtualContext;

  constructor(player: StreamPlayer, context: VirtualContext) {
    this.#player = player;
    this.#context = context;
  }

  receive({ itemId, samples }: Delta, _nowMs: number, arrivedMs: number): void {
    this.#context.mainThread(arrivedMs);
    this.#player.add16BitPCM(samples, itemId);
  }

  done(): void {}

  render(output: Float32Array, nowMs: number): void {
    this.#context.render(output, nowMs);
  }

  async interrupt(nowMs: number): Promise<readonly Position[] | undefined> {
    this.#context.mainThread(nowMs);
    const answer = await this.#player.interrupt();
    return answer ? [{ itemId: answer.trackId, heardMs: (answer.offset * 1000) / RATE }] : undefined;
  }

  close(): void {
    for (const name of Object.keys(GLOBALS)) Reflect.deleteProperty(globalThis, name);
  }
}

async function create(): Promise<Player> {
  Object.assign(globalThis, GLOBALS);
  const { WavStreamPlayer } = await import("wavtools");
  // Its declarations forget that interrupt() is asynchronous.
  const player = new WavStreamPlayer({ sampleRate: RATE }) as unknown as StreamPlayer;
  await player.connect();
  if (!(player.context instanceof VirtualContext)) throw new Error("wavtools has found another AudioContext than the virtual one.");
  return new WavtoolsPlayer(player, player.context);
}

export const WAVTOOLS: PlayerKind = {
  id: "wavtools",
  label: "wavtools 0.1.5",
  origin: "npm",
  package: "wavtools",
  rewritten: false,
  hop: "own",
  rtp: false,
  note: "own code; a new worklet node after each underrun",
  create,
};
