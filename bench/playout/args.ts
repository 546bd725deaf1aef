/** The command line of the playout room. */
import { parseArgs } from "node:util";
import { PLAYERS } from "./players/index.ts";
import type { PlayerKind } from "./players/player.ts";
import { sidetoneSetTo } from "./players/sidetone.ts";
import { loadTraces } from "./traces/load.ts";
import type { Trace } from "./traces/trace.ts";

/** What is to be run. */
export interface PlayoutOptions {
  readonly traces: readonly Trace[];
  readonly players: readonly PlayerKind[];
  /** Everybody and everything. */
  readonly whole: boolean;
  readonly quick: boolean;
  readonly replay: string | undefined;
  readonly update: boolean;
  readonly out: string | undefined;
  readonly help: boolean;
}

/** Enough to see every kind of trouble once. */
const QUICK_TRACES = [
  "burst3-ideal",
  "burst3-blackout",
  "paced40-wifi",
  "tcp-paced40-clean",
  "tcp-paced40-loss1",
  "slow95-100",
  "slow-cadence480",
  "rtp20-loss5",
];
const QUICK_PLAYERS = ["wavtools", "fifo", "google", "fixed300"];

export const PLAYOUT_HELP = `Playout on arrival traces, in virtual time: what is heard, by waveform.

  npm run bench -- playout [options]
  npm run bench -- playout quality [options]     how stretched and concealed speech sounds instead; --help after it says more

  --quick           some traces and opponents; seconds
  --trace ID        one trace or class (burst, paced, slow, rtp); may be given several times, or with commas
  --player ID       one player; likewise ("sidetone" brings its variants too)
  --set NAME=VALUE  one more Sidetone with such options, "startMs=50,minRefillMs=60"; may be given several times
  --replay FILE     plays a recorded session (JSON lines) through the buffer and draws it
  --update          writes the present figures to bench/playout/regression.json
  --out DIR         where the report goes; default: bench/results/playout for whole runs, .sidetone/bench/ for others
`;

/** Reads the arguments after "playout". @throws {Error} with a sentence for people. */
export function parsePlayoutArgs(argv: readonly string[]): PlayoutOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      trace: { type: "string", multiple: true },
      player: { type: "string", multiple: true },
      replay: { type: "string" },
      update: { type: "boolean", default: false },
      set: { type: "string", multiple: true },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
      // Handled before this process starts; known here so that the command can be repeated as typed.
      node: { type: "string" },
    },
  });
  const traces = values.trace?.flatMap((id) => id.split(",")) ?? (values.quick ? QUICK_TRACES : undefined);
  const players = values.player?.flatMap((id) => id.split(",")) ?? (values.quick ? ["sidetone", ...QUICK_PLAYERS] : undefined);
  const set = (values.set ?? []).map(sidetoneSetTo);
  return {
    traces: chosen("trace", loadTraces(), traces, (trace) => [trace.id, trace.class]),
    players: [...chosen("player", PLAYERS, players, (player) => [player.id, ...(player.origin === "sidetone" ? ["sidetone"] : [])]), ...set],
    whole: traces === undefined && players === undefined && set.length === 0,
    quick: values.quick,
    replay: values.replay,
    update: values.update,
    out: values.out,
    help: values.help,
  };
}

/** Those of `all` that one of `wanted` names. */
function chosen<T extends { id: string }>(
  what: string,
  all: readonly T[],
  wanted: readonly string[] | undefined,
  names: (one: T) => readonly string[],
): readonly T[] {
  if (!wanted) return all;
  const unknown = wanted.filter((name) => !all.some((one) => names(one).includes(name)));
  if (unknown.length > 0) throw new Error(`There is no ${what} ${unknown.join(", ")}; there are ${all.map(({ id }) => id).join(", ")}.`);
  return all.filter((one) => names(one).some((name) => wanted.includes(name)));
}
