/** Lets the contenders of a group run in turns: every round all of them once, in random order, one at a time. */
import { availableParallelism } from "node:os";
import { failed, type Ready } from "./bout.ts";
import type { Contender, Effort, Group, Origin, ProfileRow, Quality, Verdict } from "./contender.ts";
import { type Spread, seededRandom, shuffled, spread } from "./statistics.ts";

/** What came out for one contender. */
export interface Outcome {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly package?: string;
  readonly note?: string;
  readonly verdict: Verdict;
  readonly quality?: Quality;
  readonly bytesPerCall: number | null;
  /** Nanoseconds per unit; null when it was not timed. */
  readonly nsPerUnit: Spread | null;
  /** One figure per round, for ratios between contenders. */
  readonly rounds: readonly number[];
  /** Where its time goes; only where that was asked for. */
  readonly profile?: readonly ProfileRow[];
}

/** How a race is run. */
export interface RaceOptions {
  readonly effort: Effort;
  readonly rounds: number;
  /** ms per batch. */
  readonly batchMs: number;
  readonly seed: number;
  /** Ends the race early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** After the last round: ids of contenders whose profile is wanted. */
  profileOf?(outcomes: readonly Outcome[]): readonly string[];
  /** Called after each step with the fraction of the group that is done. */
  onProgress(done: number, what: string): void;
}

/** Where one contender runs, apart from the others. */
export interface Lane {
  prepare(): Promise<Ready>;
  /** Nanoseconds per unit of one batch; undefined when the contender has died. */
  batch(): Promise<number | undefined>;
  /** Where the time of some batches goes, where that can be found out. */
  profile?(): Promise<readonly ProfileRow[] | undefined>;
  end(): void | Promise<void>;
}

export type OpenLane = (group: Group, contender: Contender, options: RaceOptions) => Lane | Promise<Lane>;

/** What checking and warming up counts as, in rounds. */
const PREPARATION = 12;
/** Contenders that are prepared at the same time. */
const MOST_AT_A_TIME = 4;

interface Entrant {
  readonly contender: Contender;
  lane?: Lane;
  ready?: Ready;
  profile?: readonly ProfileRow[];
  readonly rounds: number[];
}

/** Runs a group to its end. Contenders that cannot run or whose output is wrong are listed without a time. */
export async function race(group: Group, openLane: OpenLane, options: RaceOptions): Promise<Outcome[]> {
  const entrants: Entrant[] = group.contenders.map((contender) => ({ contender, rounds: [] }));
  const steps = entrants.length * (options.rounds + PREPARATION);
  let done = 0;
  const end = async () => {
    for (const { lane } of entrants) await lane?.end();
  };
  const stop = () => void end().catch(() => undefined);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    // Checked and warmed up as many at a time as there are cores: nothing of that is timed but the size of a batch.
    const queue = [...entrants];
    const prepareSome = async () => {
      for (let entrant = queue.shift(); entrant; entrant = queue.shift()) {
        options.signal?.throwIfAborted();
        options.onProgress(done / steps, `checking ${entrant.contender.label}`);
        await prepare(entrant, group, openLane, options);
        done += PREPARATION;
      }
    };
    await Promise.all(Array.from({ length: Math.min(MOST_AT_A_TIME, availableParallelism()) }, prepareSome));
    const random = seededRandom(options.seed);
    const racing = entrants.filter(({ ready }) => ready && ready.verdict.status !== "wrong");
    for (let round = 0; round < options.rounds; round++) {
      options.onProgress(done / steps, `round ${round + 1} of ${options.rounds}`);
      for (const entrant of shuffled(racing, random)) {
        options.signal?.throwIfAborted();
        await runBatch(entrant);
      }
      done += entrants.length;
    }
    options.signal?.throwIfAborted();
    const wanted = options.profileOf?.(entrants.map(outcomeOf)) ?? [];
    for (const entrant of entrants.filter(({ contender }) => wanted.includes(contender.id))) {
      options.onProgress(done / steps, `profile of ${entrant.contender.label}`);
      entrant.profile = await entrant.lane?.profile?.();
    }
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await end();
  }
  return entrants.map(outcomeOf);
}

async function prepare(entrant: Entrant, group: Group, openLane: OpenLane, options: RaceOptions): Promise<void> {
  const reason = entrant.contender.unavailable?.();
  if (reason !== undefined) {
    entrant.ready = { verdict: { status: "wrong", text: reason }, bytesPerCall: null };
    return;
  }
  entrant.lane = await openLane(group, entrant.contender, options);
  entrant.ready = await entrant.lane.prepare();
}

async function runBatch(entrant: Entrant): Promise<void> {
  if (entrant.ready?.verdict.status === "wrong") return;
  const ns = await entrant.lane?.batch();
  if (ns === undefined) entrant.ready = failed("it ended during the race");
  else entrant.rounds.push(ns);
}

function outcomeOf({ contender, ready, rounds, profile }: Entrant): Outcome {
  const { id, label, origin, note, package: name } = contender;
  const { verdict, quality, bytesPerCall } = ready ?? failed("did not start");
  const timed = rounds.length > 0 && verdict.status !== "wrong";
  return { id, label, origin, package: name, note, verdict, quality, bytesPerCall, nsPerUnit: timed ? spread(rounds) : null, rounds, profile };
}
