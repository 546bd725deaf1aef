/** What a run of the playout room leaves behind. */
import type { PullCost } from "./cost.ts";
import type { Goal } from "./goals.ts";
import type { Interruption } from "./interruptions/interrupt.ts";
import type { Figures } from "./metrics/measure.ts";
import type { PlayerKind } from "./players/player.ts";
import type { TraceClass, TraceOrigin } from "./traces/trace.ts";

/** Where and how. */
export interface PlayoutMeta {
  readonly date: string;
  readonly command: string;
  readonly runtime: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** `results.json`. Only `costs` depends on the machine. */
export interface PlayoutResults {
  readonly meta: PlayoutMeta;
  readonly traces: readonly {
    readonly id: string;
    readonly title: string;
    readonly class: TraceClass;
    readonly origin: TraceOrigin;
    readonly lostMs: number;
    readonly note: string;
  }[];
  readonly players: readonly Pick<PlayerKind, "id" | "label" | "origin" | "rewritten" | "note">[];
  readonly runs: readonly { readonly trace: string; readonly player: string; readonly figures: Figures }[];
  readonly interruptions: readonly Interruption[];
  readonly costs: readonly PullCost[];
  readonly goals: readonly Goal[];
}
